// One column of a batch as an Arrow array.
#pragma once

#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>

#include "common/delta.h"
#include "common/ref.h"
#include "common/status.h"
#include "common/type.h"

namespace laminar {

/// Memory of ours as an Arrow buffer that keeps its owner alive.
class HeldBuffer final : public arrow::Buffer {
 public:
  HeldBuffer(const void* data, int64_t size, Ref<RefCounted> owner)
      : arrow::Buffer(static_cast<const uint8_t*>(data), size), owner_(std::move(owner)) {}

 private:
  Ref<RefCounted> owner_;
};

/// `owner` keeps what `column` points to. `arrow_type` is TypeToArrow(type).
Result<std::shared_ptr<arrow::ArrayData>> ExportColumn(const Column& column, int64_t rows, const DataType& type,
                                                       const std::shared_ptr<arrow::DataType>& arrow_type,
                                                       const Ref<RefCounted>& owner);

/// Strings and bytes in the form `arrow_type` says: offsets and data, large offsets, views, or fixed size.
Result<std::shared_ptr<arrow::ArrayData>> ExportText(const Column& column, int64_t rows,
                                                     const std::shared_ptr<arrow::DataType>& arrow_type,
                                                     const std::shared_ptr<arrow::Buffer>& validity);

/// Lists, structs and maps, in the form `arrow_type` says.
Result<std::shared_ptr<arrow::ArrayData>> ExportNested(const Column& column, int64_t rows, const DataType& type,
                                                       const std::shared_ptr<arrow::DataType>& arrow_type,
                                                       const std::shared_ptr<arrow::Buffer>& validity);

}  // namespace laminar
