// EMIT EVERY: what came since the last firing of a timer is shown at the next.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "exec/operator.h"
#include "exec/table_state.h"
#include "state/row_store.h"

namespace laminar {

/// The last operator of a stream. Its contents are those of its input as of the last firing; the first step of a new
/// dataflow is one. It fires at whole multiples of the interval since 1970, while anything waits.
///
///     Push(+a)                 waits; NextTimer is the next multiple
///     Push(-a) Push(+b)        wait too
///     OnTimer                  +b is emitted, and shown
class EmitEvery final : public Operator {
 public:
  /// `interval` in microseconds, more than 0.
  EmitEvery(std::vector<DataType> types, int64_t interval, bool append_only);
  ~EmitEvery() override;

  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  Status OnTimer(Step& step, int64_t time, Output& output) override;
  Status Flush(Step& step, Output& output) override;
  int64_t NextTimer() const override;
  bool has_timer() const override { return true; }
  bool stateless() const override { return false; }
  std::unique_ptr<Operator> Clone() const override;
  std::unique_ptr<OperatorSnapshot> Snapshot() override;
  std::string Describe() const override;

 private:
  class WaitingStore;
  /// What waits, netted.
  Ref<RowBatch> Net();
  Status Fire(Step& step, Output& output);

  const std::vector<DataType> types_;
  const int64_t interval_;
  const bool append_only_;
  RowStore waiting_;  // with weights
  std::unique_ptr<WaitingStore> waiting_store_;
  TableState shown_;
  uint32_t netted_rows_ = 0;  // of those that wait, after they were last netted
  int64_t due_ = kNoTimer;
};

}  // namespace laminar
