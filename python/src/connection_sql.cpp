// Connection: statements and queries.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <string_view>
#include <vector>

#include "connection.h"
#include "engine_call.h"
#include "errors.h"
#include "laminar/result.h"
#include "parameters.h"
#include "query_result.h"
#include "query_stream.h"

namespace laminar::python {

namespace {

PyQueryResult RunQuery(PyConnection& self, std::string_view sql, nb::handle given) {
  const Parameters parameters = ToParameters(given);
  return WithSql(sql, [&] {
    EngineCall call;
    return PyQueryResult(self.engine().Query(sql, parameters));
  });
}

constexpr const char* kQueryDoc = R"doc(Runs one statement that returns rows.

Sees every row of the inserts that have returned. A name in FROM that the database does not have may be a DataFrame, an
Arrow table, a reader or a dict of columns in a variable of the caller.

Args:
    parameters: values for `?` and `$1` as a list or tuple, for `$name` and `:name` as a dict; whole numbers among its
        keys are positions. Text takes the type of its place, other values have their own; a list stands behind `IN`.

Raises:
    QueryError: 400 when it cannot be parsed, bound or run; `.position` says where, `.candidates` what was meant. 402
        when it was cancelled.

Example:
    >>> conn.query("SELECT 1 + ? AS two", [1]).to_pylist()
    [{'two': 2}])doc";

}  // namespace

void DefineSql(ConnectionClass& connection) {
  connection
      .def(
          "execute",
          [](PyConnection& self, std::string_view sql, nb::handle given) {
            const Parameters parameters = ToParameters(given);
            return WithSql(sql, [&] {
              EngineCall call;
              return self.engine().Execute(sql, parameters);
            });
          },
          nb::arg("sql"), nb::arg("parameters") = nb::none(),
          nb::sig("def execute(self, sql: str, " LAMINAR_PARAMETERS ") -> ExecuteResult"),
          R"doc(Runs statements, separated by `;`, in order; returns the result of the last.

Args:
    parameters: as in `query`; `?` takes the values in order over all the statements.

Raises:
    QueryError: 401 when a statement cannot be parsed, 400 when it cannot be bound or run. The first error stops.
    SchemaError: 201 when a name exists already, 200 when one does not.

Example:
    >>> conn.execute("CREATE SOURCE sensors (name VARCHAR, value DOUBLE)")
    ExecuteResult(ddl, 'CREATE SOURCE', 'sensors')
    >>> conn.execute("INSERT INTO sensors VALUES ('a', 1.5), (?, ?)", ["b", 2.5]).rows_affected
    2)doc")
      .def(
          "executemany",
          [](PyConnection& self, std::string_view sql, nb::handle given) {
            const std::vector<Parameters> sets = ToParameterSets(given);
            return WithSql(sql, [&] {
              EngineCall call;
              return self.engine().ExecuteMany(sql, sets);
            });
          },
          nb::arg("sql"), nb::arg("parameters"),
          nb::sig("def executemany(self, sql: str, parameters: "
                  "collections.abc.Iterable[collections.abc.Sequence[typing.Any] "
                  "| collections.abc.Mapping[str | int, typing.Any]]) -> ExecuteResult"),
          R"doc(Runs one INSERT, UPDATE or DELETE for each set of parameters, all of them as one epoch, or none.

Returns:
    how many rows it was in all, in `rows_affected`.

Raises:
    QueryError: 400, 401 as `execute`; the message says which set it was.

Example:
    >>> conn.executemany("INSERT INTO t VALUES (?, ?)", [["a", 1], ["b", 2]]).rows_affected
    2)doc")
      .def("query", &RunQuery, nb::arg("sql"), nb::arg("parameters") = nb::none(),
           nb::sig("def query(self, sql: str, " LAMINAR_PARAMETERS ") -> QueryResult"), kQueryDoc)
      .def("sql", &RunQuery, nb::arg("query"), nb::arg("parameters") = nb::none(),
           nb::sig("def sql(self, query: str, " LAMINAR_PARAMETERS ") -> QueryResult"), kQueryDoc)
      .def(
          "stream",
          [](PyConnection& self, std::string_view sql, nb::handle given) {
            const Parameters parameters = ToParameters(given);
            return WithSql(sql, [&] {
              EngineCall call;
              return PyQueryStream(self.engine().Stream(sql, parameters));
            });
          },
          nb::arg("sql"), nb::arg("parameters") = nb::none(),
          nb::sig("def stream(self, sql: str, " LAMINAR_PARAMETERS ") -> QueryStreamIter"),
          R"doc(Runs a query and hands its result out batch by batch, made while it is read. Ends when the result does.

Example:
    >>> conn.insert("t", [{"v": 1}, {"v": 2}])
    2
    >>> for batch in conn.stream("SELECT * FROM t"):
    ...     print(batch.num_rows)
    2)doc")
      .def(
          "explain",
          [](PyConnection& self, std::string_view sql, nb::handle given) {
            const Parameters parameters = ToParameters(given);
            return WithSql(sql, [&] {
              EngineCall call;
              return self.engine().Explain(sql, parameters);
            });
          },
          nb::arg("query"), nb::arg("parameters") = nb::none(),
          nb::sig("def explain(self, query: str, " LAMINAR_PARAMETERS ") -> str"),
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
          [](PyConnection& self, std::string_view name, std::optional<std::string_view> filter, nb::handle given) {
            const Parameters parameters = ToParameters(given);
            const std::string_view condition = filter.value_or("");
            return WithSql(condition, [&] {
              EngineCall call;
              return PyQueryResult(self.engine().QueryStreamByName(name, condition, parameters));
            });
          },
          nb::arg("name"), nb::arg("filter") = nb::none(), nb::arg("parameters") = nb::none(),
          nb::sig("def query_stream(self, name: str, filter: str | None = None, " LAMINAR_PARAMETERS
                  ") -> QueryResult"),
          R"doc(The current contents of a stream or view.

Args:
    filter: a condition in SQL over the stream's columns, e.g. `"total > ?"`.
    parameters: the values of its parameters, as in `query`.

Example:
    >>> conn.insert("t", [{"k": "a", "v": 1}, {"k": "b", "v": 20}])
    2
    >>> conn.query_stream("positive", "v > ?", [10]).fetchall()
    [('b', 20)])doc")
      .def(
          "cancel_query",
          [](PyConnection& self, uint64_t id) {
            EngineCall call;
            self.engine().CancelQuery(id);
          },
          nb::arg("query_id"), R"doc(Cancels a running query by its id in `queries()`: its caller gets `QueryError` 402.

One that has finished stays finished; `SchemaError` when there is none.

Example:
    >>> changes = conn.subscribe("SELECT * FROM t")
    >>> conn.cancel_query(next(query.id for query in conn.queries() if query.active))
    >>> changes.is_active
    False)doc");
}

}  // namespace laminar::python
