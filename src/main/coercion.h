// Values of one type into columns of another: integers widen, integers become floats, units of time change, and nothing
// is lost on the way. Shared by every way rows come in; inline, because the loops over Arrow columns are made of these.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include "common/date_time.h"
#include "common/decimal.h"
#include "common/int128.h"
#include "common/interval.h"
#include "common/type.h"
#include "main/refusal.h"

namespace laminar {

// Each writes `*out` only when it returns kNone.

template <typename To, typename From>
Refusal CoerceInteger(From value, To* out) {
  static_assert(std::is_integral_v<To> && std::is_integral_v<From>);
  if (!std::in_range<To>(value)) return Refusal::kOutOfRange;
  *out = static_cast<To>(value);
  return Refusal::kNone;
}

template <typename To>
Refusal CoerceInteger(int128_t value, To* out) {
  if (value < static_cast<int128_t>(std::numeric_limits<To>::min()) ||
      value > static_cast<int128_t>(std::numeric_limits<To>::max())) {
    return Refusal::kOutOfRange;
  }
  *out = static_cast<To>(value);
  return Refusal::kNone;
}

/// Exact or not at all.
template <typename To, typename From>
Refusal CoerceIntegerToFloat(From value, To* out) {
  static_assert(std::is_floating_point_v<To> && std::is_integral_v<From>);
  const To result = static_cast<To>(value);
  // One past the largest integer: the way back from there is undefined.
  const To end = std::ldexp(To{1}, std::numeric_limits<From>::digits);
  if (result == end || static_cast<From>(result) != value) return Refusal::kLossy;
  *out = result;
  return Refusal::kNone;
}

/// Whole numbers only: what a column of integers with gaps is turned into by tools that mark gaps with NaN.
template <typename To, typename From>
Refusal CoerceFloatToInteger(From value, To* out) {
  static_assert(std::is_integral_v<To> && std::is_floating_point_v<From>);
  if (std::isnan(value)) return Refusal::kWrongType;
  const From end = std::ldexp(From{1}, std::numeric_limits<To>::digits);
  if (value >= end || value < (std::is_signed_v<To> ? -end : From{0})) return Refusal::kOutOfRange;
  if (std::trunc(value) != value) return Refusal::kLossy;
  *out = static_cast<To>(value);
  return Refusal::kNone;
}

/// A column declared REAL takes DOUBLEs at its own precision.
template <typename To, typename From>
Refusal CoerceFloat(From value, To* out) {
  const To result = static_cast<To>(value);
  if (std::isinf(result) && !std::isinf(value)) return Refusal::kOutOfRange;
  *out = result;
  return Refusal::kNone;
}

inline Refusal CoerceDecimal(int128_t value, int from_scale, const DataType& to, int128_t* out) {
  if (from_scale > to.scale()) {
    const int128_t divisor = PowerOfTen(from_scale - to.scale());
    if (value % divisor != 0) return Refusal::kLossy;
    value /= divisor;
    if (!FitsPrecision(value, to.precision())) return Refusal::kOutOfRange;
    *out = value;
    return Refusal::kNone;
  }
  return RescaleDecimal(value, from_scale, to.scale(), to.precision(), out) ? Refusal::kNone : Refusal::kOutOfRange;
}

template <typename To>
Refusal CoerceDecimalToInteger(int128_t value, int scale, To* out) {
  const int128_t divisor = PowerOfTen(scale);
  if (value % divisor != 0) return Refusal::kLossy;
  return CoerceInteger(value / divisor, out);
}

/// When the float, written with as many digits after the point, is the decimal again.
template <typename To>
Refusal CoerceDecimalToFloat(int128_t value, int scale, To* out) {
  const To result = static_cast<To>(DecimalToDouble(value, scale));
  int128_t again;
  if (!DecimalFromDouble(static_cast<double>(result), kMaxDecimalPrecision, scale, &again) || again != value) {
    return Refusal::kLossy;
  }
  *out = result;
  return Refusal::kNone;
}

/// From one number of units per second to another.
inline Refusal CoerceUnits(int64_t value, int64_t from_per_second, int64_t to_per_second, int64_t* out) {
  if (from_per_second > to_per_second) {
    const int64_t divisor = from_per_second / to_per_second;
    if (value % divisor != 0) return Refusal::kLossy;
    *out = value / divisor;
    return Refusal::kNone;
  }
  return __builtin_mul_overflow(value, to_per_second / from_per_second, out) ? Refusal::kOutOfRange : Refusal::kNone;
}

inline Refusal CoerceDateToTimestamp(int64_t days, TimeUnit unit, int64_t* out) {
  return __builtin_mul_overflow(days, kSecondsPerDay * UnitsPerSecond(unit), out) ? Refusal::kOutOfRange
                                                                                  : Refusal::kNone;
}

/// Midnights only.
inline Refusal CoerceTimestampToDate(int64_t value, int64_t per_second, int32_t* out) {
  const int64_t per_day = kSecondsPerDay * per_second;
  if (value % per_day != 0) return Refusal::kLossy;
  return CoerceInteger(value / per_day, out);
}

inline Refusal CoerceUnitsToInterval(int64_t value, int64_t per_second, Interval* out) {
  int64_t nanos;
  if (__builtin_mul_overflow(value, kNanosPerSecond / per_second, &nanos)) return Refusal::kOutOfRange;
  *out = {0, 0, nanos};
  return Refusal::kNone;
}

// Text in the forms of CAST, except that digits finer than the column's are refused, where CAST rounds.
Refusal CoerceTextToDecimal(std::string_view text, const DataType& to, int128_t* out);
Refusal CoerceTextToDate(std::string_view text, int32_t* out);
Refusal CoerceTextToTime(std::string_view text, TimeUnit unit, int64_t* out);
Refusal CoerceTextToTimestamp(std::string_view text, TimeUnit unit, int64_t* out);
Refusal CoerceTextToInterval(std::string_view text, Interval* out);
Refusal CoerceTextToUuid(std::string_view text, char* bytes);
/// By its shortest decimal digits: 19.99 fits DECIMAL(10,2), 19.999 does not.
Refusal CoerceFloatToDecimal(double value, const DataType& to, int128_t* out);
Refusal CoerceFloatToDecimal(float value, const DataType& to, int128_t* out);

Refusal RefusalOf(Parsed parsed);

}  // namespace laminar
