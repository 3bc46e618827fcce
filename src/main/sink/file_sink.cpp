#include "main/sink/file_sink.h"

#include <arrow/filesystem/filesystem.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <unordered_set>
#include <utility>

#include "common/sql_error.h"
#include "main/file/cell_text.h"

namespace laminar {

namespace {

[[noreturn]] void Throw(std::string_view sql, SourceSpan span, std::string_view message,
                        std::vector<std::string> candidates = {}) {
  throw MakeSqlError(ErrorCode::kQueryFailed, sql, span, message, std::move(candidates));
}

class FileSink final : public SinkOutput {
 public:
  FileSink(std::unique_ptr<FileWriter> writer, const SinkInput& input, bool upsert)
      : writer_(std::move(writer)), schema_(input.schema) {
    if (upsert) {
      upsert_ = true;
      key_ = *std::ranges::find_if(input.keys, [](const std::vector<int>& key) { return !key.empty(); });
    }
    for (const Field& field : schema_.fields()) types_.push_back(field.type);
  }

  Status Deliver(const Change& change) override {
    return writer_->Write(upsert_ ? Upserts(*change.rows) : change.rows);
  }
  Status Flush() override { return writer_->Flush(); }
  Status Close() override { return writer_->Close(); }

 private:
  /// Without the deletions of keys that have a new row in the same epoch.
  Ref<RowBatch> Upserts(const RowBatch& rows) const {
    const Delta delta = rows.delta();
    const auto key_of = [&](uint32_t row) {
      std::string text;
      for (const int column : key_) {
        AppendJsonCell(types_[static_cast<size_t>(column)], delta.columns[static_cast<size_t>(column)], row, &text);
        text.push_back(',');
      }
      return text;
    };
    std::unordered_set<std::string> alive;
    for (uint32_t row = 0; row < delta.rows; ++row) {
      if (delta.WeightAt(row) > 0) alive.insert(key_of(row));
    }
    std::vector<uint32_t> kept;
    for (uint32_t row = 0; row < delta.rows; ++row) {
      if (delta.WeightAt(row) > 0 || !alive.contains(key_of(row))) kept.push_back(row);
    }
    Delta selected = delta;
    selected.Select(kept.data(), static_cast<uint32_t>(kept.size()));
    RowBatchBuilder builder(types_);
    builder.Append(selected);
    return builder.Finish();
  }

