#include "main/sink/file_sink.h"

#include <arrow/filesystem/filesystem.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <unordered_set>
#include <utility>

#include "common/sql_error.h"
#include "main/file/cell_text.h"
#include "main/sink/sink_files.h"

namespace laminar {

namespace {

[[noreturn]] void Throw(std::string_view sql, SourceSpan span, std::string_view message,
                        std::vector<std::string> candidates = {}) {
  throw MakeSqlError(ErrorCode::kQueryFailed, sql, span, message, std::move(candidates));
}

class FileSink final : public SinkOutput {
 public:
  FileSink(std::unique_ptr<SinkFiles> files, const SinkInput& input, bool upsert)
      : files_(std::move(files)), schema_(input.schema), epoch_(files_->durable()) {
    if (upsert) {
      upsert_ = true;
      key_ = *std::ranges::find_if(input.keys, [](const std::vector<int>& key) { return !key.empty(); });
    }
    for (const Field& field : schema_.fields()) types_.push_back(field.type);
  }

  Status Deliver(const Change& change) override {
    LAMINAR_RETURN_NOT_OK(files_->Write(upsert_ ? Upserts(*change.rows) : change.rows));
    epoch_ = change.epoch;
    return Status::OK();
  }
  Status Flush() override { return files_->Commit(epoch_, false); }
  Status Close() override { return files_->Commit(epoch_, true); }
  std::optional<uint64_t> durable() const override { return files_->durable(); }
  std::optional<std::chrono::steady_clock::time_point> due() const override { return files_->due(); }

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

  const std::unique_ptr<SinkFiles> files_;
  const Schema schema_;
  std::optional<uint64_t> epoch_;  // of the last change that was written
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

/// Which option asks for several files; null when none does.
const FileOption* ManyFilesOption(const std::vector<FileOption>& options) {
  const std::vector<std::string> known = KnownLayoutOptions();
  const auto found = std::ranges::find_if(
      options, [&](const FileOption& option) { return std::ranges::find(known, option.key) != known.end(); });
  return found == options.end() ? nullptr : &*found;
}

/// What is in the way of a sink that is to be made; with if_exists = 'replace' it is taken away.
void CheckFree(const FileSinkOptions& sink, const std::string& if_exists, std::string_view sql, SourceSpan span) {
  if (if_exists == "append") return;
  const auto exists = [&](const std::string& path) {
    Throw(sql, span, fmt::format("'{}' exists already; give if_exists = 'append' or 'replace', or another path", path));
  };
  if (!sink.layout.many) {
    const auto info = sink.file.system->GetFileInfo(sink.file.path);
    const bool there = info.ok() && info->type() != arrow::fs::FileType::NotFound;
    if (there && if_exists == "error") exists(sink.file.shown);
    return;
  }
  arrow::fs::FileSelector selector;
  selector.base_dir = sink.file.path;
  selector.recursive = true;
  selector.allow_not_found = true;
  const auto infos = sink.file.system->GetFileInfo(selector);
  if (!infos.ok()) Throw(sql, span, fmt::format("'{}': {}", sink.file.shown, infos.status().message()));
  for (const arrow::fs::FileInfo& info : *infos) {
    if (!info.IsFile() || !sink.layout.NumberOf(info.base_name())) continue;
    if (if_exists == "error") exists(info.path());
    const arrow::Status gone = sink.file.system->DeleteFile(info.path());
    if (!gone.ok()) Throw(sql, span, fmt::format("'{}' cannot be removed: {}", info.path(), gone.message()));
  }
}

}  // namespace

FileSinkOptions CheckFileSink(const std::vector<FileOption>& options, SourceSpan connector, const SinkInput& input,
                              std::string_view sql, bool resumed) {
  const FileOption* path = Find(options, "path");
  if (path == nullptr) Throw(sql, connector, "a file sink needs a path: INTO FILE (path = 'out.csv', format = 'csv')");
  FileSinkOptions sink;
  const std::string& name = TextOption(*path, sql);
  auto location = LocateFile(name);
  if (!location.ok()) Throw(sql, path->span, location.status().message());
  sink.file = location.TakeValue();
  const bool many = MeansManyFiles(sink.file);
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
    if (SetLayoutOption(option, input.schema, sql, &sink.layout)) continue;
    if (SetWriteOption(option, sink.format, sql, &sink.write)) continue;
    std::vector<std::string> known = KnownWriteOptions(sink.format);
    known.insert(known.end(), {"path", "format", "snapshot", "if_exists"});
    std::ranges::copy(KnownLayoutOptions(), std::back_inserter(known));
    ThrowUnknownFileOption(option, "a file sink", known, sql);
  }
  if (Find(options, "compression") == nullptr) sink.write.compression = CompressionOf(name);
  if (const FileOption* option = ManyFilesOption(options); option != nullptr && !many) {
    Throw(
        sql, option->span,
        fmt::format("\"{}\" makes several files: path is then a folder ('out/') or a pattern ('out/trades-{{n}}.csv')",
                    option->key));
  }
  if (many) CompleteLayout(sink.format, sink.write.compression, &sink.file, &sink.layout);
  if (sink.file.system->type_name() == "local") sink.file.path = std::filesystem::absolute(sink.file.path).string();
  sink.write.append = if_exists == "append" && !many;
  if (sink.write.append && sink.format == FileFormat::kParquet) {
    Throw(sql, connector, "nothing can be appended to a Parquet file; a folder of them (path = 'out/') can grow");
  }
  if (!resumed) CheckFree(sink, if_exists, sql, path->span);
  return sink;
}

Result<std::unique_ptr<SinkOutput>> OpenFileSink(const FileSinkOptions& options, const SinkInput& input,
                                                 const SinkIdentity& identity, const SinkRecord* record) {
  LAMINAR_ASSIGN_OR_RETURN(auto files, record == nullptr ? SinkFiles::Create(options, input.schema, identity)
                                                         : SinkFiles::Resume(options, input.schema, identity, *record));
  return std::unique_ptr<SinkOutput>(std::make_unique<FileSink>(std::move(files), input, options.upsert));
}

}  // namespace laminar
