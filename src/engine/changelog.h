// The changes of one stream, kept once for all its subscribers.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/status.h"
#include "common/type.h"
#include "engine/change.h"
#include "engine/change_spill.h"

namespace laminar {

class ChangelogCursor;

/// What happens when a subscriber is more than the changelog's capacity of rows behind.
enum class Overflow : uint8_t {
  kSpill,       // what it has not read waits on disk
  kBlock,       // whoever brings rows waits for it (Backpressure)
  kDropOldest,  // its oldest changes are left out, and counted
  kError,       // it gets what it has been within reach of, then an error
};

struct ChangelogOptions {
  std::vector<DataType> types{};  // of the rows
  int64_t capacity = 65'536;      // rows that stay in memory; more are behind than a subscriber may be
  FileSystem* files = &FileSystem::Posix();
  std::string spill_directory{};  // SpillFile::Create
  int64_t retain_bytes = 0;       // of changes kept for who comes back, though all have read them; 0: none are
  std::shared_ptr<std::atomic<int64_t>> all_dropped{};  // counts what is left out of all changelogs; may be null
};

/// How far a subscriber that holds producers back is behind. Read by the intake, written under the changelog's lock;
/// outlives both.
struct Backpressure {
  std::string subscriber;
  int64_t capacity = 0;
  std::atomic<int64_t> lag{0};
  std::atomic<bool> ended{false};

  bool full() const {
    return !ended.load(std::memory_order_acquire) && lag.load(std::memory_order_acquire) >= capacity;
  }
};

struct CursorOptions {
  Overflow overflow = Overflow::kSpill;
  std::string subscriber{};         // for messages: "SELECT …"
  std::function<void()> on_room{};  // kBlock: called without a lock when it is no longer full
};

/// Why a subscriber with this overflow cannot resume so many rows behind; OK when it can.
Status CheckReach(Overflow overflow, int64_t lag, int64_t capacity, uint64_t epoch);

/// An ordered log of changes with one cursor per subscriber. The step appends, subscribers read; entries that every
/// cursor has passed are forgotten, unless they are retained. The newest `capacity` rows are in memory and older ones
/// on disk, so a subscriber that does not keep up costs no memory and holds nobody back. Appending never waits for a
/// reader.
///
/// Thread-safe, but for Append and Finish, which are the step's. Lock order: after the step's and the intake's lock,
/// before nothing. Files are written by the step, behind the lock, and read by subscribers without any.
class Changelog : public std::enable_shared_from_this<Changelog> {
 public:
  enum class End : uint8_t {
    kOpen,
    kFinished,  // no change will come any more; what is there stays readable
    kFailed,    // likewise, then readers get the error
  };

  explicit Changelog(ChangelogOptions options = {});
  ~Changelog();

  /// A cursor behind the last entry.
  std::shared_ptr<ChangelogCursor> Open(CursorOptions options = {});
  /// A cursor behind the changes up to `epoch`, of which the last published one is `current`: what comes is missing
  /// nothing and repeating nothing. kSubscriptionFailed, naming the oldest epoch there is, when some are gone.
  Result<std::shared_ptr<ChangelogCursor>> OpenBehind(uint64_t epoch, uint64_t current, CursorOptions options);
  /// Changes are retained from this epoch on; once, before the first is appended.
  void RetainFrom(uint64_t epoch);
  /// All changes behind this epoch are there.
  uint64_t retained_from() const;

  /// Whether anybody looks at what is appended, or will.
  bool has_readers() const { return readers_.load(std::memory_order_acquire) != 0; }
  bool retains() const { return options_.retain_bytes != 0; }
  /// Called by the step, at most once an epoch, in order.
  void Append(Change change);
  void Finish(End end, std::optional<Error> error = std::nullopt);

  /// Rows that the slowest reader has not read.
  int64_t pending_rows() const;
  /// Rows that readers were not given because they were too slow (kDropOldest), of all that there have been.
  int64_t dropped_rows() const { return dropped_rows_.load(std::memory_order_relaxed); }
  int64_t spilled_bytes() const;
  /// Of changes that are in memory.
  int64_t memory_bytes() const;

 private:
  friend class ChangelogCursor;
  struct Entry {
    Change change;
    int64_t bytes;
  };

  uint64_t end_index() const { return memory_first_ + entries_.size(); }
  void AddLocked(ChangelogCursor* cursor, uint64_t next, int64_t read_rows);
  void TrimLocked();
  /// Forgets the first entry in memory.
  void PopLocked();
  /// Where an entry that was published is, behind the lock.
  Status FindBehindLocked(uint64_t epoch, uint64_t* index, int64_t* rows_before) const;
  /// Brings memory back to `capacity` rows.
  void Spill();
  /// Whoever has not read what can be kept no longer ends with the reason.
  void GiveUpLocked(uint64_t before, const Status& status);

  const ChangelogOptions options_;
  mutable std::mutex mutex_;
  std::deque<Entry> entries_;  // the newest
  uint64_t memory_first_ = 0;  // index of entries_.front(), counted from the beginning of time
  int64_t memory_rows_ = 0;
  int64_t memory_bytes_ = 0;
  ChangeSpill spill_;             // those before memory_first_
  uint64_t forgotten_epoch_ = 0;  // all changes behind it are there, if any are retained
  int64_t appended_rows_ = 0;     // since the beginning of time
  std::vector<ChangelogCursor*> cursors_;
  std::atomic<uint32_t> readers_{0};
  std::atomic<int64_t> dropped_rows_{0};
  End end_ = End::kOpen;
  std::optional<Error> error_;
};

}  // namespace laminar
