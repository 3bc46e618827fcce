// A join's whole result, from what its sides hold.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "exec/join_plan.h"
#include "exec/operator.h"
#include "state/arrangement.h"

namespace laminar {

/// Both sides between two steps, for one reader on any thread.
class JoinSnapshot final : public OperatorSnapshot {
 public:
  JoinSnapshot(std::shared_ptr<const JoinPlan> plan, Arrangement* left, Arrangement* right);

  /// Pairs are found and evaluated anew; which rows have no match is read from their counts.
  Status Contents(Output& output, const CancelToken* cancel) override;

 private:
  Status EmitPairs(Output& output, const std::function<bool()>& cancelled, bool* done) const;

  std::shared_ptr<const JoinPlan> plan_;
  ArrangementPin pins_[2];
};

/// Emits the rows of a watched side that are shown for their own sake, from match counts that are complete. `done` is
/// set when the output wants no more.
Status EmitShown(const JoinPlan& plan, int side, const ArrangementPin& pin, Output& output,
                 const std::function<bool()>& cancelled, bool* done);

/// Such rows of a watched side, as rows of the result.
Delta MakeShownRows(const JoinPlan& plan, int side, const ArrangedRows& arranged, std::span<const uint32_t> slots,
                    std::span<const int64_t> weights);

}  // namespace laminar
