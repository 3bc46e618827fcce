#include "main/arrow_types.h"

#include <arrow/extension/json.h>
#include <arrow/extension/uuid.h>
#include <arrow/status.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace laminar {
namespace {

TimeUnit UnitFromArrow(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return TimeUnit::kSecond;
    case arrow::TimeUnit::MILLI:
      return TimeUnit::kMilli;
    case arrow::TimeUnit::MICRO:
      return TimeUnit::kMicro;
    case arrow::TimeUnit::NANO:
      return TimeUnit::kNano;
  }
  return TimeUnit::kNano;
}

arrow::TimeUnit::type UnitToArrow(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kSecond:
      return arrow::TimeUnit::SECOND;
    case TimeUnit::kMilli:
      return arrow::TimeUnit::MILLI;
    case TimeUnit::kMicro:
      return arrow::TimeUnit::MICRO;
    case TimeUnit::kNano:
      return arrow::TimeUnit::NANO;
  }
  return arrow::TimeUnit::NANO;
}

Result<DataType> DecimalFromArrow(const arrow::DataType& type) {
  const auto& decimal = static_cast<const arrow::DecimalType&>(type);
  if (decimal.precision() > 38 || decimal.scale() < 0 || decimal.scale() > decimal.precision()) {
    return Status(ErrorCode::kInvalidSchema,
                  fmt::format("Arrow type {} does not fit DECIMAL(38, 0..38), which is the widest", type.ToString()));
  }
  return DataType::Decimal(decimal.precision(), decimal.scale());
}

Result<DataType> NestedFromArrow(const arrow::DataType& type) {
  std::vector<TypeChild> children;
  const bool is_map = type.id() == arrow::Type::MAP;
  const arrow::FieldVector& fields = is_map ? type.field(0)->type()->fields() : type.fields();
  for (const auto& field : fields) {
    LAMINAR_ASSIGN_OR_RETURN(DataType child, TypeFromArrow(*field->type()));
    for (const TypeChild& other : children) {
      if (type.id() == arrow::Type::STRUCT && NamesEqual(other.name, field->name())) {
        return Status(ErrorCode::kInvalidSchema, fmt::format("the struct has two fields \"{}\"", field->name()));
      }
    }
    children.push_back({field->name(), std::move(child)});
  }
  switch (type.id()) {
    case arrow::Type::MAP:
      return DataType::Map(children[0].type, children[1].type);
    case arrow::Type::STRUCT:
      return DataType::Struct(std::move(children));
    case arrow::Type::LARGE_LIST:
      return DataType::List(children[0].type).WithArrowForm(ArrowForm::kLarge);
    case arrow::Type::LIST_VIEW:
      return DataType::List(children[0].type).WithArrowForm(ArrowForm::kView);
    case arrow::Type::FIXED_SIZE_LIST:
      return DataType::List(children[0].type)
          .WithFixedSize(static_cast<const arrow::FixedSizeListType&>(type).list_size());
    default:
      return DataType::List(children[0].type);
  }
}

Result<DataType> DictionaryFromArrow(const arrow::DictionaryType& type) {
  LAMINAR_ASSIGN_OR_RETURN(const DataType value, TypeFromArrow(*type.value_type()));
  if (value.is_nested()) {
    return Status(ErrorCode::kInvalidSchema, fmt::format("Arrow type {} is not supported yet", type.ToString()));
  }
  if (value.id() == TypeId::kNull) return value;  // categories of nothing yet
  LAMINAR_ASSIGN_OR_RETURN(const DataType index, TypeFromArrow(*type.index_type()));
  return value.WithArrowForm(ArrowForm::kDictionary, index.id());
}

Result<DataType> ExtensionFromArrow(const arrow::ExtensionType& type) {
  if (type.extension_name() == "arrow.uuid") return DataType(TypeId::kUuid);
  if (type.extension_name() == "arrow.json") {
    LAMINAR_ASSIGN_OR_RETURN(const DataType storage, TypeFromArrow(*type.storage_type()));
    return DataType(TypeId::kJson).WithArrowForm(storage.arrow_form());
  }
  // What an extension means beyond its storage is its owner's business.
  return TypeFromArrow(*type.storage_type());
}

std::shared_ptr<arrow::DataType> TextToArrow(ArrowForm form) {
  if (form == ArrowForm::kLarge) return arrow::large_utf8();
  if (form == ArrowForm::kView) return arrow::utf8_view();
  return arrow::utf8();
}

