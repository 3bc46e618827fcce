#include <stdexcept>

#include "arrow_capsule.h"
#include "registration.h"
#include "subscription.h"

namespace laminar::python {

void RegisterStreamSubscription(nb::module_& module) {
  nb::class_<PyStreamSubscription> face(
      module, "StreamSubscription", nb::is_final(), nb::is_weak_referenceable(),
      R"doc(The changes of a named stream or view; made by `Connection.subscribe_stream`. See `Subscription`.

Example:
    >>> changes = conn.subscribe_stream("positive")
    >>> conn.insert("t", {"k": "a", "v": 5})
    1
    >>> next(changes).fetchall()
    [('a', 5)])doc");
  DefineSubscription(face, "def __iter__(self) -> StreamSubscription");
  face.def(
          "next_timeout",
          [](PyStreamSubscription& self, int64_t timeout_ms) {
            return ToPython(self.NextFor(static_cast<double>(timeout_ms) / 1000));
          },
          nb::arg("timeout_ms"), nb::sig("def next_timeout(self, timeout_ms: int) -> QueryResult | None"),
          R"doc(Like `next`, for at most `timeout_ms` milliseconds; then `SubscriptionError` 502.

Example:
    >>> changes = conn.subscribe_stream("positive")
    >>> try:
    ...     changes.next_timeout(10)
    ... except laminardb.SubscriptionError as error:
    ...     print(error.code)
    502)doc")
      .def_prop_ro(
          "schema",
          [](const PyStreamSubscription& self) {
            if (self.state() == Subscription::State::kCancelled) {
              throw std::runtime_error("the subscription is cancelled");
            }
            return ToPyarrow(self.schema());
          },
          nb::sig("def schema(self) -> pyarrow.Schema"), "Columns of the items; `RuntimeError` after `cancel`.")
      .def("__repr__", [](const PyStreamSubscription& self) {
        return self.is_active() ? "StreamSubscription(active)" : "StreamSubscription(cancelled)";
      });
}

}  // namespace laminar::python
