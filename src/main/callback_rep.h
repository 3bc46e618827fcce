// The delivery thread of a callback subscription.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include "engine/waiter.h"
#include "laminar/subscription.h"
#include "main/subscription_rep.h"

namespace laminar {

/// One thread a subscription, so that a callback that takes its time delays nobody else's. It holds no engine lock
/// while a callback runs, so callbacks may call anything, Cancel and Close included.
struct CallbackSubscription::Rep {
  static std::shared_ptr<Rep> Start(std::shared_ptr<Subscription::Rep> subscription, OnData on_data, OnError on_error);

  bool is_active() const;
  void Cancel();
  void Wait(const std::function<void()>& interrupted);

 private:
  void Run();
  /// False when the subscription must stop.
  bool Report(const Error& error);

  std::shared_ptr<Subscription::Rep> subscription_;
  OnData on_data_;
  OnError on_error_;
  std::atomic<std::thread::id> thread_{};
  mutable std::mutex mutex_;
  bool ended_ = false;
  WaiterList waiters_;
};

}  // namespace laminar
