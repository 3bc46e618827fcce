// The value of an expression without columns: what constant folding and INSERT … VALUES need.
#pragma once

#include "common/status.h"
#include "common/value.h"
#include "function/expression.h"

namespace laminar {

/// Runs `expression`, which must not refer to a column. A failing one ("division by zero") gives that error.
/// Expressions that read the time see `now`, microseconds since the epoch. Any thread.
Result<Value> EvaluateConstant(const Expression& expression, int64_t now = 0);

}  // namespace laminar
