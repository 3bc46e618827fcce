// The log of a source's rows, as ad-hoc queries and late-created streams read it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "common/delta.h"
#include "common/retention.h"
#include "common/status.h"
#include "common/type.h"
#include "state/history_segment.h"
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

/// What a reader sees: the rows [first_row, rows) of the moment it was taken. Cheap to copy; any thread may read it, at
/// any time, while appends go on and segments go to disk.
class HistorySnapshot {
 public:
  static constexpr uint32_t kMaxDeltaRows = 1u << 16;

  HistorySnapshot();
  HistorySnapshot(const HistorySnapshot&);
  HistorySnapshot(HistorySnapshot&&) noexcept;
  HistorySnapshot& operator=(const HistorySnapshot&);
  HistorySnapshot& operator=(HistorySnapshot&&) noexcept;
  ~HistorySnapshot();

  /// Rows ever appended, and the first of them that is retained.
  uint64_t rows() const { return end_; }
  uint64_t first_row() const { return begin_; }
  /// Calls are numbered in order of sequence, also those that brought no row: [first_call, call_count) are there. Of
  /// those that are not retained, the last is: it knows the watermark that the others met.
  size_t call_count() const { return call_count_; }
  size_t first_call() const { return has_before_ ? first_call_ - 1 : first_call_; }
  /// Of those that are retained; and the last one that is not.
  size_t first_retained_call() const { return first_call_; }
  std::optional<HistoryCall> before() const { return has_before_ ? std::optional(before_) : std::nullopt; }
  HistoryCall call(size_t i) const;

  /// Calls `visit` with the rows from `from_row` on that are retained, in order, in deltas of at most `most_rows`: the
  /// given columns in the given order, marks, an owner, no selection, no weights. Stops early when `visit` answers
  /// false. Fails when rows that are on disk cannot be read back; those visited before stay visited.
  Status Scan(uint64_t from_row, std::span<const int> columns, const std::function<bool(const Delta&)>& visit,
              uint32_t most_rows = kMaxDeltaRows) const;
  /// Likewise; throws the error.
  void ForEachDelta(uint64_t from_row, std::span<const int> columns, const std::function<bool(const Delta&)>& visit,
                    uint32_t most_rows = kMaxDeltaRows) const {
    ThrowIfError(Scan(from_row, columns, visit, most_rows));
  }

 private:
  friend class History;
  struct CallBlock;  // history_call_block.h
  /// Number of the call that `row` belongs to.
  size_t CallOf(uint64_t row) const;

  std::vector<Ref<HistorySegment>> segments_;  // the last one may be a view of the open tail, cut at end_
  std::vector<Ref<CallBlock>> call_blocks_;
  std::vector<size_t> widths_;  // of the columns, bytes
  size_t first_block_ = 0;      // number of the first call block that is there
  size_t first_call_ = 0;       // of those that are retained
  size_t call_count_ = 0;
  bool has_before_ = false;
  HistoryCall before_{};  // the last call that is not retained
  uint64_t begin_ = 0;
  uint64_t end_ = 0;
};

/// Rows from here on stay, whatever the retention: somebody is on the way to them. Written by who holds it.
using HistoryHold = std::shared_ptr<std::atomic<uint64_t>>;

/// Append-only. Batches of at least kAdoptRows rows are taken over as they are; smaller ones are copied into an open
/// tail, so that a million one-row calls cost what a million rows cost.
///
/// Thread: one appender at a time. Snapshot() is called by whoever could append (it needs the same exclusion), what it
/// returns is read by anybody.
class History {
 public:
  static constexpr uint32_t kAdoptRows = 1024;

  /// Rows past the retention are gone for every snapshot taken later; their memory goes with the last row of their
  /// segment.
  explicit History(std::vector<DataType> types, Retention retention = {});
  ~History();

  /// The rows of one or more calls, whose `first_row` counts from the batch's beginning and ascends from 0; rows before
  /// the first of them are further ones of the last call that was appended. Throws std::bad_alloc.
  void Append(const Ref<RowBatch>& rows, std::span<const HistoryCall> calls);
  /// A call without rows that moved the watermark (an announcement, an idle-out).
  void AppendWatermark(uint64_t sequence, int64_t time, int64_t watermark);

  /// One that has seen nothing goes on as if it had seen so many rows and calls, of which it retains none; `before`:
  /// the last of the calls.
  void StartAt(uint64_t rows, size_t calls, const std::optional<HistoryCall>& before);
  /// Lets go of what is not retained, as of the last call: between two steps.
  void Retain();
  /// From the next row on, until the last copy of it is gone.
  HistoryHold Hold();
  const Retention& retention() const { return retention_; }

  /// Writes segments to disk, oldest first, until at least `bytes` of memory are free or nothing is left to write; how
  /// many came free. After an error what is not on disk is in memory.
  Status Spill(SpillSpace& space, size_t bytes, size_t* freed);

  uint64_t rows() const { return rows_; }
  uint64_t first_row() const { return whole_.begin_; }
  uint64_t retained_rows() const { return rows_ - whole_.begin_; }
  size_t memory_bytes() const;
  size_t disk_bytes() const { return disk_bytes_; }
  HistorySnapshot Snapshot() const;
  /// Adds a last column, whose values for the rows so far `fill` gives: of all columns of some rows, without marks or
  /// owner, a batch of one. What was snapshot keeps the columns it had. After an error nothing has changed.
  /// What is on disk is written there again, to `space`.
  Status Widen(const DataType& type, const std::function<Result<Ref<RowBatch>>(const Delta&)>& fill,
               SpillSpace* space = nullptr);

 private:
  struct Tail;
  void AddCall(const HistoryCall& call);
  void AppendToTail(const Delta& rows, int64_t time);
  void CloseTail();
  void ResetTail();
  /// The first row that the retention lets stay; of those, and of rows that are held, the first.
  uint64_t FirstRetained();
  uint64_t FirstNeeded();
  void DropBefore(uint64_t row);
  Result<Ref<HistorySegment>> Widened(const HistorySegment& narrow, const HistorySegment::Types& types,
                                      const std::function<Result<Ref<RowBatch>>(const Delta&)>& fill,
                                      SpillSpace* space) const;

  HistorySegment::Types types_;
  Retention retention_;
  HistorySnapshot whole_;       // closed segments and all calls
  std::unique_ptr<Tail> tail_;  // the open segment; may be empty
  std::vector<std::weak_ptr<std::atomic<uint64_t>>> holds_;
  size_t next_timed_call_ = 0;  // the first that may be young enough to stay
  size_t spilled_ = 0;          // so many of the oldest segments are on disk
  uint64_t rows_ = 0;
  size_t closed_bytes_ = 0;
  size_t disk_bytes_ = 0;
};

}  // namespace laminar
