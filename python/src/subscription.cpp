#include "subscription.h"

#include <cmath>

#include "arrow_capsule.h"
#include "laminar/error.h"
#include "registration.h"

namespace laminar::python {

namespace {

// Some 30 years: longer waits have no end, and nanoseconds do not overflow.
constexpr double kForever = 1e9;

}  // namespace

SubscriptionFace::~SubscriptionFace() {
  if (cursor_) Destroy(std::move(cursor_));
}

std::optional<QueryResult> SubscriptionFace::Next() {
  EngineCall call;
  return cursor_->Next(check_signals);
}

std::optional<QueryResult> SubscriptionFace::NextFor(double seconds) {
  if (std::isnan(seconds)) throw nb::value_error("a timeout must be a number");
  EngineCall call;
  if (seconds >= kForever) return cursor_->Next(check_signals);
  const auto wait = std::chrono::duration<double>(std::max(seconds, 0.0));
  return cursor_->NextFor(std::chrono::duration_cast<std::chrono::nanoseconds>(wait), check_signals);
}

std::optional<QueryResult> SubscriptionFace::TryNext() {
  EngineCall call;
  return cursor_->TryNext();
}

void SubscriptionFace::Cancel() {
  EngineCall call;
  cursor_->Cancel();
}

void SubscriptionFace::NotifyOn(std::shared_ptr<ReadyQueue> queue, uint64_t tag) {
  EngineCall call;
  cursor_->NotifyOn(std::move(queue), tag);
}

void RegisterSubscription(nb::module_& module) {
  nb::class_<PySubscription> face(
      module, "Subscription", nb::is_final(), nb::is_weak_referenceable(),
      R"doc(The changes of a query, as an iterator of `QueryResult`; made by `Connection.subscribe`.

First comes the current result, unless it is empty, then each epoch's net change, in commit order, once. Rows may be
inserted long before they are read: a subscription that is not read holds nobody back. Threads that share one share its
items between them.

Example:
    >>> changes = conn.subscribe("SELECT k, sum(v) AS total FROM t GROUP BY k")
    >>> conn.insert("t", {"k": "a", "v": 1})
    1
    >>> conn.insert("t", {"k": "a", "v": 2})
    1
    >>> conn.shutdown()
    >>> for change in changes:
    ...     print(change.fetchall())
    [('a', 1, 1)]
    [('a', 1, -1), ('a', 3, 1)])doc");
  DefineSubscription(face, "def __iter__(self) -> Subscription");
  face.def(
          "next_timeout", [](PySubscription& self, double seconds) { return ToPython(self.NextFor(seconds)); },
          nb::arg("seconds"), nb::sig("def next_timeout(self, seconds: float) -> QueryResult | None"),
          R"doc(Like `next`, for at most `seconds`; then `SubscriptionError` 502, whose message contains "timeout".

Example:
    >>> changes = conn.subscribe("SELECT v FROM t")
    >>> try:
    ...     changes.next_timeout(0.01)
    ... except laminardb.SubscriptionError as error:
    ...     print(error.code)
    502)doc")
      .def_prop_ro(
          "schema", [](const PySubscription& self) { return ToPyarrow(self.schema()); },
          nb::sig("def schema(self) -> pyarrow.Schema"),
          "Columns of the items, `__weight` included when it will be there.")
      .def("__repr__", [](const PySubscription& self) {
        return self.is_active() ? "Subscription(active)" : "Subscription(finished)";
      });
}

}  // namespace laminar::python
