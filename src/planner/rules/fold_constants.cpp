// Constant folding: what depends on no row is computed once. A constant that fails is left where it is, for it may
// stand in a branch that no row takes.
#include <algorithm>
#include <utility>

#include "exec/expression/evaluate_constant.h"
#include "planner/binder/operators.h"
#include "planner/rules/rewrite.h"
#include "planner/rules/rule.h"

namespace laminar {

namespace {

bool IsBoolean(const Expression& expression, bool value) {
  return expression.is_constant() && !expression.value.is_null() && expression.type.id() == TypeId::kBoolean &&
         expression.value.get<bool>() == value;
}

/// `x AND true` is x, `x AND false` is false; likewise for OR. An operand beside a deciding one cannot fail, so nothing
/// is lost.
void FoldLogic(ExpressionPtr& expression) {
  const bool is_and = expression->function->name == kAnd;
  if (!is_and && expression->function->name != kOr) return;
  std::vector<ExpressionPtr> needed;
  for (ExpressionPtr& operand : expression->children) {
    if (IsBoolean(*operand, !is_and)) {
      expression = ExpressionPtr(std::move(operand));
      return;
    }
    if (!IsBoolean(*operand, is_and)) needed.push_back(std::move(operand));
  }
  // All of them constant was folded before, so one is left at least.
  if (needed.size() == 1) {
    expression = ExpressionPtr(std::move(needed[0]));
  } else {
    expression->children = std::move(needed);
  }
}

void Fold(ExpressionPtr& expression) {
  for (ExpressionPtr& child : expression->children) Fold(child);
  if (expression->is_constant() || expression->is_column()) return;
  const bool constant =
      std::ranges::all_of(expression->children, [](const auto& child) { return child->is_constant(); });
  if (constant && expression->deterministic() && !expression->reads_time()) {
    Result<Value> value = EvaluateConstant(*expression);
    if (value.ok()) {
      expression = Expression::MakeConstant(Value(expression->type, value.value().storage()), expression->span);
    }
    return;
  }
  if (expression->kind == ExpressionKind::kCall) FoldLogic(expression);
}

}  // namespace

void FoldConstants(LogicalNodePtr& plan) {
  for (LogicalNodePtr& input : plan->inputs) FoldConstants(input);
  ForEachExpression(*plan, Fold);
  if (plan->kind == LogicalKind::kJoin) {
    ExpressionPtr& residual = plan->As<LogicalJoin>().residual;
    if (residual != nullptr && IsBoolean(*residual, true)) residual = nullptr;
  }
  if (plan->kind == LogicalKind::kFilter && IsBoolean(*plan->As<LogicalFilter>().predicate, true)) {
    plan = LogicalNodePtr(std::move(plan->inputs[0]));
  }
}

}  // namespace laminar
