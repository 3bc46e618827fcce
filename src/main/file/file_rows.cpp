#include "main/file/file_rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace laminar {

namespace {

class OneAfterAnother final : public FileRows {
 public:
  using OpenOne = std::function<Result<std::unique_ptr<FileRows>>(size_t file)>;
  OneAfterAnother(size_t files, OpenOne open) : files_(files), open_(std::move(open)) {}

  Result<Ref<RowBatch>> Next(const CancelToken& cancel) override {
    while (true) {
      if (cancel.cancelled()) return Status(ErrorCode::kQueryCancelled, "the query was cancelled");
      if (!current_) {
        if (next_ == files_) return Ref<RowBatch>();
        LAMINAR_ASSIGN_OR_RETURN(current_, open_(next_++));
      }
      LAMINAR_ASSIGN_OR_RETURN(Ref<RowBatch> batch, current_->Next(cancel));
      if (batch) return batch;
      for (std::string& warning : current_->warnings()) warnings_.push_back(std::move(warning));
      current_.reset();
    }
  }

  std::vector<std::string> warnings() const override {
    std::vector<std::string> all = warnings_;
    if (current_) {
      for (std::string& warning : current_->warnings()) all.push_back(std::move(warning));
    }
    return all;
  }

 private:
  const size_t files_;
  const OpenOne open_;
  size_t next_ = 0;
  std::unique_ptr<FileRows> current_;
  std::vector<std::string> warnings_;
};

std::string DescriptionOf(FileFormat format, const FileRequest& request, size_t files) {
  std::string text = fmt::format("{} '{}'", FileFormatName(format), fmt::join(request.paths, "', '"));
  if (files > 1) text += fmt::format(" ({} files)", files);
  return text;
}

}  // namespace

FilesOfFormat::FilesOfFormat(Schema schema, FileFormat format, const FileRequest& request,
                             std::vector<FileLocation> files)
    : FileTable(std::move(schema), StemOf(files.front().path), DescriptionOf(format, request, files.size())),
      files_(std::move(files)) {}

Result<std::unique_ptr<FileRows>> FilesOfFormat::Open(const std::vector<int>& columns) const {
  const auto open = [this, columns](size_t file) -> Result<std::unique_ptr<FileRows>> {
    LAMINAR_ASSIGN_OR_RETURN(std::unique_ptr<PlacedRows> rows, OpenOne(files_[file], columns, {}));
    return std::unique_ptr<FileRows>(std::move(rows));
  };
  return std::unique_ptr<FileRows>(std::make_unique<OneAfterAnother>(files_.size(), open));
}

void BadRecords::Add(const Status& why) {
  if (found_.first.size() < kShown) found_.first.push_back(why.message());
  ++found_.count;
}

std::vector<std::string> BadRecords::Report(std::string_view file) const {
  const int64_t count = found_.count;
  if (count == 0) return {};
  const std::string more = count > static_cast<int64_t>(found_.first.size()) ? "; …" : "";
  return {fmt::format("{} record{} of '{}' {} left out: {}{}", count, count == 1 ? "" : "s", file,
                      count == 1 ? "was" : "were", fmt::join(found_.first, "; "), more)};
}

Ref<RowBatch> KeepColumns(const Ref<RowBatch>& batch, const std::vector<int>& columns,
                          const std::vector<DataType>& types) {
  if (columns.size() == types.size()) return batch;
  Delta kept = batch->delta();
  std::vector<Column> wide = std::move(kept.columns);
  kept.columns.clear();
  std::vector<DataType> kept_types;
  for (const int column : columns) {
    kept.columns.push_back(wide[static_cast<size_t>(column)]);
    kept_types.push_back(types[static_cast<size_t>(column)]);
  }
  return RowBatch::FromDelta(kept, kept_types);
}

Status MissingInFile(const FileLocation& file, const FileLocation& first, std::string_view column) {
  return {ErrorCode::kQueryFailed,
          fmt::format("'{}' has no column \"{}\", which '{}' has: files read together have the same columns",
                      file.shown, column, first.shown)};
}

Status UnexpectedInFile(const FileLocation& file, const FileLocation& first, std::string_view column) {
  return {ErrorCode::kQueryFailed,
          fmt::format("'{}' has a column \"{}\", which '{}' has not: files read together have the same columns",
                      file.shown, column, first.shown)};
}

}  // namespace laminar
