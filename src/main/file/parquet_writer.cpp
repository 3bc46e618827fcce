#include "main/file/parquet_writer.h"

#include <arrow/filesystem/filesystem.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <parquet/arrow/writer.h>

#include <utility>

#include "main/arrow_export.h"
#include "main/arrow_types.h"
#include "main/file/cell_text.h"
#include "main/result_rep.h"

namespace laminar {

namespace {

Status Failed(const arrow::Status& status, std::string_view shown) {
  return FromArrowStatus(status, ErrorCode::kQueryFailed, fmt::format("'{}' cannot be written", shown));
}

parquet::Compression::type CodecOf(std::string_view name) {
  if (name == "gzip") return parquet::Compression::GZIP;
  if (name == "zstd") return parquet::Compression::ZSTD;
  return name == "snappy" ? parquet::Compression::SNAPPY : parquet::Compression::UNCOMPRESSED;
}

Schema Writable(const Schema& schema) {
  std::vector<Field> fields = schema.fields();
  for (Field& field : fields) {
    if (field.type.id() == TypeId::kInterval) field.type = TypeId::kVarchar;
  }
  return Schema(std::move(fields));
}

class ParquetWriter final : public FileWriter {
 public:
  ParquetWriter(std::shared_ptr<arrow::io::OutputStream> stream, std::unique_ptr<parquet::arrow::FileWriter> writer,
                std::string shown, Schema given, std::shared_ptr<const ResultSchema::Rep> schema)
      : stream_(std::move(stream)),
        writer_(std::move(writer)),
        shown_(std::move(shown)),
        given_(std::move(given)),
        schema_(std::move(schema)) {
    for (int column = 0; column < given_.size(); ++column) {
      has_intervals_ = has_intervals_ || given_.field(column).type.id() == TypeId::kInterval;
      types_.push_back(schema_->schema.field(column).type);
    }
  }

  Status Write(const Ref<RowBatch>& batch) override {
    const Ref<RowBatch> rows = has_intervals_ ? WithoutIntervals(*batch) : batch;
    LAMINAR_ASSIGN_OR_RETURN(const auto exported,
                             ToRecordBatch(rows, schema_->schema, schema_->arrow_schema, schema_->with_weight));
    if (group_bytes_ >= kGroupBytes) {
      LAMINAR_RETURN_NOT_OK(Failed(writer_->NewBufferedRowGroup(), shown_));
      group_bytes_ = 0;
    }
    group_bytes_ += static_cast<int64_t>(batch->memory_bytes());
    return Failed(writer_->WriteRecordBatch(*exported), shown_);
  }
  Status Flush() override { return Status::OK(); }
  Status Close() override {
    LAMINAR_RETURN_NOT_OK(Failed(writer_->Close(), shown_));
    return Failed(stream_->Close(), shown_);
  }
  int64_t bytes() const override {
    const arrow::Result<int64_t> written = stream_->Tell();
    return (written.ok() ? *written : 0) + group_bytes_;
  }

 private:
  /// What waits in memory to become a row group, as it is there.
  static constexpr int64_t kGroupBytes = int64_t{64} << 20;

  Ref<RowBatch> WithoutIntervals(const RowBatch& batch) const {
    Delta delta = batch.delta();
    std::vector<DataType> text_types;
    std::vector<size_t> places;
    for (size_t column = 0; column < types_.size(); ++column) {
      if (given_.field(static_cast<int>(column)).type.id() != TypeId::kInterval) continue;
      text_types.push_back(TypeId::kVarchar);
      places.push_back(column);
    }
    RowBatchBuilder texts(std::move(text_types));
    std::string text;
    for (uint32_t row = 0; row < delta.rows; ++row) {
      for (size_t i = 0; i < places.size(); ++i) {
        if (!delta.columns[places[i]].IsValid(row)) continue;
        text.clear();
        AppendCellText(TypeId::kInterval, delta.columns[places[i]], row, &text);
        texts.SetString(static_cast<int>(i), text);
      }
      texts.FinishRow();
    }
    const Ref<RowBatch> converted = texts.Finish();
    const Delta text_delta = converted->delta();
    for (size_t i = 0; i < places.size(); ++i) delta.columns[places[i]] = text_delta.columns[i];
    // Two owners make no owner: the rows are copied.
    delta.owner = {};
    return RowBatch::FromDelta(delta, types_);
  }

  const std::shared_ptr<arrow::io::OutputStream> stream_;
  const std::unique_ptr<parquet::arrow::FileWriter> writer_;
  const std::string shown_;
  const Schema given_;
  const std::shared_ptr<const ResultSchema::Rep> schema_;
  std::vector<DataType> types_;
  bool has_intervals_ = false;
  int64_t group_bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<FileWriter>> OpenParquetWriter(const FileLocation& file, const WriteOptions& options,
                                                      const Schema& schema) {
  const auto written = MakeSchemaRep(Writable(schema), options.form == RowForm::kWeights);
  auto stream = file.system->OpenOutputStream(file.path);
  LAMINAR_RETURN_NOT_OK(Failed(stream.status(), file.shown));
  const auto properties = parquet::WriterProperties::Builder().compression(CodecOf(options.codec))->build();
  // The declared types, not only the ones Parquet has.
  const auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
  auto writer = parquet::arrow::FileWriter::Open(*written->arrow_schema, arrow::default_memory_pool(), *stream,
                                                 properties, arrow_properties);
  LAMINAR_RETURN_NOT_OK(Failed(writer.status(), file.shown));
  return std::unique_ptr<FileWriter>(
      std::make_unique<ParquetWriter>(*stream, std::move(*writer), file.shown, schema, written));
}

}  // namespace laminar
