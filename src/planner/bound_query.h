// From a bound logical plan onwards: the half of planning that queries, INSERT and SUBSCRIBE share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/binder/query_binder.h"
#include "planner/logical_plan.h"
#include "planner/planner.h"

namespace laminar {

/// Emission, checks, rules, dataflow. `emit` may be null; `span` is the query's, for errors without a better place.
PlannedQuery FinishPlan(LogicalNodePtr plan, const sql::EmitClause* emit, std::vector<std::string> reads,
                        std::string_view sql, SourceSpan span, const PlanOptions& options);

/// Runs every rule once, in order.
void ApplyRules(LogicalNodePtr& plan, PlanMode mode);

}  // namespace laminar
