// The civil calendar (proleptic Gregorian, no leap seconds), units of time, and the text forms of dates, times,
// timestamps and intervals. PostgreSQL's forms, read and written in UTC.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/interval.h"
#include "common/parsed.h"
#include "common/type.h"

namespace laminar {

constexpr int64_t kSecondsPerDay = 86'400;
constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kNanosPerDay = kSecondsPerDay * kNanosPerSecond;

/// Division towards minus infinity, the right one for instants before 1970. `b` is positive.
constexpr int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
constexpr int64_t FloorModulo(int64_t a, int64_t b) { return a % b + (a % b < 0 ? b : 0); }

struct CivilDate {
  int64_t year;  // astronomical: 0 is 1 BC
  int month;     // 1..12
  int day;       // 1..31
};

/// Days since 1970-01-01. Any day number is accepted, so that (2013, 3, 0) is the last of February; years to ±10^9.
int64_t DaysFromCivil(int64_t year, int month, int day);
CivilDate CivilFromDays(int64_t days);
int DaysInMonth(int64_t year, int month);
/// 1 Monday … 7 Sunday.
int IsoDayOfWeek(int64_t days);
/// ISO 8601 week, and the year it belongs to.
int IsoWeek(int64_t days, int64_t* iso_year);

/// From one unit to another, towards minus infinity. False when it does not fit.
bool ConvertUnits(int64_t value, TimeUnit from, TimeUnit to, int64_t* result);

/// The same day of another month, or its last day when it has fewer.
int64_t AddMonths(int64_t days, int64_t months);
/// Months first, then days, then time, as PostgreSQL adds them. False on overflow. Sub-unit parts are cut off.
bool AddInterval(int64_t timestamp, TimeUnit unit, const Interval& interval, int64_t* result);
/// The instant as days and time: '1 day 02:00:00', never months. False on overflow.
bool SubtractTimestamps(int64_t a, int64_t b, TimeUnit unit, Interval* result);
bool AddIntervals(const Interval& a, const Interval& b, Interval* result);
bool NegateInterval(const Interval& a, Interval* result);
/// Fractions of months and days spill into the smaller parts.
bool MultiplyInterval(const Interval& a, double factor, Interval* result);
/// -1, 0, 1 by length, with 30-day months and 24-hour days.
inline int CompareIntervals(const Interval& a, const Interval& b) {
  const int128_t x = a.Normalized();
  const int128_t y = b.Normalized();
  return x < y ? -1 : x > y ? 1 : 0;
}

/// YYYY-MM-DD [BC]
Parsed ParseDate(std::string_view text, int32_t* days);
/// HH:MM[:SS[.fraction]]; 24:00:00 is allowed. Digits finer than the unit round.
Parsed ParseTime(std::string_view text, TimeUnit unit, int64_t* value);
/// Date, then optionally a space or T, a time and an offset (Z, UTC, +hh, +hh:mm, +hhmm). An offset moves the instant
/// to UTC, also where the type has no zone: losing it silently, as PostgreSQL does, would be worse (DuckDB does as we
/// do).
Parsed ParseTimestamp(std::string_view text, TimeUnit unit, int64_t* value);
/// '1 day 02:03:04', '1 minute 5 seconds', '-1.5 hours', '2 weeks ago', 'P1Y2M3DT4H5M6.7S', '90' (seconds).
Parsed ParseInterval(std::string_view text, Interval* value);

// Writers need room for 64 bytes and return the end of what they wrote.
char* FormatDate(char* out, int64_t days);
char* FormatTime(char* out, int64_t value, TimeUnit unit);
/// With zone: the offset "+00" at the end.
char* FormatTimestamp(char* out, int64_t value, TimeUnit unit, bool with_zone);
/// '1 year 2 mons 3 days 04:05:06.789'; room for 96 bytes.
char* FormatInterval(char* out, const Interval& interval);

}  // namespace laminar
