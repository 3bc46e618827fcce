#include "common/utf8.h"

namespace laminar {

size_t CodePointSize(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t size = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 1;
  if (size > text.size()) return 1;
  for (size_t i = 1; i < size; ++i) {
    if (!IsContinuation(text[i])) return 1;
  }
  return size;
}

int64_t CountCodePoints(std::string_view text) {
  // Of well-formed text it is the bytes that continue nothing; anything else is walked.
  int64_t starts = 0;
  bool ascii = true;
  for (const char c : text) {
    starts += IsContinuation(c) ? 0 : 1;
    ascii &= static_cast<signed char>(c) >= 0;
  }
  if (ascii) return starts;
  int64_t count = 0;
  for (size_t i = 0; i < text.size(); i += CodePointSize(text.substr(i))) ++count;
  return count;
}

std::string Shortened(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  while (bytes > 0 && IsContinuation(text[bytes])) --bytes;
  return std::string(text.substr(0, bytes)) + "…";
}

size_t OffsetOfCodePoint(std::string_view text, int64_t n) {
  size_t offset = 0;
  for (int64_t i = 0; i < n && offset < text.size(); ++i) offset += CodePointSize(text.substr(offset));
  return offset;
}

char32_t DecodeCodePoint(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
  switch (CodePointSize(text)) {
    case 2:
      return (byte(0) & 0x1f) << 6 | (byte(1) & 0x3f);
    case 3:
      return (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    case 4:
      return (byte(0) & 0x07) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f);
    default:
      return byte(0);
  }
}

bool AppendCodePoint(char32_t c, std::string* text) {
  const auto push = [text](char32_t byte) { text->push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    push(c);
  } else if (c < 0x800) {
    push(0xc0 | c >> 6);
    push(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    if (c >= 0xd800 && c < 0xe000) return false;
    push(0xe0 | c >> 12);
    push(0x80 | (c >> 6 & 0x3f));
    push(0x80 | (c & 0x3f));
  } else if (c < 0x110000) {
    push(0xf0 | c >> 18);
    push(0x80 | (c >> 12 & 0x3f));
    push(0x80 | (c >> 6 & 0x3f));
    push(0x80 | (c & 0x3f));
  } else {
    return false;
  }
  return true;
}

namespace {

// Blocks where the capital and the small letter are neighbours, the capital even (or odd, in the second).
bool PairedEven(char32_t c) {
  return (c >= 0x100 && c <= 0x137 && c != 0x130 && c != 0x131) || (c >= 0x14a && c <= 0x177) ||
         (c >= 0x200 && c <= 0x21f) || (c >= 0x222 && c <= 0x233) || (c >= 0x3d8 && c <= 0x3ef) ||
         (c >= 0x460 && c <= 0x481) || (c >= 0x48a && c <= 0x4bf) || (c >= 0x4d0 && c <= 0x52f) ||
         (c >= 0x1e00 && c <= 0x1e95) || (c >= 0x1ea0 && c <= 0x1eff);
}
bool PairedOdd(char32_t c) {
  return (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e) || (c >= 0x1cd && c <= 0x1dc) ||
         (c >= 0x4c1 && c <= 0x4ce);
}

}  // namespace

char32_t UpperCodePoint(char32_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 32 : c;
  if ((c >= 0xe0 && c <= 0xfe && c != 0xf7) || (c >= 0x3b1 && c <= 0x3cb && c != 0x3c2) || (c >= 0x430 && c <= 0x44f))
    return c - 32;
  if (c == 0xff) return 0x178;
  if (c == 0x3ac) return 0x386;
  if (c >= 0x3ad && c <= 0x3af) return c - 37;
  if (c == 0x3c2) return 0x3a3;
  if (c == 0x3cc) return 0x38c;
  if (c == 0x3cd || c == 0x3ce) return c - 63;
  if (c >= 0x450 && c <= 0x45f) return c - 80;
  if (c >= 0x561 && c <= 0x586) return c - 48;
  if (PairedEven(c)) return c & ~char32_t{1};
  if (PairedOdd(c)) return (c & 1) == 0 ? c - 1 : c;
  return c;
}

char32_t LowerCodePoint(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3ab && c != 0x3a2) || (c >= 0x410 && c <= 0x42f))
    return c + 32;
  if (c == 0x178) return 0xff;
  if (c == 0x386) return 0x3ac;
  if (c >= 0x388 && c <= 0x38a) return c + 37;
  if (c == 0x38c) return 0x3cc;
  if (c == 0x38e || c == 0x38f) return c + 63;
  if (c >= 0x400 && c <= 0x40f) return c + 80;
  if (c >= 0x531 && c <= 0x556) return c + 48;
  if (PairedEven(c)) return c | 1;
  if (PairedOdd(c)) return (c & 1) != 0 ? c + 1 : c;
  return c;
}

bool IsLetterOrDigit(char32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return c >= 0xc0 && c != 0xd7 && c != 0xf7 && !(c >= 0x2000 && c <= 0x206f);
}

}  // namespace laminar
