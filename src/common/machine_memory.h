// How much memory there is.
#pragma once

#include <cstdint>

namespace laminar {

/// Bytes that this process may use: the machine's, or less where it lives in a control group with a limit. 0: unknown.
int64_t MachineMemoryBytes();

}  // namespace laminar
