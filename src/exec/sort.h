// ORDER BY [LIMIT] of a one-shot query.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/sort_order.h"
#include "common/type.h"
#include "exec/operator.h"
#include "state/row_batch.h"

namespace laminar {

/// Batch mode only: collects its input and emits it in order on EndInput. Ties keep their order of arrival. NaN is
/// greater than every number, -0.0 equals 0.0, text is in byte order. A row of weight w counts w times towards limit
/// and offset; all weights must be positive. With a limit, memory stays proportional to limit + offset.
class Sort final : public Operator {
 public:
  /// `types` are those of all input columns; `limit` -1: none.
  Sort(std::vector<SortKey> keys, std::vector<DataType> types, int64_t limit, int64_t offset);

  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  Status EndInput(Step& step, Output& output) override;
  bool stateless() const override { return false; }
  std::unique_ptr<Operator> Clone() const override;
  std::string Describe() const override;

 private:
  /// Rows of the batch in order, of which only those within offset + limit need come first.
  std::vector<uint32_t> OrderOf(const Delta& rows, const Step& step) const;
  /// Forgets rows that cannot be among the first offset + limit.
  void Prune(const Step& step);

  std::vector<SortKey> keys_;
  std::vector<DataType> types_;
  int64_t limit_;
  int64_t offset_;
  RowBatchBuilder rows_;
  uint64_t prune_at_;
};

}  // namespace laminar