std::shared_ptr<arrow::DataType> BytesToArrow(const DataType& type) {
  switch (type.arrow_form()) {
    case ArrowForm::kLarge:
      return arrow::large_binary();
    case ArrowForm::kView:
      return arrow::binary_view();
    case ArrowForm::kFixedSize:
      return arrow::fixed_size_binary(type.fixed_size());
    case ArrowForm::kDefault:
    case ArrowForm::kDictionary:
    case ArrowForm::kDate64:
      break;
  }
  return arrow::binary();
}

std::shared_ptr<arrow::DataType> ListToArrow(const DataType& type) {
  const std::shared_ptr<arrow::DataType> element = TypeToArrow(type.children()[0].type);
  switch (type.arrow_form()) {
    case ArrowForm::kLarge:
      return arrow::large_list(element);
    case ArrowForm::kView:
      return arrow::list_view(element);
    case ArrowForm::kFixedSize:
      return arrow::fixed_size_list(element, type.fixed_size());
    case ArrowForm::kDefault:
    case ArrowForm::kDictionary:
    case ArrowForm::kDate64:
      break;
  }
  return arrow::list(element);
}

}  // namespace

Result<DataType> TypeFromArrow(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::NA:
      return DataType(TypeId::kNull);
    case arrow::Type::BOOL:
      return DataType(TypeId::kBoolean);
    case arrow::Type::INT8:
      return DataType(TypeId::kInt8);
    case arrow::Type::INT16:
      return DataType(TypeId::kInt16);
    case arrow::Type::INT32:
      return DataType(TypeId::kInt32);
    case arrow::Type::INT64:
      return DataType(TypeId::kInt64);
    case arrow::Type::UINT8:
      return DataType(TypeId::kUInt8);
    case arrow::Type::UINT16:
      return DataType(TypeId::kUInt16);
    case arrow::Type::UINT32:
      return DataType(TypeId::kUInt32);
    case arrow::Type::UINT64:
      return DataType(TypeId::kUInt64);
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FLOAT:
      return DataType(TypeId::kFloat);
    case arrow::Type::DOUBLE:
      return DataType(TypeId::kDouble);
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
      return DecimalFromArrow(type);
    case arrow::Type::STRING:
      return DataType(TypeId::kVarchar);
    case arrow::Type::LARGE_STRING:
      return DataType(TypeId::kVarchar).WithArrowForm(ArrowForm::kLarge);
    case arrow::Type::STRING_VIEW:
      return DataType(TypeId::kVarchar).WithArrowForm(ArrowForm::kView);
    case arrow::Type::BINARY:
      return DataType(TypeId::kBlob);
    case arrow::Type::LARGE_BINARY:
      return DataType(TypeId::kBlob).WithArrowForm(ArrowForm::kLarge);
    case arrow::Type::BINARY_VIEW:
      return DataType(TypeId::kBlob).WithArrowForm(ArrowForm::kView);
    case arrow::Type::FIXED_SIZE_BINARY:
      return DataType(TypeId::kBlob).WithFixedSize(static_cast<const arrow::FixedSizeBinaryType&>(type).byte_width());
    case arrow::Type::DATE32:
      return DataType(TypeId::kDate);
    case arrow::Type::DATE64:
      return DataType(TypeId::kDate).WithArrowForm(ArrowForm::kDate64);
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
      return DataType::Time(UnitFromArrow(static_cast<const arrow::TimeType&>(type).unit()));
    case arrow::Type::TIMESTAMP: {
      const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
      return DataType::Timestamp(UnitFromArrow(timestamp.unit()), !timestamp.timezone().empty(), timestamp.timezone());
    }
    case arrow::Type::DURATION:
    case arrow::Type::INTERVAL_MONTHS:
    case arrow::Type::INTERVAL_DAY_TIME:
    case arrow::Type::INTERVAL_MONTH_DAY_NANO:
      return DataType(TypeId::kInterval);
    case arrow::Type::DICTIONARY:
      return DictionaryFromArrow(static_cast<const arrow::DictionaryType&>(type));
    case arrow::Type::RUN_END_ENCODED:
      return TypeFromArrow(*static_cast<const arrow::RunEndEncodedType&>(type).value_type());
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::LIST_VIEW:
    case arrow::Type::FIXED_SIZE_LIST:
    case arrow::Type::STRUCT:
    case arrow::Type::MAP:
      return NestedFromArrow(type);
    case arrow::Type::EXTENSION:
      return ExtensionFromArrow(static_cast<const arrow::ExtensionType&>(type));
    default:
      return Status(ErrorCode::kInvalidSchema, fmt::format("Arrow type {} is not supported yet", type.ToString()));
  }
}

