#include "planner/join_condition.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "function/registry.h"
#include "function/scalar/may_hold.h"
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

/// Does it compare something on the left with something on the right? The left then comes first.
bool IsKey(Expression& condition, int left_width) {
  if (!IsCallOf(condition, kEqual) && !IsCallOf(condition, kNotDistinct)) return false;
  if (!condition.deterministic() || condition.reads_time()) return false;
  ExpressionPtr& left = condition.children[0];
  ExpressionPtr& right = condition.children[1];
  if (left->type != right->type) return false;
  const JoinSide first = SideOf(*left, left_width);
  const JoinSide second = SideOf(*right, left_width);
  if (first == JoinSide::kRight && second == JoinSide::kLeft) {
    std::swap(left, right);
    return true;
  }
  return first == JoinSide::kLeft && second == JoinSide::kRight;
}

bool TakeKey(ExpressionPtr& condition, int left_width, JoinKey* key) {
  if (condition->fallible() || !IsKey(*condition, left_width)) return false;
  const bool null_safe = IsCallOf(*condition, kNotDistinct);
  *key = {std::move(condition->children[0]), std::move(condition->children[1]), null_safe};
  return true;
}

/// The conjuncts that look at one side alone, as one predicate that does not fail; null when there are none.
ExpressionPtr GuardOf(const std::vector<ExpressionPtr>& conditions, JoinSide side, int left_width) {
  std::vector<ExpressionPtr> guards;
  for (const ExpressionPtr& condition : conditions) {
    if (SideOf(*condition, left_width) != side) continue;
    ExpressionPtr guard = condition->Clone();
    if (guard->fallible()) {
      std::vector<ExpressionPtr> children;
      children.push_back(std::move(guard));
      guard = Expression::MakeCall(&MayHoldFunction(), TypeId::kBoolean, std::move(children), condition->span);
    }
    guards.push_back(std::move(guard));
  }
  return guards.empty() ? nullptr : MakeConjunction(std::move(guards));
}

/// A side of a join whose keys are computed: its own columns, then those.
class ComputedSide {
 public:
  ComputedSide(LogicalNodePtr& input, ExpressionPtr guard, int first_column)
      : input_(input), guard_(std::move(guard)), columns_(AllColumns(input->schema)), names_(input->schema.names()) {
    for (int i = 0; i < first_column + input->schema.size(); ++i) to_input_.push_back(i - first_column);
  }

  bool guarded() const { return guard_ != nullptr; }
  /// Position of the value among the columns.
  int Add(const Expression& value) {
    ExpressionPtr computed = value.Clone();
    names_.push_back(value.ToString());
    if (guard_ != nullptr) {
      std::vector<ExpressionPtr> children;
      children.push_back(guard_->Clone());
      children.push_back(std::move(computed));
      children.push_back(Expression::MakeConstant(Value(value.type)));
      computed = Expression::MakeCase(std::move(children), value.type, value.span);
    }
    RemapColumns(*computed, to_input_);
    columns_.push_back(std::move(computed));
    return static_cast<int>(columns_.size()) - 1;
  }
  int width() const { return static_cast<int>(columns_.size()); }
  void Finish() {
    if (width() > input_->schema.size()) {
      input_ = MakeProject(std::move(input_), std::move(columns_), std::move(names_));
    }
  }

 private:
  LogicalNodePtr& input_;
  ExpressionPtr guard_;
  std::vector<ExpressionPtr> columns_;
  std::vector<std::string> names_;
  std::vector<int> to_input_;
};

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

void ComputeKeys(LogicalNodePtr& left, LogicalNodePtr& right, std::vector<ExpressionPtr>& conditions) {
  const int left_width = left->schema.size();
  ComputedSide sides[] = {{left, GuardOf(conditions, JoinSide::kLeft, left_width), 0},
                          {right, GuardOf(conditions, JoinSide::kRight, left_width), left_width}};
  struct Computed {
    size_t side;
    int column;
  };
  std::vector<Computed> computed;  // number i stands in a condition as column -1 - i until both widths are known
  for (ExpressionPtr& condition : conditions) {
    if (!condition->fallible() || !IsKey(*condition, left_width)) continue;
    // A guard makes NULL of what is not computed, which must match nothing.
    const bool null_safe = IsCallOf(*condition, kNotDistinct);
    if (null_safe && (sides[0].guarded() || sides[1].guarded())) continue;
    for (size_t side = 0; side < 2; ++side) {
      ExpressionPtr& value = condition->children[side];
      if (!value->fallible()) continue;
      const int number = static_cast<int>(computed.size());
      computed.push_back({side, sides[side].Add(*value)});
      value = Expression::MakeColumn(-1 - number, value->type, true, value->ToString(), value->span);
    }
  }
  if (computed.empty()) return;
  const int new_width = sides[0].width();
  const std::function<void(Expression&)> renumber = [&](Expression& expression) {
    if (expression.is_column() && expression.column < 0) {
      const Computed& value = computed[static_cast<size_t>(-1 - expression.column)];
      expression.column = value.column + (value.side == 0 ? 0 : new_width);
    } else if (expression.is_column() && expression.column >= left_width) {
      expression.column += new_width - left_width;
    }
    for (const ExpressionPtr& child : expression.children) renumber(*child);
  };
  for (ExpressionPtr& condition : conditions) renumber(*condition);
  for (ComputedSide& side : sides) side.Finish();
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
