#include "parameters.h"

#include <datetime.h>
#include <fmt/core.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <cmath>
#include <string>
#include <string_view>

#include "laminar/error.h"
#include "scalar.h"

namespace laminar::python {

namespace {

[[noreturn]] void Refuse(nb::handle value, std::string_view which, std::string_view why) {
  throw Error(ErrorCode::kQueryFailed,
              fmt::format("the value of parameter {} (a {}) cannot be given: {}", which, ClassName(value), why));
}

ParameterValue OfText(nb::handle value, std::string_view which) {
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(value.ptr(), &size);
  if (text == nullptr) {
    PyErr_Clear();
    Refuse(value, which, "it is not valid Unicode");
  }
  return std::string_view(text, static_cast<size_t>(size));
}

ParameterValue OfInteger(nb::handle value, std::string_view which) {
  int overflow = 0;
  const int64_t number = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
  if (overflow == 0) return number;
  // Past 64 bits there is DECIMAL with 38 digits; Python itself does not write out integers of some thousand digits.
  const nb::object digits = nb::steal(PyObject_Str(value.ptr()));
  if (!digits.is_valid()) {
    PyErr_Clear();
    Refuse(value, which, "the number has too many digits");
  }
  return ParameterValue::Decimal(nb::cast<std::string_view>(digits), 0);
}

ParameterValue OfDateTime(nb::handle value, std::string_view which) {
  const Instant instant = InstantOf(value);
  const int nanos = NanosBeside(value);
  if (nanos == 0) return ParameterValue::Timestamp(instant.micros, instant.utc);
  int64_t all = 0;
  if (__builtin_mul_overflow(instant.micros, int64_t{1000}, &all) || __builtin_add_overflow(all, nanos, &all)) {
    Refuse(value, which, "it is out of range");
  }
  return ParameterValue::TimestampNanos(all, instant.utc);
}

ParameterValue ToValue(nb::handle value, std::string_view which);

ParameterValue OfNumpy(nb::handle value, std::string_view which) {
  const nb::object item = value.attr("item")();
  const std::string_view name = ClassName(value);
  const auto nanos = [&](const char* unit) {
    return nb::cast<int64_t>(value.attr("astype")(unit).attr("astype")("int64").attr("item")());
  };
  if (item.is_none()) return {};  // NaT
  if (PyLong_Check(item.ptr()) && name == "datetime64") {
    return ParameterValue::TimestampNanos(nanos("datetime64[ns]"), false);
  }
  if (PyLong_Check(item.ptr()) && name == "timedelta64") {
    return ParameterValue::Interval(0, 0, nanos("timedelta64[ns]"));
  }
  if (Py_TYPE(item.ptr()) == Py_TYPE(value.ptr())) Refuse(value, which, "SQL has no type for it");
  return ToValue(item, which);
}

ParameterValue OfList(nb::handle value, std::string_view which) {
  std::vector<ParameterValue> items;
  for (nb::handle item : nb::borrow(value)) items.push_back(ToValue(item, which));
  return ParameterValue::List(items);
}

ParameterValue ToValue(nb::handle value, std::string_view which) {
  PyObject* raw = value.ptr();
  if (value.is_none()) return {};
  if (PyBool_Check(raw)) return raw == Py_True;
  if (PyLong_Check(raw)) return OfInteger(value, which);
  if (PyFloat_Check(raw)) return PyFloat_AS_DOUBLE(raw);
  if (PyUnicode_Check(raw)) return OfText(value, which);
  if (ClassName(value) == "NaTType" || ClassName(value) == "NAType") return {};
  if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
  ImportDateTime();
  if (PyDateTime_Check(raw)) return OfDateTime(value, which);
  if (PyDate_Check(raw)) return ParameterValue::Date(DaysOf(value));
  if (PyTime_Check(raw)) {
    if (PyDateTime_TIME_GET_TZINFO(raw) != Py_None) Refuse(value, which, "SQL has no time of day with a zone");
    return ParameterValue::TimeOfDay(MicrosOfTime(value));
  }
  if (PyDelta_Check(raw)) {
    const Duration duration = DurationOf(value);
    return ParameterValue::Interval(0, duration.days, duration.nanos);
  }
  if (PyBytes_Check(raw)) {
    return ParameterValue::Bytes({PyBytes_AS_STRING(raw), static_cast<size_t>(PyBytes_GET_SIZE(raw))});
  }
  if (PyByteArray_Check(raw) || PyMemoryView_Check(raw)) {
    const nb::object bytes = nb::steal(PyBytes_FromObject(raw));
    if (!bytes.is_valid()) throw nb::python_error();
    return ToValue(bytes, which);
  }
  if (IsInstanceOf(value, "decimal", "Decimal")) {
    const DecimalParts parts = DecimalOf(value);
    if (parts.special) return parts.value;
    if (parts.too_long) Refuse(value, which, "the number has too many digits");
    return ParameterValue::Decimal(parts.digits, parts.scale);
  }
  if (IsInstanceOf(value, "uuid", "UUID")) return ParameterValue::Uuid(nb::str(value).c_str());
  if (IsInstanceOf(value, "numpy", "generic")) return OfNumpy(value, which);
  const std::string_view type_name = Py_TYPE(raw)->tp_name;
  if (type_name.starts_with("pyarrow.") && nb::hasattr(value, "as_py")) return ToValue(value.attr("as_py")(), which);
  if (PyList_Check(raw) || PyTuple_Check(raw) || PyAnySet_Check(raw) || IsInstanceOf(value, "numpy", "ndarray")) {
    return OfList(value, which);
  }
  Refuse(value, which, "SQL has no type for it");
}

bool IsSequence(nb::handle given) { return PyList_Check(given.ptr()) || PyTuple_Check(given.ptr()); }

}  // namespace

Parameters ToParameters(nb::handle given) {
  Parameters parameters;
  if (given.is_none()) return parameters;
  if (PyDict_Check(given.ptr())) {
    for (const auto& [key, value] : nb::borrow<nb::dict>(given)) {
      std::string name;
      if (PyUnicode_Check(key.ptr())) {
        name = nb::cast<std::string>(key);
      } else if (PyLong_Check(key.ptr()) && !PyBool_Check(key.ptr())) {
        name = nb::str(key).c_str();
      } else {
        throw nb::type_error("the names of parameters are text, or whole numbers for their positions");
      }
      ParameterValue converted = ToValue(value, "$" + name);
      parameters.named.emplace_back(std::move(name), std::move(converted));
    }
    return parameters;
  }
  if (!IsSequence(given)) {
    throw nb::type_error(
        fmt::format("parameters are a list or tuple of values, or a dict of values by name, not {}", ClassName(given))
            .c_str());
  }
  for (nb::handle value : nb::borrow(given)) {
    parameters.positional.push_back(ToValue(value, std::to_string(parameters.positional.size() + 1)));
  }
  return parameters;
}

std::vector<Parameters> ToParameterSets(nb::handle given) {
  if (PyUnicode_Check(given.ptr()) || PyDict_Check(given.ptr())) {
    throw nb::type_error("executemany takes a list of lists, tuples or dicts: one for each time the statement is run");
  }
  std::vector<Parameters> sets;
  for (nb::handle set : nb::borrow(given)) sets.push_back(ToParameters(set));
  return sets;
}

}  // namespace laminar::python
