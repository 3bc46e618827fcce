#include "query_result.h"

#include <fmt/core.h>
#include <nanobind/stl/string.h>

#include <string>

#include "arrow_capsule.h"
#include "registration.h"

namespace laminar::python {

namespace {

constexpr int64_t kPreviewRows = 10;

nb::object Optional(const char* package, const char* advice) {
  try {
    return nb::module_::import_(package);
  } catch (nb::python_error& error) {
    if (!error.matches(PyExc_ModuleNotFoundError)) throw;
    nb::raise_from(error, PyExc_ImportError, "%s", advice);
  }
}

nb::object Pandas() { return Optional("pandas", "this needs pandas: pip install pandas"); }
nb::object Polars() { return Optional("polars", "this needs polars: pip install polars"); }
nb::object Numpy() { return Optional("numpy", "this needs numpy: pip install numpy"); }

nb::object Reader(nb::handle self) {
  return nb::module_::import_("pyarrow").attr("RecordBatchReader").attr("from_stream")(self);
}

/// pyarrow.table(self) would do, but it imports pandas first, to see whether it was given a DataFrame.
nb::object ToArrow(nb::handle self) { return Reader(self).attr("read_all")(); }

nb::object ToPandas(nb::handle self) {
  Pandas();
  return ToArrow(self).attr("to_pandas")();
}

nb::object ToPolars(nb::handle self, bool lazy) {
  const nb::object frame = Polars().attr("DataFrame")(self);
  return lazy ? frame.attr("lazy")() : frame;
}

nb::object ToFrame(nb::handle self) {
  const nb::object find_spec = nb::module_::import_("importlib.util").attr("find_spec");
  if (!find_spec("polars").is_none()) return ToPolars(self, false);
  return find_spec("pandas").is_none() ? ToArrow(self) : ToPandas(self);
}

nb::object Rows(const char* function, nb::handle argument) {
  return nb::module_::import_("laminardb._rows").attr(function)(argument);
}

/// An iterator of tuples. It holds the rows and not `self`, which would be a cycle that nobody collects.
nb::object Iterate(nb::handle self) { return Rows("iterate", Reader(self)); }

nb::object Cursor(nb::handle self) {
  auto& held = nb::cast<PyQueryResult&>(self);
  if (!held.cursor.is_valid()) held.cursor = Iterate(self);
  return held.cursor;
}

nb::object FetchOne(nb::handle self) {
  nb::object row = nb::steal(PyIter_Next(Cursor(self).ptr()));
  if (row.is_valid()) return row;
  if (PyErr_Occurred()) throw nb::python_error();
  return nb::none();
}

nb::list FetchMany(nb::handle self, int64_t size) {
  if (size < 0) throw nb::value_error("size must not be negative");
  nb::list rows;
  for (int64_t i = 0; i < size; ++i) {
    const nb::object row = FetchOne(self);
    if (row.is_none()) break;
    rows.append(row);
  }
  return rows;
}

/// Without the last line break, which whoever prints adds.
std::string Preview(const QueryResult& result, int64_t rows) {
  std::string text = result.ToString(rows);
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string Repr(const PyQueryResult& self) {
  const QueryResult& result = self.result;
  return fmt::format("QueryResult({} row{}, {} column{})\n{}", result.num_rows(), result.num_rows() == 1 ? "" : "s",
                     result.num_columns(), result.num_columns() == 1 ? "" : "s", Preview(result, kPreviewRows));
}

void DefineFacts(nb::class_<PyQueryResult>& result) {
  result
      .def_prop_ro(
          "schema", [](const PyQueryResult& self) { return ToPyarrow(self.result.schema()); },
          nb::sig("def schema(self) -> pyarrow.Schema"), "Names and types of the columns.")
      .def_prop_ro(
          "num_rows", [](const PyQueryResult& self) { return self.result.num_rows(); }, "How many rows.")
      .def_prop_ro(
          "num_columns", [](const PyQueryResult& self) { return self.result.num_columns(); }, "How many columns.")
      .def_prop_ro(
          "num_batches", [](const PyQueryResult& self) { return self.result.num_batches(); },
          "How many Arrow batches the rows lie in.")
      .def_prop_ro(
          "columns",
          [](const PyQueryResult& self) {
            nb::list names;
            const ResultSchema schema = self.result.schema();
            for (const ColumnInfo& column : schema.columns()) names.append(column.name);
            return names;
          },
          nb::sig("def columns(self) -> list[str]"), "Names of the columns, in order.")
      .def_prop_ro(
          "epoch", [](const PyQueryResult& self) { return self.result.epoch(); },
          "The epoch whose change this is; of a query, the epoch it saw.")
      .def_prop_ro(
          "is_snapshot", [](const PyQueryResult& self) { return self.result.is_snapshot(); },
          "Whether a subscription delivered its whole current result, and not a change.")
      .def("__len__", [](const PyQueryResult& self) { return self.result.num_rows(); })
      .def("__repr__", &Repr)
      .def(
          "_repr_html_", [](nb::object self) { return nb::module_::import_("laminardb._html").attr("result")(self); },
          nb::sig("def _repr_html_(self) -> str"), "The first rows as an HTML table, for notebooks.")
      .def(
          "show",
          [](const PyQueryResult& self, int64_t max_rows) {
            if (max_rows < 0) throw nb::value_error("max_rows must not be negative");
            nb::print(nb::str(Preview(self.result, max_rows).c_str()));
          },
          nb::arg("max_rows") = 20, R"doc(Prints the first rows as an aligned table.

Example:
    >>> conn.query("SELECT 1 AS a, 'x' AS b").show()
    ┌─────────┬─────────┐
    │    a    │    b    │
    │ integer │ varchar │
    ├─────────┼─────────┤
    │       1 │ x       │
    └─────────┴─────────┘
    1 row, 2 columns)doc");
}

void DefineConversions(nb::class_<PyQueryResult>& result) {
  const char* arrow = R"doc(The rows as a pyarrow.Table, without a copy.

Example:
    >>> conn.query("SELECT 1 AS a").to_arrow().to_pydict()
    {'a': [1]})doc";
  const char* pandas = R"doc(The rows as a pandas DataFrame; `ImportError` when pandas is not installed.

Example:
    >>> conn.query("SELECT 1 AS a, 'x' AS b").df()
       a  b
    0  1  x)doc";
  const char* polars =
      R"doc(The rows as a polars DataFrame, or LazyFrame when `lazy`; `ImportError` when polars is not installed.

Example:
    >>> conn.query("SELECT 1 AS a, 'x' AS b").pl().shape
    (1, 2))doc";
  result.def("arrow", &ToArrow, nb::sig("def arrow(self) -> pyarrow.Table"), arrow)
      .def("to_arrow", &ToArrow, nb::sig("def to_arrow(self) -> pyarrow.Table"), arrow)
      .def("df", &ToPandas, nb::sig("def df(self) -> pandas.DataFrame"), pandas)
      .def("to_pandas", &ToPandas, nb::sig("def to_pandas(self) -> pandas.DataFrame"), pandas)
      .def("pl", &ToPolars, nb::kw_only(), nb::arg("lazy") = false,
           nb::sig("def pl(self, *, lazy: bool = False) -> typing.Any"), polars)
      .def("to_polars", &ToPolars, nb::kw_only(), nb::arg("lazy") = false,
           nb::sig("def to_polars(self, *, lazy: bool = False) -> typing.Any"), polars)
      .def("to_df", &ToFrame, nb::sig("def to_df(self) -> typing.Any"),
           R"doc(The rows as a polars DataFrame, or pandas, or a pyarrow.Table: the first that is installed.

Example:
    >>> len(conn.query("SELECT 1 AS a").to_df())
    1)doc")
      .def(
          "to_numpy",
          [](nb::object self) {
            Numpy();
            return Rows("numpy_columns", self);
          },
          nb::sig("def to_numpy(self) -> dict[str, typing.Any]"),
          R"doc(One NumPy array per column, by name. Integers with NULLs become floats with NaN.

Example:
    >>> conn.query("SELECT 1 AS a").to_numpy()
    {'a': array([1], dtype=int32)})doc")
      .def(
          "to_dicts", [](nb::object self) { return ToArrow(self).attr("to_pydict")(); },
          nb::sig("def to_dicts(self) -> dict[str, list[typing.Any]]"), R"doc(One list of values per column, by name.

Example:
    >>> conn.query("VALUES (1, 'x'), (2, 'y')").to_dicts()
    {'column1': [1, 2], 'column2': ['x', 'y']})doc")
      .def(
          "to_pylist", [](nb::object self) { return ToArrow(self).attr("to_pylist")(); },
          nb::sig("def to_pylist(self) -> list[dict[str, typing.Any]]"), R"doc(One dict per row.

Example:
    >>> conn.query("SELECT 1 AS a, 'x' AS b").to_pylist()
    [{'a': 1, 'b': 'x'}])doc")
      .def(
          "__arrow_c_stream__", [](const PyQueryResult& self, nb::handle) { return StreamCapsule(self.result); },
          nb::arg("requested_schema") = nb::none(),
          nb::sig("def __arrow_c_stream__(self, requested_schema: object = None) -> object"),
          "The Arrow PyCapsule interface: the rows as a stream of struct arrays, without a copy.")
      .def(
          "__arrow_c_schema__", [](const PyQueryResult& self) { return SchemaCapsule(self.result.schema()); },
          nb::sig("def __arrow_c_schema__(self) -> object"), "The Arrow PyCapsule interface: the schema.");
}

