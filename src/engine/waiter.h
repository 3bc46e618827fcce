// How a thread waits for an item, a wake-up from another thread, a deadline, or a signal: one primitive for every wait
// of the engine that a user's thread does.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "common/fork_mark.h"

namespace laminar {

/// One per thread, made on first use: a thread waits for one thing at a time. Backed by an eventfd, so that a signal
/// interrupts the wait (a condition variable would sleep on) and Python can answer Ctrl-C.
///
///     WaiterList::Registration here(list, Waiter::OfThisThread());   // under the list's lock
///     … unlock …
///     waiter.Wait(deadline);                                         // returns early when list.WakeAll() ran in
///     between
class Waiter {
 public:
  enum class Outcome { kSignalled, kTimeout, kInterrupted };
  using Deadline = std::optional<std::chrono::steady_clock::time_point>;

  static Waiter& OfThisThread();
  struct Private {};
  explicit Waiter(Private);
  ~Waiter();
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  /// Any thread. Sticky until the next Wait, which it makes return at once.
  void Signal();
  Outcome Wait(const Deadline& deadline);

  /// What to ask when a signal interrupts a wait that was given no function for it: process-wide, null at first. It
  /// runs on the waiting thread without any lock of the engine, and what it throws ends the wait.
  static void SetInterruptCheck(void (*check)());
  static void CheckInterrupt();

 private:
  int fd_;
  ForkMark made_in_;
};

/// The waiters of one thing. Guarded by the lock of whatever owns it.
class WaiterList {
 public:
  void Add(Waiter* waiter) { waiters_.push_back(waiter); }
  void Remove(Waiter* waiter);
  void WakeAll() {
    for (Waiter* waiter : waiters_) waiter->Signal();
  }

 private:
  std::vector<Waiter*> waiters_;
};

}  // namespace laminar
