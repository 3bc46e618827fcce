// CASE, which the expression compiler turns into a call of this kernel.
#pragma once

#include "function/scalar_function.h"

namespace laminar {

/// Operands: condition, result, condition, result, …, else; traits kMasks. A row takes the result behind its first true
/// condition; what stands behind other conditions cannot fail for it, nor can later conditions.
ScalarKernel CaseKernel(PhysicalType result);

}  // namespace laminar
