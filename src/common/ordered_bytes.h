// Values as bytes that sort, byte by byte, as SQL sorts the values; the bytes of none are the beginning of another's,
// so that several may stand behind one another. What sort keys and nested values are made of.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/hash.h"
#include "common/int128.h"
#include "common/interval.h"
#include "common/string_ref.h"

namespace laminar {

template <typename U>
void AppendBigEndian(U bits, std::string* out) {
  for (int shift = static_cast<int>(sizeof(U)) * 8 - 8; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(bits >> shift & 0xff));
  }
}

/// Text: a zero byte becomes 00 FF, and 00 00 is the end.
inline void AppendOrderedText(std::string_view text, std::string* out) {
  for (size_t begin = 0;;) {
    const size_t zero = text.find('\0', begin);
    if (zero == std::string_view::npos) {
      out->append(text.substr(begin));
      break;
    }
    out->append(text.substr(begin, zero - begin + 1));
    out->push_back('\xff');
    begin = zero + 1;
  }
  out->append(2, '\0');
}

/// In the order of CompareCells. -0.0 becomes 0.0, every NaN the same: equal values have equal bytes. An interval keeps
/// its three parts, behind what it compares by.
template <typename T>
void AppendOrdered(const T& value, std::string* out) {
  if constexpr (std::is_same_v<T, StringRef>) {
    AppendOrderedText(value.view(), out);
  } else if constexpr (std::is_same_v<T, Interval>) {
    AppendOrdered(value.Normalized(), out);
    AppendOrdered(value.months, out);
    AppendOrdered(value.days, out);
  } else if constexpr (std::is_same_v<T, float>) {
    AppendOrdered(static_cast<double>(value), out);
  } else if constexpr (std::is_same_v<T, double>) {
    const uint64_t bits = std::bit_cast<uint64_t>(Canonical(value));
    constexpr uint64_t kSign = uint64_t{1} << 63;
    AppendBigEndian(bits & kSign ? ~bits : bits | kSign, out);
  } else if constexpr (std::is_same_v<T, int128_t>) {
    AppendBigEndian(static_cast<uint128_t>(value) ^ (static_cast<uint128_t>(1) << 127), out);
  } else {
    using U = std::make_unsigned_t<T>;
    constexpr U kSign = std::is_signed_v<T> ? static_cast<U>(U{1} << (sizeof(U) * 8 - 1)) : U{0};
    AppendBigEndian(static_cast<U>(static_cast<U>(value) ^ kSign), out);
  }
}

/// Reads back what AppendOrdered wrote, value by value. The bytes are trusted.
class OrderedReader {
 public:
  explicit OrderedReader(std::string_view bytes) : at_(bytes.data()) {}

  const char* position() const { return at_; }
  char Peek() const { return *at_; }
  void Skip(size_t bytes) { at_ += bytes; }

  template <typename U>
  U TakeBigEndian() {
    U bits = 0;
    for (size_t i = 0; i < sizeof(U); ++i) bits = static_cast<U>(bits << 8 | static_cast<unsigned char>(at_[i]));
    at_ += sizeof(U);
    return bits;
  }

  template <typename T>
  T Take() {
    if constexpr (std::is_same_v<T, Interval>) {
      const auto normalized = Take<int128_t>();
      Interval value;
      value.months = Take<int32_t>();
      value.days = Take<int32_t>();
      value.nanos = static_cast<int64_t>(normalized - Interval{value.months, value.days, 0}.Normalized());
      return value;
    } else if constexpr (std::is_same_v<T, float>) {
      return static_cast<float>(Take<double>());
    } else if constexpr (std::is_same_v<T, double>) {
      constexpr uint64_t kSign = uint64_t{1} << 63;
      const auto bits = TakeBigEndian<uint64_t>();
      return std::bit_cast<double>(bits & kSign ? bits & ~kSign : ~bits);
    } else if constexpr (std::is_same_v<T, int128_t>) {
      return static_cast<int128_t>(TakeBigEndian<uint128_t>() ^ (static_cast<uint128_t>(1) << 127));
    } else {
      using U = std::make_unsigned_t<T>;
      constexpr U kSign = std::is_signed_v<T> ? static_cast<U>(U{1} << (sizeof(U) * 8 - 1)) : U{0};
      return static_cast<T>(TakeBigEndian<U>() ^ kSign);
    }
  }

  /// A view into the bytes read, or, if the text has zero bytes, into `scratch`.
  std::string_view TakeText(std::string* scratch) {
    const char* begin = at_;
    const char* zero = begin + std::strlen(begin);
    if (zero[1] == '\0') {
      at_ = zero + 2;
      return {begin, static_cast<size_t>(zero - begin)};
    }
    scratch->clear();
    for (; zero[1] != '\0'; zero = begin + std::strlen(begin)) {
      scratch->append(begin, zero + 1);
      begin = zero + 2;
    }
    scratch->append(begin, zero);
    at_ = zero + 2;
    return *scratch;
  }

  void SkipText() {
    const char* zero = at_ + std::strlen(at_);
    while (zero[1] != '\0') zero = zero + 2 + std::strlen(zero + 2);
    at_ = zero + 2;
  }

 private:
  const char* at_;
};

}  // namespace laminar
