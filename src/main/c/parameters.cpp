// laminar_parameters: values given beside SQL text.
#include "laminar/parameters.h"

#include <new>
#include <utility>

#include "main/c/guard.h"
#include "main/c/handles.h"

using laminar::ParameterValue;
using laminar::c::Guard;
using laminar::c::Need;
using laminar::c::Text;

namespace {

/// `make` gives the value; it may throw.
template <typename Make>
laminar_status Add(laminar_parameters* parameters, const char* name, laminar_error** error, Make make) {
  return Guard(error, [&] {
    laminar::Parameters& values = Need(parameters, "parameters").values;
    ParameterValue value = make();
    if (name == nullptr) {
      values.positional.push_back(std::move(value));
    } else {
      values.named.emplace_back(Text(name, "name"), std::move(value));
    }
  });
}

}  // namespace

laminar_parameters* laminar_parameters_new(void) { return new (std::nothrow) laminar_parameters(); }

void laminar_parameters_free(laminar_parameters* parameters) { delete parameters; }

void laminar_parameters_clear(laminar_parameters* parameters) {
  if (parameters != nullptr) parameters->values = {};
}

laminar_status laminar_parameters_add_null(laminar_parameters* parameters, const char* name, laminar_error** error) {
  return Add(parameters, name, error, [&] { return ParameterValue(); });
}

laminar_status laminar_parameters_add_bool(laminar_parameters* parameters, const char* name, int value,
                                           laminar_error** error) {
  return Add(parameters, name, error, [&] { return ParameterValue(value != 0); });
}

laminar_status laminar_parameters_add_int64(laminar_parameters* parameters, const char* name, int64_t value,
                                            laminar_error** error) {
  return Add(parameters, name, error, [&] { return ParameterValue(value); });
}

laminar_status laminar_parameters_add_uint64(laminar_parameters* parameters, const char* name, uint64_t value,
                                             laminar_error** error) {
  return Add(parameters, name, error, [&] { return ParameterValue(value); });
}

laminar_status laminar_parameters_add_double(laminar_parameters* parameters, const char* name, double value,
                                             laminar_error** error) {
  return Add(parameters, name, error, [&] { return ParameterValue(value); });
}

laminar_status laminar_parameters_add_text(laminar_parameters* parameters, const char* name, const char* text,
                                           int64_t size, laminar_error** error) {
  return Add(parameters, name, error, [&] { return ParameterValue(Text(text, size, "text")); });
}

laminar_status laminar_parameters_add_bytes(laminar_parameters* parameters, const char* name, const void* bytes,
                                            size_t size, laminar_error** error) {
  return Add(parameters, name, error, [&] {
    return ParameterValue::Bytes(Text(static_cast<const char*>(bytes), static_cast<int64_t>(size), "bytes"));
  });
}

laminar_status laminar_parameters_add_decimal(laminar_parameters* parameters, const char* name, const char* digits,
                                              int scale, laminar_error** error) {
  return Add(parameters, name, error, [&] { return ParameterValue::Decimal(Text(digits, "digits"), scale); });
}

laminar_status laminar_parameters_add_timestamp(laminar_parameters* parameters, const char* name, int64_t micros,
                                                int utc, laminar_error** error) {
  return Add(parameters, name, error, [&] { return ParameterValue::Timestamp(micros, utc != 0); });
}

laminar_status laminar_parameters_add_date(laminar_parameters* parameters, const char* name, int32_t days,
                                           laminar_error** error) {
  return Add(parameters, name, error, [&] { return ParameterValue::Date(days); });
}

laminar_status laminar_parameters_add_time(laminar_parameters* parameters, const char* name, int64_t micros,
                                           laminar_error** error) {
  return Add(parameters, name, error, [&] { return ParameterValue::TimeOfDay(micros); });
}

laminar_status laminar_parameters_add_interval(laminar_parameters* parameters, const char* name, int32_t months,
                                               int32_t days, int64_t nanos, laminar_error** error) {
  return Add(parameters, name, error, [&] { return ParameterValue::Interval(months, days, nanos); });
}

laminar_status laminar_parameters_add_uuid(laminar_parameters* parameters, const char* name, const char* text,
                                           laminar_error** error) {
  return Add(parameters, name, error, [&] { return ParameterValue::Uuid(Text(text, "text")); });
}

laminar_status laminar_parameters_add_list(laminar_parameters* parameters, const char* name,
                                           const laminar_parameters* list, laminar_error** error) {
  return Add(parameters, name, error, [&] { return ParameterValue::List(Need(list, "list").values.positional); });
}
