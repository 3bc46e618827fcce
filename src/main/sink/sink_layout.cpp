#include "main/sink/sink_layout.h"

#include <arrow/filesystem/filesystem.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/byte_count.h"
#include "common/date_time.h"
#include "common/sql_error.h"
#include "main/file/cell_text.h"

namespace laminar {

namespace {

constexpr std::string_view kNumber = "{n}";
constexpr std::string_view kNullFolder = "__HIVE_DEFAULT_PARTITION__";

[[noreturn]] void Throw(std::string_view sql, SourceSpan span, std::string_view message,
                        std::vector<std::string> candidates = {}) {
  throw MakeSqlError(ErrorCode::kQueryFailed, sql, span, message, std::move(candidates));
}

bool IsEncoded(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f || std::string_view("\"#%'*/:=?\\{}[]^<>|").find(c) != std::string_view::npos;
}

void AppendEncoded(std::string_view text, std::string* out) {
  for (const char c : text) {
    if (IsEncoded(c)) {
      out->append(fmt::format("%{:02X}", static_cast<unsigned char>(c)));
    } else {
      out->push_back(c);
    }
  }
}

std::string_view LastPart(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

int64_t RowsOption(const FileOption& option, std::string_view sql) { return IntegerOption(option, sql, 1); }

int64_t BytesOption(const FileOption& option, std::string_view sql) {
  const std::string& text = TextOption(option, sql);
  if (const std::optional<int64_t> bytes = ParseByteCount(text)) return *bytes;
  Throw(sql, option.items[0].span, fmt::format("{} is a number of bytes such as '64mb', not '{}'", option.key, text));
}

std::chrono::microseconds IntervalOption(const FileOption& option, std::string_view sql) {
  const std::string& text = TextOption(option, sql);
  Interval interval;
  if (ParseInterval(text, &interval) == Parsed::kOk && interval.Normalized() >= 1000) {
    return std::chrono::microseconds(static_cast<int64_t>(interval.Normalized() / 1000));
  }
  Throw(sql, option.items[0].span, fmt::format("{} is a time such as '1 minute', not '{}'", option.key, text));
}

std::vector<int> PartitionOption(const FileOption& option, const Schema& schema, std::string_view sql) {
  std::vector<int> columns;
  for (const FileOption::Item& item : option.items) {
    std::string_view rest = item.text;
    while (true) {
      const size_t comma = rest.find(',');
      std::string_view name = rest.substr(0, comma);
      while (name.starts_with(' ')) name.remove_prefix(1);
      while (name.ends_with(' ')) name.remove_suffix(1);
      const int column = schema.IndexOf(name);
      if (column < 0) {
        Throw(sql, item.span, fmt::format("partition_by names a column \"{}\", which the sink's input has not", name),
              NearestNames(name, schema.names()));
      }
      if (std::ranges::find(columns, column) != columns.end()) {
        Throw(sql, item.span, fmt::format("partition_by names \"{}\" twice", name));
      }
      columns.push_back(column);
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  if (static_cast<int>(columns.size()) == schema.size()) {
    Throw(sql, option.span, "partition_by names every column: nothing would be left to write into the files");
  }
  return columns;
}

}  // namespace

std::string SinkLayout::NameOf(uint64_t number) const { return fmt::format("{}{:05}{}", before, number, after); }

std::optional<uint64_t> SinkLayout::NumberOf(std::string_view name) const {
  if (name.size() <= before.size() + after.size() || !name.starts_with(before) || !name.ends_with(after)) {
    return std::nullopt;
  }
  const std::string_view digits = name.substr(before.size(), name.size() - before.size() - after.size());
  uint64_t number = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (failure != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

bool MeansManyFiles(const FileLocation& path) {
  if (path.path.ends_with('/') || path.shown.ends_with('/')) return true;
  if (LastPart(path.path).find(kNumber) != std::string_view::npos) return true;
  const auto info = path.system->GetFileInfo(path.path);
  return info.ok() && info->type() == arrow::fs::FileType::Directory;
}

std::vector<std::string> KnownLayoutOptions() { return {"roll_rows", "roll_bytes", "roll_interval", "partition_by"}; }

bool SetLayoutOption(const FileOption& option, const Schema& schema, std::string_view sql, SinkLayout* layout) {
  if (option.key == "roll_rows") {
    layout->roll_rows = RowsOption(option, sql);
  } else if (option.key == "roll_bytes") {
    layout->roll_bytes = BytesOption(option, sql);
  } else if (option.key == "roll_interval") {
    layout->roll_interval = IntervalOption(option, sql);
  } else if (option.key == "partition_by") {
    layout->partition_by = PartitionOption(option, schema, sql);
  } else {
    return false;
  }
  return true;
}

void CompleteLayout(FileFormat format, FileCompression compression, FileLocation* path, SinkLayout* layout) {
  layout->many = true;
  const std::string name(LastPart(path->path));
  if (const size_t number = name.find(kNumber); number != std::string::npos) {
    layout->before = name.substr(0, number);
    layout->after = name.substr(number + kNumber.size());
    path->path.resize(path->path.size() - name.size());
    if (path->path.empty()) path->path = ".";
  } else {
    layout->before = "part-";
    layout->after = "." + LowerCased(FileFormatName(format));
    if (compression != FileCompression::kNone) layout->after += compression == FileCompression::kGzip ? ".gz" : ".zst";
  }
  while (path->path.size() > 1 && path->path.ends_with('/')) path->path.pop_back();
  if (layout->roll_rows != 0 || layout->roll_bytes != 0 || layout->roll_interval.count() != 0) return;
  layout->roll_bytes = int64_t{128} << 20;
  layout->roll_interval = std::chrono::minutes(1);
}

void AppendPartition(const Schema& schema, const std::vector<int>& columns, const Delta& delta, uint32_t row,
                     std::string* out) {
  for (const int column : columns) {
    const Column& values = delta.columns[static_cast<size_t>(column)];
    AppendEncoded(schema.field(column).name, out);
    out->push_back('=');
    const size_t begin = out->size();
    if (values.IsValid(row)) AppendCellText(schema.field(column).type, values, row, out);
    if (out->size() == begin) {
      out->append(kNullFolder);  // Hive knows no empty text in a folder's name either
    } else if (std::any_of(out->begin() + static_cast<ptrdiff_t>(begin), out->end(), IsEncoded)) {
      const std::string text = out->substr(begin);
      out->resize(begin);
      AppendEncoded(text, out);
    }
    out->push_back('/');
  }
}

}  // namespace laminar
