#include "main/file/parquet_file.h"

#include <arrow/filesystem/filesystem.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#include <algorithm>
#include <utility>

#include "main/arrow_import.h"
#include "main/arrow_types.h"
#include "main/file/file_rows.h"
#include "main/refusal.h"

namespace laminar {

namespace {

using ParquetReader = parquet::arrow::FileReader;

Status Failed(const arrow::Status& status, const FileLocation& file) {
  return FromArrowStatus(status, ErrorCode::kQueryFailed, fmt::format("'{}' cannot be read as Parquet", file.shown));
}

Result<std::unique_ptr<ParquetReader>> OpenReader(const FileLocation& file) {
  LAMINAR_ASSIGN_OR_RETURN(auto input, OpenRandomAccess(file));
  parquet::arrow::FileReaderBuilder builder;
  LAMINAR_RETURN_NOT_OK(Failed(builder.Open(std::move(input)), file));
  parquet::ArrowReaderProperties properties = parquet::default_arrow_reader_properties();
  properties.set_batch_size(kFileBatchRows);
  properties.set_use_threads(true);
  // A row group's chunks are fetched together from afar; from a disk they are read as they are needed.
  properties.set_pre_buffer(file.system->type_name() != "local");
  builder.properties(properties);
  std::unique_ptr<ParquetReader> reader;
  LAMINAR_RETURN_NOT_OK(Failed(builder.Build(&reader), file));
  return reader;
}

Result<std::shared_ptr<arrow::Schema>> SchemaOf(ParquetReader& reader, const FileLocation& file) {
  std::shared_ptr<arrow::Schema> schema;
  LAMINAR_RETURN_NOT_OK(Failed(reader.GetSchema(&schema), file));
  return schema;
}

Result<Schema> ColumnsOf(const arrow::Schema& schema, const FileLocation& file) {
  Result<Schema> columns = SchemaFromArrow(schema);
  if (columns.ok()) return columns;
  return Status(ErrorCode::kQueryFailed, fmt::format("'{}': {}", file.shown, columns.status().message()));
}

class ParquetRows final : public PlacedRows {
 public:
  /// `leaves`: the columns of the file that are read.
  /// `skipped`: rows that are passed over; row groups that are whole are not read.
  ParquetRows(std::unique_ptr<ParquetReader> reader, FileLocation file, Schema target, std::vector<int> leaves,
              int64_t skipped)
      : reader_(std::move(reader)),
        file_(std::move(file)),
        target_(std::move(target)),
        leaves_(std::move(leaves)),
        to_skip_(skipped) {
    while (to_skip_ > 0 && group_ < reader_->num_row_groups()) {
      const int64_t rows = reader_->parquet_reader()->metadata()->RowGroup(group_)->num_rows();
      if (rows > to_skip_) break;
      to_skip_ -= rows;
      rows_ += rows;
      ++group_;
    }
  }

  Result<Ref<RowBatch>> Next(const CancelToken& cancel) override {
    while (true) {
      if (cancel.cancelled()) return Status(ErrorCode::kQueryCancelled, "the query was cancelled");
      if (!batches_) {
        if (group_ == reader_->num_row_groups()) return Ref<RowBatch>();
        auto opened = reader_->GetRecordBatchReader({group_++}, leaves_);
        LAMINAR_RETURN_NOT_OK(Failed(opened.status(), file_));
        batches_ = std::move(*opened);
      }
      std::shared_ptr<arrow::RecordBatch> batch;
      LAMINAR_RETURN_NOT_OK(Failed(batches_->ReadNext(&batch), file_));
      if (batch == nullptr) {
        batches_.reset();
        continue;
      }
      if (batch->num_rows() <= to_skip_) {
        to_skip_ -= batch->num_rows();
        rows_ += batch->num_rows();
        continue;
      }
      if (to_skip_ > 0) batch = batch->Slice(to_skip_);
      rows_ += std::exchange(to_skip_, 0);
      LAMINAR_ASSIGN_OR_RETURN(Ref<RowBatch> rows,
                               ImportRecordBatch(*batch, target_, fmt::format("'{}'", file_.shown), rows_, false));
      rows_ += batch->num_rows();
      return rows;
    }
  }
  FilePlace place() const override { return {static_cast<uint64_t>(rows_), 0}; }

