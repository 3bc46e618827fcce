// Results of the C interface.
#include <fmt/format.h>

#include <new>
#include <stdexcept>
#include <utility>

#include "main/c/guard.h"
#include "main/c/handles.h"

namespace laminar::c {

namespace {

laminar_result_kind KindOf(ExecuteResult::Type type) {
  switch (type) {
    case ExecuteResult::Type::kDdl:
      return LAMINAR_RESULT_DDL;
    case ExecuteResult::Type::kRowsAffected:
      return LAMINAR_RESULT_ROWS_AFFECTED;
    case ExecuteResult::Type::kQuery:
      return LAMINAR_RESULT_QUERY;
    case ExecuteResult::Type::kMetadata:
      return LAMINAR_RESULT_METADATA;
  }
  return LAMINAR_RESULT_NONE;
}

const QueryResult& RowsOf(const laminar_result* result) {
  const laminar_result& of = Need(result, "result");
  if (!of.rows) throw std::invalid_argument("the result has no rows: its statement returns none");
  return *of.rows;
}

/// The rows, once the cell is known to be among them.
const QueryResult& RowsWithCell(const laminar_result* result, int64_t row, int column) {
  const QueryResult& rows = RowsOf(result);
  if (row < 0 || row >= rows.num_rows() || column < 0 || column >= rows.num_columns()) {
    throw std::out_of_range(fmt::format("there is no row {}, column {} in a result of {} rows and {} columns", row,
                                        column, rows.num_rows(), rows.num_columns()));
  }
  return rows;
}

const ColumnInfo* ColumnOf(const laminar_result* result, int column) {
  if (result == nullptr || !result->schema || column < 0 || column >= result->schema->num_columns()) return nullptr;
  return &result->schema->columns()[static_cast<size_t>(column)];
}

}  // namespace

}  // namespace laminar::c

using laminar::c::ColumnOf;
using laminar::c::Guard;
using laminar::c::Need;
using laminar::c::RowsOf;
using laminar::c::RowsWithCell;

laminar_result::laminar_result(laminar::ExecuteResult of)
    : kind(laminar::c::KindOf(of.type)),
      rows_affected(of.rows_affected),
      warnings(std::move(of.warnings)),
      ddl_type(std::move(of.ddl_type)),
      ddl_object(std::move(of.ddl_object)),
      rows(std::move(of.result)) {
  if (rows) schema = rows->schema();
}

void laminar_result_free(laminar_result* result) { delete result; }

laminar_result* laminar_result_share(const laminar_result* result) {
  if (result == nullptr) return nullptr;
  try {
    return new laminar_result(*result);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

laminar_result_kind laminar_result_get_kind(const laminar_result* result) {
  return result == nullptr ? LAMINAR_RESULT_NONE : result->kind;
}

int64_t laminar_result_rows_affected(const laminar_result* result) {
  return result == nullptr ? 0 : result->rows_affected;
}

const char* laminar_result_ddl_type(const laminar_result* result) {
  return result == nullptr ? "" : result->ddl_type.c_str();
}

const char* laminar_result_ddl_object(const laminar_result* result) {
  return result == nullptr ? "" : result->ddl_object.c_str();
}

const char* laminar_result_warning(const laminar_result* result, size_t index) {
  return result == nullptr || index >= result->warnings.size() ? nullptr : result->warnings[index].c_str();
}

int64_t laminar_result_num_rows(const laminar_result* result) {
  return result == nullptr || !result->rows ? 0 : result->rows->num_rows();
}

int laminar_result_num_columns(const laminar_result* result) {
  return result == nullptr || !result->schema ? 0 : result->schema->num_columns();
}

const char* laminar_result_column_name(const laminar_result* result, int column) {
  const laminar::ColumnInfo* const found = ColumnOf(result, column);
  return found == nullptr ? nullptr : found->name.c_str();
}

const char* laminar_result_column_type(const laminar_result* result, int column) {
  const laminar::ColumnInfo* const found = ColumnOf(result, column);
  return found == nullptr ? nullptr : found->type.c_str();
}

int laminar_result_column_nullable(const laminar_result* result, int column) {
  const laminar::ColumnInfo* const found = ColumnOf(result, column);
  return found != nullptr && found->nullable ? 1 : 0;
}

uint64_t laminar_result_epoch(const laminar_result* result) {
  return result == nullptr || !result->rows ? 0 : result->rows->epoch();
}

int laminar_result_is_snapshot(const laminar_result* result) {
  return result != nullptr && result->rows && result->rows->is_snapshot() ? 1 : 0;
}

laminar_status laminar_result_is_null(const laminar_result* result, int64_t row, int column, int* is_null,
                                      laminar_error** error) {
  return Guard(error,
               [&] { Need(is_null, "is_null") = RowsWithCell(result, row, column).IsNull(row, column) ? 1 : 0; });
}

laminar_status laminar_result_int64(const laminar_result* result, int64_t row, int column, int64_t* value,
                                    laminar_error** error) {
  return Guard(error, [&] { Need(value, "value") = RowsWithCell(result, row, column).Int(row, column); });
}

laminar_status laminar_result_double(const laminar_result* result, int64_t row, int column, double* value,
                                     laminar_error** error) {
  return Guard(error, [&] { Need(value, "value") = RowsWithCell(result, row, column).Double(row, column); });
}

laminar_status laminar_result_bool(const laminar_result* result, int64_t row, int column, int* value,
                                   laminar_error** error) {
  return Guard(error, [&] { Need(value, "value") = RowsWithCell(result, row, column).Bool(row, column) ? 1 : 0; });
}

laminar_status laminar_result_text(const laminar_result* result, int64_t row, int column, const char** text,
                                   size_t* size, laminar_error** error) {
  return Guard(error, [&] {
    const char*& text_out = Need(text, "text");
    size_t& size_out = Need(size, "size");
    const std::string_view found = RowsWithCell(result, row, column).Text(row, column);
    text_out = found.data();
    size_out = found.size();
  });
}

laminar_status laminar_result_format(const laminar_result* result, int64_t row, int column, char** text,
                                     laminar_error** error) {
  if (text != nullptr) *text = nullptr;
  return Guard(error, [&] {
    char*& out = Need(text, "text");
    out = laminar::c::Duplicate(RowsWithCell(result, row, column).Format(row, column));
  });
}

laminar_status laminar_result_export(const laminar_result* result, struct ArrowArrayStream* out,
                                     laminar_error** error) {
  return Guard(error, [&] { RowsOf(result).ExportStream(&Need(out, "out")); });
}

laminar_status laminar_result_export_schema(const laminar_result* result, struct ArrowSchema* out,
                                            laminar_error** error) {
  return Guard(error, [&] { RowsOf(result).schema().Export(&Need(out, "out")); });
}
