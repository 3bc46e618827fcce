// The current rows of a source or a stream, frozen between two steps.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "common/status.h"
#include "engine/dataflow.h"
#include "state/history.h"

namespace laminar {

class Stream;

/// Taken under the step's lock in time proportional to the number of chunks, read from any thread while steps go on.
/// What a stateful operator keeps is pinned; what stateless ones make of it is evaluated again when read.
class ContentsSnapshot {
 public:
  static std::unique_ptr<ContentsSnapshot> OfStream(Stream& stream);
  ~ContentsSnapshot();

  /// Emits all rows (weights positive) with the stream's columns. Once. Row errors and late rows have been counted when
  /// they came and are left out silently.
  Status Emit(DataflowResult& result, const CancelToken* cancel);

 private:
  struct Leaf {
    std::unique_ptr<OperatorSnapshot> state;
    std::unique_ptr<ContentsSnapshot> stream;
    std::unique_ptr<HistorySnapshot> history;
    std::vector<int> columns;  // of the stream or history
  };
  ContentsSnapshot() = default;

  std::vector<Leaf> leaves_;
  DataflowSpec stateless_;  // clones of the stateless operators above the leaves; leaf i is input i. No nodes: the only
                            // leaf is the result
};

/// Pushes [from, end) of a history into a receiver, `columns` of it, checking `cancel` between deltas.
Status ScanHistory(const HistorySnapshot& history, uint64_t from, const std::vector<int>& columns,
                   const CancelToken* cancel, const std::function<Answer(const Delta&)>& receive);

}  // namespace laminar
