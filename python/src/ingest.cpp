#include "ingest.h"

#include <nanobind/stl/string_view.h>

#include <string>
#include <utility>

#include "arrow_capsule.h"
#include "laminar/error.h"

namespace laminar::python {

namespace {

nb::object Sorter(const char* function) { return nb::module_::import_("laminardb._ingest").attr(function); }

int64_t IngestArrow(RowTarget& target, nb::handle data, bool copy) {
  const auto stream = ImportStream(data);
  return target.InsertArrow(stream.value, copy);
}

/// Rows with values for LIST, STRUCT or MAP columns, which the builder does not have.
int64_t IngestNested(RowTarget& target, nb::handle rows) {
  return IngestArrow(target, Sorter("nested_rows")(rows, ToPyarrow(target.schema())), false);
}

int64_t IngestRow(RowTarget& target, nb::handle dict) {
  if (PyDict_GET_SIZE(dict.ptr()) == 0) throw nb::type_error("there is nothing to insert: the dict is empty");
  try {
    return target.InsertRows([&](RowBuilder& rows) { rows.AddRow(dict.ptr()); });
  } catch (const NestedCell&) {
    nb::list rows;
    rows.append(dict);
    return IngestNested(target, rows);
  }
}

int64_t IngestRows(RowTarget& target, nb::handle list) {
  try {
    return target.InsertRows([&](RowBuilder& rows) {
      rows.batch().Reserve(PyList_GET_SIZE(list.ptr()));
      // The size is asked again for each row: other threads may run while a cell is converted.
      for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list.ptr()); ++i) {
        const nb::object row = nb::borrow(PyList_GET_ITEM(list.ptr(), i));
        if (!PyDict_Check(row.ptr())) throw nb::type_error("the list was changed while it was inserted");
        rows.AddRow(row.ptr());
      }
    });
  } catch (const NestedCell&) {
    return IngestNested(target, list);
  }
}

/// A dict of equally long lists.
int64_t IngestCells(RowTarget& target, nb::handle columns) {
  try {
    return target.InsertRows([&](RowBuilder& rows) { rows.AddColumns(columns.ptr()); });
  } catch (const NestedCell&) {
    return IngestNested(target, Sorter("rows_of_columns")(columns));
  }
}

int64_t IngestColumns(RowTarget& target, nb::handle dict) {
  const auto sorted = nb::cast<nb::tuple>(Sorter("columns")(dict));
  const nb::object columns = sorted[1];
  if (nb::cast<std::string_view>(sorted[0]) == "copied") return IngestArrow(target, columns, true);
  return IngestCells(target, columns);
}

/// `error` again, with the rows that are in, counted on from what an iterator within the iterator counted. Users' own
/// exceptions get the attribute too, where they take it.
[[noreturn]] void RethrowAfterRows(nb::python_error& error, int64_t rows) {
  const nb::object value = nb::borrow(error.value());
  rows += nb::cast<int64_t>(nb::getattr(value, "rows_inserted", nb::int_(0)));
  if (PyObject_SetAttrString(value.ptr(), "rows_inserted", nb::int_(rows).ptr()) != 0) PyErr_Clear();
  throw std::move(error);
}

int64_t IngestEach(RowTarget& target, nb::handle iterator) {
  int64_t total = 0;
  try {
    while (true) {
      const nb::object item = nb::steal(PyIter_Next(iterator.ptr()));
      if (!item.is_valid()) {
        if (PyErr_Occurred()) throw nb::python_error();
        return total;
      }
      total += Ingest(target, item);
    }
  } catch (Error& error) {
    throw std::move(error).AfterRows(total + error.rows_inserted());
  } catch (nb::python_error& error) {
    RethrowAfterRows(error, total);
  } catch (const nb::builtin_exception& error) {
    PyErr_SetString(PyExc_TypeError, error.what());
    nb::python_error raised;
    RethrowAfterRows(raised, total);
  }
}

bool IsPlainScalar(PyObject* value) {
  return PyFloat_CheckExact(value) || PyLong_CheckExact(value) || PyUnicode_Check(value) || value == Py_None ||
         PyBool_Check(value) || PyBytes_Check(value);
}

/// A list, tuple or array. A dict of nothing but these is a dict of columns; any other dict is a row.
bool IsColumn(PyObject* value) {
  if (IsPlainScalar(value)) return false;
  if (PyList_Check(value)) return true;
  if (PyTuple_Check(value)) return true;
  const nb::handle object(value);
  return nb::hasattr(object, "__len__") &&
         (nb::hasattr(object, "__array__") || nb::hasattr(object, "__arrow_c_array__") ||
          nb::hasattr(object, "__arrow_c_stream__"));
}

bool HasOnlyColumns(PyObject* dict) {
  Py_ssize_t at = 0;
  PyObject* value = nullptr;
  while (PyDict_Next(dict, &at, nullptr, &value)) {
    if (!IsColumn(value)) return false;
  }
  return PyDict_GET_SIZE(dict) > 0;
}

bool HasOnlyDicts(PyObject* list) {
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); ++i) {
    if (!PyDict_Check(PyList_GET_ITEM(list, i))) return false;
  }
  return PyList_GET_SIZE(list) > 0;
}

}  // namespace

int64_t Ingest(RowTarget& target, nb::handle data) {
  if (PyDict_Check(data.ptr()))
    return HasOnlyColumns(data.ptr()) ? IngestColumns(target, data) : IngestRow(target, data);
  if (PyList_CheckExact(data.ptr()) && HasOnlyDicts(data.ptr())) return IngestRows(target, data);
  const auto sorted = nb::cast<nb::tuple>(Sorter("convert")(data));
  const nb::object value = sorted[1];
  const auto kind = nb::cast<std::string_view>(sorted[0]);
  if (kind == "rows") return IngestRows(target, value);
  if (kind == "columns") return IngestCells(target, value);
  if (kind == "nested") {
    return IngestArrow(target, Sorter("json_columns")(value, ToPyarrow(target.schema())), false);
  }
  if (kind == "each") return IngestEach(target, value);
  return IngestArrow(target, value, kind == "copied");
}

}  // namespace laminar::python
