// Equality of rows, cell by cell, as keys have it.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "common/cell_order.h"
#include "common/delta.h"
#include "common/hash.h"

namespace laminar {

/// NULL is NULL; floats by their canonical bits, so that NaN is NaN and -0.0 is 0.0.
template <typename T>
bool SameCell(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    return KeyBits(a) == KeyBits(b);
  } else {
    return a == b;
  }
}

/// Equality of what is taken away with what was brought: bit by bit. -0.0 is not 0.0 to `1 / x`, so an operator that
/// gave out one of them must not take back the other.
template <typename T>
bool IdenticalCell(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::memcmp(&a, &b, sizeof(T)) == 0;
  } else {
    return a == b;
  }
}

/// Row `a_row` of `a` against row `b_row` of `b`, over columns of these types.
inline bool SameCells(std::span<const Column> a, uint32_t a_row, std::span<const Column> b, uint32_t b_row,
                      std::span<const DataType> types) {
  for (size_t c = 0; c < types.size(); ++c) {
    const bool valid = a[c].IsValid(a_row);
    if (valid != b[c].IsValid(b_row)) return false;
    if (!valid) continue;
    const bool same = VisitCellType(types[c].physical(), [&](auto sample) {
      using T = decltype(sample);
      return SameCell(a[c].template data<T>()[a_row], b[c].template data<T>()[b_row]);
    });
    if (!same) return false;
  }
  return true;
}

/// Two rows of the same columns.
inline bool SameCells(std::span<const Column> columns, std::span<const DataType> types, uint32_t a, uint32_t b) {
  return SameCells(columns, a, columns, b, types);
}

}  // namespace laminar
