// An input: what was accepted and no step has taken yet, how far its watermark is, and its history.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/ref.h"
#include "engine/changelog.h"
#include "exec/watermark_line.h"
#include "state/history.h"
#include "state/row_batch.h"

namespace laminar {

class Stream;

/// What the log needs to know of a source to write its rows, and to tell later whose they are. Immutable: a source that
/// gets a column gets another one.
struct RowLayout {
  uint32_t id = 0;  // of the source or table, for as long as the database exists
  std::vector<DataType> types;
};

struct SourceDefinition {
  std::string name;
  std::vector<DataType> types;
  int watermark_column = -1;           // -1: no declared watermark
  Timestamp slack = 0;                 // raw units of the column
  int64_t nanos_per_unit = 1'000'000;  // of the column; of what writers announce where there is none
  bool keeps_history = true;           // false: the intake of a table, whose rows its stream keeps; rows have weights
  Retention retention{};
  uint32_t id = 0;  // Engine::NewSourceId; what the log calls it
};

/// A raw event time as milliseconds, rounded down, clamped; kNoWatermark stays what it is.
Timestamp ToMillis(Timestamp watermark, int64_t nanos_per_unit);

/// The watermark after a call, kept where it moved.
struct WatermarkMove {
  uint64_t sequence;
  Timestamp watermark;
};

/// Accepted rows of one or more calls. `marks` and `calls` are parallel, rows counted from the batch's beginning.
struct StagedBatch {
  Ref<RowBatch> rows;
  std::vector<Mark> marks;
  std::vector<HistoryCall> calls;
};

/// Rows and watermark moves that a step takes from a source.
struct TakenInput {
  std::vector<StagedBatch> batches;        // sequences ascend
  std::vector<HistoryCall> announcements;  // calls without rows
  std::vector<WatermarkMove> moves;
  int64_t rows = 0;
  int64_t calls = 0;

  bool empty() const { return batches.empty() && announcements.empty(); }
};

/// Two halves under two locks. Intake half (`Stage…`, `Take`, `pending_rows`): the engine's intake lock. Step half
/// (history, edges, processed watermark): the step's lock.
class Source {
 public:
  explicit Source(SourceDefinition definition);

  const SourceDefinition& definition() const { return definition_; }
  const std::shared_ptr<const RowLayout>& layout() const { return layout_; }
  /// Both with nothing staged. The column goes last; the history is the caller's affair.
  void Widen(const DataType& type);
  void Rename(const std::string& name) { definition_.name = name; }

  // Intake half.

  /// Rows of the call `call` (its `row` is not read); further batches of the same call follow directly.
  void StageRows(const Ref<RowBatch>& rows, const Mark& call);
  void StageAnnouncement(uint64_t writer, Timestamp watermark, uint64_t sequence, int64_t time);
  /// Whether it had announced anything.
  bool ForgetWriter(uint64_t writer) { return announced_.erase(writer) != 0; }
  const std::map<uint64_t, Timestamp>& announced() const { return announced_; }
  /// Of both halves: as a source stood in an earlier process.
  void StandAt(Timestamp watermark, std::span<const std::pair<uint64_t, Timestamp>> announced);
  /// The process that they belonged to has ended.
  void ForgetWriters() { announced_.clear(); }
  TakenInput Take();
  int64_t pending_rows() const { return pending_.rows + static_cast<int64_t>(small_.rows()); }
  Timestamp accepted_watermark() const { return accepted_watermark_; }
  bool dirty = false;  // has something staged
  /// A subscriber of what reads the source that wants nothing more to come for now; null when there is none.
  std::shared_ptr<const Backpressure> SlowSubscriber();
  std::vector<std::shared_ptr<const Backpressure>> held_back_by;

  // Step half.

  struct Edge {
    Stream* stream;
    int input;
  };
  std::vector<Edge> edges;
  /// Streams with a watermark line that this source moves, each once.
  std::vector<Stream*> followers;
  History history;
  Timestamp processed_watermark = kNoWatermark;

  // Read by anyone.
  std::atomic<int64_t> total_rows{0};      // accepted
  std::atomic<int64_t> processed_rows{0};  // of those, carried through by a step

 private:
  /// Largest event time in the batch, kNoWatermark when there is none.
  Timestamp LargestEventTime(const Delta& rows) const;
  void MoveTo(Timestamp watermark, uint64_t sequence);
  void SealSmall();

  // Calls of fewer rows are gathered into one batch, so that a burst of single events is one delta.
  static constexpr uint32_t kSmallCall = 512;

  SourceDefinition definition_;
  std::shared_ptr<const RowLayout> layout_;
  TakenInput pending_;
  RowBatchBuilder small_;
  StagedBatch small_calls_;                  // its rows are still in small_
  std::map<uint64_t, Timestamp> announced_;  // by open writer
  Timestamp accepted_watermark_ = kNoWatermark;
};

}  // namespace laminar
