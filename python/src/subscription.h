// laminardb.Subscription and laminardb.StreamSubscription: the same cursor under two published faces.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/shared_ptr.h>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "engine_call.h"
#include "laminar/subscription.h"
#include "query_result.h"

namespace laminar::python {

namespace nb = nanobind;

/// What both faces do. The GIL is held by the caller and released while the engine is asked.
class SubscriptionFace {
 public:
  explicit SubscriptionFace(Subscription cursor) : cursor_(std::move(cursor)) {}
  ~SubscriptionFace();
  SubscriptionFace(SubscriptionFace&&) = default;

  std::optional<QueryResult> Next();
  /// Past `seconds`, Error kSubscriptionTimeout. Throws nb::value_error for NaN.
  std::optional<QueryResult> NextFor(double seconds);
  std::optional<QueryResult> TryNext();
  void Cancel();
  void NotifyOn(std::shared_ptr<ReadyQueue> queue, uint64_t tag);

  Subscription::State state() const { return cursor_->state(); }
  bool is_active() const { return state() == Subscription::State::kActive; }
  ResultSchema schema() const { return cursor_->schema(); }

 private:
  std::optional<Subscription> cursor_;
};

struct PySubscription : SubscriptionFace {
  using SubscriptionFace::SubscriptionFace;
};
struct PyStreamSubscription : SubscriptionFace {
  using SubscriptionFace::SubscriptionFace;
};

/// The members that do not differ.
template <typename Face>
void DefineSubscription(nb::class_<Face>& face, const char* iter_signature) {
  face.def(
          "__iter__", [](nb::object self) { return self; }, nb::sig(iter_signature))
      .def("__next__",
           [](Face& self) {
             auto item = self.Next();
             if (!item) throw nb::stop_iteration();
             return PyQueryResult(*std::move(item));
           })
      .def(
          "next", [](Face& self) { return ToPython(self.Next()); }, nb::sig("def next(self) -> QueryResult | None"),
          R"doc(Waits for the next item; `None` once the subscription has ended.

Raises:
    SubscriptionError: 501 when the stream was dropped, or failed.

Example:
    >>> changes = conn.subscribe("SELECT v FROM t")
    >>> conn.insert("t", {"v": 1})
    1
    >>> changes.next().fetchall()
    [(1,)])doc")
      .def(
          "try_next", [](Face& self) { return ToPython(self.TryNext()); },
          nb::sig("def try_next(self) -> QueryResult | None"),
          R"doc(The next item when there is one already, else `None`.

Example:
    >>> changes = conn.subscribe("SELECT v FROM t")
    >>> changes.try_next() is None
    True)doc")
      .def("cancel", &Face::Cancel, R"doc(Ends the subscription and wakes whoever waits for it. May be called again.

Example:
    >>> changes = conn.subscribe("SELECT v FROM t")
    >>> changes.cancel()
    >>> changes.is_active, list(changes)
    (False, []))doc")
      .def_prop_ro("is_active", &Face::is_active, "Whether more may come.")
      .def("_notify_on", &Face::NotifyOn, nb::arg("queue"), nb::arg("tag"),
           "From now on posts `tag` when an item arrives after `try_next` found none, and at the end.");
}

}  // namespace laminar::python
