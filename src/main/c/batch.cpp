// laminar_batch: rows built cell by cell.
#include "main/c/guard.h"
#include "main/c/handles.h"

using laminar::c::Guard;
using laminar::c::Need;
using laminar::c::Of;
using laminar::c::Quietly;
using laminar::c::Text;

namespace {

laminar::BatchBuilder& Builder(laminar_batch* batch) { return Need(batch, "batch").builder; }

}  // namespace

laminar_status laminar_batch_new(laminar_connection* connection, const char* relation, laminar_batch** batch,
                                 laminar_error** error) {
  if (batch != nullptr) *batch = nullptr;
  return Guard(error, [&] {
    laminar_batch*& out = Need(batch, "batch");
    out = new laminar_batch{Of(connection).NewBatch(Text(relation, "relation"))};
  });
}

laminar_status laminar_key_batch_new(laminar_connection* connection, const char* table, laminar_batch** batch,
                                     laminar_error** error) {
  if (batch != nullptr) *batch = nullptr;
  return Guard(error, [&] {
    laminar_batch*& out = Need(batch, "batch");
    out = new laminar_batch{Of(connection).NewKeyBatch(Text(table, "table"))};
  });
}

void laminar_batch_free(laminar_batch* batch) { delete batch; }

int laminar_batch_num_columns(const laminar_batch* batch) {
  int columns = 0;
  if (batch != nullptr) {
    Quietly("laminar_batch_num_columns", [&] { columns = batch->builder.schema().num_columns(); });
  }
  return columns;
}

int laminar_batch_column(const laminar_batch* batch, const char* name) {
  int column = -1;
  if (batch != nullptr && name != nullptr) {
    Quietly("laminar_batch_column", [&] { column = batch->builder.ColumnIndex(name); });
  }
  return column;
}

int64_t laminar_batch_num_rows(const laminar_batch* batch) { return batch == nullptr ? 0 : batch->builder.num_rows(); }

laminar_status laminar_batch_set_null(laminar_batch* batch, int column, laminar_error** error) {
  return Guard(error, [&] { Builder(batch).SetNull(column); });
}

laminar_status laminar_batch_set_bool(laminar_batch* batch, int column, int value, laminar_error** error) {
  return Guard(error, [&] { Builder(batch).SetBool(column, value != 0); });
}

laminar_status laminar_batch_set_int64(laminar_batch* batch, int column, int64_t value, laminar_error** error) {
  return Guard(error, [&] { Builder(batch).SetInt(column, value); });
}

laminar_status laminar_batch_set_uint64(laminar_batch* batch, int column, uint64_t value, laminar_error** error) {
  return Guard(error, [&] { Builder(batch).SetUInt(column, value); });
}

laminar_status laminar_batch_set_double(laminar_batch* batch, int column, double value, laminar_error** error) {
  return Guard(error, [&] { Builder(batch).SetDouble(column, value); });
}

laminar_status laminar_batch_set_text(laminar_batch* batch, int column, const char* text, int64_t size,
                                      laminar_error** error) {
  return Guard(error, [&] { Builder(batch).SetText(column, Text(text, size, "text")); });
}

laminar_status laminar_batch_set_bytes(laminar_batch* batch, int column, const void* bytes, size_t size,
                                       laminar_error** error) {
  return Guard(error, [&] {
    Builder(batch).SetBytes(column, Text(static_cast<const char*>(bytes), static_cast<int64_t>(size), "bytes"));
  });
}

laminar_status laminar_batch_set_decimal(laminar_batch* batch, int column, const char* digits, int scale,
                                         laminar_error** error) {
  return Guard(error, [&] { Builder(batch).SetDecimal(column, Text(digits, "digits"), scale); });
}

laminar_status laminar_batch_set_timestamp(laminar_batch* batch, int column, int64_t micros, int utc,
                                           laminar_error** error) {
  return Guard(error, [&] { Builder(batch).SetTimestamp(column, micros, utc != 0); });
}

laminar_status laminar_batch_set_date(laminar_batch* batch, int column, int32_t days, laminar_error** error) {
  return Guard(error, [&] { Builder(batch).SetDate(column, days); });
}

laminar_status laminar_batch_set_time(laminar_batch* batch, int column, int64_t micros, laminar_error** error) {
  return Guard(error, [&] { Builder(batch).SetTimeOfDay(column, micros); });
}

laminar_status laminar_batch_set_interval(laminar_batch* batch, int column, int32_t months, int32_t days, int64_t nanos,
                                          laminar_error** error) {
  return Guard(error, [&] { Builder(batch).SetInterval(column, months, days, nanos); });
}

laminar_status laminar_batch_finish_row(laminar_batch* batch, laminar_error** error) {
  return Guard(error, [&] { Builder(batch).FinishRow(); });
}

void laminar_batch_abandon_row(laminar_batch* batch) {
  if (batch != nullptr) Quietly("laminar_batch_abandon_row", [&] { batch->builder.AbandonRow(); });
}

void laminar_batch_clear(laminar_batch* batch) {
  if (batch != nullptr) Quietly("laminar_batch_clear", [&] { batch->builder.Clear(); });
}
