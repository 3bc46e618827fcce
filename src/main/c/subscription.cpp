// Subscriptions and sinks of the C interface.
#include <fmt/format.h>

#include <chrono>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "main/c/callbacks.h"
#include "main/c/guard.h"
#include "main/c/handles.h"

using laminar::CallbackSubscription;
using laminar::c::Callbacks;
using laminar::c::Guard;
using laminar::c::Need;
using laminar::c::Of;
using laminar::c::Quietly;
using laminar::c::Text;
using laminar::c::ValuesOf;

namespace {

laminar::SubscribeOptions OptionsOf(const laminar_subscribe_options* options) {
  laminar::SubscribeOptions converted;
  if (options == nullptr) return converted;
  converted.snapshot = options->skip_snapshot == 0;
  // A C program may hand any number; in C++ one that is none of the enumerators must not even be read as one.
  int weights;
  static_assert(sizeof weights == sizeof options->weights);
  std::memcpy(&weights, &options->weights, sizeof weights);
  switch (weights) {
    case LAMINAR_WEIGHTS_AUTO:
      return converted;
    case LAMINAR_WEIGHTS_ALWAYS:
      converted.weights = true;
      return converted;
    case LAMINAR_WEIGHTS_NEVER:
      converted.weights = false;
      return converted;
  }
  throw std::invalid_argument(fmt::format("weights must be one of laminar_weights, not {}", weights));
}

/// Subscribes with functions that call `callbacks`, by `subscribe(on_change, on_error)`.
template <typename Subscribe>
laminar_status SubscribeWith(const laminar_callbacks* callbacks, laminar_callback_subscription** subscription,
                             laminar_error** error, Subscribe subscribe) {
  if (subscription != nullptr) *subscription = nullptr;
  return Guard(error, [&] {
    const std::shared_ptr<const Callbacks> taken = Callbacks::Take(callbacks);
    laminar_callback_subscription*& out = Need(subscription, "subscription");
    CallbackSubscription::OnData on_change = [taken](const laminar::QueryResult& change) {
      if (taken->OnChange(change) != 0) throw laminar::StopSubscription();
    };
    CallbackSubscription::OnError on_error;
    if (taken->has_on_error()) {
      on_error = [taken](const laminar::Error& why) {
        if (taken->OnError(why) != 0) throw laminar::StopSubscription();
      };
    }
    out = new laminar_callback_subscription{subscribe(std::move(on_change), std::move(on_error))};
  });
}

}  // namespace

laminar_status laminar_subscribe(laminar_connection* connection, const char* sql,
                                 const laminar_subscribe_options* options, laminar_subscription** subscription,
                                 laminar_error** error) {
  return laminar_subscribe_with(connection, sql, nullptr, options, subscription, error);
}

laminar_status laminar_subscribe_with(laminar_connection* connection, const char* sql,
                                      const laminar_parameters* parameters, const laminar_subscribe_options* options,
                                      laminar_subscription** subscription, laminar_error** error) {
  if (subscription != nullptr) *subscription = nullptr;
  return Guard(error, [&] {
    laminar_subscription*& out = Need(subscription, "subscription");
    out =
        new laminar_subscription{Of(connection).Subscribe(Text(sql, "sql"), OptionsOf(options), ValuesOf(parameters))};
  });
}

laminar_status laminar_subscribe_stream(laminar_connection* connection, const char* name,
                                        const laminar_subscribe_options* options, laminar_subscription** subscription,
                                        laminar_error** error) {
  if (subscription != nullptr) *subscription = nullptr;
  return Guard(error, [&] {
    laminar_subscription*& out = Need(subscription, "subscription");
    out = new laminar_subscription{Of(connection).SubscribeStream(Text(name, "name"), OptionsOf(options))};
  });
}

