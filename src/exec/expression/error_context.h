// What a person needs to find a failed row: the expression, and what its columns held.
#pragma once

#include <string>

#include "common/delta.h"
#include "function/expression.h"

namespace laminar {

/// "division by zero in v / k (v = 1, k = 0)". `row` is a physical row of `input`, whose columns the expression refers
/// to. Long values are cut.
std::string WithContext(const std::string& message, const Expression& expression, const Delta& input, uint32_t row);

}  // namespace laminar
