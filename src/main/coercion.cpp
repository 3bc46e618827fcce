#include "main/coercion.h"

#include <charconv>

#include "common/text_cast.h"
#include "common/text_format.h"

namespace laminar {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Digits after the point that a number needs; `text` is of the form ParseDecimal accepts.
int64_t NeededScale(std::string_view text) {
  int64_t fraction = 0;
  int64_t trailing_zeros = 0;
  bool after_point = false;
  bool zero = true;
  size_t i = 0;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') after_point = true;
    if (!IsDigit(text[i])) continue;
    if (after_point) ++fraction;
    trailing_zeros = text[i] == '0' ? trailing_zeros + 1 : 0;
    if (text[i] != '0') zero = false;
  }
  if (zero) return 0;
  int64_t exponent = 0;
  if (i < text.size()) {
    std::string_view digits = text.substr(i + 1);
    if (!digits.empty() && digits[0] == '+') digits.remove_prefix(1);
    std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  }
  return fraction - trailing_zeros - exponent;
}

/// Digits of the seconds' fraction without trailing zeros: times and timestamps have no other point.
int FractionDigits(std::string_view text) {
  const size_t point = text.find('.');
  if (point == std::string_view::npos) return 0;
  int digits = 0;
  for (size_t i = point + 1; i < text.size() && IsDigit(text[i]); ++i) {
    if (text[i] != '0') digits = static_cast<int>(i - point);
  }
  return digits;
}

Refusal Exact(Parsed parsed, std::string_view text, TimeUnit unit) {
  if (parsed != Parsed::kOk) return RefusalOf(parsed);
  return FractionDigits(text) > 3 * static_cast<int>(unit) ? Refusal::kLossy : Refusal::kNone;
}

template <typename T>
Refusal FloatToDecimal(T value, const DataType& to, int128_t* out) {
  if (!std::isfinite(value)) return Refusal::kWrongType;
  char digits[kFormattedSize];
  const char* const end = FormatFloat(digits, value);
  return CoerceTextToDecimal({digits, static_cast<size_t>(end - digits)}, to, out);
}

}  // namespace

Refusal RefusalOf(Parsed parsed) {
  switch (parsed) {
    case Parsed::kOk:
      return Refusal::kNone;
    case Parsed::kInvalid:
      return Refusal::kWrongType;
    case Parsed::kOutOfRange:
      return Refusal::kOutOfRange;
  }
  return Refusal::kWrongType;
}

Refusal CoerceTextToDecimal(std::string_view text, const DataType& to, int128_t* out) {
  text = TrimBlanks(text);
  int128_t value;
  const Parsed parsed = ParseDecimal(text, to.precision(), to.scale(), &value);
  if (parsed == Parsed::kInvalid) return Refusal::kWrongType;
  if (parsed == Parsed::kOutOfRange) return Refusal::kOutOfRange;
  if (NeededScale(text) > to.scale()) return Refusal::kLossy;
  *out = value;
  return Refusal::kNone;
}

Refusal CoerceTextToDate(std::string_view text, int32_t* out) { return RefusalOf(ParseDate(text, out)); }

Refusal CoerceTextToTime(std::string_view text, TimeUnit unit, int64_t* out) {
  return Exact(ParseTime(text, unit, out), text, unit);
}

Refusal CoerceTextToTimestamp(std::string_view text, TimeUnit unit, int64_t* out) {
  return Exact(ParseTimestamp(text, unit, out), text, unit);
}

Refusal CoerceTextToInterval(std::string_view text, Interval* out) { return RefusalOf(ParseInterval(text, out)); }

Refusal CoerceTextToUuid(std::string_view text, char* bytes) { return RefusalOf(ParseUuid(text, bytes)); }

Refusal CoerceFloatToDecimal(double value, const DataType& to, int128_t* out) { return FloatToDecimal(value, to, out); }
Refusal CoerceFloatToDecimal(float value, const DataType& to, int128_t* out) { return FloatToDecimal(value, to, out); }

}  // namespace laminar
