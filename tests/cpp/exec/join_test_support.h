// What tests of the join operator share: relations with weights, the join worked out pair by pair, an output that sums.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/hash.h"
#include "exec/hash_join.h"
#include "exec/naive_evaluator.h"
#include "exec/random_batch.h"

namespace laminar::testing {

using ValueRow = std::vector<Value>;
/// Rows by their text, with the sum of their weights.
using Weights = std::map<std::string, int64_t>;

inline std::string ShowValues(const ValueRow& row) {
  std::string text;
  for (const Value& value : row) {
    if (!text.empty()) text += '|';
    text += value.ToString();
  }
  return text;
}

inline void Add(Weights* sum, const std::string& text, int64_t weight) {
  if (((*sum)[text] += weight) == 0) sum->erase(text);
}

/// A multiset of rows.
class Relation {
 public:
  struct Entry {
    ValueRow row;
    int64_t weight;
  };
  void Add(const ValueRow& row, int64_t weight) {
    Entry& entry = rows_.try_emplace(ShowValues(row), Entry{row, 0}).first->second;
    if ((entry.weight += weight) == 0) rows_.erase(ShowValues(row));
  }
  const std::map<std::string, Entry>& rows() const { return rows_; }

 private:
  std::map<std::string, Entry> rows_;
};

inline bool SameKeyValue(const Value& a, const Value& b, bool null_safe) {
  if (a.is_null() || b.is_null()) return null_safe && a.is_null() && b.is_null();
  if (a.type().id() == TypeId::kDouble) return KeyBits(a.get<double>()) == KeyBits(b.get<double>());
  return a == b;
}

/// The cells of left ++ right that a residual reads: what is told of a pair for which it fails.
inline std::string ShowResidual(const Expression& residual, const ValueRow& pair) {
  if (residual.is_column()) return pair[static_cast<size_t>(residual.column)].ToString() + "/";
  std::string text;
  for (const ExpressionPtr& child : residual.children) text += ShowResidual(*child, pair);
  return text;
}

/// The join of two relations, the obvious way; pairs whose residual fails go to `errors`.
inline Weights NaiveJoin(const JoinSpec& spec, const Relation& left, const Relation& right, Weights* errors) {
  const auto matches = [&](const ValueRow& l, const ValueRow& r, int64_t weight) {
    for (size_t i = 0; i < spec.left_keys.size(); ++i) {
      if (!SameKeyValue(l[static_cast<size_t>(spec.left_keys[i])], r[static_cast<size_t>(spec.right_keys[i])],
                        spec.null_safe[i])) {
        return false;
      }
    }
    if (!spec.residual) return true;
    ValueRow pair = l;
    pair.insert(pair.end(), r.begin(), r.end());
    const NaiveEvaluator evaluator([&](int column) { return pair[static_cast<size_t>(column)]; });
    const Outcome outcome = evaluator.Evaluate(*spec.residual);
    if (outcome.error) Add(errors, ShowResidual(*spec.residual, pair), weight);
    return !outcome.error && !outcome.value.is_null() && outcome.value.get<bool>();
  };
  Weights result;
  const auto emit = [&](const ValueRow* l, const ValueRow* r, int64_t weight) {
    ValueRow row;
    for (const int column : spec.output) {
      const size_t c = static_cast<size_t>(column);
      const size_t split = spec.left_types.size();
      if (c < split) {
        row.push_back(l != nullptr ? (*l)[c] : Value(spec.left_types[c]));
      } else {
        row.push_back(r != nullptr ? (*r)[c - split] : Value(spec.right_types[c - split]));
      }
    }
    Add(&result, ShowValues(row), weight);
  };
  const bool pairs = spec.kind != JoinKind::kSemi && spec.kind != JoinKind::kAnti;
  std::map<std::string, bool> right_matched;
  for (const auto& [left_text, l] : left.rows()) {
    bool matched = false;
    for (const auto& [right_text, r] : right.rows()) {
      if (!matches(l.row, r.row, l.weight * r.weight)) continue;
      matched = right_matched[right_text] = true;
      if (pairs) emit(&l.row, &r.row, l.weight * r.weight);
    }
    const bool shown = spec.kind == JoinKind::kSemi
                           ? matched
                           : !matched && spec.kind != JoinKind::kInner && spec.kind != JoinKind::kRight;
    if (shown) emit(&l.row, nullptr, l.weight);
  }
  if (spec.kind != JoinKind::kRight && spec.kind != JoinKind::kFull) return result;
  for (const auto& [right_text, r] : right.rows()) {
    if (!right_matched[right_text]) emit(nullptr, &r.row, r.weight);
  }
  return result;
}

inline std::vector<DataType> JoinedTypes(const JoinSpec& spec) {
  std::vector<DataType> types = spec.left_types;
  types.insert(types.end(), spec.right_types.begin(), spec.right_types.end());
  return types;
}

inline std::vector<DataType> OutputTypes(const JoinSpec& spec) {
  const std::vector<DataType> all = JoinedTypes(spec);
  std::vector<DataType> types;
  for (const int column : spec.output) types.push_back(all[static_cast<size_t>(column)]);
  return types;
}

inline ValueRow RowOf(const Delta& delta, const std::vector<DataType>& types, uint32_t row) {
  ValueRow values;
  for (size_t c = 0; c < types.size(); ++c) {
    values.push_back(ReadValue(types[c], delta.columns[c].values, delta.columns[c].validity, row));
  }
  return values;
}

/// Sums rows and errors; keeps some deltas, to be looked at again later.
class JoinOutput final : public Output {
 public:
  explicit JoinOutput(const JoinSpec& spec)
      : types_(OutputTypes(spec)), all_types_(JoinedTypes(spec)), residual_(spec.residual.get()) {}

  bool wanted() const override { return is_wanted; }
  Answer Emit(const Delta& delta) override {
    EXPECT_TRUE(is_wanted);
    EXPECT_FALSE(delta.empty());
    EXPECT_TRUE(delta.owner);
    EXPECT_TRUE(delta.marks.empty());
    EXPECT_LE(delta.size(), 4096u);
    const Weights weights = Read(delta);
    for (const auto& [text, weight] : weights) Add(&total, text, weight);
    if (++deltas % 7 == 0) kept_.emplace_back(delta, weights);
    return Answer::kMore;
  }
  Answer EmitPartition(int, const Delta&) override { return Answer::kMore; }
  void EmitLate(const Delta&) override {}
  void EmitErrors(const Delta& input, const RowErrors& row_errors) override {
    ASSERT_EQ(input.columns.size(), all_types_.size());
    for (const RowErrors::Entry& entry : row_errors.entries) {
      Add(&errors, ShowResidual(*residual_, RowOf(input, all_types_, entry.row)), input.WeightAt(entry.row));
    }
  }
  void CheckKept() const {
    for (const auto& [delta, weights] : kept_) EXPECT_EQ(Read(delta), weights);
  }

  bool is_wanted = true;
  int deltas = 0;
  Weights total;
  Weights errors;

 private:
  Weights Read(const Delta& delta) const {
    Weights weights;
    for (uint32_t i = 0; i < delta.size(); ++i) {
      const uint32_t row = delta.RowAt(i);
      EXPECT_NE(delta.WeightAt(row), 0);
      Add(&weights, ShowValues(RowOf(delta, types_, row)), delta.WeightAt(row));
    }
    return weights;
  }
  std::vector<DataType> types_;
  std::vector<DataType> all_types_;
  const Expression* residual_;
  std::vector<std::pair<Delta, Weights>> kept_;
};

}  // namespace laminar::testing
