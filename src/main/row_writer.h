// Cells into a batch of one relation, coerced and checked: what BatchBuilder, JSON and CSV have in common.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/int128.h"
#include "common/interval.h"
#include "common/status.h"
#include "common/type.h"
#include "main/refusal.h"
#include "state/row_batch.h"

namespace laminar {

/// Single-threaded. A row is any number of Set calls, each column at most once, then FinishRow; after a refusal the
/// caller abandons the row or the whole batch.
class RowWriter {
 public:
  RowWriter(std::string relation, Schema schema);

  const std::string& relation() const { return relation_; }
  const Schema& schema() const { return schema_; }
  int64_t rows() const { return rows_.rows(); }
  /// Number of the row being written, as errors have it.
  int64_t row_number() const { return rows_before_ + rows_.rows() + 1; }
  /// Rows in errors count from there.
  void SetRowsBefore(int64_t rows) { rows_before_ = rows; }
  void Reserve(int64_t rows);

  Refusal SetNull(int column);
  Refusal SetBool(int column, bool value);
  Refusal SetInt(int column, int64_t value);
  Refusal SetUInt(int column, uint64_t value);
  Refusal SetDouble(int column, double value);
  /// UTF-8. Dates, times, intervals, decimals, UUIDs and JSON are read from it; numbers and booleans are not.
  Refusal SetText(int column, std::string_view text);
  Refusal SetBytes(int column, std::string_view bytes);
  /// [-] digits, times 10^-scale.
  Refusal SetDecimal(int column, std::string_view digits, int scale);
  /// A number from its text, for every column that takes integers or floats: exactly, but for floats the nearest.
  Refusal SetNumber(int column, std::string_view text);
  Refusal SetTimestamp(int column, int64_t value, TimeUnit unit);
  Refusal SetDate(int column, int32_t days);
  Refusal SetTime(int column, int64_t value, TimeUnit unit);
  Refusal SetInterval(int column, const Interval& value);
  /// A list, struct or map in the form of common/nested.h, of the column's type.
  Refusal SetNested(int column, std::string_view bytes);
  /// Any type from its text form, as CSV has it; blobs in PostgreSQL's form.
  Refusal SetParsed(int column, std::string_view text);

  /// Fails when a NOT NULL column was not set; the row is then still open.
  Status FinishRow();
  void AbandonRow();
  void Clear();
  /// The finished rows; one that was begun is forgotten.
  Ref<RowBatch> Finish();

  /// The error for the row being written. `value` as RefusedCell shows it.
  Status Refused(int column, Refusal refusal, std::string_view value) const;

 private:
  const DataType& type(int column) const { return schema_.field(column).type; }
  /// False when the row has the column already.
  bool Claim(int column);
  template <typename T>
  Refusal PutInteger(int column, T value);
  Refusal PutNumber(int column, std::string_view text);
  template <typename T>
  Refusal ParseAndPutInteger(int column, std::string_view text);

  std::string relation_;
  Schema schema_;
  RowBatchBuilder rows_;
  int64_t rows_before_ = 0;
  std::vector<uint64_t> claimed_;   // columns of the row that are set or NULL, a bit each
  std::vector<uint64_t> required_;  // NOT NULL
  std::string bytes_;               // scratch
};

}  // namespace laminar
