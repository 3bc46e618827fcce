// Rows built cell by cell for one relation, coerced and checked as they come.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "laminar/result.h"

namespace laminar {

/// Collects rows for `Connection::Insert`. One thread at a time. Values are coerced to the column's type by the rules
/// of ingestion: integers widen, integers become floats, text in ISO form becomes a date, time or timestamp, integers
/// become timestamps in the column's unit; what would lose something is refused.
///
/// Every `Set…` throws Error kBatchSchemaMismatch naming column, row and value; `AbandonRow` then forgets the row
/// begun, the rows before it stay.
class BatchBuilder {
 public:
  struct Rep;
  explicit BatchBuilder(std::unique_ptr<Rep> rep);
  BatchBuilder(BatchBuilder&&) noexcept;
  BatchBuilder& operator=(BatchBuilder&&) noexcept;
  ~BatchBuilder();

  /// The source or table that the rows are for.
  const std::string& relation() const;
  const ResultSchema& schema() const;
  /// Ignoring case; -1 when there is none.
  int ColumnIndex(std::string_view name) const;
  /// Finished rows.
  int64_t num_rows() const;
  /// Makes room for so many rows at once. Only saves time.
  void Reserve(int64_t rows);

  // A cell of the row that is being built, from column 0; std::out_of_range for a column that is not there.
  void SetNull(int column);
  void SetBool(int column, bool value);
  void SetInt(int column, int64_t value);
  void SetUInt(int column, uint64_t value);
  void SetDouble(int column, double value);
  /// UTF-8.
  void SetText(int column, std::string_view value);
  void SetBytes(int column, std::string_view value);
  /// `digits` is the unscaled value in decimal ("-12345" with scale 2 is -123.45).
  void SetDecimal(int column, std::string_view digits, int scale);
  /// Microseconds since the epoch; `utc` says whether the value had a zone (then it counts in UTC).
  void SetTimestamp(int column, int64_t micros, bool utc);
  /// Days since the epoch.
  void SetDate(int column, int32_t days);
  /// Microseconds since midnight.
  void SetTimeOfDay(int column, int64_t micros);
  void SetInterval(int column, int32_t months, int32_t days, int64_t nanos);

  /// Ends the row. Columns not set are NULL; a NULL in a NOT NULL column is refused, naming it.
  void FinishRow();
  /// Forgets the row that is being built.
  void AbandonRow();
  /// Forgets every row.
  void Clear();

  Rep& rep() { return *rep_; }

 private:
  std::unique_ptr<Rep> rep_;
};

}  // namespace laminar