/// Rows never change, so a copy is the result itself; pickled, they travel as Arrow IPC.
void DefineCopies(nb::class_<PyQueryResult>& result, nb::module_& module) {
  result
      .def(
          "__copy__", [](nb::object self) { return self; }, nb::sig("def __copy__(self) -> QueryResult"))
      .def(
          "__deepcopy__", [](nb::object self, nb::handle) { return self; }, nb::arg("memo"),
          nb::sig("def __deepcopy__(self, memo: object) -> QueryResult"))
      .def(
          "__reduce__",
          [](nb::object self) {
            const auto& held = nb::cast<const PyQueryResult&>(self);
            return nb::module_::import_("laminardb._pickling")
                .attr("reduce_result")(self, held.result.epoch(), held.result.is_snapshot());
          },
          nb::sig("def __reduce__(self) -> tuple[typing.Any, ...]"));
  module.def(
      "_result_from_arrow",
      [](nb::handle source, uint64_t epoch, bool is_snapshot) {
        const auto stream = ImportStream(source);
        return PyQueryResult(QueryResult::FromArrow(stream.value, epoch, is_snapshot));
      },
      nb::arg("source"), nb::arg("epoch"), nb::arg("is_snapshot"),
      nb::sig("def _result_from_arrow(source: object, epoch: int, is_snapshot: bool) -> QueryResult"));
}

