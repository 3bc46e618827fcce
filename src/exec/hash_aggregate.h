// GROUP BY: one row a group, kept up to date.
#pragma once

#include <memory>
#include <string>

#include "exec/aggregate_spec.h"
#include "exec/operator.h"

namespace laminar {

/// Output columns: the keys, then the aggregates.
///
/// Contract:
/// 1. In kContinuous mode Flush emits the net change of the step: deltas of the old rows of changed groups with weight
/// -1,
///    then deltas of their new rows. A group whose row is as before emits nothing. In kBatch mode it emits every row,
///    once.
/// 2. A group exists while the weights of its rows sum to more than 0. Without keys there is always exactly one row,
/// also
///    over empty input; it is first emitted at the first Flush.
/// 3. A group whose result is an error (a sum that does not fit) is not in the result until it has a value again.
/// EmitErrors
///    names it at the Flush where it comes into error, and again with weight -1 where it leaves it: `input` is then a
///    delta of output rows, not of input rows.
/// 4. Deltas emitted have an owner.
class HashAggregate final : public Operator {
 public:
  explicit HashAggregate(HashAggregateSpec spec);
  ~HashAggregate() override;

  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  Status Flush(Step& step, Output& output) override;
  bool stateless() const override { return false; }
  std::unique_ptr<Operator> Clone() const override;
  std::unique_ptr<OperatorSnapshot> Snapshot() override;
  std::string Describe() const override;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace laminar
