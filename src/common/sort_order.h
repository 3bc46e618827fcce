// The order of ORDER BY: what a key asks for, and the word that decides most comparisons.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "common/hash.h"
#include "common/interval.h"
#include "common/string_ref.h"
#include "common/type.h"

namespace laminar {

struct SortKey {
  int column = 0;
  bool descending = false;
  bool nulls_first = false;
};

/// A word for a value: of two values in the order of common/cell_order.h, the lesser one's word is not the greater.
/// Text, decimals and intervals are only ordered up to it; for everything else equal words mean equal values.
template <typename T>
uint64_t OrderWord(const T& value) {
  constexpr uint64_t kSignBit = uint64_t{1} << 63;
  if constexpr (std::is_floating_point_v<T>) {
    const auto bits = std::bit_cast<uint64_t>(Canonical(static_cast<double>(value)));
    return (bits & kSignBit) != 0 ? ~bits : bits | kSignBit;
  } else if constexpr (std::is_same_v<T, StringRef>) {
    char bytes[8] = {};
    std::memcpy(bytes, value.data(), std::min<size_t>(8, value.size()));
    return __builtin_bswap64(std::bit_cast<uint64_t>(bytes));
  } else if constexpr (std::is_same_v<T, Interval>) {
    return static_cast<uint64_t>(value.Normalized() >> 64) ^ kSignBit;
  } else if constexpr (sizeof(T) == 16) {
    return static_cast<uint64_t>(value >> 64) ^ kSignBit;
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<uint64_t>(static_cast<int64_t>(value)) ^ kSignBit;
  } else {
    return value;
  }
}

inline bool OrderWordDecides(PhysicalType type) {
  return type != PhysicalType::kString && type != PhysicalType::kInt128 && type != PhysicalType::kInterval;
}

}  // namespace laminar
