// The rows of one side of a join that are shown, or not, by whether they have a match.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "exec/join_plan.h"
#include "state/arrangement.h"

namespace laminar {

/// Keeps the match counts of an arrangement and knows which rows a step touched. Counts stand in the rows; by key, in
/// the first row of each.
///
///     CountMatches(slot, +w)…   TouchRow(…)…      during the step
///     ForEachChange(visit)                        what is shown differently: may be left out
///     EndStep()                                   before the arrangement frees rows
class JoinWatch {
 public:
  /// Rows by slot, with weights.
  using Visit = std::function<void(std::span<const uint32_t> slots, std::span<const int64_t> weights)>;

  JoinWatch(const JoinPlan* plan, Arrangement* arrangement);

  /// Rows that match came, or went: of a row, or, by key, of all rows of the key whose first is `slot`. Without
  /// `track`, nobody asks for changes.
  void CountMatches(uint32_t slot, int64_t weight, bool track);
  /// The row itself came or went: `old_weight` is what it weighed before.
  void TouchRow(uint32_t slot, uint32_t first, int64_t old_weight);
  /// Deletions first, then insertions.
  void ForEachChange(const Visit& visit);
  void EndStep();
  // See state/store.h.
  void SaveRest(ImageWriter& out) const { out.Put(stamp_); }
  void LoadRest(ImageReader& in) { stamp_ = in.Get<uint32_t>(); }

  /// What a row with this weight contributes to the result.
  int64_t Shown(int64_t weight, bool matched) const { return matched == shows_matched_ ? weight : 0; }

 private:
  struct Touched {
    uint32_t slot;
    uint32_t counter;  // where its matches are counted
    int64_t old_weight;
  };
  /// Rows of keys that gained their first match or lost their last one.
  void TouchRowsOfKeys();
  /// Once in four billion steps: no row may look as if this step had touched it.
  void ForgetStamps();
  bool Matched(uint32_t counter) const { return layout_.MatchesOf(arrangement_->Row(counter)).count > 0; }

  Arrangement* arrangement_;
  const ArrangementLayout& layout_;
  bool by_key_;
  bool shows_matched_;
  uint32_t stamp_ = 1;
  std::vector<Touched> rows_;
  std::vector<uint32_t> keys_;  // first rows of keys whose count turned
};

}  // namespace laminar
