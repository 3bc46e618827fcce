// Connection: rows in.
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arrow_capsule.h"
#include "connection.h"
#include "engine_call.h"
#include "errors.h"
#include "relation_target.h"
#include "writer.h"

namespace laminar::python {

namespace {

int64_t Insert(PyConnection& self, std::string_view source, nb::handle data) {
  self.CheckOpen();
  RelationTarget target(self, source, &Connection::Insert, &Connection::InsertArrow);
  return Ingest(target, data);
}

using PrimaryKey = std::optional<std::vector<std::string>>;

void CreateFromDict(PyConnection& self, std::string_view name, const nb::dict& columns, const PrimaryKey& key) {
  std::vector<ColumnInfo> infos;
  for (auto [column, type] : columns) {
    if (!PyUnicode_Check(column.ptr()) || !PyUnicode_Check(type.ptr())) {
      throw nb::type_error("a schema given as a dict maps names to type names, such as {'price': 'DOUBLE'}");
    }
    infos.push_back({nb::cast<std::string>(column), nb::cast<std::string>(type), true});
  }
  EngineCall call;
  self.engine().CreateTable(name, infos, key);
}

void CreateTable(PyConnection& self, std::string_view name, nb::handle schema, nb::handle primary_key) {
  self.CheckOpen();
  PrimaryKey key;
  if (PyUnicode_Check(primary_key.ptr())) throw nb::type_error("primary_key is a list of column names");
  if (!primary_key.is_none()) {
    key.emplace();
    for (nb::handle column : primary_key) key->push_back(nb::cast<std::string>(column));
  }
  if (PyDict_Check(schema.ptr())) {
    CreateFromDict(self, name, nb::borrow<nb::dict>(schema), key);
    return;
  }
  if (!nb::hasattr(schema, "__arrow_c_schema__")) {
    throw nb::type_error("schema must be a pyarrow schema, a dict of names to type names, or have __arrow_c_schema__");
  }
  const auto imported = ImportSchema(schema);
  EngineCall call;
  self.engine().CreateTable(name, imported.value, key);
}

}  // namespace

void DefineIngestion(ConnectionClass& connection) {
  connection
      .def("insert", &Insert, nb::arg("table"), nb::arg("data").none(),
           nb::sig("def insert(self, table: str, data: object) -> int"),
           R"doc(Inserts rows and returns how many. On return, queries see them. All of the call's rows go in, or none.

Args:
    data: a dict (one row); a list of dicts; a dict of columns (every value a list or an array); a pandas or polars
        DataFrame; a pyarrow RecordBatch, Table or RecordBatchReader; a structured NumPy array; any object with
        `__arrow_c_stream__`, `__arrow_c_array__` or `__dataframe__`; dataclass instances or pydantic models, one or a
        list; or an iterator of any of these, every item of which is a commit of its own.

Columns are matched by name in any order, ignoring case; a missing nullable column is NULL. Integers widen and become
floats; dates, datetimes and ISO strings become timestamps, integers count in the column's unit.

Raises:
    IngestionError: 302 when rows do not fit, naming column, row and value, or have a key that is there; 300 when there was no room for
        `backpressure_timeout`. From an iterator it carries `.rows_inserted`.
    SchemaError: 200 when there is no such source.
    TypeError: `data` is none of the above, or empty.

Example:
    >>> conn.insert("t", [{"k": "a", "v": 1}, {"k": "b", "v": 2}])
    2)doc")
      .def(
          "insert_json",
          [](PyConnection& self, std::string_view table, std::string_view text) {
            EngineCall call;
            return self.engine().InsertJson(table, text);
          },
          nb::arg("table"), nb::arg("data"),
          R"doc(Inserts rows from JSON: an object, an array of objects, or one object a line. Returns how many.

Raises:
    IngestionError: 300 with line and column when the text is malformed, 302 when a row does not fit.

Example:
    >>> conn.insert_json("t", '{"k": "a", "v": 1}\n{"k": "b"}')
    2)doc")
      .def(
          "insert_csv",
          [](PyConnection& self, std::string_view table, std::string_view text) {
            EngineCall call;
            return self.engine().InsertCsv(table, text);
          },
          nb::arg("table"), nb::arg("data"),
          R"doc(Inserts rows from CSV with a header row. Returns how many.

Raises:
    IngestionError: 300 with line and column when the text is malformed, 302 when a row does not fit.

Example:
    >>> conn.insert_csv("t", "k,v\na,1\nb,2\n")
    2)doc")
      .def(
          "writer",
          [](PyConnection& self, std::string_view table) {
            EngineCall call;
            return PyWriter(self.engine(), self.engine().NewWriter(table));
          },
          nb::arg("table"),
          R"doc(A `Writer`, which buffers rows for one source and hands them over in batches.

Raises:
    SchemaError: 200 when there is no such source.

Example:
    >>> with conn.writer("t") as writer:
    ...     writer.insert({"k": "a", "v": 1})
    1)doc")
      .def("create_table", &CreateTable, nb::arg("name"), nb::arg("schema"), nb::kw_only(),
           nb::arg("primary_key") = nb::none(),
           nb::sig("def create_table(self, name: str, schema: object, *, primary_key: "
                   "collections.abc.Sequence[str] | None = None) -> None"),
           R"doc(Creates a source, or with a primary key a table.

Args:
    schema: a pyarrow schema, any object with `__arrow_c_schema__`, or a dict of column names to SQL or Arrow type
        names.
    primary_key: the columns that identify a row: `upsert`, `delete`, UPDATE and DELETE change it. An empty list makes a
        table without a key.

Raises:
    SchemaError: 201 when the name exists, 203 when a type or a column of the key is unknown.

Example:
    >>> conn.create_table("trades", {"symbol": "VARCHAR", "price": "float64"}))doc");
}

}  // namespace laminar::python
