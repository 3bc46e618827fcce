#include "laminar/result.h"

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "common/decimal.h"
#include "common/string_ref.h"
#include "main/arrow_export.h"
#include "main/arrow_import.h"
#include "main/arrow_types.h"
#include "main/result_rep.h"
#include "main/table_text.h"

namespace laminar {
namespace {

/// Converts each batch when the consumer asks for it, and holds the result until it is released.
class ResultReader final : public arrow::RecordBatchReader {
 public:
  explicit ResultReader(std::shared_ptr<const QueryResult::Rep> rep) : rep_(std::move(rep)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return rep_->schema->arrow_schema; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    *batch = nullptr;
    if (next_ == rep_->batches.size()) return arrow::Status::OK();
    try {
      *batch = rep_->Arrow(next_);
    } catch (const Error& error) {
      return arrow::Status::Invalid(error.what());
    }
    ++next_;
    return arrow::Status::OK();
  }

 private:
  const std::shared_ptr<const QueryResult::Rep> rep_;
  size_t next_ = 0;
};

/// The cell is NULL, or its type is not what was asked for.
[[noreturn]] void ThrowNoSuchValue(const Field& field, bool is_null, std::string_view wanted) {
  if (is_null) throw Error(ErrorCode::kQueryFailed, fmt::format("column \"{}\" is NULL in this row", field.name));
  throw Error(ErrorCode::kQueryFailed,
              fmt::format("column \"{}\" is {}, not {}", field.name, field.type.ToString(), wanted));
}

bool IsRightAligned(const DataType& type) { return type.is_numeric() || type.id() == TypeId::kInterval; }

}  // namespace

std::shared_ptr<const ResultSchema::Rep> MakeSchemaRep(Schema schema, bool with_weight) {
  auto rep = std::make_shared<ResultSchema::Rep>();
  rep->with_weight = with_weight;
  if (with_weight) {
    std::vector<Field> fields = schema.fields();
    fields.push_back({std::string(kWeightColumn), TypeId::kInt64, false});
    schema = Schema(std::move(fields));
  }
  rep->schema = std::move(schema);
  for (const Field& field : rep->schema.fields()) {
    rep->columns.push_back({field.name, field.type.ToString(), field.nullable});
  }
  rep->arrow_schema = SchemaToArrow(rep->schema);
  return rep;
}

ResultSchema::ResultSchema(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}
int ResultSchema::num_columns() const { return rep_->schema.size(); }
const std::vector<ColumnInfo>& ResultSchema::columns() const { return rep_->columns; }
void ResultSchema::Export(ArrowSchema* out) const {
  const arrow::Status status = arrow::ExportSchema(*rep_->arrow_schema, out);
  ThrowIfError(FromArrowStatus(status, ErrorCode::kInternalError, "exporting a schema failed"));
}

QueryResult::Rep::Rep(std::shared_ptr<const ResultSchema::Rep> of, std::vector<Ref<RowBatch>> rows, uint64_t at,
                      bool snapshot)
    : schema(std::move(of)), batches(std::move(rows)), epoch(at), is_snapshot(snapshot), converted_(batches.size()) {
  first_rows.push_back(0);
  for (const Ref<RowBatch>& batch : batches) {
    first_rows.push_back(first_rows.back() + batch->rows());
    views_.push_back(batch->delta());
  }
}

QueryResult::Rep::~Rep() = default;

std::shared_ptr<arrow::RecordBatch> QueryResult::Rep::Arrow(size_t batch) const {
  std::lock_guard guard(mutex_);
  std::shared_ptr<arrow::RecordBatch>& converted = converted_.at(batch);
  if (converted == nullptr) {
    converted = ValueOrThrow(ToRecordBatch(batches[batch], schema->schema, schema->arrow_schema, schema->with_weight));
  }
  return converted;
}

QueryResult::Rep::Place QueryResult::Rep::Find(int64_t row, int column) const {
  if (row < 0 || row >= rows() || column < 0 || column >= schema->schema.size()) {
    throw std::out_of_range(fmt::format("there is no row {}, column {} in a result of {} rows and {} columns", row,
                                        column, rows(), schema->schema.size()));
  }
  const auto after = std::upper_bound(first_rows.begin(), first_rows.end(), row);
  const auto batch = static_cast<size_t>(after - first_rows.begin()) - 1;
  return {&views_[batch], static_cast<size_t>(row - first_rows[batch])};
}

Value QueryResult::Rep::At(int64_t row, int column) const {
  const Place place = Find(row, column);
  if (schema->with_weight && column == schema->schema.size() - 1) {
    return Value::BigInt(place.batch->WeightAt(static_cast<uint32_t>(place.row)));
  }
  const Column& cells = place.batch->columns[static_cast<size_t>(column)];
  return ReadValue(schema->schema.field(column).type, cells.values, cells.validity, place.row);
}

QueryResult MakeQueryResult(std::shared_ptr<const ResultSchema::Rep> schema, std::vector<Ref<RowBatch>> batches,
                            uint64_t epoch, bool is_snapshot) {
  return QueryResult(std::make_shared<QueryResult::Rep>(std::move(schema), std::move(batches), epoch, is_snapshot));
}

std::shared_ptr<const ResultSchema::Rep> SchemaRepOf(const QueryResult& result) {
  return result.schema().rep().shared_from_this();
}

namespace {

void ThrowIfNotOk(const arrow::Status& status) {
  if (!status.ok()) throw Error(ErrorCode::kIngestionFailed, fmt::format("rows cannot be read: {}", status.ToString()));
}

}  // namespace

QueryResult QueryResult::FromArrow(ArrowArrayStream* stream, uint64_t epoch, bool is_snapshot) {
  const auto imported = arrow::ImportRecordBatchReader(stream);
  ThrowIfNotOk(imported.status());
  arrow::RecordBatchReader& reader = **imported;
  // A result may have two columns of one name, and columns are matched by name.
  std::vector<std::string> numbers;
  arrow::FieldVector numbered;
  for (const std::shared_ptr<arrow::Field>& field : reader.schema()->fields()) {
    numbers.push_back(fmt::to_string(numbers.size()));
    numbered.push_back(field->WithName(numbers.back()));
  }
  ArrowSchema exported;
  ThrowIfNotOk(arrow::ExportSchema(arrow::Schema(numbered), &exported));
  const Schema target = ValueOrThrow(ImportSchema(&exported));
  std::vector<Field> fields = target.fields();
  for (size_t column = 0; column < fields.size(); ++column) {
    fields[column].name = reader.schema()->field(static_cast<int>(column))->name();
  }
  std::vector<Ref<RowBatch>> batches;
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ThrowIfNotOk(reader.ReadNext(&batch));
    if (!batch) break;
    const auto renamed = batch->RenameColumns(numbers);
    ThrowIfNotOk(renamed.status());
    batches.push_back(ValueOrThrow(ImportRecordBatch(**renamed, target, "result", 0, true)));
  }
  return MakeQueryResult(MakeSchemaRep(Schema(std::move(fields)), false), std::move(batches), epoch, is_snapshot);
}

