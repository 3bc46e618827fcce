// Values to text, as query results and CAST(… AS VARCHAR) show them. Dates and times: common/date_time.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace laminar {

/// Room that any of these, and those of date_time.h and decimal.h, needs at most.
constexpr int kFormattedSize = 96;

/// The shortest digits that read back as the same number, without an exponent from 1e-4 up to 1e15: 0.1, 100000, 1e+20,
/// NaN, Infinity, -Infinity. Return the end of what they wrote.
char* FormatFloat(char* out, float value);
char* FormatFloat(char* out, double value);

/// 16 bytes as 8-4-4-4-12 lower-case hexadecimal digits.
char* FormatUuid(char* out, std::string_view bytes);
/// \x and two lower-case hexadecimal digits a byte.
std::string FormatBlob(std::string_view bytes);

}  // namespace laminar
