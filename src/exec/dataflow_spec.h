// A physical dataflow as the planner hands it to the engine: operators, edges, and where rows come in and go out.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/type.h"
#include "exec/operator.h"

namespace laminar {

class FileTable;
class NodeIdentity;

/// What an input of the dataflow is bound to when it is attached.
struct DataflowInput {
  enum class Kind : uint8_t {
    kSource,
    kStream,
    kFile,
    kShared,  // a node that several dataflows read: the planner makes none, the engine cuts plans at them
  };
  Kind kind = Kind::kSource;
  std::string relation;                      // catalog name of the source or stream; empty for the others
  std::vector<int> columns;                  // the columns of it that are read, in the order the dataflow sees them
  int line = -1;                             // watermark line this input carries, or -1
  std::shared_ptr<const FileTable> files{};  // kFile, only in dataflows that run once
  std::string label{};                       // for EXPLAIN: relation and columns by name, and why it retracts
  int part = -1;                             // kShared: which part of the plan it was cut from
};

/// One watermark line: the least over the named sources, counted in the unit of the columns that follow it.
struct DataflowLine {
  std::vector<std::string> sources;
  int64_t nanos_per_unit = 0;

  friend bool operator==(const DataflowLine&, const DataflowLine&) = default;
};

/// Where a port's rows come from.
struct DataflowEdge {
  int from = 0;        // index of an earlier node (>= 0), or ~i for input i
  int partition = -1;  // below an exchange: which of its partitions; otherwise -1
};

/// A keyed operator over P partitions is P nodes behind one exchange, each with the edge {exchange, p}, and a union
/// above.
struct DataflowNode {
  std::unique_ptr<Operator> op;
  std::vector<DataflowEdge> inputs;  // one per port
  int line = -1;                     // watermark line it follows, or -1
  std::string label;                 // for EXPLAIN: reason of append-only or retracting, state held, when dropped
  bool append_only = true;           // its output never retracts
  /// Set where equal nodes of other dataflows may take its place, and it theirs: then it keeps state.
  std::shared_ptr<const NodeIdentity> identity{};
};

/// Nodes are in topological order; the last one is the result.
struct DataflowSpec {
  std::vector<DataflowInput> inputs;
  std::vector<DataflowLine> lines;
  std::vector<DataflowNode> nodes;
  Schema schema;            // of the result
  bool append_only = true;  // the result never retracts: no __weight
  bool on_window_close = false;
  bool on_update = false;       // subscribers get upserts: EMIT ON UPDATE
  std::vector<int> update_key;  // then: columns of the result that identify a row
};

}  // namespace laminar
