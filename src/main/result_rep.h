// What is behind ResultSchema and QueryResult.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "common/ref.h"
#include "common/type.h"
#include "common/value.h"
#include "laminar/result.h"
#include "state/row_batch.h"

namespace arrow {
class RecordBatch;
class Schema;
}  // namespace arrow

namespace laminar {

inline constexpr std::string_view kWeightColumn = "__weight";

/// Immutable.
struct ResultSchema::Rep : std::enable_shared_from_this<ResultSchema::Rep> {
  Schema schema;  // with the weight as its last field when `with_weight`
  bool with_weight = false;
  std::vector<ColumnInfo> columns;
  std::shared_ptr<arrow::Schema> arrow_schema;
};

/// With `with_weight`, the column __weight is appended to `schema`.
std::shared_ptr<const ResultSchema::Rep> MakeSchemaRep(Schema schema, bool with_weight);

/// Thread-safe: rows never change, and what was converted to Arrow is kept under a mutex.
struct QueryResult::Rep {
  Rep(std::shared_ptr<const ResultSchema::Rep> schema, std::vector<Ref<RowBatch>> batches, uint64_t epoch,
      bool is_snapshot);
  ~Rep();

  int64_t rows() const { return first_rows.back(); }
  /// The batch as Arrow, converted when it is asked for first. Throws Error.
  std::shared_ptr<arrow::RecordBatch> Arrow(size_t batch) const;
  /// A cell as a value; the weight too. Throws std::out_of_range.
  Value At(int64_t row, int column) const;

  const std::shared_ptr<const ResultSchema::Rep> schema;
  const std::vector<Ref<RowBatch>> batches;
  const uint64_t epoch;
  const bool is_snapshot;
  std::vector<int64_t> first_rows;  // of each batch, and at the end the number of rows

  /// Where a row lies. Throws std::out_of_range.
  struct Place {
    const Delta* batch;
    size_t row;
  };
  Place Find(int64_t row, int column) const;

 private:
  std::vector<Delta> views_;
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<arrow::RecordBatch>> converted_;
};

/// Batches without rows are allowed. All have the columns of `schema`; the weights of the batches are shown only when
/// it has the weight.
QueryResult MakeQueryResult(std::shared_ptr<const ResultSchema::Rep> schema, std::vector<Ref<RowBatch>> batches,
                            uint64_t epoch, bool is_snapshot);
std::shared_ptr<const ResultSchema::Rep> SchemaRepOf(const QueryResult& result);

}  // namespace laminar