std::shared_ptr<arrow::DataType> TypeToArrow(const DataType& type) {
  if (type.arrow_form() == ArrowForm::kDictionary) {
    return arrow::dictionary(TypeToArrow(DataType(type.dictionary_index())),
                             TypeToArrow(type.WithArrowForm(ArrowForm::kDefault)));
  }
  switch (type.id()) {
    case TypeId::kNull:
      return arrow::null();
    case TypeId::kBoolean:
      return arrow::boolean();
    case TypeId::kInt8:
      return arrow::int8();
    case TypeId::kInt16:
      return arrow::int16();
    case TypeId::kInt32:
      return arrow::int32();
    case TypeId::kInt64:
      return arrow::int64();
    case TypeId::kUInt8:
      return arrow::uint8();
    case TypeId::kUInt16:
      return arrow::uint16();
    case TypeId::kUInt32:
      return arrow::uint32();
    case TypeId::kUInt64:
      return arrow::uint64();
    case TypeId::kFloat:
      return arrow::float32();
    case TypeId::kDouble:
      return arrow::float64();
    case TypeId::kDecimal:
      return arrow::decimal128(type.precision(), type.scale());
    case TypeId::kVarchar:
      return TextToArrow(type.arrow_form());
    case TypeId::kBlob:
      return BytesToArrow(type);
    case TypeId::kDate:
      return type.arrow_form() == ArrowForm::kDate64 ? arrow::date64() : arrow::date32();
    case TypeId::kTime:
      return type.unit() <= TimeUnit::kMilli ? arrow::time32(UnitToArrow(type.unit()))
                                             : arrow::time64(UnitToArrow(type.unit()));
    case TypeId::kTimestamp:
      return arrow::timestamp(UnitToArrow(type.unit()), type.with_zone() ? type.zone() : "");
    case TypeId::kInterval:
      return arrow::month_day_nano_interval();
    case TypeId::kUuid:
      return arrow::extension::uuid();
    case TypeId::kJson:
      return arrow::extension::json(TextToArrow(type.arrow_form()));
    case TypeId::kList:
      return ListToArrow(type);
    case TypeId::kStruct: {
      arrow::FieldVector fields;
      for (const TypeChild& child : type.children())
        fields.push_back(arrow::field(child.name, TypeToArrow(child.type)));
      return arrow::struct_(std::move(fields));
    }
    case TypeId::kMap:
      return arrow::map(TypeToArrow(type.children()[0].type), TypeToArrow(type.children()[1].type));
  }
  return arrow::null();
}

Result<Schema> SchemaFromArrow(const arrow::Schema& schema) {
  std::vector<Field> fields;
  fields.reserve(static_cast<size_t>(schema.num_fields()));
  for (const auto& field : schema.fields()) {
    Result<DataType> type = TypeFromArrow(*field->type());
    if (!type.ok()) {
      return Status(type.status().error().code(),
                    fmt::format("column \"{}\": {}", field->name(), type.status().message()));
    }
    for (const Field& other : fields) {
      if (NamesEqual(other.name, field->name())) {
        return Status(ErrorCode::kInvalidSchema, fmt::format("column \"{}\" is given twice", field->name()));
      }
    }
    fields.push_back({field->name(), type.TakeValue(), field->nullable()});
  }
  return Schema(std::move(fields));
}

std::shared_ptr<arrow::Schema> SchemaToArrow(const Schema& schema) {
  arrow::FieldVector fields;
  fields.reserve(static_cast<size_t>(schema.size()));
  for (const Field& field : schema.fields()) {
    fields.push_back(arrow::field(field.name, TypeToArrow(field.type), field.nullable));
  }
  return arrow::schema(std::move(fields));
}

Status FromArrowStatus(const arrow::Status& status, ErrorCode code, std::string_view doing) {
  if (status.ok()) return Status::OK();
  return {code, fmt::format("{}: {}", doing, status.message())};
}

}  // namespace laminar
