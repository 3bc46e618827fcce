// Constant rows: VALUES, and SELECT without FROM.
#pragma once

#include <memory>
#include <string>

#include "exec/operator.h"
#include "state/row_batch.h"

namespace laminar {

/// No input. Emits its rows at its first Flush, with weight +1 and without marks; its contents are those rows, always.
class Values final : public Operator {
 public:
  explicit Values(Ref<RowBatch> rows);
  ~Values() override;

  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  Status Flush(Step& step, Output& output) override;
  /// False: what it has emitted is known to it alone, and Snapshot() answers.
  bool stateless() const override { return false; }
  std::unique_ptr<Operator> Clone() const override;
  std::unique_ptr<OperatorSnapshot> Snapshot() override;
  std::string Describe() const override;

 private:
  class EmittedStore;

  Ref<RowBatch> rows_;
  std::unique_ptr<EmittedStore> emitted_;  // whether they have been
};

}  // namespace laminar
