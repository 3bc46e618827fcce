#include "common/type.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace laminar {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int FractionDigits(TimeUnit unit) { return 3 * static_cast<int>(unit); }

// A struct field's name as SQL needs it: quoted unless it is a plain lower-case word.
std::string FieldName(const std::string& name) {
  const bool plain = !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
                     std::all_of(name.begin(), name.end(),
                                 [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  if (plain) return name;
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

DataType DataType::Decimal(int precision, int scale) {
  DataType type(TypeId::kDecimal);
  type.precision_ = static_cast<uint8_t>(precision);
  type.scale_ = static_cast<uint8_t>(scale);
  return type;
}

DataType DataType::Time(TimeUnit unit) {
  DataType type(TypeId::kTime);
  type.unit_ = unit;
  return type;
}

DataType DataType::Timestamp(TimeUnit unit, bool with_zone, std::string zone) {
  DataType type(TypeId::kTimestamp);
  type.unit_ = unit;
  type.with_zone_ = with_zone;
  if (with_zone && !zone.empty() && zone != "UTC") {
    auto extra = std::make_shared<Extra>();
    extra->zone = std::move(zone);
    type.extra_ = std::move(extra);
  }
  return type;
}

DataType DataType::List(DataType element) {
  DataType type(TypeId::kList);
  auto extra = std::make_shared<Extra>();
  extra->children.push_back({"item", std::move(element)});
  type.extra_ = std::move(extra);
  return type;
}

DataType DataType::Struct(std::vector<TypeChild> fields) {
  DataType type(TypeId::kStruct);
  auto extra = std::make_shared<Extra>();
  extra->children = std::move(fields);
  type.extra_ = std::move(extra);
  return type;
}

DataType DataType::Map(DataType key, DataType value) {
  DataType type(TypeId::kMap);
  auto extra = std::make_shared<Extra>();
  extra->children.push_back({"key", std::move(key)});
  extra->children.push_back({"value", std::move(value)});
  type.extra_ = std::move(extra);
  return type;
}

const std::string& DataType::zone() const {
  static const std::string kUtc = "UTC";
  return extra_ == nullptr || extra_->zone.empty() ? kUtc : extra_->zone;
}

const std::vector<TypeChild>& DataType::children() const {
  static const std::vector<TypeChild> kNone;
  return extra_ == nullptr ? kNone : extra_->children;
}

PhysicalType DataType::physical() const {
  switch (id_) {
    case TypeId::kNull:  // a column of nothing but NULLs; the bytes do not matter
    case TypeId::kBoolean:
      return PhysicalType::kBool;
    case TypeId::kInt8:
      return PhysicalType::kInt8;
    case TypeId::kInt16:
      return PhysicalType::kInt16;
    case TypeId::kInt32:
    case TypeId::kDate:
      return PhysicalType::kInt32;
    case TypeId::kInt64:
    case TypeId::kTime:
    case TypeId::kTimestamp:
      return PhysicalType::kInt64;
    case TypeId::kUInt8:
      return PhysicalType::kUInt8;
    case TypeId::kUInt16:
      return PhysicalType::kUInt16;
    case TypeId::kUInt32:
      return PhysicalType::kUInt32;
    case TypeId::kUInt64:
      return PhysicalType::kUInt64;
    case TypeId::kFloat:
      return PhysicalType::kFloat;
    case TypeId::kDouble:
      return PhysicalType::kDouble;
    case TypeId::kDecimal:
      return PhysicalType::kInt128;
    case TypeId::kInterval:
      return PhysicalType::kInterval;
    case TypeId::kVarchar:
    case TypeId::kBlob:
    case TypeId::kUuid:
    case TypeId::kJson:
    case TypeId::kList:
    case TypeId::kStruct:
    case TypeId::kMap:
      return PhysicalType::kString;
  }
  return PhysicalType::kString;
}

DataType DataType::WithArrowForm(ArrowForm form, TypeId dictionary_index) const {
  DataType type = *this;
  type.arrow_form_ = form;
  type.dictionary_index_ = dictionary_index;
  return type;
}

std::string DataType::ToString() const {
  switch (id_) {
    case TypeId::kNull:
      return "NULL";
    case TypeId::kBoolean:
      return "BOOLEAN";
    case TypeId::kInt8:
      return "TINYINT";
    case TypeId::kInt16:
      return "SMALLINT";
    case TypeId::kInt32:
      return "INTEGER";
    case TypeId::kInt64:
      return "BIGINT";
    case TypeId::kUInt8:
      return "UTINYINT";
    case TypeId::kUInt16:
      return "USMALLINT";
    case TypeId::kUInt32:
      return "UINTEGER";
    case TypeId::kUInt64:
      return "UBIGINT";
    case TypeId::kFloat:
      return "REAL";
    case TypeId::kDouble:
      return "DOUBLE";
    case TypeId::kDecimal:
      return precision_ == 0 ? "DECIMAL" : fmt::format("DECIMAL({},{})", precision_, scale_);
    case TypeId::kVarchar:
      return "VARCHAR";
    case TypeId::kBlob:
      return "BLOB";
    case TypeId::kDate:
      return "DATE";
    case TypeId::kTime:
      return fmt::format("TIME({})", FractionDigits(unit_));
    case TypeId::kTimestamp:
      return fmt::format("TIMESTAMP({}){}", FractionDigits(unit_), with_zone_ ? " WITH TIME ZONE" : "");
    case TypeId::kInterval:
      return "INTERVAL";
    case TypeId::kUuid:
      return "UUID";
    case TypeId::kJson:
      return "JSON";
    case TypeId::kList:
      return children()[0].type.ToString() + "[]";
    case TypeId::kStruct: {
      std::string text = "STRUCT(";
      for (const TypeChild& child : children()) {
        if (text.back() != '(') text += ", ";
        text += FieldName(child.name) + " " + child.type.ToString();
      }
      return text + ")";
    }
    case TypeId::kMap:
      return fmt::format("MAP({}, {})", children()[0].type.ToString(), children()[1].type.ToString());
  }
  return "";
}

bool operator==(const DataType& a, const DataType& b) {
  if (a.id_ != b.id_) return false;
  switch (a.id_) {
    case TypeId::kDecimal:
      return a.precision_ == b.precision_ && a.scale_ == b.scale_;
    case TypeId::kTime:
      return a.unit_ == b.unit_;
    case TypeId::kTimestamp:
      return a.unit_ == b.unit_ && a.with_zone_ == b.with_zone_;  // the zone is only how the Arrow edge shows it
    case TypeId::kList:
    case TypeId::kMap:
      return std::equal(a.children().begin(), a.children().end(), b.children().begin(), b.children().end(),
                        [](const TypeChild& x, const TypeChild& y) { return x.type == y.type; });
    case TypeId::kStruct:
      return a.children() == b.children();
    default:
      return true;
  }
}

int Schema::IndexOf(std::string_view name) const {
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (NamesEqual(fields_[i].name, name)) return static_cast<int>(i);
  }
  return -1;
}

std::vector<std::string> Schema::names() const {
  std::vector<std::string> names;
  names.reserve(fields_.size());
  for (const Field& field : fields_) names.push_back(field.name);
  return names;
}

bool NamesEqual(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string LowerCased(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), Lower);
  return lower;
}

}  // namespace laminar