  const std::unique_ptr<FileWriter> writer_;
  const Schema schema_;
  std::vector<DataType> types_;
  std::vector<int> key_;
  bool upsert_ = false;
};

const FileOption* Find(const std::vector<FileOption>& options, std::string_view key) {
  const auto found = std::ranges::find(options, key, &FileOption::key);
  return found == options.end() ? nullptr : &*found;
}

/// The file's own format, for the formats that only say how rows come and go.
FileFormat FormatOfPath(const std::string& path, std::string_view sql, SourceSpan span) {
  FileRequest request;
  request.paths = {path};
  request.sql = sql;
  request.span = span;
  return FormatOf(request);
}

void SetForm(const std::string& format, const std::string& path, std::string_view sql, SourceSpan span,
             const SinkInput& input, FileSinkOptions* sink) {
  if (format == "csv" || format == "json" || format == "parquet") {
    sink->format = format == "csv" ? FileFormat::kCsv : format == "json" ? FileFormat::kJson : FileFormat::kParquet;
    if (input.append_only) return;
    Throw(sql, span,
          fmt::format("a sink with format = '{}' cannot take rows back, and its input can retract: {}; use format = "
                      "'weights' (a column __weight), 'debezium' (before and after, as JSON) or 'upsert' (the row of a "
                      "key, and __deleted)",
                      format, input.retracts_because));
  }
  if (format == "debezium") {
    sink->format = FileFormat::kJson;
    sink->write.form = RowForm::kDebezium;
    return;
  }
  sink->format = FormatOfPath(path, sql, span);
  if (format == "weights") {
    sink->write.form = RowForm::kWeights;
    return;
  }
  sink->write.form = RowForm::kUpserts;
  sink->upsert = true;
  if (sink->format == FileFormat::kParquet)
    Throw(sql, span, "format = 'upsert' is written as CSV or JSON, not Parquet");
  const auto usable = [](const std::vector<int>& key) { return !key.empty(); };
  if (std::ranges::none_of(input.keys, usable)) {
    Throw(sql, span,
          "format = 'upsert' needs columns that identify a row, and none are known of this input; use "
          "format = 'weights'");
  }
}

/// What a crash left of the last line of a local file is cut off, so that the next row does not become part of it.
void CutTornLine(const FileLocation& file, FileCompression compression) {
  if (compression != FileCompression::kNone || file.system->type_name() != "local") return;
  std::error_code error;
  const uintmax_t size = std::filesystem::file_size(file.path, error);
  if (error || size == 0) return;
  std::ifstream in(file.path, std::ios::binary);
  uintmax_t end = size;
  for (char last = 0; end != 0; --end) {
    in.seekg(static_cast<std::streamoff>(end - 1));
    in.get(last);
    if (last == '\n') break;
  }
  in.close();
  if (end != size) std::filesystem::resize_file(file.path, end, error);
}

}  // namespace

FileSinkOptions CheckFileSink(const std::vector<FileOption>& options, SourceSpan connector, const SinkInput& input,
                              std::string_view sql, bool resumed) {
  const FileOption* path = Find(options, "path");
  if (path == nullptr) Throw(sql, connector, "a file sink needs a path: INTO FILE (path = 'out.csv', format = 'csv')");
  FileSinkOptions sink;
  const std::string& name = TextOption(*path, sql);
  const FileOption* format = Find(options, "format");
  std::string wanted = format != nullptr ? LowerCased(TextOption(*format, sql)) : "";
  if (wanted.empty()) wanted = LowerCased(FileFormatName(FormatOfPath(name, sql, path->span)));
  static const std::vector<std::string> kFormats = {"csv", "json", "parquet", "weights", "debezium", "upsert"};
  if (std::ranges::find(kFormats, wanted) == kFormats.end()) {
    Throw(sql, format->span,
          fmt::format("a file sink has no format '{}'; there are csv, json, parquet, weights, "
                      "debezium and upsert",
                      wanted),
          NearestNames(wanted, kFormats));
  }
  SetForm(wanted, name, sql, format != nullptr ? format->span : path->span, input, &sink);
  std::string if_exists = "error";
  for (const FileOption& option : options) {
    if (option.key == "path" || option.key == "format" || option.key == "snapshot" || option.key == "connector")
      continue;
    if (option.key == "if_exists") {
      if_exists = LowerCased(TextOption(option, sql));
      if (if_exists != "error" && if_exists != "append" && if_exists != "replace") {
        Throw(sql, option.span, "\"if_exists\" is 'error', 'append' or 'replace'");
      }
      continue;
    }
    if (SetWriteOption(option, sink.format, sql, &sink.write)) continue;
    std::vector<std::string> known = KnownWriteOptions(sink.format);
    known.insert(known.end(), {"path", "format", "snapshot", "if_exists"});
    ThrowUnknownFileOption(option, "a file sink", known, sql);
  }
  if (Find(options, "compression") == nullptr) sink.write.compression = CompressionOf(name);
  sink.write.append = if_exists == "append";
  if (sink.write.append && sink.format == FileFormat::kParquet) {
    Throw(sql, connector, "nothing can be appended to a Parquet file");
  }
  auto location = LocateFile(name);
  if (!location.ok()) Throw(sql, path->span, location.status().message());
  sink.file = location.TakeValue();
  const auto info = sink.file.system->GetFileInfo(sink.file.path);
  if (resumed) {
    if (sink.format == FileFormat::kParquet) {
      Throw(sql, connector, "a Parquet file cannot be gone on with: DROP the sink, and CREATE it with another path");
    }
    sink.write.append = true;
    CutTornLine(sink.file, sink.write.compression);
    return sink;
  }
  if (info.ok() && info->type() != arrow::fs::FileType::NotFound && if_exists == "error") {
    Throw(sql, path->span,
          fmt::format("'{}' exists already; give if_exists = 'append' or 'replace', or another path", sink.file.shown));
  }
  return sink;
}

Result<std::unique_ptr<SinkOutput>> OpenFileSink(const FileSinkOptions& options, const SinkInput& input) {
  LAMINAR_ASSIGN_OR_RETURN(auto writer, OpenWriter(options.format, options.file, options.write, input.schema));
  LAMINAR_RETURN_NOT_OK(writer->Flush());  // a header is there before the first row
  return std::unique_ptr<SinkOutput>(std::make_unique<FileSink>(std::move(writer), input, options.upsert));
}

}  // namespace laminar
