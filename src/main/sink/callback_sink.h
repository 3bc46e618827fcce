// A sink to a function of the program.
#pragma once

#include <memory>

#include "laminar/connection.h"
#include "main/sink/file_sink.h"
#include "main/sink/sink_worker.h"

namespace laminar {

/// Called with one epoch after the other, with __weight where the input can retract. What it throws is counted and
/// logged, and the next change is delivered.
std::unique_ptr<SinkOutput> MakeCallbackSink(SinkFunction function, const SinkInput& input);

}  // namespace laminar
