#include "storage/type_codec.h"

#include <utility>
#include <vector>

namespace laminar {

namespace {

constexpr int kDeepest = 64;  // bytes that make no sense must not make the decoder recurse without end

DataType DecodeTypeWithin(ByteReader* in, int depth);

std::vector<TypeChild> DecodeChildren(ByteReader* in, int depth) {
  const uint32_t count = in->Get<uint32_t>();
  std::vector<TypeChild> children;
  for (uint32_t i = 0; i < count && in->ok(); ++i) {
    std::string name(in->GetText());
    children.push_back({std::move(name), DecodeTypeWithin(in, depth + 1)});
  }
  return children;
}

DataType DecodeTypeWithin(ByteReader* in, int depth) {
  const uint8_t id = in->Get<uint8_t>();
  const uint8_t precision = in->Get<uint8_t>();
  const uint8_t scale = in->Get<uint8_t>();
  const uint8_t unit = in->Get<uint8_t>();
  const uint8_t with_zone = in->Get<uint8_t>();
  const uint8_t form = in->Get<uint8_t>();
  const uint8_t index = in->Get<uint8_t>();
  const int32_t fixed_size = in->Get<int32_t>();
  const std::string zone(in->GetText());
  std::vector<TypeChild> children = DecodeChildren(in, depth);
  constexpr auto kLast = static_cast<uint8_t>(TypeId::kMap);
  const bool sound = in->ok() && depth < kDeepest && id <= kLast && index <= kLast && with_zone <= 1 &&
                     unit <= static_cast<uint8_t>(TimeUnit::kNano) &&
                     form <= static_cast<uint8_t>(ArrowForm::kFixedSize);
  if (!sound) {
    in->Fail();
    return {};
  }
  const auto type_id = static_cast<TypeId>(id);
  DataType type(type_id);
  const size_t wanted = type_id == TypeId::kList ? 1 : type_id == TypeId::kMap ? 2 : children.size();
  if (children.size() != wanted) {
    in->Fail();
    return {};
  }
  if (type_id == TypeId::kDecimal) type = DataType::Decimal(precision, scale);
  if (type_id == TypeId::kTime) type = DataType::Time(static_cast<TimeUnit>(unit));
  if (type_id == TypeId::kTimestamp) type = DataType::Timestamp(static_cast<TimeUnit>(unit), with_zone != 0, zone);
  if (type_id == TypeId::kList) type = DataType::List(std::move(children[0].type));
  if (type_id == TypeId::kStruct) type = DataType::Struct(std::move(children));
  if (type_id == TypeId::kMap) type = DataType::Map(std::move(children[0].type), std::move(children[1].type));
  const auto arrow_form = static_cast<ArrowForm>(form);
  if (arrow_form == ArrowForm::kFixedSize) return type.WithFixedSize(fixed_size);
  if (arrow_form == ArrowForm::kDefault) return type;
  return type.WithArrowForm(arrow_form, static_cast<TypeId>(index));
}

}  // namespace

void EncodeType(const DataType& type, ByteWriter* out) {
  out->Put(static_cast<uint8_t>(type.id()));
  out->Put(static_cast<uint8_t>(type.precision()));
  out->Put(static_cast<uint8_t>(type.scale()));
  out->Put(static_cast<uint8_t>(type.unit()));
  out->Put(static_cast<uint8_t>(type.with_zone() ? 1 : 0));
  out->Put(static_cast<uint8_t>(type.arrow_form()));
  out->Put(static_cast<uint8_t>(type.dictionary_index()));
  out->Put(type.fixed_size());
  out->PutText(type.with_zone() ? type.zone() : "");
  const std::vector<TypeChild> none;
  const std::vector<TypeChild>& children = type.is_nested() ? type.children() : none;
  out->Put(static_cast<uint32_t>(children.size()));
  for (const TypeChild& child : children) {
    out->PutText(child.name);
    EncodeType(child.type, out);
  }
}

DataType DecodeType(ByteReader* in) { return DecodeTypeWithin(in, 0); }

void EncodeSchema(const Schema& schema, ByteWriter* out) {
  out->Put(static_cast<uint32_t>(schema.size()));
  for (const Field& field : schema.fields()) {
    out->PutText(field.name);
    EncodeType(field.type, out);
    out->Put(static_cast<uint8_t>(field.nullable ? 1 : 0));
  }
}

Schema DecodeSchema(ByteReader* in) {
  const uint32_t count = in->Get<uint32_t>();
  std::vector<Field> fields;
  for (uint32_t i = 0; i < count && in->ok(); ++i) {
    std::string name(in->GetText());
    DataType type = DecodeType(in);
    const bool nullable = in->Get<uint8_t>() != 0;
    fields.push_back({std::move(name), std::move(type), nullable});
  }
  return Schema(std::move(fields));
}

}  // namespace laminar
