// The changes of one stream, kept once for all its subscribers.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "common/ref.h"
#include "common/status.h"
#include "engine/waiter.h"
#include "state/row_batch.h"

namespace laminar {

/// The net change of one epoch.
struct Change {
  uint64_t epoch = 0;
  bool is_snapshot = false;
  Ref<RowBatch> rows;
  bool merged = false;  // equal rows are one row with their weights summed, deletions first
};

class ChangelogCursor;

/// An ordered log of changes with one cursor per subscriber. The step appends, subscribers read; entries that every
/// cursor has passed are forgotten. Appending never waits for a reader.
///
/// Thread-safe. Lock order: after the step's lock, before nothing.
class Changelog : public std::enable_shared_from_this<Changelog> {
 public:
  enum class End : uint8_t {
    kOpen,
    kFinished,  // no change will come any more; what is there stays readable
    kFailed,    // likewise, then readers get the error
  };

  /// A cursor behind the last entry.
  std::shared_ptr<ChangelogCursor> Open();

  bool has_readers() const { return readers_.load(std::memory_order_acquire) != 0; }
  /// Called by the step, at most once an epoch, in order.
  void Append(Change change);
  void Finish(End end, std::optional<Error> error = std::nullopt);

  /// Rows that the slowest reader has not read.
  int64_t pending_rows() const;

 private:
  friend class ChangelogCursor;
  void TrimLocked();

  mutable std::mutex mutex_;
  std::deque<Change> entries_;
  uint64_t first_ = 0;  // index of entries_.front(), counted from the beginning of time
  std::vector<ChangelogCursor*> cursors_;
  std::atomic<uint32_t> readers_{0};
  End end_ = End::kOpen;
  std::optional<Error> error_;
};

/// One subscriber's place. Thread-safe; destroying it lets the changelog forget.
class ChangelogCursor {
 public:
  ChangelogCursor(std::shared_ptr<Changelog> log, uint64_t next);
  ~ChangelogCursor();

  enum class State : uint8_t { kActive, kFinished, kCancelled };

  /// Puts a snapshot before everything else; only by who opened the cursor, before handing it out.
  void DeliverFirst(Change snapshot);
  /// The next change if there is one. `ended` tells that none will come.
  std::optional<Change> TryNext(bool* ended);
  /// Waits. Nothing once ended; throws Error kSubscriptionTimeout at the deadline, and the changelog's error once when
  /// it failed.
  std::optional<Change> Next(const Waiter::Deadline& deadline, const std::function<void()>& interrupted);
  /// Wakes every waiter; from now on there is nothing to read.
  void Cancel();
  State state() const;

  /// Called (with the changelog's lock held: it must only post) when something becomes readable, at once if it is.
  void OnReadable(std::function<void()> notify);

 private:
  friend class Changelog;
  std::optional<Change> TakeLocked(bool* ended);
  void WakeLocked();
  void LeaveLocked();

  std::shared_ptr<Changelog> log_;
  uint64_t next_;
  std::optional<Change> snapshot_;
  bool cancelled_ = false;
  bool error_delivered_ = false;
  bool notified_ = false;
  WaiterList waiters_;
  std::function<void()> notify_;
};

}  // namespace laminar
