// Connection: statements and queries.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <string_view>

#include "connection.h"
#include "engine_call.h"
#include "errors.h"
#include "laminar/result.h"
#include "query_result.h"
#include "query_stream.h"

namespace laminar::python {

namespace {

PyQueryResult RunQuery(PyConnection& self, std::string_view sql, nb::handle parameters) {
  if (!parameters.is_none()) ThrowNotSupported("a query with parameters");
  return WithSql(sql, [&] {
    EngineCall call;
    return PyQueryResult(self.engine().Query(sql));
  });
}

constexpr const char* kQueryDoc = R"doc(Runs one statement that returns rows.

Sees every row of the inserts that have returned.

Raises:
    QueryError: 400 when it cannot be parsed, bound or run; `.position` says where, `.candidates` what was meant.

Example:
    >>> conn.query("SELECT 1 + 1 AS two").to_pylist()
    [{'two': 2}])doc";

}  // namespace

void DefineSql(ConnectionClass& connection) {
  connection
      .def(
          "execute",
          [](PyConnection& self, std::string_view sql, nb::handle parameters) {
            if (!parameters.is_none()) ThrowNotSupported("a statement with parameters");
            return WithSql(sql, [&] {
              EngineCall call;
              return self.engine().Execute(sql);
            });
          },
          nb::arg("sql"), nb::arg("parameters") = nb::none(),
          nb::sig("def execute(self, sql: str, parameters: object = None) -> ExecuteResult"),
          R"doc(Runs statements, separated by `;`, in order; returns the result of the last.

Raises:
    QueryError: 401 when a statement cannot be parsed, 400 when it cannot be bound or run. The first error stops.
    SchemaError: 201 when a name exists already, 200 when one does not.

Example:
    >>> conn.execute("CREATE SOURCE sensors (name VARCHAR, value DOUBLE)")
    ExecuteResult(ddl, 'CREATE SOURCE', 'sensors')
    >>> conn.execute("INSERT INTO sensors VALUES ('a', 1.5), ('b', 2.5)").rows_affected
    2)doc")
      .def("query", &RunQuery, nb::arg("sql"), nb::arg("parameters") = nb::none(),
           nb::sig("def query(self, sql: str, parameters: object = None) -> QueryResult"), kQueryDoc)
      .def("sql", &RunQuery, nb::arg("query"), nb::arg("parameters") = nb::none(),
           nb::sig("def sql(self, query: str, parameters: object = None) -> QueryResult"), kQueryDoc)
      .def(
          "stream",
          [](PyConnection& self, std::string_view sql) {
            return WithSql(sql, [&] {
              EngineCall call;
              return PyQueryStream(self.engine().Stream(sql));
            });
          },
          nb::arg("sql"),
          R"doc(Runs a query and hands its result out batch by batch, made while it is read. Ends when the result does.

Example:
    >>> conn.insert("t", [{"v": 1}, {"v": 2}])
    2
    >>> for batch in conn.stream("SELECT * FROM t"):
    ...     print(batch.num_rows)
    2)doc")
      .def(
          "explain",
          [](PyConnection& self, std::string_view sql) {
            return WithSql(sql, [&] {
              EngineCall call;
              return self.engine().Explain(sql);
            });
          },
          nb::arg("query"),
          R"doc(The continuous plan of a query: operators, keys, what state is held and when it is dropped.

Example:
    >>> print(conn.explain("SELECT k FROM t WHERE v > 10"))
    Result append-only
    └─ Project k
       └─ Filter (v > 10)
          └─ Source t (k, v)
    <BLANKLINE>)doc")
      .def(
          "query_stream",
          [](PyConnection& self, std::string_view name, std::optional<std::string_view> filter) {
            EngineCall call;
            return PyQueryResult(self.engine().QueryStreamByName(name, filter.value_or("")));
          },
          nb::arg("name"), nb::arg("filter") = nb::none(),
          R"doc(The current contents of a stream or view.

Args:
    filter: a condition in SQL over the stream's columns, e.g. `"total > 10"`.

Example:
    >>> conn.insert("t", [{"k": "a", "v": 1}, {"k": "b", "v": 20}])
    2
    >>> conn.query_stream("positive", "v > 10").fetchall()
    [('b', 20)])doc")
      .def(
          "cancel_query",
          [](PyConnection& self, uint64_t id) {
            EngineCall call;
            self.engine().CancelQuery(id);
          },
          nb::arg("query_id"), R"doc(Cancels a running query by its id in `queries()`; `SchemaError` when there is none.

Example:
    >>> changes = conn.subscribe("SELECT * FROM t")
    >>> conn.cancel_query(next(query.id for query in conn.queries() if query.active))
    >>> changes.is_active
    False)doc");
}

}  // namespace laminar::python
