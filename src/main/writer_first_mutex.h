// A shared mutex that a waiting writer closes to new readers.
#pragma once

#include <mutex>
#include <shared_mutex>

namespace laminar {

/// Satisfies SharedLockable. std::shared_mutex lets readers pass a waiting writer: under steady inserts, each of which
/// shares the lock, a DROP would wait for ever. So a thread that shares it must not share it again: a writer may have
/// come in between.
class WriterFirstMutex {
 public:
  void lock() {
    std::lock_guard queue(turnstile_);
    shared_.lock();
  }
  void unlock() { shared_.unlock(); }
  void lock_shared() {
    { std::lock_guard queue(turnstile_); }
    shared_.lock_shared();
  }
  void unlock_shared() { shared_.unlock_shared(); }

 private:
  std::mutex turnstile_;  // held by a writer while it waits for the readers
  std::shared_mutex shared_;
};

}  // namespace laminar
