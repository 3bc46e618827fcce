// The rows of a table: the only operator of the stream that a table is.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "exec/operator.h"
#include "state/keyed_rows.h"

namespace laminar {

/// Keeps the current rows and passes every delta on as it comes. Whoever feeds it has checked keys and read the rows it
/// takes (main/table_draft.h), so the deltas of a step net by themselves and no weight in it ever gets negative. Rows
/// go on without marks: a table has no order of arrival, so first_value over it goes by values alone, live and late
/// alike.
class TableState final : public Operator {
 public:
  /// `key`: positions of the primary key; empty without one.
  TableState(std::vector<DataType> types, std::vector<int> key);
  ~TableState() override;

  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  bool stateless() const override { return false; }
  std::unique_ptr<Operator> Clone() const override;
  std::unique_ptr<OperatorSnapshot> Snapshot() override;
  std::string Describe() const override;

  /// Between two steps, with the step lock held.
  const KeyedRows& rows() const { return rows_; }
  /// Likewise: adds a last column. `fill` gives its values for some rows, as a batch of one column. After an error
  /// nothing has changed.
  Status Widen(const DataType& type, const std::function<Result<Ref<RowBatch>>(const Delta&)>& fill);

 private:
  class RowsStore;
  KeyedRows rows_;
  std::unique_ptr<RowsStore> store_;
};

}  // namespace laminar
