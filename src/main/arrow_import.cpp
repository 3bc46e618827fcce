#include "main/arrow_import.h"

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "main/arrow_column.h"
#include "main/arrow_types.h"
#include "main/refusal.h"

namespace laminar {
namespace {

// Past this many rows a foreign batch is cut up: row numbers of ours have 32 bits.
constexpr int64_t kMostRows = int64_t{1} << 30;

/// For each column of the target its place in the stream, or -1.
Result<std::vector<int>> MatchColumns(const arrow::Schema& given, const Schema& target, std::string_view relation) {
  std::vector<int> places(static_cast<size_t>(target.size()), -1);
  for (int i = 0; i < given.num_fields(); ++i) {
    const int column = target.IndexOf(given.field(i)->name());
    if (column < 0) return UnknownColumn(relation, target, given.field(i)->name());
    int& place = places[static_cast<size_t>(column)];
    if (place >= 0) return RepeatedColumn(relation, target.field(column));
    place = i;
  }
  for (int column = 0; column < target.size(); ++column) {
    const Field& field = target.field(column);
    if (places[static_cast<size_t>(column)] < 0 && !field.nullable) return MissingColumn(relation, field);
  }
  return places;
}

Column AllNull(const DataType& type, int64_t rows, ImportedMemory* memory) {
  const int64_t bytes = rows * PhysicalWidth(type.physical());
  uint8_t* const values = memory->Allocate<uint8_t>(bytes);
  std::memset(values, 0, static_cast<size_t>(bytes));
  return {values, memory->AllocateBitmap(rows)};
}

Result<Ref<RowBatch>> ImportBatch(const arrow::RecordBatch& batch, const Schema& target,
                                  const std::vector<DataType>& types, const std::vector<int>& places,
                                  std::string_view relation, int64_t rows_before, bool copy) {
  const Ref<ImportedMemory> memory = MakeRef<ImportedMemory>();
  Delta delta;
  delta.rows = static_cast<uint32_t>(batch.num_rows());
  delta.columns.resize(places.size());
  for (size_t c = 0; c < places.size(); ++c) {
    const Field& field = target.field(static_cast<int>(c));
    if (places[c] < 0) {
      delta.columns[c] = AllNull(field.type, batch.num_rows(), memory.get());
      continue;
    }
    RefusedRow refused;
    if (!ImportColumn(batch.column_data(places[c]), field, copy, memory.get(), &delta.columns[c], &refused)) {
      return RefusedCell(relation, field, rows_before + refused.row + 1, refused.refusal, refused.value);
    }
  }
  delta.owner = memory;
  return RowBatch::FromDelta(delta, types);
}

}  // namespace

Result<Ref<RowBatch>> ImportRecordBatch(const arrow::RecordBatch& batch, const Schema& target,
                                        std::string_view relation, int64_t rows_before, bool copy) {
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<int> places, MatchColumns(*batch.schema(), target, relation));
  std::vector<DataType> types;
  for (const Field& field : target.fields()) types.push_back(field.type);
  return ImportBatch(batch, target, types, places, relation, rows_before, copy);
}

Result<std::vector<Ref<RowBatch>>> ImportReader(arrow::RecordBatchReader& reader, const Schema& target,
                                                std::string_view relation, bool copy) {
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<int> places, MatchColumns(*reader.schema(), target, relation));
  std::vector<DataType> types;
  for (const Field& field : target.fields()) types.push_back(field.type);
  std::vector<Ref<RowBatch>> batches;
  int64_t rows = 0;
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    LAMINAR_RETURN_NOT_OK(
        FromArrowStatus(reader.ReadNext(&batch), ErrorCode::kIngestionFailed, "reading the Arrow stream failed"));
    if (batch == nullptr) return batches;
    for (int64_t begin = 0; begin < batch->num_rows(); begin += kMostRows) {
      const auto part = batch->num_rows() <= kMostRows ? batch : batch->Slice(begin, kMostRows);
      LAMINAR_ASSIGN_OR_RETURN(Ref<RowBatch> imported, ImportBatch(*part, target, types, places, relation, rows, copy));
      rows += part->num_rows();
      batches.push_back(std::move(imported));
    }
  }
}

Result<std::vector<Ref<RowBatch>>> ImportStream(ArrowArrayStream* stream, const Schema& target,
                                                std::string_view relation, bool copy) {
  auto reader = arrow::ImportRecordBatchReader(stream);
  if (!reader.ok()) {
    if (stream->release != nullptr) stream->release(stream);
    return FromArrowStatus(reader.status(), ErrorCode::kIngestionFailed, "the Arrow stream cannot be read");
  }
  return ImportReader(**reader, target, relation, copy);
}

Result<Schema> ImportSchema(ArrowSchema* schema) {
  auto imported = arrow::ImportSchema(schema);
  if (!imported.ok()) {
    if (schema->release != nullptr) schema->release(schema);
    return FromArrowStatus(imported.status(), ErrorCode::kInvalidSchema, "the Arrow schema cannot be read");
  }
  return SchemaFromArrow(**imported);
}

}  // namespace laminar
