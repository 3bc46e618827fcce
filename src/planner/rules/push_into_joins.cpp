// Nothing that can fail moves, and nothing moves past a residual that can: which pairs are in error is part of the
// answer. Past keys everything may: a conjunct that is not true hides the errors of the others (LogicalJoin).
#include "planner/rules/push_into_joins.h"

#include <utility>

#include "planner/join_condition.h"
#include "planner/rules/rewrite.h"

namespace laminar {

namespace {

bool MayMove(const Expression& predicate) {
  return !predicate.fallible() && predicate.deterministic() && !predicate.reads_time();
}

void AddFilter(LogicalJoin& join, bool right, std::vector<ExpressionPtr> conjuncts) {
  if (conjuncts.empty()) return;
  const int first = right ? join.left_width() : 0;
  std::vector<int> map;
  for (int i = 0; i < join.left_width() + join.right().schema.size(); ++i) map.push_back(i - first);
  ExpressionPtr predicate = MakeConjunction(std::move(conjuncts));
  RemapColumns(*predicate, map);
  LogicalNodePtr& input = join.inputs[right ? 1 : 0];
  input = MakeFilter(std::move(input), std::move(predicate));
}

}  // namespace

void PushIntoJoin(LogicalNodePtr& plan) {
  auto& filter = plan->As<LogicalFilter>();
  auto& join = filter.input().As<LogicalJoin>();
  if (join.residual != nullptr && join.residual->fallible()) return;
  const bool inner = join.join == JoinKind::kInner;
  const bool to_left =
      inner || join.join == JoinKind::kLeft || join.join == JoinKind::kSemi || join.join == JoinKind::kAnti;
  const bool to_right = inner || join.join == JoinKind::kRight;
  std::vector<ExpressionPtr> left, right, both, kept;
  for (ExpressionPtr& conjunct : SplitConjunction(std::move(filter.predicate))) {
    ExpressionPtr below = conjunct->Clone();
    RemapColumns(*below, join.output);
    const JoinSide side = SideOf(*below, join.left_width());
    if (MayMove(*below) && side == JoinSide::kLeft && to_left) {
      left.push_back(std::move(below));
    } else if (MayMove(*below) && side == JoinSide::kRight && to_right) {
      right.push_back(std::move(below));
    } else if (MayMove(*below) && side == JoinSide::kBoth && inner) {
      both.push_back(std::move(below));
    } else {
      kept.push_back(std::move(conjunct));
    }
  }
  AddFilter(join, false, std::move(left));
  AddFilter(join, true, std::move(right));
  if (!both.empty()) AddConditions(join, std::move(both));
  LogicalNodePtr below = std::move(filter.inputs[0]);
  plan = kept.empty() ? std::move(below) : MakeFilter(std::move(below), MakeConjunction(std::move(kept)));
}

void PushOutOfJoin(LogicalJoin& join) {
  const bool to_left = join.join == JoinKind::kInner || join.join == JoinKind::kSemi || join.join == JoinKind::kRight;
  const bool to_right = join.join != JoinKind::kRight && join.join != JoinKind::kFull;
  std::vector<ExpressionPtr> left, right, kept;
  for (ExpressionPtr& conjunct : TakeResidual(join)) {
    const JoinSide side = SideOf(*conjunct, join.left_width());
    if (MayMove(*conjunct) && side == JoinSide::kLeft && to_left) {
      left.push_back(std::move(conjunct));
    } else if (MayMove(*conjunct) && side == JoinSide::kRight && to_right) {
      right.push_back(std::move(conjunct));
    } else {
      kept.push_back(std::move(conjunct));
    }
  }
  AddFilter(join, false, std::move(left));
  AddFilter(join, true, std::move(right));
  if (!kept.empty()) AddConditions(join, std::move(kept));
}

}  // namespace laminar
