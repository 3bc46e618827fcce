#include "main/file/json_guess.h"

#include <simdjson.h>

#include <string>

#include "common/text_cast.h"
#include "main/file/type_guess.h"

namespace laminar {

namespace {

namespace ondemand = simdjson::ondemand;

/// The kinds of values one name was met with.
struct JsonKinds {
  bool boolean = false;
  bool integer = false;
  bool natural = false;  // too large for BIGINT
  bool wide = false;     // too large for UBIGINT
  bool fraction = false;
  bool text = false;
  bool nested = false;
  TypeGuess texts;

  DataType Result() const {
    const bool number = integer || natural || wide || fraction;
    const int kinds = (boolean ? 1 : 0) + (number ? 1 : 0) + (text ? 1 : 0) + (nested ? 1 : 0);
    if (kinds != 1 || nested) return TypeId::kJson;
    if (boolean) return TypeId::kBoolean;
    if (number) {
      if (fraction) return TypeId::kDouble;
      if (wide || (natural && integer)) return DataType::Decimal(38, 0);
      return natural ? TypeId::kUInt64 : TypeId::kInt64;
    }
    const DataType type = texts.Result();
    const bool temporal = type.id() == TypeId::kDate || type.id() == TypeId::kTime || type.id() == TypeId::kTimestamp;
    return temporal ? type : DataType(TypeId::kVarchar);  // a number in quotes is text
  }
};

simdjson::error_code AddValue(ondemand::value value, JsonKinds* kinds) {
  ondemand::json_type type;
  if (const auto error = value.type().get(type)) return error;
  switch (type) {
    case ondemand::json_type::null:
      break;
    case ondemand::json_type::boolean:
      kinds->boolean = true;
      break;
    case ondemand::json_type::string: {
      std::string_view text;
      if (const auto error = value.get_string().get(text)) return error;
      kinds->text = true;
      kinds->texts.Add(text);
      break;
    }
    case ondemand::json_type::number: {
      const std::string_view digits = value.raw_json_token();
      int64_t integer;
      uint64_t natural;
      if (digits.find_first_of(".eE") != std::string_view::npos) {
        kinds->fraction = true;
      } else if (value.get_int64().get(integer) == simdjson::SUCCESS) {
        kinds->integer = true;
      } else if (value.get_uint64().get(natural) == simdjson::SUCCESS) {
        kinds->natural = true;
      } else {
        kinds->wide = true;
      }
      break;
    }
    default:
      kinds->nested = true;
      break;
  }
  return simdjson::SUCCESS;
}

}  // namespace

/// A name, and the kinds of values it was met with.
struct JsonColumns::Column {
  std::string name;
  JsonKinds kinds;
};

JsonColumns::JsonColumns() = default;
JsonColumns::~JsonColumns() = default;

JsonColumns::Column& JsonColumns::ColumnOf(std::string_view name, size_t place) {
  // Objects mostly have the same names in the same order.
  if (place < columns_.size() && columns_[place].name == name) return columns_[place];
  for (Column& column : columns_) {
    if (NamesEqual(column.name, name)) return column;
  }
  columns_.push_back({std::string(name), {}});
  return columns_.back();
}

bool JsonColumns::Add(std::string_view object) {
  // Looked at as a whole first: half an object must leave no trace.
  if (!IsJson(object)) return false;
  const simdjson::padded_string padded(object);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object members;
  if (parser.iterate(padded).get(document) || document.get_object().get(members)) return false;
  size_t place = 0;
  for (auto element : members) {
    ondemand::field field;
    std::string_view name;
    if (std::move(element).get(field) || field.unescaped_key().get(name)) return false;
    if (AddValue(field.value(), &ColumnOf(name, place++).kinds)) return false;
  }
  return true;
}

std::vector<Field> JsonColumns::Fields() const {
  std::vector<Field> fields;
  for (const Column& column : columns_) fields.push_back({column.name, column.kinds.Result()});
  return fields;
}

}  // namespace laminar
