// From a physical type to code compiled for it.
#pragma once

#include <cstdint>

#include "common/int128.h"
#include "common/interval.h"
#include "common/string_ref.h"
#include "common/type.h"

namespace laminar {

/// The C++ type of a physical type, as a tag: `VisitPhysical(type, [](auto tag) { using T = typename
/// decltype(tag)::type; })`.
template <typename T>
struct TypeTag {
  using type = T;
};
template <typename Visit>
auto VisitPhysical(PhysicalType type, Visit visit) {
  switch (type) {
    case PhysicalType::kBool:
    case PhysicalType::kUInt8:
      return visit(TypeTag<uint8_t>());
    case PhysicalType::kInt8:
      return visit(TypeTag<int8_t>());
    case PhysicalType::kInt16:
      return visit(TypeTag<int16_t>());
    case PhysicalType::kInt32:
      return visit(TypeTag<int32_t>());
    case PhysicalType::kInt64:
      return visit(TypeTag<int64_t>());
    case PhysicalType::kUInt16:
      return visit(TypeTag<uint16_t>());
    case PhysicalType::kUInt32:
      return visit(TypeTag<uint32_t>());
    case PhysicalType::kUInt64:
      return visit(TypeTag<uint64_t>());
    case PhysicalType::kFloat:
      return visit(TypeTag<float>());
    case PhysicalType::kDouble:
      return visit(TypeTag<double>());
    case PhysicalType::kInt128:
      return visit(TypeTag<int128_t>());
    case PhysicalType::kInterval:
      return visit(TypeTag<Interval>());
    case PhysicalType::kString:
      return visit(TypeTag<StringRef>());
  }
  return visit(TypeTag<uint8_t>());
}

/// Every physical type once, for overloads that exist per physical type.
inline constexpr PhysicalType kAllPhysicalTypes[] = {
    PhysicalType::kBool,   PhysicalType::kInt8,   PhysicalType::kInt16,    PhysicalType::kInt32,  PhysicalType::kInt64,
    PhysicalType::kUInt8,  PhysicalType::kUInt16, PhysicalType::kUInt32,   PhysicalType::kUInt64, PhysicalType::kFloat,
    PhysicalType::kDouble, PhysicalType::kInt128, PhysicalType::kInterval, PhysicalType::kString};

}  // namespace laminar
