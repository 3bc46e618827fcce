// What Python's scalars say, in the units of the engine. The GIL is held.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace laminar::python {

namespace nb = nanobind;

/// To be called before the functions below that take points in time and durations.
void ImportDateTime();

/// Whether the class of `value` is `module`.`name` or derived from it, without importing the module.
bool IsInstanceOf(nb::handle value, const char* module, const char* name);
/// The name of the class without its module.
std::string_view ClassName(nb::handle value);

/// Days since the epoch of a datetime.date.
int32_t DaysOf(nb::handle date);
/// Microseconds since midnight of a datetime.time.
int64_t MicrosOfTime(nb::handle time);

/// Microseconds since the epoch of a datetime.datetime; `utc`: it had a zone.
struct Instant {
  int64_t micros = 0;
  bool utc = false;
};
Instant InstantOf(nb::handle datetime);
/// pandas.Timestamp counts nanoseconds beside the fields of datetime: those, 0 for any other.
int NanosBeside(nb::handle datetime);

/// A datetime.timedelta, pandas' nanoseconds included.
struct Duration {
  int32_t days = 0;
  int64_t nanos = 0;
};
Duration DurationOf(nb::handle delta);

/// A decimal.Decimal: unscaled digits with their sign, or what is no number. Past any DECIMAL: `too_long`.
struct DecimalParts {
  std::string digits;
  int scale = 0;
  bool special = false;
  double value = 0;  // when special: NaN or an infinity
  bool too_long = false;
};
DecimalParts DecimalOf(nb::handle decimal);

}  // namespace laminar::python
