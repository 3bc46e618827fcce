#include "common/nested.h"

#include <cstring>

namespace laminar {
namespace {

/// Calls `visit(T{})` with the C++ type that a value of fixed width has; not for strings.
template <typename Visit>
auto VisitFixed(PhysicalType type, Visit visit) {
  switch (type) {
    case PhysicalType::kInt8:
      return visit(int8_t{});
    case PhysicalType::kInt16:
      return visit(int16_t{});
    case PhysicalType::kInt32:
      return visit(int32_t{});
    case PhysicalType::kInt64:
      return visit(int64_t{});
    case PhysicalType::kUInt16:
      return visit(uint16_t{});
    case PhysicalType::kUInt32:
      return visit(uint32_t{});
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
    case PhysicalType::kBool:
    case PhysicalType::kUInt8:
    case PhysicalType::kString:
      break;
  }
  return visit(uint8_t{});
}

/// Bytes that AppendOrdered makes of a value of fixed width.
size_t OrderedWidth(PhysicalType type) {
  if (type == PhysicalType::kFloat) return 8;
  if (type == PhysicalType::kInterval) return 24;
  return static_cast<size_t>(PhysicalWidth(type));
}

}  // namespace

void AppendNestedPart(const DataType& type, const Column& column, size_t row, std::string* out) {
  if (type.id() == TypeId::kNull || !column.IsValid(row)) {
    out->push_back(kNestedNull);
    return;
  }
  out->push_back(kNestedValue);
  if (type.is_nested()) {
    out->append(column.data<StringRef>()[row].view());
  } else if (type.physical() == PhysicalType::kString) {
    AppendOrderedText(column.data<StringRef>()[row].view(), out);
  } else {
    VisitFixed(type.physical(), [&](auto zero) { AppendOrdered(column.data<decltype(zero)>()[row], out); });
  }
}

void AppendNestedPart(const Value& value, std::string* out) {
  if (value.is_null()) return AppendNestedNull(out);
  alignas(16) char cell[16] = {};
  WriteValue(value, cell, 0);
  AppendNestedPart(value.type(), Column{cell, nullptr}, 0, out);
}

std::string_view NestedReader::TakeNested(const DataType& type) {
  const char* const begin = in_.position();
  Skip(type);
  return {begin, static_cast<size_t>(in_.position() - begin)};
}

void NestedReader::Skip(const DataType& type) {
  switch (type.id()) {
    case TypeId::kList: {
      const DataType& element = type.children()[0].type;
      while (Next()) {
        if (TakeMark()) Skip(element);
      }
      return;
    }
    case TypeId::kMap:
      while (Next()) {
        for (const TypeChild& child : type.children()) {
          if (TakeMark()) Skip(child.type);
        }
      }
      return;
    case TypeId::kStruct:
      for (const TypeChild& child : type.children()) {
        if (TakeMark()) Skip(child.type);
      }
      return;
    default:
      break;
  }
  if (type.physical() == PhysicalType::kString) return in_.SkipText();
  in_.Skip(OrderedWidth(type.physical()));
}

std::string_view NestedReader::TakePartBytes(const DataType& type) {
  const char* const begin = in_.position();
  if (TakeMark()) Skip(type);
  return {begin, static_cast<size_t>(in_.position() - begin)};
}

Value NestedReader::TakePart(const DataType& type) {
  if (!TakeMark()) return Value(type);
  if (type.physical() == PhysicalType::kString) {
    std::string scratch;
    return {type, std::string(TakeString(type, &scratch))};
  }
  alignas(16) char cell[16] = {};
  VisitFixed(type.physical(), [&](auto zero) {
    const auto value = Take<decltype(zero)>();
    std::memcpy(cell, &value, sizeof(value));
  });
  return ReadValue(type, cell, nullptr, 0);
}

int64_t CountNested(const DataType& type, std::string_view bytes) {
  NestedReader reader(bytes);
  int64_t count = 0;
  while (reader.Next()) {
    ++count;
    for (const TypeChild& child : type.children()) {
      if (reader.TakeMark()) reader.Skip(child.type);
    }
  }
  return count;
}

bool HasOrder(const DataType& type) {
  if (type.id() == TypeId::kJson) return false;
  if (!type.is_nested()) return true;
  for (const TypeChild& child : type.children()) {
    if (!HasOrder(child.type)) return false;
  }
  return true;
}

}  // namespace laminar
