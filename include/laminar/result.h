// Results: immutable rows of a query, or of one epoch's change.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "laminar/arrow_c.h"

namespace laminar {

struct ColumnInfo {
  std::string name;
  std::string type;  // SQL spelling: "BIGINT", "TIMESTAMP(6)"
  bool nullable = true;
};

/// What columns a relation or a result has. Cheap to copy.
class ResultSchema {
 public:
  struct Rep;
  explicit ResultSchema(std::shared_ptr<const Rep> rep);

  int num_columns() const;
  const std::vector<ColumnInfo>& columns() const;
  /// Fills `out`; the caller owns it and calls out->release.
  void Export(ArrowSchema* out) const;
  const Rep& rep() const { return *rep_; }

 private:
  std::shared_ptr<const Rep> rep_;
};

/// Rows held by reference: copying a QueryResult copies no row. Safe to read from any thread.
class QueryResult {
 public:
  struct Rep;
  explicit QueryResult(std::shared_ptr<const Rep> rep);

  /// The rows of an Arrow stream, which is consumed and copied, as a result of their own.
  static QueryResult FromArrow(ArrowArrayStream* stream, uint64_t epoch, bool is_snapshot);

  ResultSchema schema() const;
  int64_t num_rows() const;
  int num_columns() const;
  /// Rows lie in batches, which ExportBatch numbers from 0.
  int num_batches() const;

  /// Subscriptions: the epoch whose net change (or, with is_snapshot, whose whole result) this is. Queries: the epoch
  /// they saw.
  uint64_t epoch() const;
  bool is_snapshot() const;

  /// One Arrow struct array per batch, sharing memory with this result, which lives on until all of them are released.
  /// The caller calls release on what is filled. ExportBatch throws std::out_of_range for a batch that is not there.
  void ExportStream(ArrowArrayStream* out) const;
  void ExportBatch(int batch, ArrowArray* out) const;

  /// Row-wise access for small results, from 0. Column and row must exist; a NULL, or a value of another type, is Error
  /// kQueryFailed. The integer form serves every integer type, dates (days), times and timestamps (in their unit);
  /// the double form floats and decimals; the text form text and bytes, which live as long as the result.
  bool IsNull(int64_t row, int column) const;
  int64_t Int(int64_t row, int column) const;
  double Double(int64_t row, int column) const;
  bool Bool(int64_t row, int column) const;
  std::string_view Text(int64_t row, int column) const;
  /// Any type, as the shell shows it ("NULL" for NULL).
  std::string Format(int64_t row, int column) const;
  /// The first `max_rows` rows as an aligned text table.
  std::string ToString(int64_t max_rows = 20) const;

 private:
  std::shared_ptr<const Rep> rep_;
};

/// What `Connection::Execute` did.
struct ExecuteResult {
  enum class Type : uint8_t { kDdl, kRowsAffected, kQuery, kMetadata };
  Type type = Type::kDdl;
  int64_t rows_affected = 0;
  std::vector<std::string> warnings;
  std::string ddl_type;               // "CREATE SOURCE"
  std::string ddl_object;             // "sensors"
  std::optional<QueryResult> result;  // kQuery and kMetadata
};

}  // namespace laminar
