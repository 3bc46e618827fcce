// One column of an Arrow batch on its way into a RowBatch: taken over where its form is ours, converted where not.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/buffer.h"
#include "common/delta.h"
#include "common/ref.h"
#include "common/type.h"
#include "main/refusal.h"

namespace arrow {
struct ArrayData;
}

namespace laminar {

/// Owns what the columns of an imported batch point to: buffers made on the way, and Arrow's own.
class ImportedMemory final : public RefCounted {
 public:
  /// Uninitialised, for `count` values.
  template <typename T>
  T* Allocate(int64_t count) {
    buffers_.push_back(Buffer::Allocate(static_cast<size_t>(count) * sizeof(T)));
    return buffers_.back()->as<T>();
  }
  uint64_t* AllocateBitmap(int64_t bits) {
    buffers_.push_back(Buffer::AllocateZeroed(BitmapWords(static_cast<size_t>(bits)) * 8));
    return buffers_.back()->as<uint64_t>();
  }
  void Hold(std::shared_ptr<const arrow::ArrayData> array) { arrays_.push_back(std::move(array)); }

 private:
  std::vector<Ref<Buffer>> buffers_;
  std::vector<std::shared_ptr<const arrow::ArrayData>> arrays_;
};

/// The first cell that did not go into its column.
struct RefusedRow {
  int64_t row = 0;  // within the batch, from 0
  Refusal refusal = Refusal::kNone;
  std::string value;
};

/// Fills `column` with the rows of `array` in the physical form of the field's type; what it points to is in `memory`.
/// With `copy` nothing of the array's own memory is. False, and `refused` set, when a value does not fit.
/// Any Arrow type is accepted for any column: one of the wrong type that has nothing but NULLs refuses no value.
bool ImportColumn(const std::shared_ptr<arrow::ArrayData>& array, const Field& field, bool copy, ImportedMemory* memory,
                  Column* column, RefusedRow* refused);

}  // namespace laminar
