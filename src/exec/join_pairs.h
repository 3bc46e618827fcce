// Pairs of stored rows on their way to the result, a few thousand at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "exec/expression/program.h"
#include "exec/join_plan.h"
#include "exec/joined_rows.h"
#include "exec/operator.h"

namespace laminar {

/// Pairs whose keys are equal, gathered until there are enough to look at them together; then those of them whose
/// residual is true. One thread at a time.
///
///     while (more) { if (pairs.full()) { … } pairs.Append(left, right, weight, …); }
///     pairs.Match(rows, now, &output)      // keeps those that match, reports those that fail
///     pairs.Emit(output);
///     pairs.Clear();
class JoinPairs {
 public:
  static constexpr uint32_t kMost = 4096;

  explicit JoinPairs(std::shared_ptr<const JoinPlan> plan);

  bool full() const { return count_ == kMost; }
  uint32_t count() const { return count_; }
  uint32_t slot(int side, uint32_t pair) const { return slots_[side][pair]; }
  const uint8_t* row(int side, uint32_t pair) const { return rows_[side][pair]; }
  int64_t coming(uint32_t pair) const { return coming_[pair]; }
  bool fresh(uint32_t pair) const { return fresh_[pair] != 0; }
  std::span<const uint32_t> slots(int side) const { return {slots_[side].data(), count_}; }

  /// `weight` is the pair's; `coming` that of the one of its rows that just came, and `fresh` whether that row was not
  /// there before.
  void Append(uint32_t left, uint32_t right, int64_t weight, int64_t coming, bool fresh) {
    slots_[0][count_] = left;
    slots_[1][count_] = right;
    weights_[count_] = weight;
    coming_[count_] = coming;
    fresh_[count_] = fresh;
    ++count_;
  }
  void Clear() { count_ = 0; }

  /// Keeps the pairs that match. `left` and `right` must stay what they are until Clear. Failing ones go to `errors`
  /// unless that is null.
  void Match(const ArrangedRows& left, const ArrangedRows& right, int64_t now, Output* errors);
  /// Emits the pairs that were kept and weigh anything.
  Answer Emit(Output& output);

 private:
  JoinedSides Sides() const;
  void Keep(const uint32_t* kept, uint32_t count);
  void ReportErrors(const Delta& candidates, const RowErrors& errors, Output& output);

  std::shared_ptr<const JoinPlan> plan_;
  std::unique_ptr<Program> residual_;
  uint32_t count_ = 0;
  std::vector<uint32_t> slots_[2];
  std::vector<const uint8_t*> rows_[2];
  std::vector<int64_t> weights_;
  std::vector<int64_t> coming_;
  std::vector<uint8_t> fresh_;
  ArrangedRows arranged_[2];

  std::vector<uint32_t> kept_;
  std::vector<ScratchColumn> scratch_;  // beside the plan's residual_columns
  RowErrors errors_;
};

}  // namespace laminar
