// Join order: a chain of inner joins that would build a cross product is taken in an order in which each next input is
// connected to those before it, if there is one. Otherwise the order stays as written.
//
//     FROM a, b, c WHERE a.x = c.x AND b.y = c.y     (a × b) ⋈ c   becomes   (a ⋈ c) ⋈ b
#include <algorithm>
#include <utility>

#include "planner/join_condition.h"
#include "planner/rules/rewrite.h"
#include "planner/rules/rule.h"

namespace laminar {

namespace {

/// The inputs of a tree of inner joins, side by side, and all their conditions over them.
struct JoinChain {
  std::vector<LogicalNodePtr*> inputs;
  std::vector<int> first_columns;  // of each input
  std::vector<ExpressionPtr> conditions;
  int cross_products = 0;
  int width = 0;
};

bool IsChainLink(const LogicalNode& node) {
  if (node.kind != LogicalKind::kJoin) return false;
  const auto& join = node.As<LogicalJoin>();
  if (join.join != JoinKind::kInner || (join.residual != nullptr && join.residual->fallible())) return false;
  return std::ranges::is_sorted(join.output) &&
         static_cast<int>(join.output.size()) == join.left_width() + join.right().schema.size();
}

void Collect(LogicalNodePtr& node, JoinChain& chain) {
  if (!IsChainLink(*node)) {
    chain.inputs.push_back(&node);
    chain.first_columns.push_back(chain.width);
    chain.width += node->schema.size();
    return;
  }
  auto& join = node->As<LogicalJoin>();
  const int first = chain.width;
  Collect(join.inputs[0], chain);
  Collect(join.inputs[1], chain);
  std::vector<int> map;
  for (int column = first; column < chain.width; ++column) map.push_back(column);
  const auto add = [&](ExpressionPtr condition) {
    RemapColumns(*condition, map);
    chain.conditions.push_back(std::move(condition));
  };
  for (const JoinKey& key : join.keys) add(EqualityOf(key));
  if (join.residual != nullptr) {
    for (ExpressionPtr& condition : SplitConjunction(join.residual->Clone())) add(std::move(condition));
  }
  chain.cross_products += join.keys.empty() ? 1 : 0;
}

int InputOf(const JoinChain& chain, int column) {
  const auto after = std::ranges::upper_bound(chain.first_columns, column);
  return static_cast<int>(after - chain.first_columns.begin()) - 1;
}

std::vector<bool> InputsOf(const JoinChain& chain, const Expression& expression) {
  std::vector<bool> used(static_cast<size_t>(chain.width), false);
  MarkColumns(expression, used);
  std::vector<bool> inputs(chain.inputs.size(), false);
  for (int column = 0; column < chain.width; ++column) {
    if (used[static_cast<size_t>(column)]) inputs[static_cast<size_t>(InputOf(chain, column))] = true;
  }
  return inputs;
}

/// Does a key come to be when `next` joins those already `joined`?
bool Connects(const JoinChain& chain, const std::vector<bool>& joined, size_t next) {
  const auto within = [](const std::vector<bool>& inputs, const std::vector<bool>& allowed) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i] && !allowed[i]) return false;
    }
    return std::ranges::find(inputs, true) != inputs.end();
  };
  std::vector<bool> alone(joined.size(), false);
  alone[next] = true;
  return std::ranges::any_of(chain.conditions, [&](const ExpressionPtr& condition) {
    if (condition->kind != ExpressionKind::kCall || condition->children.size() != 2) return false;
    if (condition->function->name != "=" && condition->function->name != "is not distinct from") return false;
    const std::vector<bool> left = InputsOf(chain, *condition->children[0]);
    const std::vector<bool> right = InputsOf(chain, *condition->children[1]);
    return (within(left, joined) && within(right, alone)) || (within(right, joined) && within(left, alone));
  });
}

std::vector<size_t> ConnectedOrder(const JoinChain& chain, int* cross_products) {
  std::vector<size_t> order{0};
  std::vector<bool> joined(chain.inputs.size(), false);
  joined[0] = true;
  while (order.size() < chain.inputs.size()) {
    size_t next = chain.inputs.size();
    for (size_t i = 0; i < joined.size() && next == joined.size(); ++i) {
      if (!joined[i] && Connects(chain, joined, i)) next = i;
    }
    if (next == joined.size()) {
      next = static_cast<size_t>(std::ranges::find(joined, false) - joined.begin());
      ++*cross_products;
    }
    joined[next] = true;
    order.push_back(next);
  }
  return order;
}

LogicalNodePtr Rebuild(JoinChain& chain, const std::vector<size_t>& order, const Schema& schema) {
  std::vector<int> new_column(static_cast<size_t>(chain.width), -1);  // -1: not joined yet
  int width = 0;
  const auto place = [&](size_t input) {
    for (int i = 0; i < (*chain.inputs[input])->schema.size(); ++i) {
      new_column[static_cast<size_t>(chain.first_columns[input] + i)] = width++;
    }
    return std::move(*chain.inputs[input]);
  };
  LogicalNodePtr plan = place(order[0]);
  for (size_t i = 1; i < order.size(); ++i) {
    LogicalNodePtr next = place(order[i]);
    std::vector<ExpressionPtr> ready, waiting;
    for (ExpressionPtr& condition : chain.conditions) {
      std::vector<bool> used(new_column.size(), false);
      MarkColumns(*condition, used);
      bool complete = true;
      for (size_t column = 0; column < used.size(); ++column) complete &= !used[column] || new_column[column] >= 0;
      (complete ? ready : waiting).push_back(std::move(condition));
    }
    for (ExpressionPtr& condition : ready) RemapColumns(*condition, new_column);
    chain.conditions = std::move(waiting);
    plan = MakeJoin(JoinKind::kInner, std::move(plan), std::move(next), std::move(ready));
  }
  std::vector<ExpressionPtr> columns;
  for (int i = 0; i < schema.size(); ++i) {
    columns.push_back(ColumnOf(plan->schema, new_column[static_cast<size_t>(i)]));
  }
  return MakeProject(std::move(plan), std::move(columns), schema.names());
}

}  // namespace

void OrderJoins(LogicalNodePtr& plan) {
  if (!IsChainLink(*plan)) {
    for (LogicalNodePtr& input : plan->inputs) OrderJoins(input);
    return;
  }
  JoinChain chain;
  Collect(plan, chain);
  for (LogicalNodePtr* input : chain.inputs) OrderJoins(*input);
  if (chain.cross_products == 0 || chain.inputs.size() < 3) return;
  int cross_products = 0;
  const std::vector<size_t> order = ConnectedOrder(chain, &cross_products);
  if (cross_products >= chain.cross_products) return;
  const Schema schema = plan->schema;
  LogicalNodePtr ordered = Rebuild(chain, order, schema);
  plan = std::move(ordered);
}

}  // namespace laminar
