// Top-N as SQL writes it: what limits row_number(), and what decides ties.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "planner/logical_plan.h"
#include "sql/ast_query.h"

namespace laminar {

/// Numbers from `first` to `last`, from 1.
struct NumberBounds {
  int64_t first = 1;
  int64_t last = std::numeric_limits<int64_t>::max();

  /// Takes a comparison of a number with a constant into account; `is_number` says which columns are numbers. False
  /// when the predicate is none.
  bool Narrow(const Expression& predicate, const std::function<bool(const Expression&)>& is_number);
  bool open() const { return last == std::numeric_limits<int64_t>::max(); }
};

/// Leaves of the rows of `top` those whose number is within the bounds.
void LimitTo(const NumberBounds& bounds, LogicalTopN& top);
/// A filter above rows numbered by row_number(): its comparisons with constants become the limit of those, and what is
/// left stays a filter. Any other plan is as it was.
LogicalNodePtr LimitNumbers(LogicalNodePtr plan);
/// Throws where row_number() is not limited.
void CheckNumbersLimited(const LogicalNode& plan);

/// The column that stands for row_number() until it is known where it will be.
ExpressionPtr MakeNumber(SourceSpan span);
bool IsNumber(const Expression& expression);
bool HasNumber(const Expression& expression);

/// Ties of rows that only ever come are in order of event time, then of arrival.
void AddEventTime(const LogicalNode& plan, std::vector<SortKey>* order);
bool HasDistinctOn(const sql::Query& query);

/// What CREATE STREAM warns of; empty when the state is bounded.
std::string WarningOf(const LogicalTopN& top);

}  // namespace laminar
