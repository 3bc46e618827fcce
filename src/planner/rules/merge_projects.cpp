// Two projections in a row become one, and one that changes nothing goes. What the lower one computes must not be able
// to fail: the upper one may leave it out, or use it in a CASE branch only, and then its error would be lost. Nor is
// one that stores its results merged into another.
#include <algorithm>
#include <utility>

#include "planner/rules/rewrite.h"
#include "planner/rules/rule.h"

namespace laminar {

namespace {

bool IsIdentity(const LogicalProject& project) {
  const Schema& below = project.input().schema;
  if (project.schema.size() != below.size()) return false;
  for (int i = 0; i < below.size(); ++i) {
    const Expression& expression = *project.expressions[static_cast<size_t>(i)];
    if (!expression.is_column() || expression.column != i || project.schema.field(i).name != below.field(i).name) {
      return false;
    }
  }
  return true;
}

/// Would merging compute something twice that is not just a column or a constant?
bool Repeats(const std::vector<ExpressionPtr>& upper, const std::vector<ExpressionPtr>& lower) {
  std::vector<int> uses(lower.size(), 0);
  for (const ExpressionPtr& expression : upper) {
    std::vector<bool> used(lower.size(), false);
    MarkColumns(*expression, used);
    for (size_t i = 0; i < used.size(); ++i) uses[i] += used[i] ? 1 : 0;
  }
  for (size_t i = 0; i < lower.size(); ++i) {
    if (uses[i] > 1 && !lower[i]->is_column() && !lower[i]->is_constant()) return true;
  }
  return false;
}

}  // namespace

void MergeProjects(LogicalNodePtr& plan) {
  for (LogicalNodePtr& input : plan->inputs) MergeProjects(input);
  if (plan->kind != LogicalKind::kProject) return;
  auto& upper = plan->As<LogicalProject>();
  if (plan->input().kind == LogicalKind::kProject) {
    auto& lower = plan->input().As<LogicalProject>();
    if (!lower.stored && !AnyFallible(lower.expressions) && !Repeats(upper.expressions, lower.expressions)) {
      for (ExpressionPtr& expression : upper.expressions) expression = Substitute(*expression, lower.expressions);
      LogicalNodePtr below = std::move(lower.inputs[0]);
      upper.inputs[0] = std::move(below);
    }
  }
  if (IsIdentity(upper)) plan = LogicalNodePtr(std::move(upper.inputs[0]));
}

}  // namespace laminar
