#include "planner/binder/types.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "planner/binder/bind_error.h"
#include "planner/binder/features.h"

namespace laminar {

namespace {

[[noreturn]] void ThrowInvalid(const sql::TypeName& name, std::string_view sql, std::string_view message) {
  ThrowAt(ErrorCode::kInvalidSchema, sql, name.span, message);
}

/// TIMESTAMP(p): p digits of the second's fraction.
TimeUnit UnitOf(const sql::TypeName& name, std::string_view sql) {
  switch (name.precision.value_or(6)) {
    case 0:
      return TimeUnit::kSecond;
    case 3:
      return TimeUnit::kMilli;
    case 6:
      return TimeUnit::kMicro;
    case 9:
      return TimeUnit::kNano;
    default:
      ThrowInvalid(name, sql, fmt::format("a precision of {} digits is not 0, 3, 6 or 9", *name.precision));
  }
}

DataType BindDecimal(const sql::TypeName& name, std::string_view sql) {
  if (!name.precision) return DataType::Decimal(18, 3);
  const int64_t precision = *name.precision;
  const int64_t scale = name.scale.value_or(0);
  if (precision < 1 || precision > 38) ThrowInvalid(name, sql, "the precision of a DECIMAL is 1 to 38");
  if (scale < 0 || scale > precision) {
    ThrowInvalid(name, sql, fmt::format("the scale of a DECIMAL({}) is 0 to {}", precision, precision));
  }
  return DataType::Decimal(static_cast<int>(precision), static_cast<int>(scale));
}

DataType BindStruct(const sql::TypeName& name, std::string_view sql) {
  std::vector<TypeChild> fields;
  for (const sql::StructFieldType& field : name.fields) {
    for (const TypeChild& other : fields) {
      if (NamesEqual(other.name, field.name.name)) {
        ThrowAt(ErrorCode::kInvalidSchema, sql, field.name.span,
                fmt::format("field \"{}\" is there twice", field.name.name));
      }
    }
    fields.push_back({field.name.name, BindType(*field.type, sql)});
  }
  return DataType::Struct(std::move(fields));
}

DataType WithLayout(DataType type, const sql::TypeName& name, std::string_view sql) {
  if (!name.layout) return type;
  if (*name.layout == "large_string" || *name.layout == "large_binary" || *name.layout == "large_list") {
    return type.WithArrowForm(ArrowForm::kLarge);
  }
  if (*name.layout == "string_view" || *name.layout == "binary_view") return type.WithArrowForm(ArrowForm::kView);
  if (*name.layout == "date64") return type.WithArrowForm(ArrowForm::kDate64);
  ThrowNotSupported(fmt::format("the Arrow layout {}", *name.layout), sql, name.span);
}

}  // namespace

DataType BindType(const sql::TypeName& name, std::string_view sql) {
  using sql::TypeKind;
  switch (name.kind) {
    case TypeKind::kBoolean:
      return TypeId::kBoolean;
    case TypeKind::kTinyInt:
      return TypeId::kInt8;
    case TypeKind::kSmallInt:
      return TypeId::kInt16;
    case TypeKind::kInteger:
      return TypeId::kInt32;
    case TypeKind::kBigInt:
      return TypeId::kInt64;
    case TypeKind::kUTinyInt:
      return TypeId::kUInt8;
    case TypeKind::kUSmallInt:
      return TypeId::kUInt16;
    case TypeKind::kUInteger:
      return TypeId::kUInt32;
    case TypeKind::kUBigInt:
      return TypeId::kUInt64;
    case TypeKind::kReal:
      return TypeId::kFloat;
    case TypeKind::kDouble:
      return TypeId::kDouble;
    case TypeKind::kDecimal:
      return BindDecimal(name, sql);
    case TypeKind::kVarchar:
      return WithLayout(TypeId::kVarchar, name, sql);
    case TypeKind::kBlob:
      return WithLayout(TypeId::kBlob, name, sql);
    case TypeKind::kDate:
      return WithLayout(TypeId::kDate, name, sql);
    case TypeKind::kTime:
      return DataType::Time(UnitOf(name, sql));
    case TypeKind::kTimestamp:
      return DataType::Timestamp(UnitOf(name, sql));
    case TypeKind::kTimestampTz:
      return DataType::Timestamp(UnitOf(name, sql), true, name.time_zone.value_or(""));
    case TypeKind::kInterval:
      return TypeId::kInterval;
    case TypeKind::kUuid:
      return TypeId::kUuid;
    case TypeKind::kJson:
      return TypeId::kJson;
    case TypeKind::kArray:
      return WithLayout(DataType::List(BindType(*name.arguments[0], sql)), name, sql);
    case TypeKind::kStruct:
      return BindStruct(name, sql);
    case TypeKind::kMap:
      return DataType::Map(BindType(*name.arguments[0], sql), BindType(*name.arguments[1], sql));
    case TypeKind::kDictionary:
      return BindType(*name.arguments[0], sql)
          .WithArrowForm(ArrowForm::kDictionary, BindType(*name.arguments[1], sql).id());
    case TypeKind::kHalfFloat:
    case TypeKind::kDuration:
    case TypeKind::kNull:
      ThrowNotSupported(Feature::kTypes, sql, name.span);
  }
  ThrowNotSupported(Feature::kTypes, sql, name.span);
}

int64_t MaxLengthOf(const sql::TypeName& name) {
  return name.kind == sql::TypeKind::kVarchar ? name.precision.value_or(0) : 0;
}

}  // namespace laminar
