// UTF-8 text in code points. Bytes that are no UTF-8 count one code point each and are passed through as they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace laminar {

/// A byte that continues a code point.
inline bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// Bytes of the code point that begins at `text[0]`; at least 1 and at most text.size().
size_t CodePointSize(std::string_view text);
int64_t CountCodePoints(std::string_view text);
/// Where the n-th code point (from 0) begins; text.size() when there are not so many.
size_t OffsetOfCodePoint(std::string_view text, int64_t n);

/// A text for a message: as it is, or its first bytes, at most so many and no part of a code point, and an ellipsis.
std::string Shortened(std::string_view text, size_t bytes);

/// The first code point; a stray byte is its own value.
char32_t DecodeCodePoint(std::string_view text);
/// False for what is no Unicode scalar value.
bool AppendCodePoint(char32_t code_point, std::string* text);

/// Simple case mapping, one code point to one, of the Latin, Greek, Cyrillic and Armenian alphabets.
char32_t UpperCodePoint(char32_t c);
char32_t LowerCodePoint(char32_t c);
bool IsLetterOrDigit(char32_t c);

}  // namespace laminar