 private:
  const std::unique_ptr<ParquetReader> reader_;
  const FileLocation file_;
  const Schema target_;
  const std::vector<int> leaves_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  int group_ = 0;
  int64_t rows_ = 0;
  int64_t to_skip_;
};

/// Parquet's columns are the leaves of ours: a nested one has one for each flat part.
int LeavesOf(const DataType& type) {
  if (!type.is_nested()) return 1;
  int leaves = 0;
  for (const TypeChild& child : type.children()) leaves += LeavesOf(child.type);
  return leaves;
}

class ParquetFiles final : public FilesOfFormat {
 public:
  ParquetFiles(Schema schema, bool given, const FileRequest& request, std::vector<FileLocation> files)
      : FilesOfFormat(std::move(schema), FileFormat::kParquet, request, std::move(files)), given_(given) {}

  Result<std::unique_ptr<PlacedRows>> OpenOne(const FileLocation& file, const std::vector<int>& columns,
                                              const FileStretch& stretch) const override {
    LAMINAR_ASSIGN_OR_RETURN(std::unique_ptr<ParquetReader> reader, OpenReader(file));
    LAMINAR_ASSIGN_OR_RETURN(const auto arrow_schema, SchemaOf(*reader, file));
    LAMINAR_ASSIGN_OR_RETURN(const Schema in_file, ColumnsOf(*arrow_schema, file));
    LAMINAR_RETURN_NOT_OK(CheckColumns(in_file, file));
    std::vector<int> leaves;
    std::vector<Field> target;
    for (const int column : columns) {
      const Field& field = schema().field(column);
      target.push_back(field);
      const int place = in_file.IndexOf(field.name);
      if (place < 0) continue;
      int leaf = 0;
      for (int before = 0; before < place; ++before) leaf += LeavesOf(in_file.field(before).type);
      for (int left = LeavesOf(in_file.field(place).type); left > 0; --left) leaves.push_back(leaf++);
    }
    std::ranges::sort(leaves);
    return std::unique_ptr<PlacedRows>(std::make_unique<ParquetRows>(std::move(reader), file, Schema(std::move(target)),
                                                                     std::move(leaves),
                                                                     static_cast<int64_t>(stretch.begin.position)));
  }

 private:
  Status CheckColumns(const Schema& in_file, const FileLocation& file) const {
    for (const Field& field : in_file.fields()) {
      const int column = schema().IndexOf(field.name);
      if (column < 0 && given_) {
        return UnknownColumn(fmt::format("the column list given for '{}'", file.shown), schema(), field.name);
      }
      if (column < 0) return UnexpectedInFile(file, files().front(), field.name);
      if (given_ || schema().field(column).type == field.type) continue;
      return {ErrorCode::kQueryFailed,
              fmt::format("column \"{}\" is {} in '{}', but {} in '{}': files read together have the same columns",
                          field.name, field.type.ToString(), file.shown, schema().field(column).type.ToString(),
                          files().front().shown)};
    }
    for (const Field& field : schema().fields()) {
      if (in_file.IndexOf(field.name) >= 0) continue;
      if (!given_) return MissingInFile(file, files().front(), field.name);
      return {ErrorCode::kBatchSchemaMismatch, fmt::format("'{}' has no column \"{}\"", file.shown, field.name)};
    }
    return Status::OK();
  }

  const bool given_;
};

}  // namespace

Result<std::shared_ptr<const FilesOfFormat>> OpenParquetFiles(const FileRequest& request, const ReadOptions& options,
                                                              std::vector<FileLocation> files) {
  const bool given = !options.columns.empty();
  Schema schema(options.columns);
  if (!given) {
    const FileLocation& first = files.front();
    LAMINAR_ASSIGN_OR_RETURN(const std::unique_ptr<ParquetReader> reader, OpenReader(first));
    LAMINAR_ASSIGN_OR_RETURN(const auto in_file, SchemaOf(*reader, first));
    LAMINAR_ASSIGN_OR_RETURN(schema, ColumnsOf(*in_file, first));
  }
  return std::shared_ptr<const FilesOfFormat>(
      std::make_shared<ParquetFiles>(std::move(schema), given, request, std::move(files)));
}

}  // namespace laminar