void DefineRows(nb::class_<PyQueryResult>& result) {
  result
      .def("__iter__", &Iterate, nb::sig("def __iter__(self) -> collections.abc.Iterator[tuple[typing.Any, ...]]"),
           "The rows as tuples, from the first.")
      .def("fetchone", &FetchOne, nb::sig("def fetchone(self) -> tuple[typing.Any, ...] | None"),
           R"doc(The next row as a tuple, or `None` after the last.

Example:
    >>> result = conn.query("SELECT 1 AS a")
    >>> result.fetchone(), result.fetchone()
    ((1,), None))doc")
      .def("fetchmany", &FetchMany, nb::arg("size") = 1,
           nb::sig("def fetchmany(self, size: int = 1) -> list[tuple[typing.Any, ...]]"),
           R"doc(The next `size` rows, or what is left of them.

Example:
    >>> result = conn.query("VALUES (1), (2), (3)")
    >>> result.fetchmany(2), result.fetchmany(2)
    ([(1,), (2,)], [(3,)]))doc")
      .def(
          "fetchall", [](nb::object self) { return nb::list(Cursor(self)); },
          nb::sig("def fetchall(self) -> list[tuple[typing.Any, ...]]"), R"doc(All rows that are left.

Example:
    >>> conn.query("VALUES (1, 'x'), (2, 'y')").fetchall()
    [(1, 'x'), (2, 'y')])doc");
}

}  // namespace

void RegisterQueryResult(nb::module_& module) {
  nb::class_<PyQueryResult> result(module, "QueryResult", nb::is_final(), nb::is_weak_referenceable(),
                                   R"doc(Immutable rows: of a query, or of one epoch's change.

Conversions share memory with the result wherever Arrow allows it.

Example:
    >>> result = conn.query("SELECT 1 AS a, 'x' AS b")
    >>> result.num_rows, result.columns
    (1, ['a', 'b'])
    >>> result.fetchall()
    [(1, 'x')])doc");
  DefineFacts(result);
  DefineConversions(result);
  DefineRows(result);
  DefineCopies(result, module);
}

}  // namespace laminar::python