QueryResult::QueryResult(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}
ResultSchema QueryResult::schema() const { return ResultSchema(rep_->schema); }
int64_t QueryResult::num_rows() const { return rep_->rows(); }
int QueryResult::num_columns() const { return rep_->schema->schema.size(); }
int QueryResult::num_batches() const { return static_cast<int>(rep_->batches.size()); }
uint64_t QueryResult::epoch() const { return rep_->epoch; }
bool QueryResult::is_snapshot() const { return rep_->is_snapshot; }

void QueryResult::ExportStream(ArrowArrayStream* out) const {
  const arrow::Status status = arrow::ExportRecordBatchReader(std::make_shared<ResultReader>(rep_), out);
  ThrowIfError(FromArrowStatus(status, ErrorCode::kInternalError, "exporting a result failed"));
}

void QueryResult::ExportBatch(int batch, ArrowArray* out) const {
  if (batch < 0 || batch >= num_batches()) {
    throw std::out_of_range(fmt::format("there is no batch {} in a result of {} batches", batch, num_batches()));
  }
  const arrow::Status status = arrow::ExportRecordBatch(*rep_->Arrow(static_cast<size_t>(batch)), out);
  ThrowIfError(FromArrowStatus(status, ErrorCode::kInternalError, "exporting a batch failed"));
}

bool QueryResult::IsNull(int64_t row, int column) const {
  const Rep::Place place = rep_->Find(row, column);
  if (static_cast<size_t>(column) >= place.batch->columns.size()) return false;  // the weight
  return !place.batch->columns[static_cast<size_t>(column)].IsValid(place.row);
}

int64_t QueryResult::Int(int64_t row, int column) const {
  const Value value = rep_->At(row, column);
  if (const auto* number = std::get_if<int64_t>(&value.storage())) return *number;
  if (const auto* number = std::get_if<uint64_t>(&value.storage());
      number != nullptr && std::in_range<int64_t>(*number)) {
    return static_cast<int64_t>(*number);
  }
  ThrowNoSuchValue(rep_->schema->schema.field(column), value.is_null(), "a 64-bit integer");
}

double QueryResult::Double(int64_t row, int column) const {
  const Value value = rep_->At(row, column);
  if (const auto* number = std::get_if<double>(&value.storage())) return *number;
  if (const auto* number = std::get_if<int128_t>(&value.storage()))
    return DecimalToDouble(*number, value.type().scale());
  ThrowNoSuchValue(rep_->schema->schema.field(column), value.is_null(), "a floating-point number");
}

bool QueryResult::Bool(int64_t row, int column) const {
  const Value value = rep_->At(row, column);
  if (const auto* flag = std::get_if<bool>(&value.storage())) return *flag;
  ThrowNoSuchValue(rep_->schema->schema.field(column), value.is_null(), "a BOOLEAN");
}

std::string_view QueryResult::Text(int64_t row, int column) const {
  const Rep::Place place = rep_->Find(row, column);
  const Field& field = rep_->schema->schema.field(column);
  if (field.type.physical() != PhysicalType::kString) ThrowNoSuchValue(field, false, "text");
  const Column& cells = place.batch->columns[static_cast<size_t>(column)];
  if (!cells.IsValid(place.row)) ThrowNoSuchValue(field, true, "text");
  return cells.data<StringRef>()[place.row].view();
}

std::string QueryResult::Format(int64_t row, int column) const { return rep_->At(row, column).ToString(); }

std::string QueryResult::ToString(int64_t max_rows) const {
  TextTable table;
  for (const Field& field : rep_->schema->schema.fields()) {
    table.columns.push_back({field.name, LowerCased(field.type.ToString()), IsRightAligned(field.type)});
  }
  table.total_rows = num_rows();
  for (int64_t row = 0; row < std::min(max_rows, num_rows()); ++row) {
    std::vector<std::string>& cells = table.rows.emplace_back();
    for (int column = 0; column < num_columns(); ++column) cells.push_back(Format(row, column));
  }
  return RenderTable(table);
}

}  // namespace laminar
