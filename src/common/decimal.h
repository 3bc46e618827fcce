// Arithmetic of DECIMAL(p,s): unscaled 128-bit integers, exact, rounding half away from zero as PostgreSQL does.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/int128.h"
#include "common/parsed.h"

namespace laminar {

constexpr int kMaxDecimalPrecision = 38;

/// 10^exponent, for 0 <= exponent <= 38.
int128_t PowerOfTen(int exponent);

/// At most `precision` digits.
inline bool FitsPrecision(int128_t unscaled, int precision) {
  const int128_t bound = PowerOfTen(precision);
  return unscaled < bound && unscaled > -bound;
}

/// Moves the point: from 10^-from to 10^-to, rounding when digits go. False when the result does not fit `precision`.
bool RescaleDecimal(int128_t value, int from_scale, int to_scale, int precision, int128_t* result);

/// The product of two unscaled values; false when it has more than 38 digits.
bool MultiplyDecimal(int128_t a, int128_t b, int128_t* result);

double DecimalToDouble(int128_t unscaled, int scale);
/// Rounds to the scale. False for NaN, infinities and what does not fit.
bool DecimalFromDouble(double value, int precision, int scale, int128_t* result);

/// [+-] digits [. digits] [e [+-] digits], rounded to the scale.
Parsed ParseDecimal(std::string_view text, int precision, int scale, int128_t* result);

/// Writes "-1.50" (always `scale` digits after the point; no point when it is 0); room for 42 bytes. Returns the end.
char* FormatDecimal(char* out, int128_t unscaled, int scale);

}  // namespace laminar
