#include "cell.h"

#include <datetime.h>
#include <fmt/core.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <cmath>
#include <limits>
#include <string>

#include "laminar/error.h"

namespace laminar::python {

namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;
// Longer representations of a refused value are cut off.
constexpr size_t kShownLength = 80;

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar. H. Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", days_from_civil.
int32_t DaysFromCivil(int year, int month, int day) {
  year -= month <= 2;
  const int era = (year >= 0 ? year : year - 399) / 400;
  const int year_of_era = year - era * 400;
  const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

int64_t MicrosOf(int hour, int minute, int second, int micro) {
  return ((hour * 60 + minute) * int64_t{60} + second) * kMicrosPerSecond + micro;
}

int64_t MicrosOfDelta(PyObject* delta) {
  return PyDateTime_DELTA_GET_DAYS(delta) * kMicrosPerDay + PyDateTime_DELTA_GET_SECONDS(delta) * kMicrosPerSecond +
         PyDateTime_DELTA_GET_MICROSECONDS(delta);
}

std::string ColumnType(const BatchBuilder& batch, int column) {
  return batch.schema().columns()[static_cast<size_t>(column)].type;
}

bool IsTimestamp(const std::string& type) { return type.starts_with("TIMESTAMP"); }

bool IsNested(const std::string& type) {
  return type.ends_with("]") || type.starts_with("STRUCT") || type.starts_with("MAP");
}

/// Whether the class of `value` is `module`.`name`, without importing the module.
bool IsInstanceOf(nb::handle value, const char* module, const char* name) {
  const nb::object loaded = nb::steal(PyImport_GetModule(nb::str(module).ptr()));
  if (!loaded.is_valid()) {
    PyErr_Clear();
    return false;
  }
  const int answer = PyObject_IsInstance(value.ptr(), loaded.attr(name).ptr());
  if (answer < 0) throw nb::python_error();
  return answer == 1;
}

/// The name of the class without its module.
std::string_view ClassName(nb::handle value) {
  const std::string_view name = Py_TYPE(value.ptr())->tp_name;
  return name.substr(name.rfind('.') + 1);
}

void SetAsText(BatchBuilder& batch, int column, nb::handle value) {
  const nb::str text(value);
  SetTextCell(batch, column, text.ptr());
}

void SetDateTime(BatchBuilder& batch, int column, nb::handle value) {
  PyObject* time = value.ptr();
  // pandas.Timestamp counts nanoseconds beside the fields of datetime.
  if (!PyDateTime_CheckExact(time) && nb::hasattr(value, "nanosecond") &&
      nb::cast<int>(value.attr("nanosecond")) != 0) {
    if (!IsTimestamp(ColumnType(batch, column))) RefuseCell(batch, column, value);
    SetAsText(batch, column, value.attr("isoformat")());
    return;
  }
  int64_t micros =
      DaysFromCivil(PyDateTime_GET_YEAR(time), PyDateTime_GET_MONTH(time), PyDateTime_GET_DAY(time)) * kMicrosPerDay +
      MicrosOf(PyDateTime_DATE_GET_HOUR(time), PyDateTime_DATE_GET_MINUTE(time), PyDateTime_DATE_GET_SECOND(time),
               PyDateTime_DATE_GET_MICROSECOND(time));
  bool utc = false;
  if (PyDateTime_DATE_GET_TZINFO(time) != Py_None) {
    const nb::object offset = value.attr("utcoffset")();
    if (!offset.is_none()) {
      micros -= MicrosOfDelta(offset.ptr());
      utc = true;
    }
  }
  batch.SetTimestamp(column, micros, utc);
}

void SetTime(BatchBuilder& batch, int column, nb::handle value) {
  PyObject* time = value.ptr();
  if (PyDateTime_TIME_GET_TZINFO(time) != Py_None) {
    RefuseCell(batch, column, value, "a time of day with a zone has no place in a column");
  }
  batch.SetTimeOfDay(column, MicrosOf(PyDateTime_TIME_GET_HOUR(time), PyDateTime_TIME_GET_MINUTE(time),
                                      PyDateTime_TIME_GET_SECOND(time), PyDateTime_TIME_GET_MICROSECOND(time)));
}

void SetDelta(BatchBuilder& batch, int column, nb::handle value) {
  PyObject* delta = value.ptr();
  const int64_t micros =
      PyDateTime_DELTA_GET_SECONDS(delta) * kMicrosPerSecond + PyDateTime_DELTA_GET_MICROSECONDS(delta);
  // pandas.Timedelta, likewise.
  const bool counts_nanos = !PyDelta_CheckExact(delta) && nb::hasattr(value, "nanoseconds");
  const int64_t nanos = counts_nanos ? nb::cast<int64_t>(value.attr("nanoseconds")) : 0;
  batch.SetInterval(column, 0, PyDateTime_DELTA_GET_DAYS(delta), micros * 1000 + nanos);
}

void SetDecimalCell(BatchBuilder& batch, int column, nb::handle value) {
  const nb::object parts = value.attr("as_tuple")();
  const nb::object exponent = parts.attr("exponent");
  const bool negative = nb::cast<int>(parts.attr("sign")) != 0;
  if (!PyLong_Check(exponent.ptr())) {  // 'n', 'N' or 'F'
    const double special = nb::cast<std::string>(exponent) == "F" ? std::numeric_limits<double>::infinity()
                                                                  : std::numeric_limits<double>::quiet_NaN();
    batch.SetDouble(column, negative ? -special : special);
    return;
  }
  // No DECIMAL has more than 38 digits, so a longer one is refused before its zeros are written out.
  const int64_t power = nb::cast<int64_t>(exponent);
  std::string digits = negative ? "-" : "";
  for (nb::handle digit : parts.attr("digits")) digits += static_cast<char>('0' + nb::cast<int>(digit));
  if (power > 40 || power < -(int64_t{1} << 20)) RefuseCell(batch, column, value, "the number has too many digits");
  if (power > 0) digits.append(static_cast<size_t>(power), '0');
  batch.SetDecimal(column, digits, power < 0 ? static_cast<int>(-power) : 0);
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
    batch.SetDate(column, DaysFromCivil(PyDateTime_GET_YEAR(raw), PyDateTime_GET_MONTH(raw), PyDateTime_GET_DAY(raw)));
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
