#include "callback_subscription.h"

#include <fmt/core.h>
#include <nanobind/stl/string.h>

#include <utility>

#include "engine_call.h"
#include "errors.h"
#include "query_result.h"
#include "registration.h"

namespace laminar::python {

namespace {

void Log(nb::handle exception) {
  try {
    nb::module_::import_("logging")
        .attr("getLogger")("laminardb")
        .attr("error")("a callback subscription stopped: %s", exception, nb::arg("exc_info") = exception);
  } catch (nb::python_error& failed) {
    failed.discard_as_unraisable("laminardb: logging the error of a callback");
  }
}

}  // namespace

CallbackTarget::CallbackTarget(nb::object on_data, nb::object on_error)
    : on_data_(std::move(on_data)), on_error_(std::move(on_error)) {}

CallbackTarget::~CallbackTarget() {
  PythonCall call;
  for (nb::object* held : {&on_data_, &on_error_, &raised_}) {
    if (call.valid()) {
      held->reset();
    } else {
      held->release();  // the interpreter is gone, and the object with it
    }
  }
}

void CallbackTarget::OnData(const QueryResult& item) {
  PythonCall call;
  if (!call.valid()) return;
  try {
    on_data_(nb::cast(PyQueryResult(item)));
  } catch (nb::python_error& error) {
    raised_ = nb::borrow(error.value());
    throw FromException(error);
  }
}

void CallbackTarget::OnError(const Error& error) {
  PythonCall call;
  if (!call.valid()) return;
  const nb::object cause = std::exchange(raised_, nb::object());
  const nb::object base = nb::module_::import_("laminardb.errors").attr("LaminarError");
  nb::object exception;
  if (cause.is_valid() && nb::isinstance(cause, base)) {
    exception = cause;
  } else {
    exception = ToException(error);
    if (cause.is_valid()) nb::setattr(exception, "__cause__", cause);
  }
  if (on_error_.is_none()) {
    Log(exception);
    throw StopSubscription();
  }
  try {
    on_error_(exception);
  } catch (nb::python_error& again) {
    Log(again.value());
    throw StopSubscription();
  }
}

PyCallbackSubscription::~PyCallbackSubscription() {
  if (subscription) Destroy(std::move(subscription));
}

void RegisterCallbackSubscription(nb::module_& module) {
  nb::class_<PyCallbackSubscription>(module, "CallbackSubscription", nb::is_final(), nb::is_weak_referenceable(),
                                     R"doc(A subscription whose items a background thread hands to a function.

Made by `Connection.subscribe_callback`. It goes on when this handle is thrown away, until the connection is closed.

Example:
    >>> subscription = conn.subscribe_callback("SELECT v FROM t", print)
    >>> subscription
    CallbackSubscription(query='SELECT v FROM t', active))doc")
      .def_prop_ro(
          "is_active", [](PyCallbackSubscription& self) { return self.subscription->is_active(); },
          "Whether more may come.")
      .def(
          "cancel",
          [](PyCallbackSubscription& self) {
            EngineCall call;
            self.subscription->Cancel();
          },
          R"doc(Ends the subscription; no callback begins after it. May be called again, also from the callback.

Example:
    >>> subscription = conn.subscribe_callback("SELECT v FROM t", print)
    >>> subscription.cancel()
    >>> subscription.is_active
    False)doc")
      .def(
          "wait",
          [](PyCallbackSubscription& self) {
            EngineCall call;
            self.subscription->Wait(check_signals);
          },
          R"doc(Waits until the subscription has ended and the last callback has returned.

Example:
    >>> received = []
    >>> subscription = conn.subscribe_callback("SELECT v FROM t", received.extend)
    >>> conn.insert("t", {"v": 1})
    1
    >>> conn.shutdown()
    >>> subscription.wait()
    >>> received
    [(1,)])doc")
      .def("__repr__", [](PyCallbackSubscription& self) {
        const nb::str quoted = nb::repr(nb::str(self.text.c_str(), self.text.size()));
        return fmt::format("CallbackSubscription({}={}, {})", self.by_name ? "stream" : "query", quoted.c_str(),
                           self.subscription->is_active() ? "active" : "finished");
      });
}

}  // namespace laminar::python
