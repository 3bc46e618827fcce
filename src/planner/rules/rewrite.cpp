#include "planner/rules/rewrite.h"

#include <algorithm>
#include <utility>

#include "function/registry.h"
#include "planner/binder/operators.h"

namespace laminar {

namespace {

ExpressionPtr CallOf(std::string_view function, std::vector<ExpressionPtr> arguments, SourceSpan span) {
  return FunctionRegistry::Get().BindScalar(function, std::move(arguments), "", span);
}

}  // namespace

void ForEachExpression(LogicalNode& node, const std::function<void(ExpressionPtr&)>& visit) {
  if (node.kind == LogicalKind::kFilter) visit(node.As<LogicalFilter>().predicate);
  if (node.kind == LogicalKind::kProject) {
    for (ExpressionPtr& expression : node.As<LogicalProject>().expressions) visit(expression);
  }
  if (node.kind == LogicalKind::kUnnest) {
    for (ExpressionPtr& list : node.As<LogicalUnnest>().lists) visit(list);
  }
  if (node.kind == LogicalKind::kJoin) {
    auto& join = node.As<LogicalJoin>();
    for (JoinKey& key : join.keys) {
      visit(key.left);
      visit(key.right);
    }
    if (join.residual != nullptr) visit(join.residual);
  }
  if (node.kind != LogicalKind::kAggregate) return;
  auto& aggregate = node.As<LogicalAggregate>();
  for (ExpressionPtr& key : aggregate.keys) visit(key);
  for (AggregateItem& item : aggregate.aggregates) {
    for (ExpressionPtr& argument : item.arguments) visit(argument);
    if (item.filter != nullptr) visit(item.filter);
  }
}

void MarkColumns(const Expression& expression, std::vector<bool>& used) {
  if (expression.is_column()) used[static_cast<size_t>(expression.column)] = true;
  for (const ExpressionPtr& child : expression.children) MarkColumns(*child, used);
}

void RemapColumns(Expression& expression, const std::vector<int>& map) {
  if (expression.is_column()) expression.column = map[static_cast<size_t>(expression.column)];
  for (const ExpressionPtr& child : expression.children) RemapColumns(*child, map);
}

ExpressionPtr Substitute(const Expression& expression, const std::vector<ExpressionPtr>& replacements) {
  if (expression.is_column()) return replacements[static_cast<size_t>(expression.column)]->Clone();
  ExpressionPtr copy = expression.Clone();
  for (size_t i = 0; i < copy->children.size(); ++i) copy->children[i] = Substitute(*copy->children[i], replacements);
  return copy;
}

bool AnyFallible(const std::vector<ExpressionPtr>& expressions) {
  return std::ranges::any_of(expressions, [](const ExpressionPtr& expression) { return expression->fallible(); });
}

std::vector<ExpressionPtr> SplitConjunction(ExpressionPtr predicate) {
  std::vector<ExpressionPtr> operands;
  if (predicate->kind != ExpressionKind::kCall || predicate->function->name != kAnd) {
    operands.push_back(std::move(predicate));
    return operands;
  }
  for (ExpressionPtr& child : predicate->children) {
    for (ExpressionPtr& operand : SplitConjunction(std::move(child))) operands.push_back(std::move(operand));
  }
  return operands;
}

ExpressionPtr MakeConjunction(std::vector<ExpressionPtr> operands) {
  if (operands.size() == 1) return std::move(operands[0]);
  const SourceSpan span = operands[0]->span;
  return CallOf(kAnd, std::move(operands), span);
}

ExpressionPtr MakeDisjunction(ExpressionPtr left, ExpressionPtr right) {
  const SourceSpan span = right->span;
  std::vector<ExpressionPtr> operands;
  operands.push_back(std::move(left));
  operands.push_back(std::move(right));
  return CallOf(kOr, std::move(operands), span);
}

ExpressionPtr MakeIsNull(ExpressionPtr operand) {
  const SourceSpan span = operand->span;
  std::vector<ExpressionPtr> arguments;
  arguments.push_back(std::move(operand));
  return CallOf("is null", std::move(arguments), span);
}

}  // namespace laminar
