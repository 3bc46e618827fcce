// How a query is told to stop, and where its loops look.
#pragma once

#include <atomic>
#include <utility>

namespace laminar {

/// Set from any thread; operators look at it once a delta and in loops longer than a few thousand rows.
class CancelToken {
 public:
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
};

/// The query that this thread works for, for loops too deep to be told of it. A step works for none: what it has begun
/// it ends, whoever's thread runs it.
class CancelScope {
 public:
  /// `token` may be null.
  explicit CancelScope(const CancelToken* token) : before_(std::exchange(current_, token)) {}
  ~CancelScope() { current_ = before_; }
  CancelScope(const CancelScope&) = delete;
  CancelScope& operator=(const CancelScope&) = delete;

  static bool cancelled() { return current_ != nullptr && current_->cancelled(); }

 private:
  static inline thread_local const CancelToken* current_ = nullptr;
  const CancelToken* const before_;
};

/// Throws kQueryCancelled when this thread works for a query that is not wanted any more. In a loop, once in so much
/// work as takes well under a millisecond: the caller of a cancelled query is back within 10.
void ThrowIfCancelled();

}  // namespace laminar
