#include <spdlog/spdlog.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "laminar/connection.h"
#include "main/callback_rep.h"
#include "main/function/user_code.h"
#include "main/subscription_rep.h"

namespace laminar {

std::shared_ptr<CallbackSubscription::Rep> CallbackSubscription::Rep::Start(
    std::shared_ptr<Subscription::Rep> subscription, OnData on_data, OnError on_error) {
  auto rep = std::make_shared<Rep>();
  rep->subscription_ = std::move(subscription);
  rep->on_data_ = std::move(on_data);
  rep->on_error_ = std::move(on_error);
  // The thread keeps the rep alive: a handle that is thrown away does not stop the callbacks.
  std::thread([rep] { rep->Run(); }).detach();
  return rep;
}

bool CallbackSubscription::Rep::Report(const Error& error) {
  if (!on_error_) {
    spdlog::error("a subscription's callback failed, the subscription stops: {}", error.what());
    return false;
  }
  try {
    on_error_(error);
    return true;
  } catch (const StopSubscription&) {
    return false;
  } catch (const std::exception& failure) {
    spdlog::error("a subscription's error callback failed, the subscription stops: {}", failure.what());
    return false;
  }
}

void CallbackSubscription::Rep::Run() {
  thread_ = std::this_thread::get_id();
  try {
    while (std::optional<QueryResult> change = subscription_->Next(std::nullopt, nullptr)) {
      bool go_on = true;
      try {
        on_data_(*change);
      } catch (const StopSubscription&) {
        go_on = false;
      } catch (const Error& error) {
        go_on = Report(error);
      } catch (const std::exception& error) {
        go_on = Report(Error(ErrorCode::kInternalError, error.what()));
      }
      change.reset();
      if (!go_on) break;
    }
  } catch (const Error& error) {
    // The stream was dropped or failed: there is nothing to go on with, whatever the callback says.
    Report(error);
  } catch (const std::exception& error) {
    Report(Error(ErrorCode::kInternalError, error.what()));
  }
  subscription_->Cancel();
  // What the functions captured goes before the end is announced: a waiter may tear down what they point to.
  on_data_ = nullptr;
  on_error_ = nullptr;
  std::lock_guard guard(mutex_);
  ended_ = true;
  waiters_.WakeAll();
}

bool CallbackSubscription::Rep::is_active() const {
  if (subscription_->made_in.foreign()) return false;
  std::lock_guard guard(mutex_);
  return !ended_ && subscription_->cursor->state() == ChangelogCursor::State::kActive;
}

void CallbackSubscription::Rep::Cancel() { subscription_->Cancel(); }

void CallbackSubscription::Rep::Wait(const std::function<void()>& interrupted) {
  subscription_->made_in.Check();
  UserCode::Check(*subscription_->database);
  if (thread_.load() == std::this_thread::get_id()) return;
  Waiter& waiter = Waiter::OfThisThread();
  std::unique_lock guard(mutex_);
  while (!ended_) {
    waiters_.Add(&waiter);
    guard.unlock();
    const Waiter::Outcome outcome = waiter.Wait(std::nullopt);
    guard.lock();
    waiters_.Remove(&waiter);
    if (outcome == Waiter::Outcome::kInterrupted && interrupted) {
      guard.unlock();
      interrupted();
      guard.lock();
    }
  }
}

CallbackSubscription::CallbackSubscription(std::shared_ptr<Rep> rep) : rep_(std::move(rep)) {}
bool CallbackSubscription::is_active() const { return rep_->is_active(); }
void CallbackSubscription::Cancel() { rep_->Cancel(); }
void CallbackSubscription::Wait(const std::function<void()>& interrupted) { rep_->Wait(interrupted); }

}  // namespace laminar
