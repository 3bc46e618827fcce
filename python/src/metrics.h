// Names of the engine's states.
#pragma once

#include "laminar/metrics.h"

namespace laminar::python {

/// As published: "Created", "Running", "ShuttingDown", "Stopped".
const char* StateName(PipelineState state);

}  // namespace laminar::python
