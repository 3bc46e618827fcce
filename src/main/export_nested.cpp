// Lists, structs and maps as Arrow arrays: the parts of all rows are gathered in columns, which are exported in turn.
#include <arrow/array/data.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <limits>
#include <utility>
#include <vector>

#include "common/nested_elements.h"
#include "main/export_column.h"

namespace laminar {
namespace {

using ArrayResult = Result<std::shared_ptr<arrow::ArrayData>>;
using Elements = Ref<NestedElements>;

template <typename T>
std::shared_ptr<arrow::Buffer> NewBuffer(int64_t count, T** values) {
  Ref<Buffer> buffer = Buffer::Allocate(static_cast<size_t>(count) * sizeof(T));
  *values = buffer->as<T>();
  return std::make_shared<HeldBuffer>(buffer->data(), count * static_cast<int64_t>(sizeof(T)), buffer);
}

ArrayResult ExportParts(const Elements& parts, const std::shared_ptr<arrow::DataType>& arrow_type) {
  return ExportColumn(parts->column(), parts->size(), parts->type(), arrow_type, parts);
}

std::shared_ptr<arrow::ArrayData> Array(const std::shared_ptr<arrow::DataType>& type, int64_t rows,
                                        std::vector<std::shared_ptr<arrow::Buffer>> buffers,
                                        std::vector<std::shared_ptr<arrow::ArrayData>> children) {
  const int64_t nulls = buffers[0] == nullptr ? 0 : arrow::kUnknownNullCount;
  return arrow::ArrayData::Make(type, rows, std::move(buffers), std::move(children), nulls);
}

/// Calls `append(reader)` for every element or entry of every row, and answers where those of each row begin.
template <typename Offset, typename Append>
Result<std::shared_ptr<arrow::Buffer>> GatherRows(const Column& column, int64_t rows, const arrow::DataType& type,
                                                  Append append) {
  Offset* offsets;
  auto buffer = NewBuffer(rows + 1, &offsets);
  int64_t count = 0;
  for (int64_t row = 0; row < rows; ++row) {
    offsets[row] = static_cast<Offset>(count);
    if (!column.IsValid(static_cast<size_t>(row))) continue;
    NestedReader reader(column.data<StringRef>()[row].view());
    for (; reader.Next(); ++count) append(reader);
    if (count > std::numeric_limits<Offset>::max()) {
      return Status(ErrorCode::kQueryFailed,
                    fmt::format("a batch has more elements than Arrow type {} holds", type.ToString()));
    }
  }
  offsets[rows] = static_cast<Offset>(count);
  return buffer;
}

template <typename Offset>
ArrayResult ExportOffsetList(const Column& column, int64_t rows, const DataType& type,
                             const std::shared_ptr<arrow::DataType>& arrow_type,
                             std::shared_ptr<arrow::Buffer> validity) {
  const auto elements = MakeRef<NestedElements>(type.children()[0].type);
  LAMINAR_ASSIGN_OR_RETURN(
      std::shared_ptr<arrow::Buffer> offsets,
      GatherRows<Offset>(column, rows, *arrow_type, [&](NestedReader& reader) { elements->Append(reader); }));
  LAMINAR_ASSIGN_OR_RETURN(auto child, ExportParts(elements, arrow_type->field(0)->type()));
  return Array(arrow_type, rows, {std::move(validity), std::move(offsets)}, {std::move(child)});
}

// A view says where each list begins and how long it is; ours follow one another.
ArrayResult ExportListView(const Column& column, int64_t rows, const DataType& type,
                           const std::shared_ptr<arrow::DataType>& arrow_type,
                           std::shared_ptr<arrow::Buffer> validity) {
  LAMINAR_ASSIGN_OR_RETURN(auto list, ExportOffsetList<int32_t>(column, rows, type, arrow_type, std::move(validity)));
  const auto* const offsets = list->GetValues<int32_t>(1);
  int32_t* sizes;
  auto buffer = NewBuffer(rows, &sizes);
  for (int64_t row = 0; row < rows; ++row) sizes[row] = offsets[row + 1] - offsets[row];
  list->buffers.push_back(std::move(buffer));
  return list;
}

ArrayResult ExportFixedSizeList(const Column& column, int64_t rows, const DataType& type,
                                const std::shared_ptr<arrow::DataType>& arrow_type,
                                std::shared_ptr<arrow::Buffer> validity) {
  const auto elements = MakeRef<NestedElements>(type.children()[0].type);
  const int32_t size = type.fixed_size();
  for (int64_t row = 0; row < rows; ++row) {
    int32_t count = 0;
    if (column.IsValid(static_cast<size_t>(row))) {
      NestedReader reader(column.data<StringRef>()[row].view());
      for (; reader.Next(); ++count) elements->Append(reader);
      if (count != size) {
        return Status(ErrorCode::kQueryFailed,
                      fmt::format("a list of {} elements in a column of Arrow type {}", count, arrow_type->ToString()));
      }
    }
    for (; count < size; ++count) elements->AppendNull();
  }
  LAMINAR_ASSIGN_OR_RETURN(auto child, ExportParts(elements, arrow_type->field(0)->type()));
  return Array(arrow_type, rows, {std::move(validity)}, {std::move(child)});
}

ArrayResult ExportStruct(const Column& column, int64_t rows, const DataType& type,
                         const std::shared_ptr<arrow::DataType>& arrow_type, std::shared_ptr<arrow::Buffer> validity) {
  std::vector<Elements> fields;
  for (const TypeChild& child : type.children()) fields.push_back(MakeRef<NestedElements>(child.type));
  for (int64_t row = 0; row < rows; ++row) {
    if (!column.IsValid(static_cast<size_t>(row))) {
      for (const Elements& field : fields) field->AppendNull();
      continue;
    }
    NestedReader reader(column.data<StringRef>()[row].view());
    for (const Elements& field : fields) field->Append(reader);
  }
  std::vector<std::shared_ptr<arrow::ArrayData>> children;
  for (size_t i = 0; i < fields.size(); ++i) {
    LAMINAR_ASSIGN_OR_RETURN(auto child, ExportParts(fields[i], arrow_type->field(static_cast<int>(i))->type()));
    children.push_back(std::move(child));
  }
  return Array(arrow_type, rows, {std::move(validity)}, std::move(children));
}

ArrayResult ExportMap(const Column& column, int64_t rows, const DataType& type,
                      const std::shared_ptr<arrow::DataType>& arrow_type, std::shared_ptr<arrow::Buffer> validity) {
  const auto keys = MakeRef<NestedElements>(type.children()[0].type);
  const auto values = MakeRef<NestedElements>(type.children()[1].type);
  const auto append = [&](NestedReader& reader) {
    keys->Append(reader);
    values->Append(reader);
  };
  LAMINAR_ASSIGN_OR_RETURN(std::shared_ptr<arrow::Buffer> offsets,
                           GatherRows<int32_t>(column, rows, *arrow_type, append));
  const std::shared_ptr<arrow::DataType>& entry_type = arrow_type->field(0)->type();
  LAMINAR_ASSIGN_OR_RETURN(auto key_array, ExportParts(keys, entry_type->field(0)->type()));
  LAMINAR_ASSIGN_OR_RETURN(auto value_array, ExportParts(values, entry_type->field(1)->type()));
  auto entries = Array(entry_type, keys->size(), {nullptr}, {std::move(key_array), std::move(value_array)});
  return Array(arrow_type, rows, {std::move(validity), std::move(offsets)}, {std::move(entries)});
}

}  // namespace

ArrayResult ExportNested(const Column& column, int64_t rows, const DataType& type,
                         const std::shared_ptr<arrow::DataType>& arrow_type,
                         const std::shared_ptr<arrow::Buffer>& validity) {
  switch (arrow_type->id()) {
    case arrow::Type::LARGE_LIST:
      return ExportOffsetList<int64_t>(column, rows, type, arrow_type, validity);
    case arrow::Type::LIST_VIEW:
      return ExportListView(column, rows, type, arrow_type, validity);
    case arrow::Type::FIXED_SIZE_LIST:
      return ExportFixedSizeList(column, rows, type, arrow_type, validity);
    case arrow::Type::STRUCT:
      return ExportStruct(column, rows, type, arrow_type, validity);
    case arrow::Type::MAP:
      return ExportMap(column, rows, type, arrow_type, validity);
    default:
      return ExportOffsetList<int32_t>(column, rows, type, arrow_type, validity);
  }
}

}  // namespace laminar
