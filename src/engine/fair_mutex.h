// A mutex whose waiters are served in the order they came: the step's lock, which a loaded engine thread would
// otherwise take again before a query gets its turn.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace laminar {

/// Satisfies Lockable. Uncontended lock and unlock cost one std::mutex round each.
class FairMutex {
 public:
  void lock() {
    std::unique_lock guard(mutex_);
    const uint64_t ticket = next_ticket_++;
    turn_.wait(guard, [&] { return ticket == serving_; });
  }
  bool try_lock() {
    std::lock_guard guard(mutex_);
    if (next_ticket_ != serving_) return false;
    ++next_ticket_;
    return true;
  }
  void unlock() {
    bool wake;
    {
      std::lock_guard guard(mutex_);
      ++serving_;
      wake = next_ticket_ != serving_;
    }
    if (wake) turn_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  uint64_t next_ticket_ = 0;
  uint64_t serving_ = 0;
};

}  // namespace laminar
