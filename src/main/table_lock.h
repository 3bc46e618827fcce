// One writer a table at a time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace laminar {

/// Held by a statement while it runs, by a transaction from its first change of the table to its end; a transaction may
/// be driven by several threads, so the lock belongs to a writer's number and not to a thread. Numbers ascend: a writer
/// that came later has a greater one.
///
/// No deadlock: who holds a lock and wants another waits only for younger transactions ("wait-die"); statements hold
/// one lock and come to an end by themselves.
class TableLock {
 public:
  enum class Outcome : uint8_t {
    kTaken,
    kConflict,  // an older transaction holds it, and the writer holds others: it must give way
    kTimeout,
  };

  /// `holds_others`: the writer has locks of other tables. Taking a lock one has is fine.
  Outcome Take(uint64_t writer, bool transaction, bool holds_others, std::chrono::duration<double> patience) {
    std::unique_lock guard(mutex_);
    if (holder_ == writer) return Outcome::kTaken;
    bool gives_way = false;
    const auto decided = [&] {
      gives_way = holds_others && holder_ != 0 && holder_is_transaction_ && holder_ < writer;
      return holder_ == 0 || gives_way;
    };
    if (!freed_.wait_for(guard, patience, decided)) return Outcome::kTimeout;
    if (gives_way) return Outcome::kConflict;
    holder_ = writer;
    holder_is_transaction_ = transaction;
    return Outcome::kTaken;
  }
  void Release(uint64_t writer) {
    std::lock_guard guard(mutex_);
    if (holder_ != writer) return;
    holder_ = 0;
    freed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  uint64_t holder_ = 0;  // 0: nobody
  bool holder_is_transaction_ = false;
};

}  // namespace laminar
