// What there is: SourceInfo, StreamInfo, SinkInfo, QueryInfo.
#include <fmt/core.h>
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arrow_capsule.h"
#include "laminar/metrics.h"
#include "registration.h"

namespace laminar::python {

namespace {

/// As a Python string literal.
std::string Quoted(const std::string& text) { return nb::repr(nb::str(text.c_str(), text.size())).c_str(); }

}  // namespace

void RegisterCatalogInfo(nb::module_& module) {
  nb::class_<SourceInfo>(module, "SourceInfo", nb::is_final(), R"doc(A source, from `Connection.sources`.

Example:
    >>> (source,) = conn.sources()
    >>> source.name, source.schema.names, source.watermark_column
    ('t', ['k', 'v'], None))doc")
      .def_ro("name", &SourceInfo::name, "Its name.")
      .def_prop_ro(
          "schema", [](const SourceInfo& self) { return ToPyarrow(self.schema); },
          nb::sig("def schema(self) -> pyarrow.Schema"), "Its columns.")
      .def_ro("watermark_column", &SourceInfo::watermark_column, "The event-time column, or `None`.")
      .def("__repr__", [](const SourceInfo& self) {
        return fmt::format("SourceInfo(name={}, columns={}, watermark_column={})", Quoted(self.name),
                           self.schema.num_columns(), self.watermark_column ? Quoted(*self.watermark_column) : "None");
      });
  nb::class_<StreamInfo>(module, "StreamInfo", nb::is_final(), R"doc(A stream or view, from `Connection.streams`.

Example:
    >>> (stream,) = conn.streams()
    >>> stream.name, stream.sql, stream.key
    ('positive', 'SELECT k, v FROM t WHERE v > 0', None))doc")
      .def_ro("name", &StreamInfo::name, "Its name.")
      .def_ro("sql", &StreamInfo::sql, "The query that defines it.")
      .def_ro("key", &StreamInfo::key,
              "Columns that identify a row; `[]` when there is one row at most, `None` when none are known to.")
      .def("__repr__", [](const StreamInfo& self) {
        return fmt::format("StreamInfo(name={}, sql={})", Quoted(self.name), Quoted(self.sql));
      });
  nb::class_<Topology::Node>(module, "PipelineNode", nb::is_final(), R"doc(A node of `Connection.topology`.

Example:
    >>> [(node.name, node.node_type) for node in conn.topology().nodes]
    [('t', 'source'), ('positive', 'stream')])doc")
      .def_ro("name", &Topology::Node::name, "Name of the source, stream or sink.")
      .def_ro("node_type", &Topology::Node::type, "`\"source\"`, `\"stream\"` or `\"sink\"`.")
      .def_prop_ro(
          "schema", [](const Topology::Node& self) { return ToPyarrow(self.schema); },
          nb::sig("def schema(self) -> pyarrow.Schema"), "Its columns.")
      .def_prop_ro(
          "sql",
          [](const Topology::Node& self) {
            return self.sql.empty() ? std::nullopt : std::optional<std::string>(self.sql);
          },
          "The query of a stream; `None` for a source or sink.")
      .def("__repr__", [](const Topology::Node& self) {
        return fmt::format("PipelineNode(name={}, node_type={})", Quoted(self.name), Quoted(self.type));
      });
  nb::class_<Topology::Edge>(module, "PipelineEdge", nb::is_final(), R"doc(An edge of `Connection.topology`.

Example:
    >>> [(edge.from_node, edge.to_node) for edge in conn.topology().edges]
    [('t', 'positive')])doc")
      .def_ro("from_node", &Topology::Edge::from, "Name of what is read.")
      .def_ro("to_node", &Topology::Edge::to, "Name of what reads it.")
      .def("__repr__", [](const Topology::Edge& self) {
        return fmt::format("PipelineEdge(from_node={}, to_node={})", Quoted(self.from), Quoted(self.to));
      });
  nb::class_<Topology>(module, "PipelineTopology", nb::is_final(),
                       R"doc(What flows where, from `Connection.topology`. Views are looked through.

Example:
    >>> conn.topology()
    PipelineTopology(nodes=2, edges=1))doc")
      .def_prop_ro(
          "nodes", [](const Topology& self) { return self.nodes; },
          "Sources (and tables), streams and sinks, each after what it reads.")
      .def_prop_ro(
          "edges", [](const Topology& self) { return self.edges; }, "Who reads whom.")
      .def("to_mermaid", &Topology::ToMermaid, R"doc(A Mermaid flowchart, for a Markdown page.

Example:
    >>> conn.topology().to_mermaid().splitlines()[0]
    'flowchart LR')doc")
      .def(
          "_repr_html_", [](nb::object self) { return nb::module_::import_("laminardb._topology").attr("svg")(self); },
          nb::sig("def _repr_html_(self) -> str"), "The flowchart as SVG, for notebooks.")
      .def("__repr__", [](const Topology& self) {
        return fmt::format("PipelineTopology(nodes={}, edges={})", self.nodes.size(), self.edges.size());
      });
  nb::class_<SinkInfo>(module, "SinkInfo", nb::is_final(), R"doc(A sink, from `Connection.sinks`.

Example:
    >>> conn.create_sink("alerts", "positive", print)
    >>> (sink,) = conn.sinks()
    >>> sink.name, sink.reads, sink.last_error
    ('alerts', ['positive'], None))doc")
      .def_ro("name", &SinkInfo::name, "Its name.")
      .def_ro("connector", &SinkInfo::connector, "Where it delivers to: `file` or `callback`.")
      .def_ro("reads", &SinkInfo::reads, "Names of what its rows come from.")
      .def_ro("sql", &SinkInfo::sql, "The statement that made it.")
      .def_ro("status", &SinkInfo::status, "`running`, `finished` with its stream, or `failed`.")
      .def_ro("rows", &SinkInfo::rows, "Rows delivered.")
      .def_ro("errors", &SinkInfo::errors, "Changes that could not be delivered.")
      .def_prop_ro(
          "last_error",
          [](const SinkInfo& self) { return self.last_error.empty() ? nb::none() : nb::cast(self.last_error); },
          nb::sig("def last_error(self) -> str | None"), "Why the last of them could not, or `None`.")
      .def("__repr__", [](const SinkInfo& self) {
        return fmt::format("SinkInfo(name={}, connector={}, status={}, rows={}, errors={})", Quoted(self.name),
                           Quoted(self.connector), Quoted(self.status), self.rows, self.errors);
      });
  nb::class_<QueryInfo>(module, "QueryInfo", nb::is_final(),
                        R"doc(A query or subscription, running or finished, from `Connection.queries`.

Example:
    >>> changes = conn.subscribe("SELECT v FROM t")
    >>> query = conn.queries()[-1]
    >>> query.sql, query.active
    ('SELECT v FROM t', True))doc")
      .def_ro("id", &QueryInfo::id, "Its number, for `Connection.cancel_query`.")
      .def_ro("sql", &QueryInfo::sql, "Its text.")
      .def_ro("active", &QueryInfo::active, "Whether it is running.")
      .def("__repr__", [](const QueryInfo& self) {
        return fmt::format("QueryInfo(id={}, sql={}, active={})", self.id, Quoted(self.sql),
                           self.active ? "True" : "False");
      });
}

}  // namespace laminar::python
