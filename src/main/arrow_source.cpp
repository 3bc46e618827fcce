#include "main/arrow_source.h"

#include <arrow/array/array_base.h>
#include <arrow/array/util.h>
#include <arrow/extension_type.h>
#include <arrow/scalar.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/bitmap_ops.h>

#include "common/text_format.h"

namespace laminar {
namespace {

constexpr size_t kShownBytes = 100;  // of a blob, in an error

std::shared_ptr<arrow::ArrayData> WithoutExtension(std::shared_ptr<arrow::ArrayData> array) {
  while (array->type->id() == arrow::Type::EXTENSION) {
    std::shared_ptr<arrow::ArrayData> storage = array->Copy();
    storage->type = static_cast<const arrow::ExtensionType&>(*array->type).storage_type();
    array = std::move(storage);
  }
  return array;
}

}  // namespace

bool ArrowSource::Open(const std::shared_ptr<arrow::ArrayData>& array, ImportedMemory* memory) {
  rows_ = array->length;
  values_ = WithoutExtension(array);
  while (true) {
    NarrowValidity(*values_, memory);
    if (values_->type->id() == arrow::Type::DICTIONARY) {
      if (!ThroughDictionary(*values_)) return false;
      values_ = WithoutExtension(values_->dictionary);
    } else if (values_->type->id() == arrow::Type::RUN_END_ENCODED) {
      ThroughRuns(*values_);
      values_ = WithoutExtension(values_->child_data[1]);
    } else {
      return true;
    }
  }
}

// Rows that are NULL in `array`, which `index_` leads to, become NULL. The bitmap is always copied: it may begin at any
// bit, and ours is read in whole words, past the end of theirs.
void ArrowSource::NarrowValidity(const arrow::ArrayData& array, ImportedMemory* memory) {
  if (rows_ == 0) return;
  if (array.type->id() == arrow::Type::NA) {
    validity_ = memory->AllocateBitmap(rows_);
    return;
  }
  if (array.buffers.empty() || array.buffers[0] == nullptr || array.GetNullCount() == 0) return;
  const uint8_t* const bits = array.buffers[0]->data();
  if (direct()) {
    validity_ = memory->AllocateBitmap(rows_);
    arrow::internal::CopyBitmap(bits, array.offset, rows_, reinterpret_cast<uint8_t*>(validity_), 0);
    return;
  }
  uint64_t* const narrowed = memory->AllocateBitmap(rows_);
  for (int64_t row = 0; row < rows_; ++row) {
    if (IsValid(row) && arrow::bit_util::GetBit(bits, array.offset + At(row)))
      SetBit(narrowed, static_cast<size_t>(row));
  }
  validity_ = narrowed;
}

bool ArrowSource::ThroughDictionary(const arrow::ArrayData& array) {
  const int64_t size = array.dictionary->length;
  std::vector<int64_t> through(static_cast<size_t>(rows_), 0);
  const auto follow = [&](const auto* indices) {
    for (int64_t row = 0; row < rows_; ++row) {
      if (!IsValid(row)) continue;
      const auto index = static_cast<int64_t>(indices[At(row)]);
      if (index < 0 || index >= size) return false;
      through[static_cast<size_t>(row)] = index;
    }
    return true;
  };
  bool inside = false;
  switch (static_cast<const arrow::DictionaryType&>(*array.type).index_type()->id()) {
    case arrow::Type::INT8:
      inside = follow(array.GetValues<int8_t>(1));
      break;
    case arrow::Type::INT16:
      inside = follow(array.GetValues<int16_t>(1));
      break;
    case arrow::Type::INT32:
      inside = follow(array.GetValues<int32_t>(1));
      break;
    case arrow::Type::INT64:
      inside = follow(array.GetValues<int64_t>(1));
      break;
    case arrow::Type::UINT8:
      inside = follow(array.GetValues<uint8_t>(1));
      break;
    case arrow::Type::UINT16:
      inside = follow(array.GetValues<uint16_t>(1));
      break;
    case arrow::Type::UINT32:
      inside = follow(array.GetValues<uint32_t>(1));
      break;
    case arrow::Type::UINT64:
      inside = follow(array.GetValues<uint64_t>(1));
      break;
    default:
      break;
  }
  index_ = std::move(through);
  return inside;
}

void ArrowSource::ThroughRuns(const arrow::ArrayData& array) {
  const arrow::ArrayData& ends = *array.child_data[0];
  // Which run each logical position of the array, counted from its offset, lies in.
  std::vector<int64_t> run_of(static_cast<size_t>(array.length));
  const auto follow = [&](const auto* run_ends) {
    int64_t run = 0;
    for (int64_t position = 0; position < array.length; ++position) {
      while (run < ends.length - 1 && static_cast<int64_t>(run_ends[run]) <= array.offset + position) ++run;
      run_of[static_cast<size_t>(position)] = run;
    }
  };
  switch (ends.type->id()) {
    case arrow::Type::INT16:
      follow(ends.GetValues<int16_t>(1));
      break;
    case arrow::Type::INT32:
      follow(ends.GetValues<int32_t>(1));
      break;
    default:
      follow(ends.GetValues<int64_t>(1));
      break;
  }
  if (direct()) {
    index_ = std::move(run_of);
    return;
  }
  for (int64_t& index : index_) index = run_of[static_cast<size_t>(index)];
}

std::string ArrowSource::ValueText(int64_t row) const {
  std::string text;
  const bool quoted = IsText(type());
  const auto show = [&](const auto& read) {
    const std::string_view value = read(At(row));
    text = quoted ? QuotedText(value) : FormatBlob(value.substr(0, kShownBytes));
  };
  if (VisitText(*this, show)) return text;
  const auto scalar = arrow::MakeArray(values_)->GetScalar(At(row));
  return scalar.ok() ? (*scalar)->ToString() : scalar.status().message();
}

}  // namespace laminar
