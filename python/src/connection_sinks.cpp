// Connection: sinks.
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "callback_subscription.h"
#include "connection.h"
#include "engine_call.h"
#include "errors.h"

namespace laminar::python {

namespace {

void CreateSink(PyConnection& self, std::string_view name, std::string_view source, nb::object function,
                bool snapshot) {
  if (!PyCallable_Check(function.ptr())) throw nb::type_error("a sink's function must be callable");
  const auto target = std::make_shared<CallbackTarget>(std::move(function), nb::none());
  WithSql(source, [&] {
    EngineCall call;
    self.engine().CreateSink(
        name, source, [target](const QueryResult& item) { target->OnData(item); }, snapshot);
    return 0;
  });
}

std::vector<SinkInfo> Sinks(PyConnection& self) {
  EngineCall call;
  return self.engine().Sinks();
}

std::vector<std::string> SinkNames(PyConnection& self) {
  std::vector<std::string> names;
  for (SinkInfo& sink : Sinks(self)) names.push_back(std::move(sink.name));
  return names;
}

}  // namespace

void DefineSinks(ConnectionClass& connection) {
  connection
      .def("create_sink", &CreateSink, nb::arg("name"), nb::arg("source"), nb::arg("function"), nb::kw_only(),
           nb::arg("snapshot") = true,
           nb::sig("def create_sink(self, name: str, source: str, function: collections.abc.Callable[[QueryResult], "
                   "object], *, snapshot: bool = True) -> None"),
           R"doc(Hands every change of a stream to a function, epoch by epoch, on a thread of the sink's own.

Other than a callback subscription a sink has a name, stands in `list_sinks` and `SHOW SINKS`, keeps what it reads from
being dropped, and goes with `DROP SINK`. Changes that can retract have a trailing `__weight` column. What the function
raises is counted and logged, and the next change is delivered. For files there is `CREATE SINK … INTO FILE (…)`.

Args:
    source: the name of a stream, a view or a source, or a SELECT.
    function: called with a `QueryResult`. May call the connection, also to drop the sink.
    snapshot: deliver the current contents first.

Example:
    >>> arrived = threading.Event()
    >>> conn.create_sink("alerts", "SELECT * FROM t WHERE v > 10", lambda rows: arrived.set())
    >>> conn.insert("t", {"v": 11})
    1
    >>> arrived.wait(30)
    True)doc")
      .def("sinks", &Sinks, nb::sig("def sinks(self) -> list[SinkInfo]"), R"doc(The sinks.

Example:
    >>> conn.create_sink("alerts", "SELECT * FROM t WHERE v > 10", print)
    >>> [(sink.name, sink.connector, sink.status) for sink in conn.sinks()]
    [('alerts', 'callback', 'running')])doc")
      .def("list_sinks", &SinkNames, nb::sig("def list_sinks(self) -> list[str]"), R"doc(Names of the sinks.

Example:
    >>> conn.create_sink("alerts", "SELECT * FROM t WHERE v > 10", print)
    >>> conn.list_sinks()
    ['alerts'])doc");
}

}  // namespace laminar::python
