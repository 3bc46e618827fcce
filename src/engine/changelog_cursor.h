// One subscriber's place in a changelog.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/changelog.h"
#include "engine/waiter.h"

namespace laminar {

/// Thread-safe; threads that share one share its items between them. Destroying it lets the changelog forget.
class ChangelogCursor {
 public:
  ChangelogCursor(std::shared_ptr<Changelog> log, CursorOptions options);
  ~ChangelogCursor();
  ChangelogCursor(const ChangelogCursor&) = delete;
  ChangelogCursor& operator=(const ChangelogCursor&) = delete;

  enum class State : uint8_t { kActive, kFinished, kCancelled };

  /// Puts a snapshot before everything else; only by who opened the cursor, before handing it out.
  void DeliverFirst(Change snapshot);
  /// Likewise changes of earlier epochs, in order.
  void DeliverFirst(std::vector<Change> earlier);
  /// Another reader of everything that this one has not taken yet. It never holds producers back.
  std::shared_ptr<ChangelogCursor> Clone() const;
  /// Everything up to this epoch counts as read. Nothing is read from disk but the places of changes.
  Status SkipThrough(uint64_t epoch);
  /// The next change if there is one. `ended` tells that none will come.
  std::optional<Change> TryNext(bool* ended);
  /// Waits. Nothing once ended; throws Error kSubscriptionTimeout at the deadline, and the changelog's error once when
  /// it failed.
  std::optional<Change> Next(const Waiter::Deadline& deadline, const std::function<void()>& interrupted);
  /// Wakes every waiter; from now on there is nothing to read.
  void Cancel();
  State state() const;

  Overflow overflow() const { return options_.overflow; }
  /// Rows of changes that it has not read; a snapshot does not count.
  int64_t lag() const;
  int64_t dropped_rows() const;
  /// kBlock: what the intake looks at.
  const std::shared_ptr<Backpressure>& backpressure() const { return backpressure_; }

  /// Called (with the changelog's lock held: it must only post) when something becomes readable, at once if it is.
  void OnReadable(std::function<void()> notify);

 private:
  friend class Changelog;
  /// What there is to read.
  enum class Look : uint8_t { kItem, kOnDisk, kNothing, kEnd };
  Look LookLocked() const;
  bool ReadableLocked() const { return LookLocked() != Look::kNothing; }
  /// A change was taken, or left out.
  void PassLocked(int64_t rows);
  /// Follows what was appended: what must be left out is, and whoever has to end ends.
  void FollowLocked();
  void DropLocked();
  /// Leaves the changelog with what is in `rest_`, and then the error.
  void EndLocked(Error error);
  void LeaveLocked();
  void WakeLocked();
  Change TakeLocked();
  /// Reads the entry at `next`, which `place` is not behind, off the disk. Under `reading_` alone. Nothing when there
  /// is to be looked again.
  std::optional<Change> ReadSpilled(ChangeSpill::Place place, uint64_t next);
  /// Without a lock.
  void TellOfRoom();

  const std::shared_ptr<Changelog> log_;
  const CursorOptions options_;
  const std::shared_ptr<Backpressure> backpressure_;  // kBlock only
  std::mutex reading_;                                // outside the changelog's: one item after the other
  ChangeSpill::Place place_;                          // guarded by reading_: where the last item on disk ended

  // Guarded by the changelog's lock.
  uint64_t next_ = 0;
  int64_t read_rows_ = 0;  // of all that were appended, those before next_
  int64_t dropped_rows_ = 0;
  std::optional<Change> snapshot_;
  std::deque<Change> rest_;  // earlier than what is next; kError: what was within reach when it left the changelog
  std::optional<Error> own_error_;  // delivered behind that
  bool listed_ = false;             // among the changelog's cursors
  bool cancelled_ = false;
  bool error_delivered_ = false;
  bool notified_ = false;
  bool room_to_tell_ = false;
  WaiterList waiters_;
  std::function<void()> notify_;
};

}  // namespace laminar
