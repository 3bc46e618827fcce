#include "main/file/cell_text.h"

#include <fmt/format.h>

#include <cmath>

#include "common/date_time.h"
#include "common/decimal.h"
#include "common/nested_elements.h"
#include "common/string_ref.h"
#include "common/text_format.h"
#include "function/scalar/json_path.h"

namespace laminar {

namespace {

template <typename Format>
void Append(std::string* out, Format format) {
  char text[kFormattedSize];
  out->append(text, static_cast<size_t>(format(text) - text));
}

template <typename T>
void AppendInteger(const Column& column, size_t row, std::string* out) {
  const fmt::format_int text(column.data<T>()[row]);
  out->append(text.data(), text.size());
}

bool IsFinite(const DataType& type, const Column& column, size_t row) {
  if (type.id() == TypeId::kFloat) return std::isfinite(column.data<float>()[row]);
  return type.id() != TypeId::kDouble || std::isfinite(column.data<double>()[row]);
}

}  // namespace

void AppendCellText(const DataType& type, const Column& column, size_t row, std::string* out) {
  switch (type.id()) {
    case TypeId::kBoolean:
      out->append(column.data<uint8_t>()[row] != 0 ? "true" : "false");
      return;
    case TypeId::kInt8:
      return AppendInteger<int8_t>(column, row, out);
    case TypeId::kInt16:
      return AppendInteger<int16_t>(column, row, out);
    case TypeId::kInt32:
      return AppendInteger<int32_t>(column, row, out);
    case TypeId::kInt64:
      return AppendInteger<int64_t>(column, row, out);
    case TypeId::kUInt8:
      return AppendInteger<uint8_t>(column, row, out);
    case TypeId::kUInt16:
      return AppendInteger<uint16_t>(column, row, out);
    case TypeId::kUInt32:
      return AppendInteger<uint32_t>(column, row, out);
    case TypeId::kUInt64:
      return AppendInteger<uint64_t>(column, row, out);
    case TypeId::kFloat:
      return Append(out, [&](char* to) { return FormatFloat(to, column.data<float>()[row]); });
    case TypeId::kDouble:
      return Append(out, [&](char* to) { return FormatFloat(to, column.data<double>()[row]); });
    case TypeId::kDecimal:
      return Append(out, [&](char* to) { return FormatDecimal(to, column.data<int128_t>()[row], type.scale()); });
    case TypeId::kDate:
      return Append(out, [&](char* to) { return FormatDate(to, column.data<int32_t>()[row]); });
    case TypeId::kTime:
      return Append(out, [&](char* to) { return FormatTime(to, column.data<int64_t>()[row], type.unit()); });
    case TypeId::kTimestamp:
      return Append(out, [&](char* to) {
        return FormatTimestamp(to, column.data<int64_t>()[row], type.unit(), type.with_zone());
      });
    case TypeId::kInterval:
      return Append(out, [&](char* to) { return FormatInterval(to, column.data<Interval>()[row]); });
    case TypeId::kUuid:
      return Append(out, [&](char* to) { return FormatUuid(to, column.data<StringRef>()[row].view()); });
    case TypeId::kBlob:
      out->append(FormatBlob(column.data<StringRef>()[row].view()));
      return;
    case TypeId::kList:
    case TypeId::kStruct:
    case TypeId::kMap:
      out->append(FormatNested(type, column.data<StringRef>()[row].view()));
      return;
    default:
      out->append(column.data<StringRef>()[row].view());
      return;
  }
}

namespace {

/// A list as an array, a struct and a map as an object.
void AppendJsonNested(const DataType& type, std::string_view bytes, std::string* out) {
  std::vector<Ref<NestedElements>> columns;
  for (const TypeChild& child : type.children()) columns.push_back(MakeRef<NestedElements>(child.type));
  NestedReader reader(bytes);
  const bool is_struct = type.id() == TypeId::kStruct;
  const bool is_list = type.id() == TypeId::kList;
  for (bool more = is_struct || reader.Next(); more; more = !is_struct && reader.Next()) {
    for (const auto& column : columns) column->Append(reader);
  }
  out->push_back(is_list ? '[' : '{');
  std::string key;
  for (uint32_t row = 0; row < columns[0]->size(); ++row) {
    for (size_t c = type.id() == TypeId::kMap ? 1 : 0; c < columns.size(); ++c) {
      if (row > 0 || (is_struct && c > 0)) out->push_back(',');
      if (is_struct) AppendJsonString(type.children()[c].name, out);
      if (type.id() == TypeId::kMap) {
        key.clear();
        AppendCellText(columns[0]->type(), columns[0]->column(), row, &key);
        AppendJsonString(key, out);
      }
      if (!is_list) out->push_back(':');
      AppendJsonCell(columns[c]->type(), columns[c]->column(), row, out);
    }
  }
  out->push_back(is_list ? ']' : '}');
}

}  // namespace

void AppendJsonCell(const DataType& type, const Column& column, size_t row, std::string* out) {
  if (!column.IsValid(row)) {
    out->append("null");
    return;
  }
  if (type.id() == TypeId::kBoolean || (type.is_numeric() && IsFinite(type, column, row))) {
    return AppendCellText(type, column, row, out);
  }
  if (type.id() == TypeId::kVarchar) return AppendJsonString(column.data<StringRef>()[row].view(), out);
  if (type.id() == TypeId::kJson) {
    // A line break between its parts would end the record; within its texts there is none.
    for (const char c : column.data<StringRef>()[row].view()) out->push_back(c == '\n' || c == '\r' ? ' ' : c);
    return;
  }
  if (type.is_nested()) return AppendJsonNested(type, column.data<StringRef>()[row].view(), out);
  std::string text;
  AppendCellText(type, column, row, &text);
  AppendJsonString(text, out);
}

}  // namespace laminar
