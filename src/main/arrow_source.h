// What the importers of columns read: the values of a flat Arrow array, seen through dictionaries and runs.
#pragma once

#include <arrow/array/data.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/buffer.h"
#include "common/delta.h"
#include "main/arrow_column.h"
#include "main/refusal.h"

namespace laminar {

/// Rows of one column. Value `At(row)` of `values` is the row's; it must not be read where `IsValid(row)` is false.
class ArrowSource {
 public:
  /// False when an index points outside its dictionary: the array is malformed.
  [[nodiscard]] bool Open(const std::shared_ptr<arrow::ArrayData>& array, ImportedMemory* memory);

  int64_t rows() const { return rows_; }
  const arrow::DataType& type() const { return *values_->type; }
  const std::shared_ptr<arrow::ArrayData>& values() const { return values_; }
  /// Row r is value r.
  bool direct() const { return index_.empty(); }
  int64_t At(int64_t row) const { return direct() ? row : index_[static_cast<size_t>(row)]; }
  /// Null when no row is NULL. Owned by the memory given to Open.
  const uint64_t* validity() const { return validity_; }
  bool IsValid(int64_t row) const { return validity_ == nullptr || GetBit(validity_, static_cast<size_t>(row)); }
  /// Fixed-width values, the array's offset applied.
  template <typename T>
  const T* data() const {
    return values_->GetValues<T>(1);
  }
  /// As error messages show it.
  std::string ValueText(int64_t row) const;

 private:
  void NarrowValidity(const arrow::ArrayData& array, ImportedMemory* memory);
  bool ThroughDictionary(const arrow::ArrayData& array);
  void ThroughRuns(const arrow::ArrayData& array);

  std::shared_ptr<arrow::ArrayData> values_;
  std::vector<int64_t> index_;
  uint64_t* validity_ = nullptr;
  int64_t rows_ = 0;
};

// How the bytes of a value are found in each of Arrow's four layouts of text. `position` as of ArrowSource::At.

template <typename Offset>
struct OffsetText {
  explicit OffsetText(const arrow::ArrayData& array)
      : offsets(array.GetValues<Offset>(1)),
        bytes(array.buffers[2] == nullptr ? nullptr : reinterpret_cast<const char*>(array.buffers[2]->data())) {}
  std::string_view operator()(int64_t position) const {
    const Offset begin = offsets[position];
    return {bytes + begin, static_cast<size_t>(offsets[position + 1] - begin)};
  }
  const Offset* offsets;
  const char* bytes;
};

struct ViewText {
  explicit ViewText(const arrow::ArrayData& array)
      : views(array.GetValues<arrow::BinaryViewType::c_type>(1)), buffers(array.buffers.data() + 2) {}
  std::string_view operator()(int64_t position) const {
    const auto& view = views[position];
    const auto size = static_cast<size_t>(view.size());
    if (view.is_inline()) return {reinterpret_cast<const char*>(view.inline_data()), size};
    return {reinterpret_cast<const char*>(buffers[view.ref.buffer_index]->data()) + view.ref.offset, size};
  }
  const arrow::BinaryViewType::c_type* views;
  const std::shared_ptr<arrow::Buffer>* buffers;
};

struct FixedText {
  explicit FixedText(const arrow::ArrayData& array)
      : width(static_cast<size_t>(static_cast<const arrow::FixedSizeBinaryType&>(*array.type).byte_width())),
        bytes(reinterpret_cast<const char*>(array.buffers[1]->data()) + static_cast<size_t>(array.offset) * width) {}
  std::string_view operator()(int64_t position) const { return {bytes + static_cast<size_t>(position) * width, width}; }
  size_t width;
  const char* bytes;
};

/// Calls `visit` with the reader of the source's text or bytes; false when it has neither.
template <typename Visit>
bool VisitText(const ArrowSource& source, Visit visit) {
  switch (source.type().id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      visit(OffsetText<int32_t>(*source.values()));
      return true;
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      visit(OffsetText<int64_t>(*source.values()));
      return true;
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
      visit(ViewText(*source.values()));
      return true;
    case arrow::Type::FIXED_SIZE_BINARY:
      visit(FixedText(*source.values()));
      return true;
    default:
      return false;
  }
}

/// Characters, not bytes.
inline bool IsText(const arrow::DataType& type) {
  return type.id() == arrow::Type::STRING || type.id() == arrow::Type::LARGE_STRING ||
         type.id() == arrow::Type::STRING_VIEW;
}

}  // namespace laminar
