// Connection: continuous results.
#include <fmt/core.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <memory>
#include <string>
#include <string_view>

#include "callback_subscription.h"
#include "connection.h"
#include "engine_call.h"
#include "errors.h"
#include "parameters.h"
#include "subscription.h"

namespace laminar::python {

namespace {

OnOverflow OverflowNamed(std::string_view name) {
  if (name == "spill") return OnOverflow::kSpill;
  if (name == "block") return OnOverflow::kBlock;
  if (name == "drop_oldest") return OnOverflow::kDropOldest;
  if (name == "error") return OnOverflow::kError;
  throw nb::value_error(
      fmt::format("on_overflow must be 'spill', 'block', 'drop_oldest' or 'error', not '{}'", name).c_str());
}

/// An epoch as results have it: a number, and not a truth value.
std::optional<uint64_t> EpochOf(nb::handle from_epoch) {
  if (from_epoch.is_none()) return std::nullopt;
  if (!PyLong_Check(from_epoch.ptr()) || PyBool_Check(from_epoch.ptr())) {
    throw nb::type_error("from_epoch must be an int, the .epoch of a result, or None");
  }
  const unsigned long long epoch = PyLong_AsUnsignedLongLong(from_epoch.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    throw nb::value_error("from_epoch must be 0 or more: the .epoch of a result");
  }
  return epoch;
}

SubscribeOptions Options(bool snapshot, std::optional<bool> weights, nb::handle from_epoch,
                         std::string_view on_overflow) {
  return {snapshot, weights, EpochOf(from_epoch), OverflowNamed(on_overflow)};
}

PyCallbackSubscription Callback(PyConnection& self, std::string_view text, nb::object on_data, nb::object on_error,
                                bool by_name, const SubscribeOptions& options, const Parameters& parameters = {}) {
  if (!PyCallable_Check(on_data.ptr())) throw nb::type_error("on_data must be callable");
  if (!on_error.is_none() && !PyCallable_Check(on_error.ptr()))
    throw nb::type_error("on_error must be callable or None");
  const auto target = std::make_shared<CallbackTarget>(std::move(on_data), std::move(on_error));
  const auto data = [target](const QueryResult& item) { target->OnData(item); };
  const auto error = [target](const Error& reason) { target->OnError(reason); };
  return WithSql(text, [&] {
    EngineCall call;
    return PyCallbackSubscription{by_name ? self.engine().SubscribeStreamCallback(text, data, error, options)
                                          : self.engine().SubscribeCallback(text, data, error, options, parameters),
                                  std::string(text), by_name};
  });
}

constexpr const char* kAsyncName = "laminardb._async";

}  // namespace

void DefineSubscriptions(ConnectionClass& connection) {
  connection
      .def(
          "subscribe",
          [](PyConnection& self, std::string_view sql, nb::handle given, bool snapshot, std::optional<bool> weights,
             nb::handle from_epoch, std::string_view on_overflow) {
            const SubscribeOptions options = Options(snapshot, weights, from_epoch, on_overflow);
            const Parameters parameters = ToParameters(given);
            return WithSql(sql, [&] {
              EngineCall call;
              return PySubscription(self.engine().Subscribe(sql, options, parameters));
            });
          },
          nb::arg("sql"), nb::arg("parameters") = nb::none(), nb::kw_only(), nb::arg("snapshot") = true,
          nb::arg("weights") = nb::none(), nb::arg("from_epoch") = nb::none(), nb::arg("on_overflow") = "spill",
          nb::sig("def subscribe(self, sql: str, " LAMINAR_PARAMETERS
                  ", *, snapshot: bool = True, weights: bool | None = None, "
                  "from_epoch: int | None = None, on_overflow: str = 'spill') -> Subscription"),
          R"doc(The current result of a query, unless it is empty, then every epoch's net change, in commit order.

Args:
    parameters: values for the parameters of the query, as in `query`.
    snapshot: deliver the current result first.
    weights: whether changes have a trailing `__weight` column; `None`: exactly when the result can retract; `False`
        refuses a query that can.
    from_epoch: resume: no snapshot, but every change behind this epoch, as `QueryResult.epoch` of the last one seen
        says. Of a stream made `WITH (retain_history = '64mb')`, or a SELECT without state over it.
    on_overflow: what happens once more than `buffer_size` rows wait to be read. 'spill': they wait on disk, nothing is
        lost, nobody waits. 'block': whoever inserts waits, at most `backpressure_timeout`, then `IngestionError` 300
        names the subscription. 'drop_oldest': the oldest are left out, and counted in `metrics`. 'error': the
        subscription ends with `SubscriptionError` 500 behind what was within reach.

Raises:
    QueryError: 400 when the query is wrong, or cannot be continuous.
    SubscriptionError: 500 when changes behind `from_epoch` are gone; it names the oldest epoch there is to resume from.

Example:
    >>> subscription = conn.subscribe("SELECT * FROM t WHERE v > 10")
    >>> conn.insert("t", {"k": "a", "v": 11})
    1
    >>> subscription.next().to_pylist()
    [{'k': 'a', 'v': 11}])doc")
      .def(
          "subscribe_stream",
          [](PyConnection& self, std::string_view name, bool snapshot, std::optional<bool> weights,
             nb::handle from_epoch, std::string_view on_overflow) {
            const SubscribeOptions options = Options(snapshot, weights, from_epoch, on_overflow);
            EngineCall call;
            return PyStreamSubscription(self.engine().SubscribeStream(name, options));
          },
          nb::arg("name"), nb::kw_only(), nb::arg("snapshot") = true, nb::arg("weights") = nb::none(),
          nb::arg("from_epoch") = nb::none(), nb::arg("on_overflow") = "spill",
          nb::sig("def subscribe_stream(self, name: str, *, snapshot: bool = True, weights: bool | None = None, "
                  "from_epoch: int | None = None, on_overflow: str = 'spill') -> StreamSubscription"),
          R"doc(Likewise for a stream or view by its name. See `subscribe`.

Example:
    >>> changes = conn.subscribe_stream("positive")
    >>> conn.insert("t", [{"k": "a", "v": 5}, {"k": "b", "v": -5}])
    2
    >>> changes.next().to_pylist()
    [{'k': 'a', 'v': 5}])doc")
      .def(
          "subscribe_async",
          [](nb::object self, nb::object sql, nb::object parameters, nb::kwargs options) {
            options["parameters"] = parameters;
            return nb::module_::import_(kAsyncName).attr("subscribe")(self, sql, **options);
          },
          nb::arg("sql"), nb::arg("parameters") = nb::none(), nb::arg("options"),
          nb::sig("def subscribe_async(self, sql: str, " LAMINAR_PARAMETERS
                  ", *, snapshot: bool = True, weights: bool | None = None, "
                  "from_epoch: int | None = None, on_overflow: str = 'spill') -> "
                  "collections.abc.Coroutine[typing.Any, typing.Any, laminardb._async.AsyncSubscription]"),
          R"doc(`subscribe` for asyncio: `await` it, then iterate with `async for`. No thread and no polling.

Example:
    >>> async def first_change():
    ...     changes = await conn.subscribe_async("SELECT v FROM t")
    ...     conn.insert("t", {"v": 11})
    ...     async for change in changes:
    ...         return change.to_pylist()
    >>> asyncio.run(first_change())
    [{'v': 11}])doc")
      .def(
          "subscribe_stream_async",
          [](nb::object self, nb::object name, nb::kwargs options) {
            return nb::module_::import_(kAsyncName).attr("subscribe_stream")(self, name, **options);
          },
          nb::arg("name"), nb::arg("options"),
          nb::sig("def subscribe_stream_async(self, name: str, *, snapshot: bool = True, weights: bool | None = "
                  "None, from_epoch: int | None = None, on_overflow: str = 'spill') -> "
                  "collections.abc.Coroutine[typing.Any, typing.Any, laminardb._async.AsyncStreamSubscription]"),
          R"doc(`subscribe_stream` for asyncio.

Example:
    >>> async def first_change():
    ...     changes = await conn.subscribe_stream_async("positive")
    ...     conn.insert("t", {"k": "a", "v": 5})
    ...     return await changes.next()
    >>> asyncio.run(first_change()).to_pylist()
    [{'k': 'a', 'v': 5}])doc")
      .def(
          "subscribe_callback",
          [](PyConnection& self, std::string_view sql, nb::object on_data, nb::object on_error, nb::handle given,
             bool snapshot, std::optional<bool> weights, nb::handle from_epoch, std::string_view on_overflow) {
            return Callback(self, sql, std::move(on_data), std::move(on_error), false,
                            Options(snapshot, weights, from_epoch, on_overflow), ToParameters(given));
          },
          nb::arg("sql"), nb::arg("on_data"), nb::arg("on_error") = nb::none(), nb::arg("parameters") = nb::none(),
          nb::kw_only(), nb::arg("snapshot") = true, nb::arg("weights") = nb::none(),
          nb::arg("from_epoch") = nb::none(), nb::arg("on_overflow") = "spill",
          nb::sig("def subscribe_callback(self, sql: str, on_data: collections.abc.Callable[[QueryResult], object], "
                  "on_error: collections.abc.Callable[[laminardb.errors.LaminarError], object] | None = "
                  "None, " LAMINAR_PARAMETERS
                  ", *, snapshot: bool = True, weights: bool | None = None, from_epoch: int | None = None, "
                  "on_overflow: str = 'spill') -> CallbackSubscription"),
          R"doc(`subscribe`, with every item handed to `on_data` on a background thread, one after the other.

Args:
    on_data: called with a `QueryResult`. May call the connection, cancel, and close.
    on_error: called with a `LaminarError` when `on_data` raised or the stream ended with an error. When it returns the
        subscription goes on; when it raises, or is absent, the subscription stops and the error is logged.

Example:
    >>> received = []
    >>> subscription = conn.subscribe_callback("SELECT v FROM t", received.extend)
    >>> conn.insert("t", [{"v": 1}, {"v": 2}])
    2
    >>> conn.shutdown()
    >>> subscription.wait()
    >>> received
    [(1,), (2,)])doc")
      .def(
          "subscribe_stream_callback",
          [](PyConnection& self, std::string_view name, nb::object on_data, nb::object on_error, bool snapshot,
             std::optional<bool> weights, nb::handle from_epoch, std::string_view on_overflow) {
            return Callback(self, name, std::move(on_data), std::move(on_error), true,
                            Options(snapshot, weights, from_epoch, on_overflow));
          },
          nb::arg("name"), nb::arg("on_data"), nb::arg("on_error") = nb::none(), nb::kw_only(),
          nb::arg("snapshot") = true, nb::arg("weights") = nb::none(), nb::arg("from_epoch") = nb::none(),
          nb::arg("on_overflow") = "spill",
          nb::sig("def subscribe_stream_callback(self, name: str, on_data: "
                  "collections.abc.Callable[[QueryResult], object], on_error: "
                  "collections.abc.Callable[[laminardb.errors.LaminarError], object] | None = None, "
                  "*, snapshot: bool = True, weights: bool | None = None, from_epoch: int | None = None, "
                  "on_overflow: str = 'spill') -> CallbackSubscription"),
          R"doc(`subscribe_callback` for a stream or view by its name.

Example:
    >>> received = []
    >>> subscription = conn.subscribe_stream_callback("positive", received.extend)
    >>> conn.insert("t", {"k": "a", "v": 5})
    1
    >>> conn.shutdown()
    >>> subscription.wait()
    >>> received
    [('a', 5)])doc");
}

}  // namespace laminar::python
