// Rewrites of the logical plan. None may change an answer: not rows, not which rows are in error, not what is late.
#pragma once

#include <span>
#include <string_view>

#include "planner/logical_plan.h"

namespace laminar {

/// `apply` may replace any node below and including `plan`; the result's schema stays. Properties need not be kept:
/// they are inferred again when all rules have run.
struct Rule {
  std::string_view name;
  void (*apply)(LogicalNodePtr& plan);
};

void FoldConstants(LogicalNodePtr& plan);
void MergeFilters(LogicalNodePtr& plan);
void MergeProjects(LogicalNodePtr& plan);
void PushPredicates(LogicalNodePtr& plan);
void OrderJoins(LogicalNodePtr& plan);
void PruneColumns(LogicalNodePtr& plan);

/// All of them, in the order they run.
std::span<const Rule> Rules();

}  // namespace laminar
