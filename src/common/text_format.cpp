#include "common/text_format.h"

#include <charconv>
#include <cmath>

namespace laminar {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

char* Append(char* out, std::string_view text) {
  for (const char c : text) *out++ = c;
  return out;
}

template <typename T>
char* FormatShortest(char* out, T value) {
  if (std::isnan(value)) return Append(out, "NaN");
  if (std::isinf(value)) return Append(out, value < 0 ? "-Infinity" : "Infinity");
  const T magnitude = std::fabs(value);
  // to_chars alone would write 100000 as 1e+05, being shorter.
  const bool plain = magnitude == 0 || (magnitude >= T(1e-4) && magnitude < T(1e15));
  return std::to_chars(out, out + 64, value, plain ? std::chars_format::fixed : std::chars_format::scientific).ptr;
}

}  // namespace

char* FormatFloat(char* out, float value) { return FormatShortest(out, value); }
char* FormatFloat(char* out, double value) { return FormatShortest(out, value); }

char* FormatUuid(char* out, std::string_view bytes) {
  for (size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    const auto byte = static_cast<unsigned char>(i < bytes.size() ? bytes[i] : 0);
    *out++ = kHexDigits[byte >> 4];
    *out++ = kHexDigits[byte & 15];
  }
  return out;
}

std::string FormatBlob(std::string_view bytes) {
  std::string text = "\\x";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

}  // namespace laminar
