#include "cell.h"

#include <datetime.h>
#include <fmt/core.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <cmath>
#include <string>

#include "laminar/error.h"
#include "scalar.h"

namespace laminar::python {

namespace {

// Longer representations of a refused value are cut off.
constexpr size_t kShownLength = 80;

std::string ColumnType(const BatchBuilder& batch, int column) {
  return batch.schema().columns()[static_cast<size_t>(column)].type;
}

bool IsTimestamp(const std::string& type) { return type.starts_with("TIMESTAMP"); }

bool IsNested(const std::string& type) {
  return type.ends_with("]") || type.starts_with("STRUCT") || type.starts_with("MAP");
}

void SetAsText(BatchBuilder& batch, int column, nb::handle value) {
  const nb::str text(value);
  SetTextCell(batch, column, text.ptr());
}

void SetDateTime(BatchBuilder& batch, int column, nb::handle value) {
  if (NanosBeside(value) != 0) {
    if (!IsTimestamp(ColumnType(batch, column))) RefuseCell(batch, column, value);
    SetAsText(batch, column, value.attr("isoformat")());
    return;
  }
  const Instant instant = InstantOf(value);
  batch.SetTimestamp(column, instant.micros, instant.utc);
}

void SetTime(BatchBuilder& batch, int column, nb::handle value) {
  if (PyDateTime_TIME_GET_TZINFO(value.ptr()) != Py_None) {
    RefuseCell(batch, column, value, "a time of day with a zone has no place in a column");
  }
  batch.SetTimeOfDay(column, MicrosOfTime(value));
}

void SetDelta(BatchBuilder& batch, int column, nb::handle value) {
  const Duration duration = DurationOf(value);
  batch.SetInterval(column, 0, duration.days, duration.nanos);
}

void SetDecimalCell(BatchBuilder& batch, int column, nb::handle value) {
  const DecimalParts parts = DecimalOf(value);
  if (parts.special) {
    batch.SetDouble(column, parts.value);
    return;
  }
  if (parts.too_long) RefuseCell(batch, column, value, "the number has too many digits");
  batch.SetDecimal(column, parts.digits, parts.scale);
}

void SetNumpyScalar(BatchBuilder& batch, int column, nb::handle value) {
  if (!IsInstanceOf(value, "numpy", "generic")) RefuseCell(batch, column, value);
  const nb::object item = value.attr("item")();
  const std::string_view name = ClassName(value);
  if (name == "datetime64" && PyLong_Check(item.ptr())) {  // finer than a microsecond, or a far year
    if (!IsTimestamp(ColumnType(batch, column))) RefuseCell(batch, column, value);
    SetAsText(batch, column, value);
  } else if (name == "timedelta64" && PyLong_Check(item.ptr())) {
    const nb::object nanos = value.attr("astype")("timedelta64[ns]").attr("astype")("int64").attr("item")();
    batch.SetInterval(column, 0, 0, nb::cast<int64_t>(nanos));
  } else if (name == "longdouble" || name == "float128") {
    const double nearest = PyFloat_AsDouble(value.ptr());
    if (!std::isnan(nearest) && !nb::float_(nearest).equal(value)) {
      RefuseCell(batch, column, value, "it has more digits than DOUBLE");
    }
    batch.SetDouble(column, nearest);
  } else if (Py_TYPE(item.ptr()) == Py_TYPE(value.ptr())) {
    RefuseCell(batch, column, value);
  } else {
    SetCell(batch, column, item.ptr());
  }
}

void SetContainer(BatchBuilder& batch, int column, nb::handle value) {
  const std::string type = ColumnType(batch, column);
  if (IsNested(type)) throw NestedCell();
  if (type != "JSON") RefuseCell(batch, column, value);
  nb::object text;
  try {
    text = nb::module_::import_("laminardb._ingest").attr("json_text")(value);
  } catch (nb::python_error& error) {
    RefuseCell(batch, column, value, nb::str(error.value()).c_str());
  }
  if (text.is_none()) RefuseCell(batch, column, value);
  SetAsText(batch, column, text);
}

}  // namespace

void RefuseCell(const BatchBuilder& batch, int column, nb::handle value, std::string_view why) {
  const ColumnInfo& info = batch.schema().columns()[static_cast<size_t>(column)];
  std::string shown;
  try {
    shown = nb::repr(value).c_str();
  } catch (nb::python_error&) {
    shown = fmt::format("a value of type {}", ClassName(value));
  }
  if (shown.size() > kShownLength) shown = shown.substr(0, kShownLength) + "…";
  const std::string refused =
      fmt::format("{} (a {}) does not fit {}{}{}", shown, ClassName(value), info.type, why.empty() ? "" : ": ", why);
  // The wording of the engine, which refuses plain values: results of a function have no relation; rows count from 1.
  if (batch.relation().empty()) throw Error(ErrorCode::kQueryFailed, fmt::format("{}: {}", info.name, refused));
  throw Error(ErrorCode::kBatchSchemaMismatch, fmt::format("column \"{}\" of {}: row {}: {}", info.name,
                                                           batch.relation(), batch.num_rows() + 1, refused));
}

void SetIntCell(BatchBuilder& batch, int column, PyObject* value) {
  int overflow = 0;
  const int64_t number = PyLong_AsLongLongAndOverflow(value, &overflow);
  if (overflow == 0) {
    batch.SetInt(column, number);
    return;
  }
  if (overflow > 0) {
    const uint64_t unsigned_number = PyLong_AsUnsignedLongLong(value);
    if (!PyErr_Occurred()) {
      batch.SetUInt(column, unsigned_number);
      return;
    }
    PyErr_Clear();
  }
  // Past 64 bits there is DECIMAL with 38 digits; Python itself does not write out integers of some thousand digits.
  const nb::object digits = nb::steal(PyObject_Str(value));
  if (!digits.is_valid()) {
    PyErr_Clear();
    RefuseCell(batch, column, value, "the number has too many digits");
  }
  batch.SetDecimal(column, nb::cast<std::string_view>(digits), 0);
}

void SetTextCell(BatchBuilder& batch, int column, PyObject* value) {
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(value, &size);
  if (text == nullptr) {
    PyErr_Clear();
    RefuseCell(batch, column, value, "it is not valid Unicode");
  }
  batch.SetText(column, {text, static_cast<size_t>(size)});
}

void SetOtherCell(BatchBuilder& batch, int column, PyObject* borrowed) {
  if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
  ImportDateTime();
  // Conversions below run Python code, which might take the value out of the container it is in.
  const nb::object value = nb::borrow(borrowed);
  PyObject* raw = value.ptr();
  const std::string_view type_name = Py_TYPE(raw)->tp_name;
  if (ClassName(value) == "NaTType" || ClassName(value) == "NAType") {
    batch.SetNull(column);
  } else if (PyFloat_Check(raw)) {
    batch.SetDouble(column, PyFloat_AS_DOUBLE(raw));
  } else if (PyLong_Check(raw)) {
    SetIntCell(batch, column, raw);
  } else if (PyUnicode_Check(raw)) {
    SetTextCell(batch, column, raw);
  } else if (PyDateTime_Check(raw)) {
    SetDateTime(batch, column, value);
  } else if (PyDate_Check(raw)) {
    batch.SetDate(column, DaysOf(value));
  } else if (PyTime_Check(raw)) {
    SetTime(batch, column, value);
  } else if (PyDelta_Check(raw)) {
    SetDelta(batch, column, value);
  } else if (PyBytes_Check(raw)) {
    batch.SetBytes(column, {PyBytes_AS_STRING(raw), static_cast<size_t>(PyBytes_GET_SIZE(raw))});
  } else if (PyByteArray_Check(raw) || PyMemoryView_Check(raw)) {
    const nb::object bytes = nb::steal(PyBytes_FromObject(raw));
    if (!bytes.is_valid()) throw nb::python_error();
    SetOtherCell(batch, column, bytes.ptr());
  } else if (IsInstanceOf(value, "decimal", "Decimal")) {
    SetDecimalCell(batch, column, value);
  } else if (IsInstanceOf(value, "uuid", "UUID")) {
    const std::string type = ColumnType(batch, column);
    if (type != "UUID" && !type.starts_with("VARCHAR")) RefuseCell(batch, column, value);
    SetAsText(batch, column, value);
  } else if (type_name.starts_with("numpy.") && type_name != "numpy.ndarray") {
    SetNumpyScalar(batch, column, value);
  } else if (type_name.starts_with("pyarrow.") && nb::hasattr(value, "as_py")) {
    SetCell(batch, column, nb::object(value.attr("as_py")()).ptr());
  } else {
    SetContainer(batch, column, value);
  }
}

}  // namespace laminar::python
