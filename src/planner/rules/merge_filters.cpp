// Two filters in a row become one. Only when neither can fail: AND hides the error of an operand that the other makes
// unneeded, two filters do not.
#include <utility>

#include "planner/rules/rewrite.h"
#include "planner/rules/rule.h"

namespace laminar {

void MergeFilters(LogicalNodePtr& plan) {
  for (LogicalNodePtr& input : plan->inputs) MergeFilters(input);
  if (plan->kind != LogicalKind::kFilter || plan->input().kind != LogicalKind::kFilter) return;
  auto& upper = plan->As<LogicalFilter>();
  auto& lower = plan->input().As<LogicalFilter>();
  if (upper.predicate->fallible() || lower.predicate->fallible()) return;
  std::vector<ExpressionPtr> operands = SplitConjunction(std::move(lower.predicate));
  for (ExpressionPtr& operand : SplitConjunction(std::move(upper.predicate))) operands.push_back(std::move(operand));
  LogicalNodePtr input = std::move(lower.inputs[0]);
  plan = MakeFilter(std::move(input), MakeConjunction(std::move(operands)));
}

}  // namespace laminar
