// A join worked out once: what each side keeps, who counts matches, and where every column of the result comes from.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "exec/join_spec.h"
#include "state/arrangement_layout.h"

namespace laminar {

/// Immutable and shared: by the operator, its clones and its snapshots.
class JoinPlan {
 public:
  explicit JoinPlan(JoinSpec spec);

  struct Side {
    std::shared_ptr<const ArrangementLayout> layout;
    std::vector<int> columns;     // of the input, in the order of the layout's
    std::vector<int> stored;      // per input column: its column in the layout, or -1
    std::vector<int> plain_keys;  // of the input: keys that match nothing when they are NULL
    bool watched = false;         // its rows are shown, or not, by whether they have a match
  };
  /// A column of left ++ right.
  struct Source {
    int side;    // 0 left, 1 right
    int column;  // of the side's layout, or -1: not kept, and shown as NULL
    PhysicalType type;
  };

  const JoinSpec& spec() const { return spec_; }
  const Side& side(int side) const { return sides_[side]; }
  /// Where the result's columns come from; where all columns do; those that the residual reads, by position.
  const std::vector<Source>& output() const { return output_; }
  const std::vector<Source>& all() const { return all_; }
  const std::vector<int>& residual_columns() const { return residual_columns_; }

  /// Pairs are part of the result.
  bool emits_pairs() const { return spec_.kind != JoinKind::kSemi && spec_.kind != JoinKind::kAnti; }
  /// A watched row is shown while it has a match, and otherwise while it has none.
  bool shows_matched() const { return spec_.kind == JoinKind::kSemi; }
  /// Which pairs match follows from keys alone, so matches are counted by key.
  bool by_key() const { return spec_.residual == nullptr; }
  bool fallible() const { return spec_.residual != nullptr && spec_.residual->fallible(); }

  /// "HashJoin LEFT [0 = 1] residual (a < b)"
  std::string Describe() const;

 private:
  void PlanSide(int side, const std::vector<bool>& used, bool null_keys);

  JoinSpec spec_;
  Side sides_[2];
  std::vector<Source> all_;
  std::vector<Source> output_;
  std::vector<int> residual_columns_;
};

}  // namespace laminar
