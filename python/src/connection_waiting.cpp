// Connection: what is in a relation, and waiting for what is to come.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <cmath>
#include <optional>
#include <string_view>

#include "connection.h"
#include "engine_call.h"
#include "scalar.h"

namespace laminar::python {

namespace {

/// Milliseconds since the epoch: an int, or a datetime (a naive one counts in UTC).
int64_t MillisOf(nb::handle watermark) {
  if (PyLong_Check(watermark.ptr()) && !PyBool_Check(watermark.ptr())) return nb::cast<int64_t>(watermark);
  if (!IsInstanceOf(watermark, "datetime", "datetime")) {
    throw nb::type_error("watermark is a datetime, or an int of milliseconds since the epoch");
  }
  ImportDateTime();
  const int64_t micros = InstantOf(watermark).micros;
  return micros / 1000 - (micros % 1000 < 0 ? 1 : 0);
}

nb::dict Stats(PyConnection& self, std::string_view name) {
  const RelationStats stats = [&] {
    EngineCall call;
    return self.engine().StatsOf(name);
  }();
  nb::dict dict;
  dict["name"] = stats.name;
  dict["kind"] = stats.kind;
  dict["row_count"] = stats.row_count;
  dict["size_bytes"] = stats.size_bytes;
  dict["watermark"] = stats.watermark;
  dict["epoch"] = stats.epoch;
  return dict;
}

uint64_t WaitFor(PyConnection& self, std::string_view name, std::optional<uint64_t> epoch, nb::handle watermark,
                 std::optional<double> timeout) {
  WaitTarget what{.epoch = epoch, .watermark = std::nullopt, .timeout = timeout};
  if (!watermark.is_none()) what.watermark = MillisOf(watermark);
  if (timeout && (std::isnan(*timeout) || *timeout < 0)) throw nb::value_error("timeout must not be negative");
  EngineCall call;
  return self.engine().WaitFor(name, what);
}

}  // namespace

void DefineWaiting(ConnectionClass& connection) {
  connection
      .def("stats", &Stats, nb::arg("name"), nb::sig("def stats(self, name: str) -> dict[str, typing.Any]"),
           R"doc(What is in a source, table, stream or view.

Returns:
    `name`, `kind` ("source", "table", "stream", "materialized view" or "view"), `row_count` (counted now), `size_bytes`
    (memory of its rows or state; 0 for a view), `watermark` (milliseconds since the epoch, -2**63 when there is none),
    `epoch` (the last that is in).

Raises:
    SchemaError: 200 when there is no such relation.

Example:
    >>> conn.insert("t", [{"k": "a", "v": 1}, {"k": "b", "v": 2}])
    2
    >>> stats = conn.stats("t")
    >>> stats["kind"], stats["row_count"]
    ('source', 2))doc")
      .def(
          "wait_for", &WaitFor, nb::arg("stream"), nb::arg("epoch") = nb::none(), nb::arg("watermark") = nb::none(),
          nb::arg("timeout") = nb::none(),
          nb::sig("def wait_for(self, stream: str, epoch: int | None = None, watermark: datetime.datetime | int | None "
                  "= None, timeout: float | None = None) -> int"),
          R"doc(Waits until a stream, source or table has taken in an epoch, or its watermark has reached a time.

After `insert` has returned there is nothing to wait for: this is for rows that others bring.

Args:
    epoch: the epoch that must be in.
    watermark: the time that the watermark must have reached, a datetime (a naive one counts in UTC) or milliseconds
        since the epoch. With `epoch` too, both must be.
    timeout: seconds; None: as long as it takes.

Returns:
    the last epoch that is in.

Raises:
    SchemaError: 200 when there is no such relation.
    SubscriptionError: 502, whose message contains "timeout", when time runs out; 501 when the relation is dropped.
    ConnectionError: 101 when the connection is closed meanwhile.
    LaminarError: 901 when the database is shut down first.

Example:
    >>> conn.insert("t", {"k": "a", "v": 1})
    1
    >>> conn.wait_for("positive", timeout=10) == conn.stats("t")["epoch"]
    True)doc");
}

}  // namespace laminar::python