laminar_status laminar_subscription_next(laminar_subscription* subscription, int64_t timeout_ms, laminar_result** item,
                                         laminar_error** error) {
  if (item != nullptr) *item = nullptr;
  return Guard(error, [&] {
    laminar::Subscription& from = Need(subscription, "subscription").subscription;
    laminar_result*& out = Need(item, "item");
    // Longer than a century is without end, and would overflow the clock.
    constexpr int64_t kForeverMillis = int64_t{100} * 366 * 24 * 3600 * 1000;
    std::optional<laminar::QueryResult> next = timeout_ms < 0 || timeout_ms > kForeverMillis
                                                   ? from.Next()
                                                   : from.NextFor(std::chrono::milliseconds(timeout_ms));
    if (next) out = new laminar_result(std::move(*next));
  });
}

laminar_status laminar_subscription_export_schema(const laminar_subscription* subscription, struct ArrowSchema* out,
                                                  laminar_error** error) {
  return Guard(error, [&] { Need(subscription, "subscription").subscription.schema().Export(&Need(out, "out")); });
}

int laminar_subscription_is_active(const laminar_subscription* subscription) {
  return subscription != nullptr && subscription->subscription.state() == laminar::Subscription::State::kActive ? 1 : 0;
}

void laminar_subscription_cancel(laminar_subscription* subscription) {
  if (subscription != nullptr) Quietly("laminar_subscription_cancel", [&] { subscription->subscription.Cancel(); });
}

void laminar_subscription_free(laminar_subscription* subscription) {
  laminar_subscription_cancel(subscription);
  delete subscription;
}

laminar_status laminar_subscribe_callback(laminar_connection* connection, const char* sql,
                                          const laminar_callbacks* callbacks,
                                          laminar_callback_subscription** subscription, laminar_error** error) {
  return SubscribeWith(callbacks, subscription, error, [&](auto on_change, auto on_error) {
    return Of(connection).SubscribeCallback(Text(sql, "sql"), std::move(on_change), std::move(on_error));
  });
}

laminar_status laminar_subscribe_stream_callback(laminar_connection* connection, const char* name,
                                                 const laminar_callbacks* callbacks,
                                                 laminar_callback_subscription** subscription, laminar_error** error) {
  return SubscribeWith(callbacks, subscription, error, [&](auto on_change, auto on_error) {
    return Of(connection).SubscribeStreamCallback(Text(name, "name"), std::move(on_change), std::move(on_error));
  });
}

int laminar_callback_subscription_is_active(const laminar_callback_subscription* subscription) {
  return subscription != nullptr && subscription->subscription.is_active() ? 1 : 0;
}

void laminar_callback_subscription_cancel(laminar_callback_subscription* subscription) {
  if (subscription == nullptr) return;
  Quietly("laminar_callback_subscription_cancel", [&] { subscription->subscription.Cancel(); });
}

void laminar_callback_subscription_wait(laminar_callback_subscription* subscription) {
  if (subscription == nullptr) return;
  Quietly("laminar_callback_subscription_wait", [&] { subscription->subscription.Wait(); });
}

void laminar_callback_subscription_free(laminar_callback_subscription* subscription) {
  laminar_callback_subscription_cancel(subscription);
  laminar_callback_subscription_wait(subscription);
  delete subscription;
}

laminar_status laminar_create_sink(laminar_connection* connection, const char* name, const char* source,
                                   const laminar_callbacks* callbacks, int skip_snapshot, laminar_error** error) {
  return Guard(error, [&] {
    const std::shared_ptr<const Callbacks> taken = Callbacks::Take(callbacks);
    const laminar::SinkFunction deliver = [taken](const laminar::QueryResult& change) {
      const int answer = taken->OnChange(change);
      if (answer != 0) {
        throw laminar::Error(laminar::ErrorCode::kInternalError, fmt::format("the callback returned {}", answer));
      }
    };
    Of(connection).CreateSink(Text(name, "name"), Text(source, "source"), deliver, skip_snapshot == 0);
  });
}
