// Which expressions of a continuous plan are computed once and stored with their rows.
#pragma once

#include <string_view>

#include "planner/logical_plan.h"

namespace laminar {

/// What computed again would not be the same: functions that are not deterministic, and PROCTIME() over rows that may
/// be taken back or have come with two calls. A projection of such expressions becomes a stored one; a filter and the
/// arguments of an aggregate get one below them. Properties are inferred before, and to be inferred again.
///
/// Throws kQueryFailed where that makes no sense (a key of GROUP BY) or cannot be done (the condition of a join).
void StoreResults(LogicalNodePtr& plan, std::string_view sql, SourceSpan span);

}  // namespace laminar
