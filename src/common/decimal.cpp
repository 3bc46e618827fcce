#include "common/decimal.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace laminar {
namespace {

constexpr std::array<int128_t, 39> kPowers = [] {
  std::array<int128_t, 39> powers{};
  powers[0] = 1;
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

// value / divisor, half away from zero.
int128_t DivideRounded(int128_t value, int128_t divisor) {
  const int128_t quotient = value / divisor;
  const int128_t remainder = value % divisor;
  const int128_t magnitude = remainder < 0 ? -remainder : remainder;
  if (magnitude < divisor - magnitude) return quotient;
  return value < 0 ? quotient - 1 : quotient + 1;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

int128_t PowerOfTen(int exponent) { return kPowers[static_cast<size_t>(exponent)]; }

bool RescaleDecimal(int128_t value, int from_scale, int to_scale, int precision, int128_t* result) {
  if (to_scale >= from_scale) {
    if (__builtin_mul_overflow(value, PowerOfTen(to_scale - from_scale), result)) return false;
  } else {
    *result = DivideRounded(value, PowerOfTen(from_scale - to_scale));
  }
  return FitsPrecision(*result, precision);
}

bool MultiplyDecimal(int128_t a, int128_t b, int128_t* result) {
  return !__builtin_mul_overflow(a, b, result) && FitsPrecision(*result, kMaxDecimalPrecision);
}

double DecimalToDouble(int128_t unscaled, int scale) {
  // Both are exact up to 2^53 and 10^22, and then one division rounds correctly; beyond that, long double keeps the
  // error below one unit in the last place.
  if (scale <= 22 && unscaled < (int128_t{1} << 53) && unscaled > -(int128_t{1} << 53)) {
    return static_cast<double>(unscaled) / static_cast<double>(PowerOfTen(scale));
  }
  return static_cast<double>(static_cast<long double>(unscaled) / static_cast<long double>(PowerOfTen(scale)));
}

bool DecimalFromDouble(double value, int precision, int scale, int128_t* result) {
  if (!std::isfinite(value)) return false;
  const long double scaled = std::round(static_cast<long double>(value) * static_cast<long double>(PowerOfTen(scale)));
  if (!(std::fabs(scaled) < static_cast<long double>(PowerOfTen(precision)))) return false;
  *result = static_cast<int128_t>(scaled);
  return FitsPrecision(*result, precision);
}

Parsed ParseDecimal(std::string_view text, int precision, int scale, int128_t* result) {
  const char* p = text.data();
  const char* const end = p + text.size();
  bool negative = false;
  if (p != end && (*p == '+' || *p == '-')) negative = *p++ == '-';

  const char* const digits = p;
  while (p != end && IsDigit(*p)) ++p;
  const char* const whole_end = p;
  const char* fraction = p;
  if (p != end && *p == '.') {
    fraction = ++p;
    while (p != end && IsDigit(*p)) ++p;
  }
  const char* const fraction_end = p;
  if (whole_end == digits && fraction_end == fraction) return Parsed::kInvalid;

  int64_t exponent = 0;
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    bool minus = false;
    if (p != end && (*p == '+' || *p == '-')) minus = *p++ == '-';
    if (p == end) return Parsed::kInvalid;
    for (; p != end && IsDigit(*p); ++p) {
      if (exponent < 100'000) exponent = exponent * 10 + (*p - '0');
    }
    if (minus) exponent = -exponent;
  }
  if (p != end) return Parsed::kInvalid;

  // The value is the digits, point removed, times ten to `shift`; `keep` of them count, the next one rounds.
  const int64_t whole_digits = whole_end - digits;
  const int64_t all_digits = whole_digits + (fraction_end - fraction);
  const auto digit = [&](int64_t i) { return i < whole_digits ? digits[i] - '0' : fraction[i - whole_digits] - '0'; };
  const int64_t keep = whole_digits + exponent + scale;
  int128_t value = 0;
  const int128_t full = PowerOfTen(kMaxDecimalPrecision - 1);  // no room for another digit
  for (int64_t i = 0; i < std::min(keep, all_digits); ++i) {
    if (value >= full) return Parsed::kOutOfRange;
    value = value * 10 + digit(i);
  }
  if (value != 0) {
    for (int64_t i = all_digits; i < keep; ++i) {
      if (value >= full) return Parsed::kOutOfRange;
      value *= 10;
    }
  }
  if (keep >= 0 && keep < all_digits && digit(keep) >= 5) ++value;
  if (!FitsPrecision(value, precision)) return Parsed::kOutOfRange;
  *result = negative ? -value : value;
  return Parsed::kOk;
}

char* FormatDecimal(char* out, int128_t unscaled, int scale) {
  char reversed[48];
  int count = 0;
  uint128_t magnitude = unscaled < 0 ? -static_cast<uint128_t>(unscaled) : static_cast<uint128_t>(unscaled);
  do {
    reversed[count++] = static_cast<char>('0' + static_cast<int>(magnitude % 10));
    magnitude /= 10;
  } while (magnitude != 0);
  while (count <= scale) reversed[count++] = '0';
  if (unscaled < 0) *out++ = '-';
  while (count > 0) {
    if (count == scale) *out++ = '.';
    *out++ = reversed[--count];
  }
  return out;
}

}  // namespace laminar
