// Column pruning: nothing is read or computed that nobody asks for; except what can fail, whose error rows are part of
// the answer.
#include <algorithm>
#include <utility>

#include "planner/rules/rewrite.h"
#include "planner/rules/rule.h"

namespace laminar {

namespace {

using Mask = std::vector<bool>;
using ColumnMap = std::vector<int>;  // old column → new one, -1 when it is gone

ColumnMap Prune(LogicalNodePtr& node, Mask required);

/// The narrowest column, kept when none is asked for: a count still needs rows.
size_t Cheapest(const Schema& schema) {
  const auto width = [](const Field& field) { return PhysicalWidth(field.type.physical()); };
  const auto& fields = schema.fields();
  return static_cast<size_t>(std::ranges::min_element(fields, {}, width) - fields.begin());
}

ColumnMap MapOf(const Mask& kept) {
  ColumnMap map(kept.size(), -1);
  int next = 0;
  for (size_t i = 0; i < kept.size(); ++i) {
    if (kept[i]) map[i] = next++;
  }
  return map;
}

template <typename T>
void Keep(std::vector<T>& values, const Mask& kept) {
  size_t next = 0;
  for (size_t i = 0; i < kept.size(); ++i) {
    if (!kept[i]) continue;
    if (next != i) values[next] = std::move(values[i]);
    ++next;
  }
  values.erase(values.begin() + static_cast<std::ptrdiff_t>(next), values.end());
}

Schema Keep(const Schema& schema, const Mask& kept) {
  std::vector<Field> fields = schema.fields();
  Keep(fields, kept);
  return Schema(std::move(fields));
}

ColumnMap PruneLeaf(LogicalNode& node, Mask required) {
  if (std::ranges::find(required, true) == required.end()) required[Cheapest(node.schema)] = true;
  if (node.kind == LogicalKind::kScan) {
    Keep(node.As<LogicalScan>().columns, required);
  } else if (node.kind == LogicalKind::kFileScan) {
    Keep(node.As<LogicalFileScan>().columns, required);
  } else {
    for (std::vector<Value>& row : node.As<LogicalValues>().rows) Keep(row, required);
  }
  node.schema = Keep(node.schema, required);
  return MapOf(required);
}

/// Prunes the input to what the expressions of `node` and `more` refer to, and rewrites the expressions.
ColumnMap PruneInput(LogicalNode& node, Mask more) {
  ForEachExpression(node, [&](ExpressionPtr& expression) { MarkColumns(*expression, more); });
  ColumnMap map = Prune(node.inputs[0], std::move(more));
  ForEachExpression(node, [&](ExpressionPtr& expression) { RemapColumns(*expression, map); });
  return map;
}

Mask NothingOf(const LogicalNode& input) { return Mask(static_cast<size_t>(input.schema.size()), false); }

ColumnMap PruneProject(LogicalProject& project, Mask required) {
  for (size_t i = 0; i < required.size(); ++i) required[i] = required[i] || project.expressions[i]->fallible();
  if (std::ranges::find(required, true) == required.end()) required[Cheapest(project.schema)] = true;
  Keep(project.expressions, required);
  project.schema = Keep(project.schema, required);
  PruneInput(project, NothingOf(project.input()));
  return MapOf(required);
}

ColumnMap PruneAggregate(LogicalAggregate& aggregate, Mask required) {
  const size_t key_count = aggregate.keys.size();
  Mask kept(aggregate.aggregates.size(), false);
  for (size_t i = 0; i < kept.size(); ++i) {
    const AggregateItem& item = aggregate.aggregates[i];
    const bool can_fail =
        AnyFallible(item.arguments) || (item.filter != nullptr && item.filter->fallible()) || item.function->fallible();
    kept[i] = required[key_count + i] || can_fail;
  }
  if (key_count == 0 && !kept.empty() && std::ranges::find(kept, true) == kept.end()) kept[0] = true;
  Keep(aggregate.aggregates, kept);
  Mask columns(key_count, true);
  columns.insert(columns.end(), kept.begin(), kept.end());
  aggregate.schema = Keep(aggregate.schema, columns);
  // A row order is read by position, not by an expression.
  Mask more = NothingOf(aggregate.input());
  const auto uses_order = [](const AggregateItem& item) { return item.function->uses_row_order; };
  const int order_column = aggregate.input().properties.order_column;
  if (order_column >= 0 && std::ranges::any_of(aggregate.aggregates, uses_order)) {
    more[static_cast<size_t>(order_column)] = true;
  }
  PruneInput(aggregate, std::move(more));
  return MapOf(columns);
}

ColumnMap PruneWindowAssign(LogicalWindowAssign& assign, const Mask& required) {
  const size_t width = static_cast<size_t>(assign.input().schema.size());
  Mask below(required.begin(), required.begin() + static_cast<std::ptrdiff_t>(width));
  below[static_cast<size_t>(assign.time_column)] = true;
  ColumnMap map = Prune(assign.inputs[0], std::move(below));
  assign.time_column = map[static_cast<size_t>(assign.time_column)];
  std::vector<Field> fields = assign.input().schema.fields();
  for (int i = 0; i < 3; ++i) {
    map.push_back(static_cast<int>(fields.size()));
    fields.push_back(assign.schema.field(static_cast<int>(width) + i));
  }
  assign.schema = Schema(std::move(fields));
  return map;
}

ColumnMap PruneUnnest(LogicalUnnest& unnest, const Mask& required) {
  const auto width = static_cast<std::ptrdiff_t>(unnest.input().schema.size());
  ColumnMap map = PruneInput(unnest, Mask(required.begin(), required.begin() + width));
  std::vector<Field> fields = unnest.input().schema.fields();
  for (size_t i = static_cast<size_t>(width); i < required.size(); ++i) {
    map.push_back(static_cast<int>(fields.size()));
    fields.push_back(unnest.schema.field(static_cast<int>(i)));
  }
  unnest.schema = Schema(std::move(fields));
  return map;
}

ColumnMap PruneUnion(LogicalUnionAll& node, Mask required) {
  if (std::ranges::find(required, true) == required.end()) required[Cheapest(node.schema)] = true;
  for (LogicalNodePtr& input : node.inputs) {
    const ColumnMap map = Prune(input, required);
    std::vector<ExpressionPtr> columns;
    std::vector<std::string> names;
    bool exact = true;
    for (size_t i = 0; i < required.size(); ++i) {
      if (!required[i]) continue;
      exact = exact && map[i] == static_cast<int>(columns.size());
      columns.push_back(ColumnOf(input->schema, map[i]));
      names.push_back(columns.back()->name);
    }
    if (exact && input->schema.size() == static_cast<int>(columns.size())) continue;
    input = MakeProject(std::move(input), std::move(columns), std::move(names));
  }
  node.schema = Keep(node.schema, required);
  return MapOf(required);
}

/// What an input of a join is asked for is what the join keeps of it: unused columns are unused state.
ColumnMap PruneJoin(LogicalJoin& join, Mask required) {
  if (std::ranges::find(required, true) == required.end()) required[Cheapest(join.schema)] = true;
  Mask used(static_cast<size_t>(join.left_width() + join.right().schema.size()), false);
  for (size_t i = 0; i < required.size(); ++i) {
    if (required[i]) used[static_cast<size_t>(join.output[i])] = true;
  }
  ForEachExpression(join, [&](ExpressionPtr& expression) { MarkColumns(*expression, used); });
  const auto middle = used.begin() + join.left_width();
  ColumnMap map = Prune(join.inputs[0], Mask(used.begin(), middle));
  for (int column : Prune(join.inputs[1], Mask(middle, used.end()))) {
    map.push_back(column < 0 ? -1 : column + join.left_width());
  }
  ForEachExpression(join, [&](ExpressionPtr& expression) { RemapColumns(*expression, map); });
  Keep(join.output, required);
  for (int& column : join.output) column = map[static_cast<size_t>(column)];
  join.schema = Keep(join.schema, required);
  return MapOf(required);
}

/// Does the number of arrival tell every two rows apart? Only rows that are as a source brought them have one each.
bool NumbersTellApart(const LogicalNode& node) {
  switch (node.kind) {
    case LogicalKind::kScan:
      return node.As<LogicalScan>().relation->is_source();
    case LogicalKind::kFilter:
    case LogicalKind::kProject:
      return NumbersTellApart(node.input());
    case LogicalKind::kWindowAssign:
      return node.As<LogicalWindowAssign>().spec.kind == WindowSpec::Kind::kTumble && NumbersTellApart(node.input());
    default:
      return false;
  }
}

ColumnMap PruneTopN(LogicalTopN& top, Mask required) {
  const bool numbered = top.numbered && required.back();
  required.resize(static_cast<size_t>(top.input().schema.size()));
  // Where the whole row decides a tie, all of it is needed.
  if (!top.by_arrival || !NumbersTellApart(top.input())) required.assign(required.size(), true);
  for (const int column : top.partition) required[static_cast<size_t>(column)] = true;
  for (const SortKey& key : top.order) required[static_cast<size_t>(key.column)] = true;
  if (std::ranges::find(required, true) == required.end()) required[Cheapest(top.input().schema)] = true;
  ColumnMap map = Prune(top.inputs[0], std::move(required));
  for (int& column : top.partition) column = map[static_cast<size_t>(column)];
  for (SortKey& key : top.order) key.column = map[static_cast<size_t>(key.column)];
  std::vector<Field> fields = top.input().schema.fields();
  if (top.numbered) map.push_back(numbered ? static_cast<int>(fields.size()) : -1);
  if (numbered) fields.push_back(top.schema.fields().back());
  top.numbered = numbered;
  top.schema = Schema(std::move(fields));
  return map;
}

/// Rows are compared as a whole.
ColumnMap PruneSetOperation(LogicalSetOperation& node) {
  Mask all(static_cast<size_t>(node.schema.size()), true);
  for (LogicalNodePtr& input : node.inputs) Prune(input, all);
  return MapOf(all);
}

ColumnMap Prune(LogicalNodePtr& node, Mask required) {
  switch (node->kind) {
    case LogicalKind::kScan:
    case LogicalKind::kFileScan:
    case LogicalKind::kValues:
      return PruneLeaf(*node, std::move(required));
    case LogicalKind::kProject:
      return PruneProject(node->As<LogicalProject>(), std::move(required));
    case LogicalKind::kAggregate:
      return PruneAggregate(node->As<LogicalAggregate>(), std::move(required));
    case LogicalKind::kWindowAssign:
      return PruneWindowAssign(node->As<LogicalWindowAssign>(), required);
    case LogicalKind::kUnionAll:
      return PruneUnion(node->As<LogicalUnionAll>(), std::move(required));
    case LogicalKind::kJoin:
      return PruneJoin(node->As<LogicalJoin>(), std::move(required));
    case LogicalKind::kUnnest:
      return PruneUnnest(node->As<LogicalUnnest>(), required);
    case LogicalKind::kSetOperation:
      return PruneSetOperation(node->As<LogicalSetOperation>());
    case LogicalKind::kTopN:
      return PruneTopN(node->As<LogicalTopN>(), std::move(required));
    case LogicalKind::kSort:
      for (const SortKey& key : node->As<LogicalSort>().keys) required[static_cast<size_t>(key.column)] = true;
      break;
    case LogicalKind::kFilter:
    case LogicalKind::kLimit:
      break;
  }
  ColumnMap map = PruneInput(*node, std::move(required));
  if (node->kind == LogicalKind::kSort) {
    for (SortKey& key : node->As<LogicalSort>().keys) key.column = map[static_cast<size_t>(key.column)];
  }
  node->schema = node->input().schema;
  return map;
}

}  // namespace

void PruneColumns(LogicalNodePtr& plan) {
  const ColumnMap map = Prune(plan, Mask(static_cast<size_t>(plan->schema.size()), true));
  // Whatever a filter at the top needed beyond the result is not there by construction: all columns were required.
  assert(std::ranges::is_sorted(map));
  (void)map;
}

}  // namespace laminar
