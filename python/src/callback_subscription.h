// laminardb.CallbackSubscription.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <string>

#include "engine_call.h"
#include "laminar/subscription.h"

namespace laminar::python {

namespace nb = nanobind;

/// The Python functions of a callback subscription. The engine calls them on its own threads, one at a time, holding no
/// lock, and may destroy them on any thread.
class CallbackTarget {
 public:
  CallbackTarget(nb::object on_data, nb::object on_error);
  ~CallbackTarget();
  CallbackTarget(const CallbackTarget&) = delete;
  CallbackTarget& operator=(const CallbackTarget&) = delete;

  /// Throws what `on_data` raised, as an Error; the exception itself is kept for OnError.
  void OnData(const QueryResult& item);
  /// Throws Error when the subscription is to stop, after it was logged.
  void OnError(const Error& error);

 private:
  PythonGuest guest_;
  nb::object on_data_;
  nb::object on_error_;  // None when there is none
  nb::object raised_;    // by on_data, until on_error has been told
};

struct PyCallbackSubscription {
  PyCallbackSubscription(CallbackSubscription callbacks, std::string text_, bool by_name_)
      : subscription(std::move(callbacks)), text(std::move(text_)), by_name(by_name_) {}
  PyCallbackSubscription(PyCallbackSubscription&&) = default;
  ~PyCallbackSubscription();

  std::optional<CallbackSubscription> subscription;
  std::string text;  // the query, or the name of the stream
  bool by_name;
};

}  // namespace laminar::python
