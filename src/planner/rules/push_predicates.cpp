// Predicate pushdown: rows that a filter drops are dropped as early as can be.
//
// A predicate that can fail stays where it is, and none moves below anything that can fail: a row's error must not
// depend on which comes first. Below a window assignment, which sets rows without an event time aside, `p` goes as `ts
// IS NULL OR p`. It does not go below a windowed aggregation, which counts late rows.
// What happens at joins is in push_into_joins.cpp.
#include <algorithm>
#include <utility>

#include "planner/rules/push_into_joins.h"
#include "planner/rules/rewrite.h"
#include "planner/rules/rule.h"

namespace laminar {

namespace {

std::vector<bool> ColumnsOf(const Expression& expression, const Schema& schema) {
  std::vector<bool> used(static_cast<size_t>(schema.size()), false);
  MarkColumns(expression, used);
  return used;
}

/// Expressions that the predicate may be put in terms of: cheap to compute again.
bool RefersOnlyTo(const std::vector<bool>& used, const std::vector<ExpressionPtr>& expressions) {
  for (size_t i = 0; i < used.size(); ++i) {
    if (used[i] && (i >= expressions.size() || !(expressions[i]->is_column() || expressions[i]->is_constant()))) {
      return false;
    }
  }
  return true;
}

bool CanFail(const LogicalAggregate& aggregate) {
  return AnyFallible(aggregate.keys) || std::ranges::any_of(aggregate.aggregates, [](const AggregateItem& item) {
           return AnyFallible(item.arguments) || (item.filter != nullptr && item.filter->fallible()) ||
                  item.function->fallible();
         });
}

/// What `predicate`, over the output of `node`, is over its input; null when it may not go there.
ExpressionPtr BelowNode(const Expression& predicate, const LogicalNode& node) {
  const std::vector<bool> used = ColumnsOf(predicate, node.schema);
  switch (node.kind) {
    case LogicalKind::kProject: {
      const auto& project = node.As<LogicalProject>();
      if (AnyFallible(project.expressions) || !RefersOnlyTo(used, project.expressions)) return nullptr;
      return Substitute(predicate, project.expressions);
    }
    case LogicalKind::kWindowAssign: {
      const auto& assign = node.As<LogicalWindowAssign>();
      for (size_t i = static_cast<size_t>(assign.input().schema.size()); i < used.size(); ++i) {
        if (used[i]) return nullptr;
      }
      const Field& time = assign.input().schema.field(assign.time_column);
      if (!time.nullable) return predicate.Clone();
      return MakeDisjunction(MakeIsNull(ColumnOf(assign.input().schema, assign.time_column)), predicate.Clone());
    }
    case LogicalKind::kUnnest: {
      const size_t width = static_cast<size_t>(node.inputs[0]->schema.size());
      const bool of_elements =
          std::find(used.begin() + static_cast<std::ptrdiff_t>(width), used.end(), true) != used.end();
      if (of_elements || AnyFallible(node.As<LogicalUnnest>().lists)) return nullptr;
      return predicate.Clone();
    }
    case LogicalKind::kAggregate: {
      const auto& aggregate = node.As<LogicalAggregate>();
      if (aggregate.window || aggregate.keys.empty() || CanFail(aggregate) || !RefersOnlyTo(used, aggregate.keys)) {
        return nullptr;
      }
      return Substitute(predicate, aggregate.keys);
    }
    case LogicalKind::kSort:
      if (node.As<LogicalSort>().limit >= 0 || node.As<LogicalSort>().offset > 0) return nullptr;
      return predicate.Clone();
    case LogicalKind::kTopN: {
      const auto& top = node.As<LogicalTopN>();
      for (size_t i = 0; i < used.size(); ++i) {
        if (used[i] && std::ranges::find(top.partition, static_cast<int>(i)) == top.partition.end()) return nullptr;
      }
      return predicate.Clone();
    }
    default:
      return nullptr;
  }
}

/// Moves what it can of the filter at `plan` below its input.
void PushFilter(LogicalNodePtr& plan) {
  auto& filter = plan->As<LogicalFilter>();
  if (filter.predicate->fallible() || !filter.predicate->deterministic()) return;
  LogicalNode& below = filter.input();
  if (below.kind == LogicalKind::kJoin) {
    PushIntoJoin(plan);
    return;
  }
  if (below.kind == LogicalKind::kUnionAll || below.kind == LogicalKind::kSetOperation) {
    for (LogicalNodePtr& input : below.inputs) input = MakeFilter(std::move(input), filter.predicate->Clone());
    plan = LogicalNodePtr(std::move(filter.inputs[0]));
    return;
  }
  std::vector<ExpressionPtr> moved, kept;
  for (ExpressionPtr& operand : SplitConjunction(filter.predicate->Clone())) {
    ExpressionPtr lower = BelowNode(*operand, below);
    (lower != nullptr ? moved : kept).push_back(lower != nullptr ? std::move(lower) : std::move(operand));
  }
  if (moved.empty()) return;
  below.inputs[0] = MakeFilter(std::move(below.inputs[0]), MakeConjunction(std::move(moved)));
  LogicalNodePtr input = std::move(filter.inputs[0]);
  plan = kept.empty() ? std::move(input) : MakeFilter(std::move(input), MakeConjunction(std::move(kept)));
}

}  // namespace

void PushPredicates(LogicalNodePtr& plan) {
  if (plan->kind == LogicalKind::kFilter) PushFilter(plan);
  if (plan->kind == LogicalKind::kJoin) PushOutOfJoin(plan->As<LogicalJoin>());
  for (LogicalNodePtr& input : plan->inputs) PushPredicates(input);
}

}  // namespace laminar
