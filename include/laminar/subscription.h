// Continuous results: a cursor over a stream's changelog, waited for by blocking, by a timeout, or through an event
// loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "laminar/error.h"
#include "laminar/result.h"

namespace laminar {

/// Collects which subscriptions became readable, behind one file descriptor that an event loop watches. Thread-safe.
class ReadyQueue {
 public:
  ReadyQueue();
  ~ReadyQueue();
  ReadyQueue(const ReadyQueue&) = delete;
  ReadyQueue& operator=(const ReadyQueue&) = delete;

  /// Readable (level-triggered) while something is queued.
  int fd() const { return fd_; }
  /// Takes what is queued and makes the descriptor unreadable.
  std::vector<uint64_t> Drain();
  /// Called by the engine.
  void Post(uint64_t tag);

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
  int fd_;
};

/// What happens when a subscriber is more than `Config::buffer_size` rows of change behind.
enum class OnOverflow : uint8_t {
  kSpill,       // what it has not read waits on disk: nothing is lost, and it holds nobody back
  kBlock,       // whoever inserts waits for it, at most `Config::backpressure_timeout`, and then fails, naming it
  kDropOldest,  // its oldest unread changes are left out, and counted in the metrics
  kError,       // it gets what it was within reach of, then Error kSubscriptionFailed
};

struct SubscribeOptions {
  /// Deliver the current result first.
  bool snapshot = true;
  /// Nothing: `__weight` exactly when the result can retract. true: always. false: refuse a retracting query.
  std::optional<bool> weights = std::nullopt;
  /// Resume: no snapshot, but every change behind this epoch, which the subscriber has seen. Error kSubscriptionFailed
  /// names the oldest epoch there is to resume from when changes behind this one are gone.
  std::optional<uint64_t> from_epoch = std::nullopt;
  OnOverflow on_overflow = OnOverflow::kSpill;
};

/// Delivers the current result (unless that is empty or not wanted), then every epoch's net change, in order, once.
/// All methods may be called from any thread; two threads calling Next share the items between them.
class Subscription {
 public:
  struct Rep;
  explicit Subscription(std::shared_ptr<Rep> rep);

  enum class State : uint8_t {
    kActive,     // more may come
    kFinished,   // the stream ended (dropped, shut down): nothing more will come
    kCancelled,  // Cancel was called
  };

  /// Waits for the next item; nothing once the subscription has ended. `interrupted` is asked whenever a signal
  /// interrupts the wait and may throw. Throws Error kSubscriptionClosed when the stream was dropped or failed.
  std::optional<QueryResult> Next(const std::function<void()>& interrupted = nullptr);
  /// Likewise for at most `timeout`; then Error kSubscriptionTimeout.
  std::optional<QueryResult> NextFor(std::chrono::nanoseconds timeout,
                                     const std::function<void()>& interrupted = nullptr);
  /// What is there now, or nothing.
  std::optional<QueryResult> TryNext();

  /// From now on posts `tag` to `queue` whenever an item arrives after TryNext found none, and when the subscription
  /// ends. One queue at a time.
  void NotifyOn(std::shared_ptr<ReadyQueue> queue, uint64_t tag);

  /// Idempotent; wakes every waiter at once.
  void Cancel();
  State state() const;
  /// With `__weight` when it will be there.
  ResultSchema schema() const;

 private:
  std::shared_ptr<Rep> rep_;
};

/// Thrown by a callback that wants its subscription stopped and has said why already: nothing is logged.
struct StopSubscription : std::exception {
  const char* what() const noexcept override { return "the callback stops its subscription"; }
};

/// A subscription whose items a background thread hands to a function, one after the other, holding no lock: the
/// function may call everything, Cancel and Connection::Close included. Throwing the handle away does not stop it.
class CallbackSubscription {
 public:
  using OnData = std::function<void(const QueryResult&)>;
  /// Receives what `OnData` threw (as an Error) or why the stream ended; throwing from it stops the subscription, and
  /// what it throws is logged, unless it is a StopSubscription.
  using OnError = std::function<void(const Error&)>;
  struct Rep;
  explicit CallbackSubscription(std::shared_ptr<Rep> rep);

  bool is_active() const;
  /// No new call begins; one that runs goes on. Idempotent.
  void Cancel();
  /// Until the subscription has ended and the last callback has returned. Returns at once when called from the callback
  /// itself.
  void Wait(const std::function<void()>& interrupted = nullptr);

 private:
  std::shared_ptr<Rep> rep_;
};

}  // namespace laminar
