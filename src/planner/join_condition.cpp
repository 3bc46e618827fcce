#include "planner/join_condition.h"

#include <algorithm>
#include <utility>

#include "function/registry.h"
#include "planner/rules/rewrite.h"

namespace laminar {

namespace {

constexpr std::string_view kEqual = "=";
constexpr std::string_view kNotDistinct = "is not distinct from";
constexpr std::string_view kIsTrue = "is true";

ExpressionPtr CallOf(std::string_view function, std::vector<ExpressionPtr> arguments, SourceSpan span) {
  return FunctionRegistry::Get().BindScalar(function, std::move(arguments), "", span);
}

bool IsCallOf(const Expression& expression, std::string_view function) {
  return expression.kind == ExpressionKind::kCall && expression.function->name == function;
}

/// Takes `condition` apart if it is an equality of something on the left with something on the right.
bool TakeKey(ExpressionPtr& condition, int left_width, JoinKey* key) {
  const bool null_safe = IsCallOf(*condition, kNotDistinct);
  if (!null_safe && !IsCallOf(*condition, kEqual)) return false;
  if (condition->fallible() || !condition->deterministic() || condition->reads_time()) return false;
  ExpressionPtr& left = condition->children[0];
  ExpressionPtr& right = condition->children[1];
  if (left->type != right->type || left->type.is_nested()) return false;
  const JoinSide first = SideOf(*left, left_width);
  const JoinSide second = SideOf(*right, left_width);
  if (first == JoinSide::kRight && second == JoinSide::kLeft) {
    std::swap(left, right);
  } else if (first != JoinSide::kLeft || second != JoinSide::kRight) {
    return false;
  }
  *key = {std::move(left), std::move(right), null_safe};
  return true;
}

}  // namespace

JoinSide SideOf(const Expression& expression, int left_width) {
  if (expression.is_column()) return expression.column < left_width ? JoinSide::kLeft : JoinSide::kRight;
  JoinSide side = JoinSide::kNeither;
  for (const ExpressionPtr& child : expression.children) {
    const JoinSide other = SideOf(*child, left_width);
    if (other == JoinSide::kNeither || other == side) continue;
    side = side == JoinSide::kNeither ? other : JoinSide::kBoth;
  }
  return side;
}

void AddConditions(LogicalJoin& join, std::vector<ExpressionPtr> conditions) {
  std::vector<ExpressionPtr> rest = TakeResidual(join);
  for (ExpressionPtr& condition : conditions) {
    JoinKey key;
    if (!TakeKey(condition, join.left_width(), &key)) {
      rest.push_back(std::move(condition));
      continue;
    }
    const auto same = [&](const JoinKey& other) {
      return other.null_safe == key.null_safe && other.left->Equals(*key.left) && other.right->Equals(*key.right);
    };
    if (std::ranges::none_of(join.keys, same)) join.keys.push_back(std::move(key));
  }
  if (!rest.empty()) join.residual = MakeCondition(std::move(rest));
}

std::vector<ExpressionPtr> TakeResidual(LogicalJoin& join) {
  if (join.residual == nullptr) return {};
  return SplitConjunction(std::exchange(join.residual, nullptr));
}

ExpressionPtr EqualityOf(const JoinKey& key) {
  std::vector<ExpressionPtr> sides;
  sides.push_back(key.left->Clone());
  sides.push_back(key.right->Clone());
  return CallOf(key.null_safe ? kNotDistinct : kEqual, std::move(sides), key.left->span);
}

std::string NameOfInput(const LogicalNode& input, const std::string& fallback) {
  if (input.kind == LogicalKind::kScan) return input.As<LogicalScan>().relation->name;
  const bool same_rows = input.kind == LogicalKind::kFilter || input.kind == LogicalKind::kProject;
  return same_rows ? NameOfInput(input.input(), fallback) : fallback;
}

bool IsOneRow(const LogicalNode& input) {
  return std::ranges::find(input.properties.keys, std::vector<int>()) != input.properties.keys.end();
}

ExpressionPtr MakeCondition(std::vector<ExpressionPtr> conjuncts) {
  if (conjuncts.size() > 1 && AnyFallible(conjuncts)) {
    for (ExpressionPtr& conjunct : conjuncts) {
      if (IsCallOf(*conjunct, kIsTrue)) continue;
      const SourceSpan span = conjunct->span;
      std::vector<ExpressionPtr> operand;
      operand.push_back(std::move(conjunct));
      conjunct = CallOf(kIsTrue, std::move(operand), span);
    }
  }
  return MakeConjunction(std::move(conjuncts));
}

}  // namespace laminar
