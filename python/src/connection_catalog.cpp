// Connection: what there is, and how it fares.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arrow_capsule.h"
#include "connection.h"
#include "engine_call.h"
#include "errors.h"
#include "metrics.h"

namespace laminar::python {

namespace {

std::vector<std::string> Tables(PyConnection& self) {
  EngineCall call;
  return self.engine().ListTables();
}

std::vector<std::string> Streams(PyConnection& self) {
  EngineCall call;
  return self.engine().ListStreams();
}

PipelineMetrics Metrics(PyConnection& self) {
  EngineCall call;
  return self.engine().Metrics();
}

nb::object MakeCheckpoint(PyConnection& self) {
  const nb::object result = nb::module_::import_("laminardb.checkpoint").attr("CheckpointResult");
  try {
    const uint64_t id = [&] {
      EngineCall call;
      return self.engine().Checkpoint();
    }();
    return result(id);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInternalError) throw;
    const nb::object exception = ToException(error, "CheckpointError");
    PyErr_SetObject(exception.type().ptr(), exception.ptr());
    throw nb::python_error();
  }
}

std::vector<QueryInfo> Queries(PyConnection& self) {
  EngineCall call;
  return self.engine().Queries();
}

ResultSchema SchemaOf(PyConnection& self, std::string_view name) {
  EngineCall call;
  return self.engine().SchemaOf(name);
}

template <typename Metric, typename Names, typename Ask>
std::vector<Metric> AskEach(const Names& names, Ask ask) {
  std::vector<Metric> all;
  for (const auto& info : names) {
    // One that was dropped meanwhile has no metrics any more.
    if (std::optional<Metric> metric = ask(info.name)) all.push_back(*std::move(metric));
  }
  return all;
}

void DefineNames(ConnectionClass& connection) {
  const char* tables = R"doc(Names of the sources and tables.

Example:
    >>> conn.list_tables(), conn.tables()
    (['t'], ['t']))doc";
  const char* streams = R"doc(Names of the streams and materialized views.

Example:
    >>> conn.list_streams(), conn.materialized_views()
    (['positive'], ['positive']))doc";
  connection
      .def(
          "schema", [](PyConnection& self, std::string_view name) { return ToPyarrow(SchemaOf(self, name)); },
          nb::arg("table"), nb::sig("def schema(self, table: str) -> pyarrow.Schema"),
          R"doc(Columns of a source, stream or view; `SchemaError` 200 when there is none of that name.

Example:
    >>> conn.schema("t").names
    ['k', 'v'])doc")
      .def("list_tables", &Tables, nb::sig("def list_tables(self) -> list[str]"), tables)
      .def("tables", &Tables, nb::sig("def tables(self) -> list[str]"), tables)
      .def("list_streams", &Streams, nb::sig("def list_streams(self) -> list[str]"), streams)
      .def("materialized_views", &Streams, nb::sig("def materialized_views(self) -> list[str]"), streams)
      .def(
          "sources",
          [](PyConnection& self) {
            EngineCall call;
            return self.engine().Sources();
          },
          nb::sig("def sources(self) -> list[SourceInfo]"), R"doc(The sources.

Example:
    >>> conn.sources()
    [SourceInfo(name='t', columns=2, watermark_column=None)])doc")
      .def(
          "streams",
          [](PyConnection& self) {
            EngineCall call;
            return self.engine().Streams();
          },
          nb::sig("def streams(self) -> list[StreamInfo]"), R"doc(The streams and materialized views.

Example:
    >>> conn.streams()
    [StreamInfo(name='positive', sql='SELECT k, v FROM t WHERE v > 0')])doc")
      .def(
          "topology",
          [](PyConnection& self) {
            EngineCall call;
            return self.engine().ReadTopology();
          },
          nb::sig("def topology(self) -> PipelineTopology"),
          R"doc(What flows where: sources, streams, and who reads whom.

Example:
    >>> conn.topology().edges
    [PipelineEdge(from_node='t', to_node='positive')])doc")
      .def("queries", &Queries, nb::sig("def queries(self) -> list[QueryInfo]"),
           R"doc(Ad-hoc queries and subscriptions: those that run, and the last 1,000 that have ended.

Example:
    >>> changes = conn.subscribe("SELECT v FROM t")
    >>> [query.sql for query in conn.queries() if query.active]
    ['SELECT v FROM t'])doc");
}

