// Our 16-byte references as the four layouts of text that Arrow knows.
#include <arrow/type.h>
#include <fmt/format.h>

#include <cstring>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "common/string_ref.h"
#include "main/export_column.h"

namespace laminar {
namespace {

using ArrayResult = Result<std::shared_ptr<arrow::ArrayData>>;

std::shared_ptr<arrow::Buffer> Held(const Ref<Buffer>& buffer, size_t size) {
  return std::make_shared<HeldBuffer>(buffer->data(), static_cast<int64_t>(size), buffer);
}

std::shared_ptr<arrow::ArrayData> Finish(const std::shared_ptr<arrow::DataType>& type, int64_t rows,
                                         std::vector<std::shared_ptr<arrow::Buffer>> buffers) {
  const int64_t nulls = buffers[0] == nullptr ? 0 : arrow::kUnknownNullCount;
  return arrow::ArrayData::Make(type, rows, std::move(buffers), nulls);
}

// What lies under a NULL is an empty reference, so that NULLs need no test here.
template <typename Offset>
ArrayResult WithOffsets(const StringRef* refs, int64_t rows, const std::shared_ptr<arrow::DataType>& type,
                        const std::shared_ptr<arrow::Buffer>& validity) {
  const auto count = static_cast<size_t>(rows);
  Ref<Buffer> offsets = Buffer::Allocate((count + 1) * sizeof(Offset));
  auto* const out = offsets->as<Offset>();
  size_t total = 0;
  for (size_t i = 0; i < count; ++i) {
    out[i] = static_cast<Offset>(total);
    total += refs[i].size();
  }
  if (total > static_cast<size_t>(std::numeric_limits<Offset>::max())) {
    return Status(
        ErrorCode::kQueryFailed,
        fmt::format("{} bytes of text in one batch are more than Arrow type {} holds; declare the column as {}", total,
                    type->ToString(), type->id() == arrow::Type::STRING ? "large_string" : "large_binary"));
  }
  out[count] = static_cast<Offset>(total);
  Ref<Buffer> bytes = Buffer::Allocate(total);
  char* end = bytes->as<char>();
  for (size_t i = 0; i < count; ++i) {
    std::memcpy(end, refs[i].data(), refs[i].size());
    end += refs[i].size();
  }
  return Finish(type, rows, {validity, Held(offsets, (count + 1) * sizeof(Offset)), Held(bytes, total)});
}

// Long values lie behind one another in as many blocks as 32-bit offsets need.
ArrayResult WithViews(const StringRef* refs, int64_t rows, const std::shared_ptr<arrow::DataType>& type,
                      const std::shared_ptr<arrow::Buffer>& validity) {
  using View = arrow::BinaryViewType::c_type;
  constexpr size_t kBlock = std::numeric_limits<int32_t>::max();
  const auto count = static_cast<size_t>(rows);
  Ref<Buffer> views = Buffer::Allocate(count * sizeof(View));
  auto* const out = views->as<View>();
  std::vector<std::shared_ptr<arrow::Buffer>> buffers = {validity, Held(views, count * sizeof(View))};
  size_t i = 0;
  while (i < count) {
    size_t total = 0;
    size_t end = i;
    for (; end < count; ++end) {
      const size_t size = refs[end].is_inline() ? 0 : refs[end].size();
      if (size > kBlock) {
        return Status(ErrorCode::kQueryFailed,
                      fmt::format("a value of {} bytes is longer than Arrow type {} holds", size, type->ToString()));
      }
      if (total + size > kBlock) break;
      total += size;
    }
    Ref<Buffer> block = total == 0 ? nullptr : Buffer::Allocate(total);
    const auto block_index = static_cast<int32_t>(buffers.size() - 2);
    size_t fill = 0;
    for (; i < end; ++i) {
      const std::string_view text = refs[i].view();
      View& view = out[i];
      std::memset(&view, 0, sizeof(view));
      if (refs[i].is_inline()) {
        view.inlined.size = static_cast<int32_t>(text.size());
        std::memcpy(view.inlined.data.data(), text.data(), text.size());
        continue;
      }
      view.ref.size = static_cast<int32_t>(text.size());
      std::memcpy(view.ref.prefix.data(), text.data(), view.ref.prefix.size());
      view.ref.buffer_index = block_index;
      view.ref.offset = static_cast<int32_t>(fill);
      std::memcpy(block->data() + fill, text.data(), text.size());
      fill += text.size();
    }
    if (block) buffers.push_back(Held(block, total));
  }
  return Finish(type, rows, std::move(buffers));
}

ArrayResult WithFixedSize(const Column& column, int64_t rows, const std::shared_ptr<arrow::DataType>& type,
                          const std::shared_ptr<arrow::Buffer>& validity) {
  const auto width = static_cast<size_t>(static_cast<const arrow::FixedSizeBinaryType&>(*type).byte_width());
  const auto count = static_cast<size_t>(rows);
  Ref<Buffer> bytes = Buffer::Allocate(count * width);
  for (size_t i = 0; i < count; ++i) {
    const std::string_view value = column.data<StringRef>()[i].view();
    if (!column.IsValid(i)) {
      std::memset(bytes->data() + i * width, 0, width);
    } else if (value.size() != width) {
      return Status(ErrorCode::kQueryFailed,
                    fmt::format("a value of {} bytes in a column of Arrow type {}", value.size(), type->ToString()));
    } else {
      std::memcpy(bytes->data() + i * width, value.data(), width);
    }
  }
  return Finish(type, rows, {validity, Held(bytes, count * width)});
}

}  // namespace

ArrayResult ExportText(const Column& column, int64_t rows, const std::shared_ptr<arrow::DataType>& arrow_type,
                       const std::shared_ptr<arrow::Buffer>& validity) {
  const auto* const refs = column.data<StringRef>();
  switch (arrow_type->id()) {
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return WithOffsets<int64_t>(refs, rows, arrow_type, validity);
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
      return WithViews(refs, rows, arrow_type, validity);
    case arrow::Type::FIXED_SIZE_BINARY:
      return WithFixedSize(column, rows, arrow_type, validity);
    default:
      return WithOffsets<int32_t>(refs, rows, arrow_type, validity);
  }
}

}  // namespace laminar
