#include "main/arrow_export.h"

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "main/arrow_types.h"
#include "main/export_column.h"

namespace laminar {
namespace {

std::shared_ptr<arrow::ArrayData> Weights(const Delta& delta) {
  const auto rows = static_cast<size_t>(delta.rows);
  std::shared_ptr<arrow::Buffer> values;
  if (delta.weights != nullptr) {
    values = std::make_shared<HeldBuffer>(delta.weights, static_cast<int64_t>(rows * 8), delta.owner);
  } else {
    Ref<Buffer> ones = Buffer::Allocate(rows * 8);
    std::fill_n(ones->as<int64_t>(), rows, 1);
    values = std::make_shared<HeldBuffer>(ones->data(), static_cast<int64_t>(rows * 8), ones);
  }
  return arrow::ArrayData::Make(arrow::int64(), delta.rows, {nullptr, std::move(values)}, 0);
}

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> ToRecordBatch(const Ref<RowBatch>& batch, const Schema& schema,
                                                          const std::shared_ptr<arrow::Schema>& arrow_schema,
                                                          bool with_weight) {
  const Delta delta = batch->delta();
  std::vector<std::shared_ptr<arrow::ArrayData>> arrays;
  arrays.reserve(static_cast<size_t>(schema.size()));
  const int columns = with_weight ? schema.size() - 1 : schema.size();
  for (int c = 0; c < columns; ++c) {
    auto array = ExportColumn(delta.columns[static_cast<size_t>(c)], delta.rows, schema.field(c).type,
                              arrow_schema->field(c)->type(), delta.owner);
    if (!array.ok()) {
      return Status(array.status().error().code(),
                    fmt::format("column \"{}\": {}", schema.field(c).name, array.status().message()));
    }
    arrays.push_back(array.TakeValue());
  }
  if (with_weight) arrays.push_back(Weights(delta));
  return arrow::RecordBatch::Make(arrow_schema, delta.rows, std::move(arrays));
}

void ExportSchema(const Schema& schema, ArrowSchema* out) {
  const arrow::Status status = arrow::ExportSchema(*SchemaToArrow(schema), out);
  ThrowIfError(FromArrowStatus(status, ErrorCode::kInternalError, "exporting a schema failed"));
}

Status ExportBatch(const Ref<RowBatch>& batch, const Schema& schema, bool with_weight, ArrowArray* out) {
  LAMINAR_ASSIGN_OR_RETURN(const auto exported, ToRecordBatch(batch, schema, SchemaToArrow(schema), with_weight));
  return FromArrowStatus(arrow::ExportRecordBatch(*exported, out), ErrorCode::kInternalError,
                         "exporting a batch failed");
}

}  // namespace laminar
