#include "common/date_time.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace laminar {
namespace {

bool FitsInt64(int128_t value) {
  return value >= std::numeric_limits<int64_t>::min() && value <= std::numeric_limits<int64_t>::max();
}

bool IsLeapYear(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

}  // namespace

// Both conversions count in 400-year eras of years that begin in March, so that the leap day is a year's last.
// (Hinnant, "chrono-Compatible Low-Level Date Algorithms".)
int64_t DaysFromCivil(int64_t year, int month, int day) {
  const int64_t y = month <= 2 ? year - 1 : year;
  const int64_t era = FloorDivide(y, 400);
  const int64_t year_of_era = y - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

CivilDate CivilFromDays(int64_t days) {
  const int64_t z = days + 719'468;
  const int64_t era = FloorDivide(z, 146'097);
  const int64_t day_of_era = z - era * 146'097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  const int month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

int DaysInMonth(int64_t year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeapYear(year) ? 29 : kDays[month - 1];
}

int IsoDayOfWeek(int64_t days) { return static_cast<int>(FloorModulo(days + 3, 7)) + 1; }

int IsoWeek(int64_t days, int64_t* iso_year) {
  // A week belongs to the year of its Thursday.
  const int64_t thursday = days - IsoDayOfWeek(days) + 4;
  *iso_year = CivilFromDays(thursday).year;
  return static_cast<int>((thursday - DaysFromCivil(*iso_year, 1, 1)) / 7) + 1;
}

bool ConvertUnits(int64_t value, TimeUnit from, TimeUnit to, int64_t* result) {
  const int64_t from_units = UnitsPerSecond(from);
  const int64_t to_units = UnitsPerSecond(to);
  if (to_units >= from_units) return !__builtin_mul_overflow(value, to_units / from_units, result);
  *result = FloorDivide(value, from_units / to_units);
  return true;
}

int64_t AddMonths(int64_t days, int64_t months) {
  const CivilDate date = CivilFromDays(days);
  const int64_t month_index = date.year * 12 + (date.month - 1) + months;
  const int64_t year = FloorDivide(month_index, 12);
  const int month = static_cast<int>(FloorModulo(month_index, 12)) + 1;
  return DaysFromCivil(year, month, std::min(date.day, DaysInMonth(year, month)));
}

bool AddInterval(int64_t timestamp, TimeUnit unit, const Interval& interval, int64_t* result) {
  const int64_t units = UnitsPerSecond(unit);
  const int64_t units_per_day = units * kSecondsPerDay;
  int128_t moved = timestamp;
  if (interval.months != 0) {
    const int64_t days = FloorDivide(timestamp, units_per_day);
    moved += static_cast<int128_t>(AddMonths(days, interval.months) - days) * units_per_day;
  }
  moved += static_cast<int128_t>(interval.days) * units_per_day;
  moved += FloorDivide(interval.nanos, kNanosPerSecond / units);
  if (!FitsInt64(moved)) return false;
  *result = static_cast<int64_t>(moved);
  return true;
}

bool SubtractTimestamps(int64_t a, int64_t b, TimeUnit unit, Interval* result) {
  const int64_t units = UnitsPerSecond(unit);
  const int128_t difference = static_cast<int128_t>(a) - b;
  const int128_t days = difference / (units * kSecondsPerDay);
  if (days < std::numeric_limits<int32_t>::min() || days > std::numeric_limits<int32_t>::max()) return false;
  const int128_t rest = difference % (units * kSecondsPerDay);
  *result = {0, static_cast<int32_t>(days), static_cast<int64_t>(rest) * (kNanosPerSecond / units)};
  return true;
}

bool AddIntervals(const Interval& a, const Interval& b, Interval* result) {
  return !__builtin_add_overflow(a.months, b.months, &result->months) &&
         !__builtin_add_overflow(a.days, b.days, &result->days) &&
         !__builtin_add_overflow(a.nanos, b.nanos, &result->nanos);
}

bool NegateInterval(const Interval& a, Interval* result) {
  return !__builtin_sub_overflow(0, a.months, &result->months) && !__builtin_sub_overflow(0, a.days, &result->days) &&
         !__builtin_sub_overflow(int64_t{0}, a.nanos, &result->nanos);
}

bool MultiplyInterval(const Interval& a, double factor, Interval* result) {
  const double months = a.months * factor;
  const double whole_months = std::trunc(months);
  const double days = a.days * factor + (months - whole_months) * 30;
  const double whole_days = std::trunc(days);
  // Time is rounded to microseconds, below which a factor in binary has nothing exact to say.
  const long double nanos = static_cast<long double>(a.nanos) * static_cast<long double>(factor) +
                            std::round(static_cast<long double>(days - whole_days) * kSecondsPerDay * 1e6L) * 1e3L;
  constexpr double kMaxInt32 = std::numeric_limits<int32_t>::max();
  if (!(std::fabs(whole_months) <= kMaxInt32) || !(std::fabs(whole_days) <= kMaxInt32) ||
      !(std::fabs(nanos) < 0x1p63L)) {
    return false;
  }
  *result = {static_cast<int32_t>(whole_months), static_cast<int32_t>(whole_days),
             static_cast<int64_t>(std::round(nanos))};
  return true;
}

}  // namespace laminar
