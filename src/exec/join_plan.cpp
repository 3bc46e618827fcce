#include "exec/join_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace laminar {

namespace {

void CollectColumns(const Expression& expression, std::vector<int>* columns) {
  if (expression.is_column()) columns->push_back(expression.column);
  for (const ExpressionPtr& child : expression.children) CollectColumns(*child, columns);
}

bool IsFloat(const DataType& type) {
  return type.physical() == PhysicalType::kFloat || type.physical() == PhysicalType::kDouble;
}

const char* NameOf(JoinKind kind) {
  switch (kind) {
    case JoinKind::kInner:
      return "INNER";
    case JoinKind::kLeft:
      return "LEFT";
    case JoinKind::kRight:
      return "RIGHT";
    case JoinKind::kFull:
      return "FULL";
    case JoinKind::kSemi:
      return "SEMI";
    case JoinKind::kAnti:
      return "ANTI";
  }
  return "";
}

}  // namespace

JoinPlan::JoinPlan(JoinSpec spec) : spec_(std::move(spec)) {
  const size_t left = spec_.left_types.size();
  if (spec_.residual) {
    CollectColumns(*spec_.residual, &residual_columns_);
    std::sort(residual_columns_.begin(), residual_columns_.end());
    residual_columns_.erase(std::unique(residual_columns_.begin(), residual_columns_.end()), residual_columns_.end());
  }
  std::vector<bool> used(left + spec_.right_types.size(), false);
  for (const int column : spec_.output) used[static_cast<size_t>(column)] = true;
  for (const int column : residual_columns_) used[static_cast<size_t>(column)] = true;

  sides_[0].watched = spec_.kind != JoinKind::kInner && spec_.kind != JoinKind::kRight;
  sides_[1].watched = spec_.kind == JoinKind::kRight || spec_.kind == JoinKind::kFull;
  // Both sides' keys have the same shape, so that they can be compared where they stand.
  bool null_keys = std::find(spec_.null_safe.begin(), spec_.null_safe.end(), true) != spec_.null_safe.end();
  null_keys |= sides_[0].watched || sides_[1].watched;
  PlanSide(0, {used.begin(), used.begin() + static_cast<std::ptrdiff_t>(left)}, null_keys);
  PlanSide(1, {used.begin() + static_cast<std::ptrdiff_t>(left), used.end()}, null_keys);

  for (const int side : {0, 1}) {
    const std::vector<DataType>& types = side == 0 ? spec_.left_types : spec_.right_types;
    for (size_t c = 0; c < types.size(); ++c) all_.push_back({side, sides_[side].stored[c], types[c].physical()});
  }
  for (const int column : spec_.output) output_.push_back(all_[static_cast<size_t>(column)]);
}

void JoinPlan::PlanSide(int side, const std::vector<bool>& used, bool null_keys) {
  Side& plan = sides_[side];
  const std::vector<DataType>& types = side == 0 ? spec_.left_types : spec_.right_types;
  const std::vector<int>& keys = side == 0 ? spec_.left_keys : spec_.right_keys;
  plan.stored.assign(types.size(), -1);
  std::vector<DataType> key_types;
  std::vector<DataType> other_types;
  for (size_t i = 0; i < keys.size(); ++i) {
    const size_t column = static_cast<size_t>(keys[i]);
    key_types.push_back(types[column]);
    plan.columns.push_back(keys[i]);
    if (i >= spec_.null_safe.size() || !spec_.null_safe[i]) plan.plain_keys.push_back(keys[i]);
    // Floats of keys are canonical; as they came, they are kept beside them.
    if (!IsFloat(types[column])) plan.stored[column] = static_cast<int>(i);
  }
  for (size_t column = 0; column < types.size(); ++column) {
    if (!used[column] || plan.stored[column] >= 0) continue;
    plan.stored[column] = static_cast<int>(plan.columns.size());
    plan.columns.push_back(static_cast<int>(column));
    other_types.push_back(types[column]);
  }
  ArrangementOptions options;
  options.null_keys = null_keys;
  options.retracts = !(side == 0 ? spec_.left_append_only : spec_.right_append_only);
  options.totals = by_key() && sides_[1 - side].watched;
  if (plan.watched) options.counting = by_key() ? MatchCounting::kPerKey : MatchCounting::kPerRow;
  plan.layout = std::make_shared<ArrangementLayout>(std::move(key_types), std::move(other_types), options);
}

std::string JoinPlan::Describe() const {
  std::vector<std::string> keys;
  for (size_t i = 0; i < spec_.left_keys.size(); ++i) {
    const bool null_safe = i < spec_.null_safe.size() && spec_.null_safe[i];
    keys.push_back(
        fmt::format("{} {} {}", spec_.left_keys[i], null_safe ? "IS NOT DISTINCT FROM" : "=", spec_.right_keys[i]));
  }
  std::string text = fmt::format("HashJoin {} [{}]", NameOf(spec_.kind), fmt::join(keys, ", "));
  if (spec_.residual) text += " residual " + spec_.residual->ToString();
  return text;
}

}  // namespace laminar
