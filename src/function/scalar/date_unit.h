// Names of date and time units, as date_trunc and date_part take them.
#pragma once

#include <cstdint>
#include <string_view>

namespace laminar {

enum class DateUnit : uint8_t {
  kMillennium,
  kCentury,
  kDecade,
  kYear,
  kQuarter,
  kMonth,
  kWeek,
  kDay,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kMicrosecond,
  kNanosecond,
  // What only date_part knows:
  kDayOfWeek,     // 0 Sunday … 6
  kIsoDayOfWeek,  // 1 Monday … 7
  kDayOfYear,
  kIsoYear,
  kEpoch,
  kTimezone,
};

/// Singular or plural, in any case. Throws Error with the nearest names.
DateUnit ParseDateUnit(std::string_view name);

}  // namespace laminar
