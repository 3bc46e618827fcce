// A select list whose results are stored with their rows, because computing them again would not give the same.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/type.h"
#include "exec/operator.h"
#include "exec/project.h"
#include "function/expression.h"
#include "state/hash_index.h"
#include "state/row_batch.h"
#include "state/row_store.h"

namespace laminar {

/// Keeps what it has given out: functions declared deterministic=False, random(), PROCTIME() over rows that come back.
///
/// Contract:
/// 1. Every row is computed once, when it comes; rows that are equal and come in one step, of an input that retracts,
///    are computed together. A row that is taken back gives back what was given out for it; of several equal rows, for
///    the last one that came.
/// 2. Append-only input: rows are given out from Push, and only results are kept. Otherwise the step is netted first
/// and
///    given out from Flush, deletions before insertions, and the input's columns are kept beside the results. A row
///    that comes and goes within a step is never computed.
/// 3. A row in error is set aside, and goes without a trace when it is taken back.
///
///     + (a)      computed: f(a) = 7       + (a, 7)
///     + (a)      computed: f(a) = 9       + (a, 9)
///     − (a)      looked up: the last      − (a, 9)
class StoredProject final : public Operator {
 public:
  StoredProject(std::vector<ExpressionPtr> expressions, std::vector<DataType> input_types, bool append_only);
  ~StoredProject() override;

  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  Status Flush(Step& step, Output& output) override;
  bool stateless() const override { return false; }
  bool may_fail() const override;
  std::unique_ptr<Operator> Clone() const override;
  std::unique_ptr<OperatorSnapshot> Snapshot() override;
  std::string Describe() const override;

 private:
  class ResultStore;
  class Keeping;

  // Columns of rows_: the results; with retractions the input's, and then these two.
  int input_column(int column) const { return static_cast<int>(result_types_.size()) + column; }
  int failed_column() const { return input_column(static_cast<int>(input_types_.size())); }
  int next_column() const { return failed_column() + 1; }
  std::vector<DataType> StoredTypes() const;

  /// Rows without selection, each distinct. Gives out what was given out for them, and forgets it.
  Status TakeBack(const Delta& rows, Output& output);
  /// Likewise; computes them, gives the results out and keeps them.
  Status Bring(Step& step, const Delta& rows, Output& output);
  /// Keeps the selected rows of `results`, which stand beside those of `input`.
  void Keep(const Delta& results, const Delta& input, bool failed);
  uint32_t FindLast(uint32_t hash, const Delta& input, uint32_t row) const;
  void RebuildIndex();

  std::vector<ExpressionPtr> expressions_;
  std::vector<DataType> input_types_;
  std::vector<DataType> result_types_;
  bool append_only_;
  Project project_;
  RowStore rows_;    // with retractions weighted, and equal rows linked, the last that came first
  HashIndex index_;  // of input rows: the slot of the last that came
  RowBatchBuilder step_;
  std::unique_ptr<ResultStore> store_;
};

}  // namespace laminar
