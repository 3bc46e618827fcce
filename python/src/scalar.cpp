#include "scalar.h"

#include <datetime.h>
#include <nanobind/stl/string.h>

#include <limits>

namespace laminar::python {

namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

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

}  // namespace

void ImportDateTime() {
  if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
}

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

std::string_view ClassName(nb::handle value) {
  const std::string_view name = Py_TYPE(value.ptr())->tp_name;
  return name.substr(name.rfind('.') + 1);
}

int32_t DaysOf(nb::handle date) {
  PyObject* raw = date.ptr();
  return DaysFromCivil(PyDateTime_GET_YEAR(raw), PyDateTime_GET_MONTH(raw), PyDateTime_GET_DAY(raw));
}

int64_t MicrosOfTime(nb::handle time) {
  PyObject* raw = time.ptr();
  return MicrosOf(PyDateTime_TIME_GET_HOUR(raw), PyDateTime_TIME_GET_MINUTE(raw), PyDateTime_TIME_GET_SECOND(raw),
                  PyDateTime_TIME_GET_MICROSECOND(raw));
}

Instant InstantOf(nb::handle datetime) {
  PyObject* time = datetime.ptr();
  Instant instant;
  instant.micros = DaysOf(datetime) * kMicrosPerDay +
                   MicrosOf(PyDateTime_DATE_GET_HOUR(time), PyDateTime_DATE_GET_MINUTE(time),
                            PyDateTime_DATE_GET_SECOND(time), PyDateTime_DATE_GET_MICROSECOND(time));
  if (PyDateTime_DATE_GET_TZINFO(time) != Py_None) {
    const nb::object offset = datetime.attr("utcoffset")();
    if (!offset.is_none()) {
      instant.micros -= MicrosOfDelta(offset.ptr());
      instant.utc = true;
    }
  }
  return instant;
}

int NanosBeside(nb::handle datetime) {
  if (PyDateTime_CheckExact(datetime.ptr()) || !nb::hasattr(datetime, "nanosecond")) return 0;
  return nb::cast<int>(datetime.attr("nanosecond"));
}

Duration DurationOf(nb::handle delta) {
  PyObject* raw = delta.ptr();
  const int64_t micros = PyDateTime_DELTA_GET_SECONDS(raw) * kMicrosPerSecond + PyDateTime_DELTA_GET_MICROSECONDS(raw);
  const bool counts_nanos = !PyDelta_CheckExact(raw) && nb::hasattr(delta, "nanoseconds");
  const int64_t nanos = counts_nanos ? nb::cast<int64_t>(delta.attr("nanoseconds")) : 0;
  return {PyDateTime_DELTA_GET_DAYS(raw), micros * 1000 + nanos};
}

DecimalParts DecimalOf(nb::handle decimal) {
  DecimalParts parts;
  const nb::object tuple = decimal.attr("as_tuple")();
  const nb::object exponent = tuple.attr("exponent");
  const bool negative = nb::cast<int>(tuple.attr("sign")) != 0;
  if (!PyLong_Check(exponent.ptr())) {  // 'n', 'N' or 'F'
    const double special = nb::cast<std::string>(exponent) == "F" ? std::numeric_limits<double>::infinity()
                                                                  : std::numeric_limits<double>::quiet_NaN();
    parts.special = true;
    parts.value = negative ? -special : special;
    return parts;
  }
  // No DECIMAL has more than 38 digits, so a longer one is refused before its zeros are written out.
  const int64_t power = nb::cast<int64_t>(exponent);
  if (power > 40 || power < -(int64_t{1} << 20)) {
    parts.too_long = true;
    return parts;
  }
  parts.digits = negative ? "-" : "";
  for (nb::handle digit : tuple.attr("digits")) parts.digits += static_cast<char>('0' + nb::cast<int>(digit));
  if (power > 0) parts.digits.append(static_cast<size_t>(power), '0');
  parts.scale = power < 0 ? static_cast<int>(-power) : 0;
  return parts;
}

}  // namespace laminar::python
