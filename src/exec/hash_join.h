// JOIN of two inputs on equal keys and whatever else is to hold for a pair.
#pragma once

#include <memory>
#include <string>

#include "exec/join_spec.h"
#include "exec/operator.h"

namespace laminar {

class JoinPlan;

/// Port 0 is the left input, port 1 the right one. Each keeps its rows; what comes on one port meets what the other
/// holds at that moment, so that every pair is met once, when the later of its rows comes, in whatever order they do. A
/// self join gets the same delta on both ports, one after the other.
///
///     Push(0, ΔL)    emits ΔL ⋈ R, then L += ΔL
///     Push(1, ΔR)    emits L ⋈ ΔR, then R += ΔR
///     Flush()        emits what changed of rows shown without a partner (outer joins) or in their own right (semi,
///                    anti), and frees rows whose weights came to 0
///
/// Contract:
/// 1. Output columns are the specification's `output`. Pairs weigh the product of their rows' weights and are emitted
///    from Push, not merged with one another; a pair that comes and goes in one step is emitted twice. What Flush emits
///    is a net change: deletions first. All of it sums to the net change of the result (exec/operator.h, 1).
/// 2. Deltas emitted have an owner, no marks, and at most a few thousand rows.
/// 3. A pair whose residual fails goes to EmitErrors: `input` is then a delta with the columns of left ++ right and the
///    pair's weight, negative when the pair goes. Where the specification's output and residual do not name a column,
///    it is NULL there.
/// 4. Not wanted, no pair is made into a row; matches are counted and failing residuals reported all the same.
/// 5. kBatch mode gives the same rows; cancelled, Push and Flush return kQueryCancelled.
class HashJoin final : public Operator {
 public:
  explicit HashJoin(JoinSpec spec);
  ~HashJoin() override;

  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  Status Flush(Step& step, Output& output) override;
  bool stateless() const override { return false; }
  /// True when the residual may fail.
  bool may_fail() const override;
  std::unique_ptr<Operator> Clone() const override;
  std::unique_ptr<OperatorSnapshot> Snapshot() override;
  /// "HashJoin LEFT [0 = 1] residual (amount > limit)": keys are positions in their inputs.
  std::string Describe() const override;

 private:
  explicit HashJoin(std::shared_ptr<const JoinPlan> plan);

  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace laminar
