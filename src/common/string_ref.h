// A 16-byte reference to immutable bytes: short strings live in the reference itself, long ones keep a 4-byte prefix
// beside the pointer, so that most comparisons touch no other memory. (Neumann & Freitag, "Umbra", CIDR 2020, §3.1.)
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace laminar {

/// Invariants: for size <= 12 the bytes after the string are zero, so that two short ones are equal exactly when their
/// 16 bytes are; for longer ones `prefix()` repeats the first 4 bytes. The pointed-to bytes are not owned.
class StringRef {
 public:
  static constexpr uint32_t kInlineSize = 12;

  StringRef() : words_{0, 0} {}
  StringRef(const char* data, uint32_t size) {
    words_[0] = words_[1] = 0;
    std::memcpy(bytes(), &size, 4);
    if (size <= kInlineSize) {
      if (size != 0) std::memcpy(bytes() + 4, data, size);
    } else {
      std::memcpy(bytes() + 4, data, 4);
      std::memcpy(bytes() + 8, &data, 8);
    }
  }
  explicit StringRef(std::string_view text) : StringRef(text.data(), static_cast<uint32_t>(text.size())) {}

  uint32_t size() const { return static_cast<uint32_t>(words_[0]); }
  bool is_inline() const { return size() <= kInlineSize; }
  const char* data() const { return is_inline() ? bytes() + 4 : reinterpret_cast<const char*>(words_[1]); }
  std::string_view view() const { return {data(), size()}; }
  std::string ToString() const { return std::string(view()); }
  /// Size and first four bytes: unequal words mean unequal strings.
  uint64_t head() const { return words_[0]; }
  uint64_t tail() const { return words_[1]; }

  friend bool operator==(const StringRef& a, const StringRef& b) {
    if (a.words_[0] != b.words_[0]) return false;
    if (a.words_[1] == b.words_[1]) return true;
    return !a.is_inline() && std::memcmp(a.data(), b.data(), a.size()) == 0;
  }
  /// Byte order, which for UTF-8 is code point order.
  friend int Compare(const StringRef& a, const StringRef& b) {
    const int order = std::memcmp(a.data(), b.data(), std::min(a.size(), b.size()));
    return order != 0 ? order : (a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0);
  }
  friend bool operator<(const StringRef& a, const StringRef& b) { return Compare(a, b) < 0; }

 private:
  char* bytes() { return reinterpret_cast<char*>(words_); }
  const char* bytes() const { return reinterpret_cast<const char*>(words_); }

  uint64_t words_[2];  // little endian: size, prefix | rest or pointer
};
static_assert(sizeof(StringRef) == 16);

}  // namespace laminar
