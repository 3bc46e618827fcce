// The order in which SQL compares values, cell by cell in physical form: what min, max and ordered state go by.
#pragma once

#include <cstring>
#include <type_traits>

#include "common/int128.h"
#include "common/interval.h"
#include "common/string_ref.h"
#include "common/type.h"

namespace laminar {

/// Negative, zero, positive. NaN equals NaN and is greater than every number, -0.0 equals 0.0, text is in byte order,
/// intervals are compared with 30-day months and, when equal so, by their parts: distinct cells are never equal but for
/// NaNs and zeros.
template <typename T>
int CompareCells(const T& a, const T& b) {
  if constexpr (std::is_same_v<T, StringRef>) {
    return Compare(a, b);
  } else if constexpr (std::is_same_v<T, Interval>) {
    const int128_t x = a.Normalized();
    const int128_t y = b.Normalized();
    if (x != y) return x < y ? -1 : 1;
    if (a.months != b.months) return a.months < b.months ? -1 : 1;
    return a.days < b.days ? -1 : a.days > b.days ? 1 : 0;
  } else if constexpr (std::is_floating_point_v<T>) {
    if (a < b) return -1;
    if (a > b) return 1;
    const int a_nan = a != a;
    const int b_nan = b != b;
    return a_nan - b_nan;
  } else {
    return a < b ? -1 : a > b ? 1 : 0;
  }
}

/// Calls `visit(T{})` with the C++ type of a physical one.
template <typename Visit>
decltype(auto) VisitCellType(PhysicalType type, Visit&& visit) {
  switch (type) {
    case PhysicalType::kBool:
    case PhysicalType::kUInt8:
      return visit(uint8_t{});
    case PhysicalType::kInt8:
      return visit(int8_t{});
    case PhysicalType::kInt16:
      return visit(int16_t{});
    case PhysicalType::kUInt16:
      return visit(uint16_t{});
    case PhysicalType::kInt32:
      return visit(int32_t{});
    case PhysicalType::kUInt32:
      return visit(uint32_t{});
    case PhysicalType::kInt64:
      return visit(int64_t{});
    case PhysicalType::kUInt64:
      return visit(uint64_t{});
    case PhysicalType::kFloat:
      return visit(float{});
    case PhysicalType::kDouble:
      return visit(double{});
    case PhysicalType::kInt128:
      return visit(int128_t{});
    case PhysicalType::kInterval:
      return visit(Interval{});
    case PhysicalType::kString:
      break;
  }
  return visit(StringRef{});
}

using CellComparison = int (*)(const void* a, const void* b);

/// Compares cells at any 8-byte aligned place.
inline CellComparison CellComparisonOf(PhysicalType type) {
  return VisitCellType(type, [](auto sample) -> CellComparison {
    return [](const void* a, const void* b) {
      decltype(sample) x;
      decltype(sample) y;
      std::memcpy(&x, a, sizeof(x));
      std::memcpy(&y, b, sizeof(y));
      return CompareCells(x, y);
    };
  });
}

}  // namespace laminar
