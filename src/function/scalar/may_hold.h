// What the planner guards a computation by: no function of SQL, so it is in no registry.
#pragma once

#include "function/scalar_function.h"

namespace laminar {

/// may_hold(condition BOOLEAN) → BOOLEAN: false where the condition is false or NULL; true where it is true, and where
/// it fails, so that whoever asks the condition itself hears of that. Fails never.
const ScalarFunction& MayHoldFunction();

}  // namespace laminar
