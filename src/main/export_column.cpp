#include "main/export_column.h"

#include <arrow/array/array_dict.h>
#include <arrow/array/util.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/cast.h>
#include <arrow/compute/initialize.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <limits>
#include <mutex>
#include <utility>

#include "main/arrow_types.h"

namespace laminar {
namespace {

using ArrayResult = Result<std::shared_ptr<arrow::ArrayData>>;

std::shared_ptr<arrow::Buffer> NewBuffer(size_t size, uint8_t** data) {
  Ref<Buffer> buffer = Buffer::Allocate(size);
  *data = buffer->data();
  return std::make_shared<HeldBuffer>(buffer->data(), static_cast<int64_t>(size), buffer);
}

std::shared_ptr<arrow::ArrayData> Flat(const std::shared_ptr<arrow::DataType>& type, int64_t rows,
                                       std::shared_ptr<arrow::Buffer> validity, std::shared_ptr<arrow::Buffer> values) {
  const int64_t nulls = validity == nullptr ? 0 : arrow::kUnknownNullCount;
  return arrow::ArrayData::Make(type, rows, {std::move(validity), std::move(values)}, nulls);
}

std::shared_ptr<arrow::Buffer> PackBits(const uint8_t* bytes, int64_t rows) {
  const size_t words = BitmapWords(static_cast<size_t>(rows));
  uint8_t* data;
  auto buffer = NewBuffer(words * 8, &data);
  auto* out = reinterpret_cast<uint64_t*>(data);
  for (size_t word = 0; word < words; ++word) {
    const size_t begin = word * 64;
    const size_t end = std::min(static_cast<size_t>(rows), begin + 64);
    uint64_t bits = 0;
    for (size_t i = begin; i < end; ++i) bits |= uint64_t{bytes[i] != 0} << (i - begin);
    out[word] = bits;
  }
  return buffer;
}

template <typename To, typename From, typename Convert>
std::shared_ptr<arrow::Buffer> Converted(const Column& column, int64_t rows, Convert convert) {
  uint8_t* data;
  auto buffer = NewBuffer(static_cast<size_t>(rows) * sizeof(To), &data);
  auto* const out = reinterpret_cast<To*>(data);
  for (int64_t row = 0; row < rows; ++row) out[row] = convert(column.data<From>()[row]);
  return buffer;
}

// Kernels are rare here: only dictionaries need them.
void InitializeKernels() {
  static std::once_flag once;
  std::call_once(once, [] { (void)arrow::compute::Initialize(); });
}

int64_t MostDictionaryValues(const arrow::DataType& index_type) {
  const int bits = static_cast<const arrow::FixedWidthType&>(index_type).bit_width();
  const int value_bits = arrow::is_signed_integer(index_type.id()) ? bits - 1 : bits;
  return value_bits >= 63 ? std::numeric_limits<int64_t>::max() : int64_t{1} << value_bits;
}

ArrayResult ExportDictionary(const Column& column, int64_t rows, const DataType& type,
                             const std::shared_ptr<arrow::DataType>& arrow_type, const Ref<RefCounted>& owner) {
  const auto& dictionary_type = static_cast<const arrow::DictionaryType&>(*arrow_type);
  LAMINAR_ASSIGN_OR_RETURN(auto flat, ExportColumn(column, rows, type.WithArrowForm(ArrowForm::kDefault),
                                                   dictionary_type.value_type(), owner));
  InitializeKernels();
  const std::shared_ptr<arrow::DataType> value_type = flat->type;
  if (value_type->id() == arrow::Type::EXTENSION) {
    flat->type = static_cast<const arrow::ExtensionType&>(*value_type).storage_type();
  }
  auto encoded = arrow::compute::DictionaryEncode(flat);
  if (!encoded.ok()) return FromArrowStatus(encoded.status(), ErrorCode::kQueryFailed, "making a dictionary failed");
  std::shared_ptr<arrow::ArrayData> result = encoded->array();
  std::shared_ptr<arrow::ArrayData> dictionary = result->dictionary;
  const arrow::DataType& index_type = *dictionary_type.index_type();
  if (dictionary->length > MostDictionaryValues(index_type)) {
    return Status(ErrorCode::kQueryFailed,
                  fmt::format("{} different values are more than dictionary indices of type {} can count",
                              dictionary->length, index_type.ToString()));
  }
  auto indices = result->Copy();
  indices->type = arrow::int32();
  indices->dictionary = nullptr;
  auto cast = arrow::compute::Cast(arrow::Datum(indices), dictionary_type.index_type());
  if (!cast.ok()) return FromArrowStatus(cast.status(), ErrorCode::kQueryFailed, "making a dictionary failed");
  auto narrowed = cast->array()->Copy();
  narrowed->type = arrow_type;
  narrowed->dictionary = dictionary->Copy();
  narrowed->dictionary->type = value_type;
  return narrowed;
}

}  // namespace

ArrayResult ExportColumn(const Column& column, int64_t rows, const DataType& type,
                         const std::shared_ptr<arrow::DataType>& arrow_type, const Ref<RefCounted>& owner) {
  if (type.id() == TypeId::kNull) return arrow::ArrayData::Make(arrow_type, rows, {nullptr}, rows);
  if (type.arrow_form() == ArrowForm::kDictionary) return ExportDictionary(column, rows, type, arrow_type, owner);
  std::shared_ptr<arrow::Buffer> validity;
  if (column.validity != nullptr) {
    const auto bytes = static_cast<int64_t>(BitmapWords(static_cast<size_t>(rows)) * 8);
    validity = std::make_shared<HeldBuffer>(column.validity, bytes, owner);
  }
  switch (type.id()) {
    case TypeId::kBoolean:
      return Flat(arrow_type, rows, std::move(validity), PackBits(column.data<uint8_t>(), rows));
    case TypeId::kDate:
      if (type.arrow_form() != ArrowForm::kDate64) break;
      return Flat(arrow_type, rows, std::move(validity),
                  Converted<int64_t, int32_t>(column, rows, [](int32_t days) { return int64_t{days} * 86'400'000; }));
    case TypeId::kTime:
      if (type.unit() > TimeUnit::kMilli) break;
      return Flat(arrow_type, rows, std::move(validity),
                  Converted<int32_t, int64_t>(column, rows, [](int64_t time) { return static_cast<int32_t>(time); }));
    case TypeId::kVarchar:
    case TypeId::kBlob:
      return ExportText(column, rows, arrow_type, validity);
    case TypeId::kUuid:
    case TypeId::kJson: {
      const auto& storage = static_cast<const arrow::ExtensionType&>(*arrow_type).storage_type();
      LAMINAR_ASSIGN_OR_RETURN(auto array, ExportText(column, rows, storage, validity));
      array->type = arrow_type;
      return array;
    }
    case TypeId::kList:
    case TypeId::kStruct:
    case TypeId::kMap:
      return ExportNested(column, rows, type, arrow_type, validity);
    default:
      break;
  }
  const int64_t bytes = rows * PhysicalWidth(type.physical());
  return Flat(arrow_type, rows, std::move(validity), std::make_shared<HeldBuffer>(column.values, bytes, owner));
}

}  // namespace laminar
