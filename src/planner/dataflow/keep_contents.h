// Streams that must keep their rows themselves.
#pragma once

#include <functional>

#include "common/retention.h"
#include "exec/dataflow_spec.h"

namespace laminar {

/// The contents of a stream are read from the nearest operators that keep state, or else from what the stream reads.
/// Where that forgets (`forgets`, of an input: its retention is bounded), the stream gets an operator that keeps what
/// it has shown: above all others when the stream is append-only, and otherwise above each such input.
///
/// With a retention of its own the stream, which is append-only, keeps its rows in any case, and what lies below does
/// not keep them as well.
void KeepContents(const Retention& retention, const std::function<bool(const DataflowInput&)>& forgets,
                  const std::function<std::vector<DataType>(const DataflowInput&)>& types_of, DataflowSpec* spec);

}  // namespace laminar
