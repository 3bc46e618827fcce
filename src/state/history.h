// The log of a source's rows, as ad-hoc queries and late-created streams read it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "common/delta.h"
#include "common/status.h"
#include "common/type.h"
#include "state/row_batch.h"

namespace laminar {

/// One accepted call, as the history remembers it.
struct HistoryCall {
  uint64_t first_row;  // position in the history
  uint64_t sequence;
  int64_t time;       // microseconds since the epoch
  int64_t watermark;  // what the source had reached after the call; kNoWatermark (exec/watermark_line.h): nothing yet
  uint64_t first_number = 0;  // of its first row, over all rows ever accepted (Mark, common/delta.h)
};

/// What a reader sees: the rows [0, end) of the moment it was taken. Cheap to copy; any thread may read it, at any
/// time, while appends go on.
class HistorySnapshot {
 public:
  static constexpr uint32_t kMaxDeltaRows = 1u << 16;

  HistorySnapshot();
  HistorySnapshot(const HistorySnapshot&);
  HistorySnapshot(HistorySnapshot&&) noexcept;
  HistorySnapshot& operator=(HistorySnapshot) noexcept;
  ~HistorySnapshot();

  uint64_t rows() const { return end_; }
  /// Calls accepted up to then, in order of sequence; also those that brought no row.
  size_t call_count() const { return call_count_; }
  HistoryCall call(size_t i) const;

  /// Calls `visit` with the rows from `from_row` on, in order, in deltas of at most `most_rows`: the given columns in
  /// the given order, marks, an owner, no selection, no weights. Stops early when `visit` answers false.
  void ForEachDelta(uint64_t from_row, std::span<const int> columns, const std::function<bool(const Delta&)>& visit,
                    uint32_t most_rows = kMaxDeltaRows) const;

 private:
  friend class History;
  struct Segment;
  struct CallBlock;
  /// Index of the call that `row` belongs to.
  size_t CallOf(uint64_t row) const;

  std::vector<Ref<Segment>> segments_;  // the last one may be a view of the open tail, cut at end_
  std::vector<Ref<CallBlock>> call_blocks_;
  std::vector<size_t> widths_;  // of the columns, bytes
  size_t call_count_ = 0;
  uint64_t end_ = 0;
};

/// Append-only. Batches of at least kAdoptRows rows are taken over as they are; smaller ones are copied into an open
/// tail, so that a million one-row calls cost what a million rows cost.
///
/// Thread: one appender at a time. Snapshot() is called by whoever could append (it needs the same exclusion), what it
/// returns is read by anybody.
class History {
 public:
  static constexpr uint32_t kAdoptRows = 1024;

  explicit History(std::vector<DataType> types);
  ~History();

  /// The rows of one or more calls, whose `first_row` counts from the batch's beginning and ascends from 0. Throws
  /// std::bad_alloc.
  void Append(const Ref<RowBatch>& rows, std::span<const HistoryCall> calls);
  /// A call without rows that moved the watermark (an announcement, an idle-out).
  void AppendWatermark(uint64_t sequence, int64_t time, int64_t watermark);

  uint64_t rows() const { return rows_; }
  size_t memory_bytes() const;
  HistorySnapshot Snapshot() const;
  /// Adds a last column, whose values for the rows so far `fill` gives: of all columns of some rows, without marks or
  /// owner, a batch of one. What was snapshot keeps the columns it had. After an error nothing has changed.
  Status Widen(const DataType& type, const std::function<Result<Ref<RowBatch>>(const Delta&)>& fill);

 private:
  struct Tail;
  void AddCall(const HistoryCall& call);
  void AppendToTail(const Delta& rows);
  void CloseTail();

  std::vector<DataType> types_;
  HistorySnapshot whole_;       // closed segments and all calls
  std::unique_ptr<Tail> tail_;  // the open segment; may be empty
  uint64_t rows_ = 0;
  size_t closed_bytes_ = 0;
};

}  // namespace laminar
