#include "catalog/time_column.h"

namespace laminar {

std::optional<int64_t> NanosPerUnit(const DataType& type, TimeUnit integer_unit) {
  switch (type.id()) {
    case TypeId::kTimestamp:
      return kNanosPerSecond / UnitsPerSecond(type.unit());
    case TypeId::kDate:
      return kNanosPerDay;
    case TypeId::kInt32:
    case TypeId::kInt64:
      return kNanosPerSecond / UnitsPerSecond(integer_unit);
    default:
      return std::nullopt;
  }
}

}  // namespace laminar
