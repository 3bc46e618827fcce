#include "common/value.h"

#include <fmt/format.h>

#include <bit>

#include "common/date_time.h"
#include "common/decimal.h"
#include "common/nested.h"
#include "common/string_ref.h"
#include "common/text_format.h"

namespace laminar {
namespace {

std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted + "'";
}

template <typename T>
T Read(const void* values, size_t row) {
  return static_cast<const T*>(values)[row];
}

template <typename T>
void Write(void* values, size_t row, T value) {
  static_cast<T*>(values)[row] = value;
}

}  // namespace

std::string Value::ToString() const {
  if (is_null()) return "NULL";
  char buffer[kFormattedSize];
  const auto text = [&](const char* end) { return std::string(buffer, static_cast<size_t>(end - buffer)); };
  switch (type_.id()) {
    case TypeId::kNull:
      return "NULL";
    case TypeId::kBoolean:
      return get<bool>() ? "true" : "false";
    case TypeId::kInt8:
    case TypeId::kInt16:
    case TypeId::kInt32:
    case TypeId::kInt64:
      return std::to_string(get<int64_t>());
    case TypeId::kUInt8:
    case TypeId::kUInt16:
    case TypeId::kUInt32:
    case TypeId::kUInt64:
      return std::to_string(get<uint64_t>());
    case TypeId::kFloat:
      return text(FormatFloat(buffer, static_cast<float>(get<double>())));
    case TypeId::kDouble:
      return text(FormatFloat(buffer, get<double>()));
    case TypeId::kDecimal:
      return text(FormatDecimal(buffer, get<int128_t>(), type_.scale()));
    case TypeId::kDate:
      return text(FormatDate(buffer, get<int64_t>()));
    case TypeId::kTime:
      return text(FormatTime(buffer, get<int64_t>(), type_.unit()));
    case TypeId::kTimestamp:
      return text(FormatTimestamp(buffer, get<int64_t>(), type_.unit(), type_.with_zone()));
    case TypeId::kInterval:
      return get<Interval>().ToString();
    case TypeId::kUuid:
      return text(FormatUuid(buffer, get<std::string>()));
    case TypeId::kBlob:
      return FormatBlob(get<std::string>());
    case TypeId::kVarchar:
    case TypeId::kJson:
      return get<std::string>();
    case TypeId::kList:
    case TypeId::kStruct:
    case TypeId::kMap:
      return FormatNested(type_, get<std::string>());
  }
  return "";
}

std::string Value::ToSql() const {
  if (type_.id() == TypeId::kNull) return "NULL";
  if (is_null()) return "CAST(NULL AS " + type_.ToString() + ")";
  switch (type_.id()) {
    case TypeId::kBoolean:
      return ToString();
    case TypeId::kInt32:
      // The smallest one is no literal: its digits without the sign do not fit.
      if (get<int64_t>() != INT32_MIN) return ToString();
      break;
    case TypeId::kInt64:
      if (get<int64_t>() < INT32_MIN || get<int64_t>() > INT32_MAX) {
        if (get<int64_t>() != INT64_MIN) return ToString();
      }
      break;
    case TypeId::kDecimal: {
      // A literal's precision is the number of its digits.
      const std::string text = ToString();
      int digits = 0;
      for (const char c : text) digits += c >= '0' && c <= '9' ? 1 : 0;
      if (type_.scale() > 0 && digits == type_.precision()) return text;
      break;
    }
    case TypeId::kVarchar:
      return Quoted(get<std::string>());
    case TypeId::kDate:
      return "DATE " + Quoted(ToString());
    case TypeId::kInterval:
      return "INTERVAL " + Quoted(ToString());
    case TypeId::kList:
    case TypeId::kStruct:
    case TypeId::kMap:
      return "CAST(" + NestedToSql(type_, get<std::string>()) + " AS " + type_.ToString() + ")";
    default:
      break;
  }
  return "CAST(" + Quoted(ToString()) + " AS " + type_.ToString() + ")";
}

bool operator==(const Value& a, const Value& b) {
  if (!(a.type_ == b.type_) || a.storage_.index() != b.storage_.index()) return false;
  if (const double* left = std::get_if<double>(&a.storage_)) {
    return std::bit_cast<uint64_t>(*left) == std::bit_cast<uint64_t>(b.get<double>());
  }
  return a.storage_ == b.storage_;
}

Value ReadValue(const DataType& type, const void* values, const uint64_t* validity, size_t row) {
  if (type.id() == TypeId::kNull || (validity != nullptr && ((validity[row >> 6] >> (row & 63)) & 1) == 0))
    return Value(type);
  switch (type.physical()) {
    case PhysicalType::kBool:
      return {type, Read<uint8_t>(values, row) != 0};
    case PhysicalType::kInt8:
      return {type, int64_t{Read<int8_t>(values, row)}};
    case PhysicalType::kInt16:
      return {type, int64_t{Read<int16_t>(values, row)}};
    case PhysicalType::kInt32:
      return {type, int64_t{Read<int32_t>(values, row)}};
    case PhysicalType::kInt64:
      return {type, Read<int64_t>(values, row)};
    case PhysicalType::kUInt8:
      return {type, uint64_t{Read<uint8_t>(values, row)}};
    case PhysicalType::kUInt16:
      return {type, uint64_t{Read<uint16_t>(values, row)}};
    case PhysicalType::kUInt32:
      return {type, uint64_t{Read<uint32_t>(values, row)}};
    case PhysicalType::kUInt64:
      return {type, Read<uint64_t>(values, row)};
    case PhysicalType::kFloat:
      return {type, double{Read<float>(values, row)}};
    case PhysicalType::kDouble:
      return {type, Read<double>(values, row)};
    case PhysicalType::kInt128:
      return {type, Read<int128_t>(values, row)};
    case PhysicalType::kInterval:
      return {type, Read<Interval>(values, row)};
    case PhysicalType::kString:
      return {type, Read<StringRef>(values, row).ToString()};
  }
  return Value(type);
}

void WriteValue(const Value& value, void* values, size_t row) {
  switch (value.type().physical()) {
    case PhysicalType::kBool:
      return Write<uint8_t>(values, row, value.get<bool>() ? 1 : 0);
    case PhysicalType::kInt8:
      return Write(values, row, static_cast<int8_t>(value.get<int64_t>()));
    case PhysicalType::kInt16:
      return Write(values, row, static_cast<int16_t>(value.get<int64_t>()));
    case PhysicalType::kInt32:
      return Write(values, row, static_cast<int32_t>(value.get<int64_t>()));
    case PhysicalType::kInt64:
      return Write(values, row, value.get<int64_t>());
    case PhysicalType::kUInt8:
      return Write(values, row, static_cast<uint8_t>(value.get<uint64_t>()));
    case PhysicalType::kUInt16:
      return Write(values, row, static_cast<uint16_t>(value.get<uint64_t>()));
    case PhysicalType::kUInt32:
      return Write(values, row, static_cast<uint32_t>(value.get<uint64_t>()));
    case PhysicalType::kUInt64:
      return Write(values, row, value.get<uint64_t>());
    case PhysicalType::kFloat:
      return Write(values, row, static_cast<float>(value.get<double>()));
    case PhysicalType::kDouble:
      return Write(values, row, value.get<double>());
    case PhysicalType::kInt128:
      return Write(values, row, value.get<int128_t>());
    case PhysicalType::kInterval:
      return Write(values, row, value.get<Interval>());
    case PhysicalType::kString:
      return Write(values, row, StringRef(value.get<std::string>()));
  }
}

}  // namespace laminar
