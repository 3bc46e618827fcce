#include "main/file/json_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <numeric>
#include <utility>

#include "main/file/file_rows.h"
#include "main/file/json_guess.h"
#include "main/file/json_records.h"
#include "main/json_ingest.h"
#include "main/refusal.h"

namespace laminar {

namespace {

std::vector<DataType> TypesOf(const Schema& schema) {
  std::vector<DataType> types;
  for (const Field& field : schema.fields()) types.push_back(field.type);
  return types;
}

class JsonRows final : public PlacedRows {
 public:
  JsonRows(std::unique_ptr<JsonRecords> records, std::string shown, bool ignore_errors, bool ignore_unknown,
           const Schema& all, Schema read, std::vector<int> kept)
      : records_(std::move(records)),
        shown_(std::move(shown)),
        relation_(fmt::format("'{}'", shown_)),
        ignore_errors_(ignore_errors),
        all_(all),
        read_(std::move(read)),
        types_(TypesOf(read_)),
        kept_(std::move(kept)) {
    part_.ignore_unknown = ignore_unknown;
    part_.ignored = &all_;
  }

  Result<Ref<RowBatch>> Next(const CancelToken& cancel) override {
    while (ready_.empty()) {
      if (cancel.cancelled()) return Status(ErrorCode::kQueryCancelled, "the query was cancelled");
      LAMINAR_ASSIGN_OR_RETURN(const std::vector<JsonRecords::Extent> objects, records_->Next());
      if (objects.empty()) return Ref<RowBatch>();
      LAMINAR_RETURN_NOT_OK(ReadTogether(objects));
    }
    Ref<RowBatch> batch = std::move(ready_.front());
    ready_.pop_front();
    return KeepColumns(batch, kept_, types_);
  }

  std::vector<std::string> warnings() const override { return bad_.Report(shown_); }
  FilePlace place() const override {
    FilePlace place;
    records_->PlaceOfNext(&place.position, &place.lines);
    return place;
  }
  LeftOutRecords TakeLeftOut() override { return bad_.Take(); }

 private:
  Status ReadTogether(const std::vector<JsonRecords::Extent>& objects) {
    text_ = "[";
    for (const JsonRecords::Extent& object : objects) text_.append(records_->text(object)).push_back(',');
    text_.back() = ']';
    JsonPart part = part_;
    part.before.rows = rows_;
    Result<Ref<RowBatch>> batch = JsonToRows(text_, read_, relation_, part);
    if (!batch.ok()) return ReadEach(objects);
    rows_ += static_cast<int64_t>(objects.size());
    ready_.push_back(batch.TakeValue());
    return Status::OK();
  }

  /// One of them cannot be read: which, and where it is.
  Status ReadEach(const std::vector<JsonRecords::Extent>& objects) {
    RowBatchBuilder rows(types_);
    for (const JsonRecords::Extent& object : objects) {
      JsonPart part = part_;
      part.before.rows = rows_++;
      records_->PlaceOf(object, &part.before.lines, &part.before.columns);
      Result<Ref<RowBatch>> row = JsonToRows(records_->text(object), read_, relation_, part);
      if (row.ok()) {
        rows.Append(row.value()->delta());
        continue;
      }
      Status status = row.TakeStatus();
      if (status.error().code() == ErrorCode::kBatchSchemaMismatch) {
        // Malformed text says its line by itself.
        Error error(status.error().code(), fmt::format("line {}: {}", part.before.lines + 1, status.message()));
        status = Status(std::move(error).WithCandidates(status.error().candidates()));
      }
      if (!ignore_errors_) return status;
      bad_.Add(status);
    }
    if (rows.rows() != 0) ready_.push_back(rows.Finish());
    return Status::OK();
  }

  const std::unique_ptr<JsonRecords> records_;
  const std::string shown_;
  const std::string relation_;
  const bool ignore_errors_;
  const Schema all_;
  const Schema read_;
  const std::vector<DataType> types_;
  const std::vector<int> kept_;
  JsonPart part_;
  int64_t rows_ = 0;
  std::string text_;
  std::deque<Ref<RowBatch>> ready_;
  BadRecords bad_;
};

class JsonFiles final : public FilesOfFormat {
 public:
  JsonFiles(Schema schema, const FileRequest& request, ReadOptions options, std::vector<FileLocation> files)
      : FilesOfFormat(std::move(schema), FileFormat::kJson, request, std::move(files)),
        options_(std::move(options)),
        ignore_unknown_(options_.ignore_unknown.value_or(!options_.columns.empty())) {}

  Result<std::unique_ptr<PlacedRows>> OpenOne(const FileLocation& file, const std::vector<int>& columns,
                                              const FileStretch& stretch) const override {
    LAMINAR_ASSIGN_OR_RETURN(
        std::unique_ptr<JsonRecords> records,
        JsonRecords::Open(file, options_, {stretch.begin.position, stretch.begin.lines, stretch.end}));
    std::vector<int> read = columns;
    std::vector<int> kept(columns.size());
    std::iota(kept.begin(), kept.end(), 0);
    if (options_.ignore_errors) {
      read.resize(static_cast<size_t>(schema().size()));
      std::iota(read.begin(), read.end(), 0);
      kept = columns;
    }
    std::vector<Field> fields;
    for (const int column : read) fields.push_back(schema().field(column));
    return std::unique_ptr<PlacedRows>(std::make_unique<JsonRows>(std::move(records), file.shown,
                                                                  options_.ignore_errors, ignore_unknown_, schema(),
                                                                  Schema(std::move(fields)), std::move(kept)));
  }

 private:
  const ReadOptions options_;
  const bool ignore_unknown_;
};

Result<std::vector<Field>> InferFields(const FileLocation& file, const ReadOptions& options) {
  LAMINAR_ASSIGN_OR_RETURN(const std::unique_ptr<JsonRecords> records, JsonRecords::Open(file, options));
  JsonColumns columns;
  Status first_mistake;
  for (int64_t seen = 0; options.sample_size < 0 || seen < options.sample_size;) {
    LAMINAR_ASSIGN_OR_RETURN(const std::vector<JsonRecords::Extent> objects, records->Next());
    if (objects.empty()) break;
    for (const JsonRecords::Extent& object : objects) {
      if (seen++ == options.sample_size) break;
      // One that cannot be read is for who reads the rows to report, or to leave out.
      if (columns.Add(records->text(object)) || !first_mistake.ok()) continue;
      JsonPart part;
      records->PlaceOf(object, &part.before.lines, &part.before.columns);
      first_mistake = JsonToRows(records->text(object), Schema(), fmt::format("'{}'", file.shown), part).TakeStatus();
    }
  }
  std::vector<Field> fields = columns.Fields();
  if (fields.empty()) {
    LAMINAR_RETURN_NOT_OK(std::move(first_mistake));
    return Status(ErrorCode::kQueryFailed,
                  fmt::format("'{}' has no objects to see its columns by; give them with columns = {{…}}", file.shown));
  }
  LAMINAR_RETURN_NOT_OK(GiveTypes(options, file.shown, &fields));
  return fields;
}

}  // namespace

Result<std::shared_ptr<const FilesOfFormat>> OpenJsonFiles(const FileRequest& request, const ReadOptions& options,
                                                           std::vector<FileLocation> files) {
  std::vector<Field> fields = options.columns;
  if (fields.empty()) {
    LAMINAR_ASSIGN_OR_RETURN(fields, InferFields(files.front(), options));
  }
  return std::shared_ptr<const FilesOfFormat>(
      std::make_shared<JsonFiles>(Schema(std::move(fields)), request, options, std::move(files)));
}

}  // namespace laminar