void DefineMetrics(ConnectionClass& connection) {
  connection
      .def("metrics", &Metrics, R"doc(The whole database in numbers.

Example:
    >>> conn.insert("t", [{"v": 1}, {"v": 2}])
    2
    >>> conn.metrics().total_events_ingested
    2)doc")
      .def(
          "source_metrics",
          [](PyConnection& self, std::string_view name) {
            EngineCall call;
            return self.engine().MetricsOfSource(name);
          },
          nb::arg("name"), nb::sig("def source_metrics(self, name: str) -> SourceMetrics | None"),
          R"doc(A source in numbers; `None` when there is none of that name.

Example:
    >>> conn.source_metrics("t").total_events
    0
    >>> conn.source_metrics("nothing") is None
    True)doc")
      .def(
          "stream_metrics",
          [](PyConnection& self, std::string_view name) {
            EngineCall call;
            return self.engine().MetricsOfStream(name);
          },
          nb::arg("name"), nb::sig("def stream_metrics(self, name: str) -> StreamMetrics | None"),
          R"doc(A stream in numbers; `None` when there is none of that name.

Example:
    >>> conn.stream_metrics("positive").error_events
    0
    >>> conn.stream_metrics("nothing") is None
    True)doc")
      .def(
          "all_source_metrics",
          [](PyConnection& self) {
            EngineCall call;
            Connection& engine = self.engine();
            return AskEach<SourceMetrics>(engine.Sources(), [&](auto& name) { return engine.MetricsOfSource(name); });
          },
          nb::sig("def all_source_metrics(self) -> list[SourceMetrics]"), R"doc(`source_metrics` of every source.

Example:
    >>> [source.name for source in conn.all_source_metrics()]
    ['t'])doc")
      .def(
          "all_stream_metrics",
          [](PyConnection& self) {
            EngineCall call;
            Connection& engine = self.engine();
            return AskEach<StreamMetrics>(engine.Streams(), [&](auto& name) { return engine.MetricsOfStream(name); });
          },
          nb::sig("def all_stream_metrics(self) -> list[StreamMetrics]"), R"doc(`stream_metrics` of every stream.

Example:
    >>> [stream.name for stream in conn.all_stream_metrics()]
    ['positive'])doc");
}

void DefineProperties(ConnectionClass& connection) {
  connection
      .def_prop_ro(
          "pipeline_state", [](PyConnection& self) { return StateName(Metrics(self).state); },
          nb::sig("def pipeline_state(self) -> str"), "\"Created\", \"Running\", \"ShuttingDown\" or \"Stopped\".")
      .def_prop_ro(
          "pipeline_watermark", [](PyConnection& self) { return Metrics(self).pipeline_watermark; },
          "The least watermark of the sources, in milliseconds since the epoch; -2**63 when there is none.")
      .def_prop_ro(
          "total_events_processed", [](PyConnection& self) { return Metrics(self).total_events_processed; },
          "Rows that steps have taken.")
      .def_prop_ro(
          "source_count", [](PyConnection& self) { return Metrics(self).source_count; }, "How many sources.")
      .def_prop_ro(
          "sink_count", [](PyConnection& self) { return Metrics(self).sink_count; }, "How many sinks.")
      .def_prop_ro(
          "active_query_count",
          [](PyConnection& self) {
            const auto queries = Queries(self);
            return std::count_if(queries.begin(), queries.end(), [](const QueryInfo& q) { return q.active; });
          },
          "How many queries and subscriptions run.")
      .def(
          "checkpoint",
          [](PyConnection& self) -> nb::object {
            if (!self.checkpoints_enabled()) {
              Metrics(self);  // refuses a closed connection
              return nb::none();
            }
            return MakeCheckpoint(self);
          },
          nb::sig("def checkpoint(self) -> laminardb.checkpoint.CheckpointResult | None"),
          R"doc(Writes the state as of now to the directory, while input goes on: opening it begins there.

Returns:
    The id of the checkpoint, larger than those before, also after a restart; `None` when checkpoints are not enabled
    (see `is_checkpoint_enabled`). A database in a directory makes checkpoints by itself all the same: by the size of
    its log, and when it is closed.

Raises:
    CheckpointError: it cannot be written. What was there before still counts.
    LaminarError: the database is shut down (901).

Example:
    >>> conn.is_checkpoint_enabled, conn.checkpoint()
    (False, None)
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     durable = laminardb.open_with_config(laminardb.LaminarConfig(storage_dir=folder))
    ...     first, second = durable.checkpoint(), durable.checkpoint()
    ...     durable.close()
    >>> second > first
    True)doc")
      .def_prop_ro("is_checkpoint_enabled", &PyConnection::checkpoints_enabled,
                   "Whether the configuration has a storage directory or a checkpoint interval.");
}

}  // namespace

void DefineCatalog(ConnectionClass& connection) {
  DefineNames(connection);
  DefineMetrics(connection);
  DefineProperties(connection);
}

}  // namespace laminar::python
