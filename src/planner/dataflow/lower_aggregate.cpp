// GROUP BY to operators: what is computed below, which aggregation, and its partitions.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "exec/exchange.h"
#include "exec/hash_aggregate.h"
#include "exec/project.h"
#include "exec/union.h"
#include "exec/window_aggregate.h"
#include "exec/window_assign.h"
#include "function/registry.h"
#include "planner/dataflow/graph_builder.h"
#include "planner/join_condition.h"
#include "planner/rules/rewrite.h"

namespace laminar {

namespace {

/// Expressions over the aggregation's input, each once.
class InputColumns {
 public:
  int Add(const Expression& expression) {
    for (size_t i = 0; i < expressions_.size(); ++i) {
      if (expressions_[i]->Equals(expression)) return static_cast<int>(i);
    }
    expressions_.push_back(expression.Clone());
    return static_cast<int>(expressions_.size()) - 1;
  }
  const std::vector<ExpressionPtr>& expressions() const { return expressions_; }

 private:
  std::vector<ExpressionPtr> expressions_;
};

bool AllColumnsBare(const std::vector<ExpressionPtr>& expressions) {
  return std::ranges::all_of(expressions, [](const ExpressionPtr& expression) { return expression->is_column(); });
}

/// The event time that first_value and last_value go by, 64 bits wide; null when there is none or nobody asks.
ExpressionPtr OrderOf(const LogicalAggregate& aggregate) {
  const auto uses_order = [](const AggregateItem& item) { return item.function->uses_row_order; };
  const int column = aggregate.input().properties.order_column;
  if (column < 0 || std::ranges::none_of(aggregate.aggregates, uses_order)) return nullptr;
  ExpressionPtr order = ColumnOf(aggregate.input().schema, column);
  if (order->type.id() != TypeId::kInt32) return order;
  return Expression::MakeCast(std::move(order), TypeId::kInt64, false);
}

/// An argument that may fail is not asked for where FILTER leaves the row out.
ExpressionPtr Guarded(const Expression& argument, const ExpressionPtr& filter) {
  if (filter == nullptr || !argument.fallible()) return argument.Clone();
  std::vector<ExpressionPtr> children;
  children.push_back(filter->Clone());
  children.push_back(argument.Clone());
  children.push_back(Expression::MakeConstant(Value(argument.type)));
  return Expression::MakeCase(std::move(children), argument.type, argument.span);
}

/// What rows are ordered by inside an aggregate, as one BLOB in byte order: the expressions of ORDER BY, which are the
/// last arguments, or the last argument of arg_min and arg_max, whose NULLs do not count.
ExpressionPtr SortKeyOf(const AggregateItem& item) {
  const FunctionRegistry& registry = FunctionRegistry::Get();
  const auto text = [](const char* order) { return Expression::MakeConstant(Value::Varchar(order)); };
  std::vector<ExpressionPtr> parts;
  const size_t first = item.arguments.size() - std::max<size_t>(item.order.size(), 1);
  for (size_t i = first; i < item.arguments.size(); ++i) parts.push_back(item.arguments[i]->Clone());
  if (!item.order.empty()) {
    for (size_t i = 0; i < item.order.size(); ++i) {
      const AggregateItem::Order& order = item.order[i];
      const char* spelled = order.descending ? (order.nulls_first ? "DESC NULLS FIRST" : "DESC NULLS LAST")
                                             : (order.nulls_first ? "ASC NULLS FIRST" : "ASC NULLS LAST");
      parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(2 * i + 1), text(spelled));
    }
    return registry.BindScalar("create_sort_key", std::move(parts), item.place.sql, item.place.span);
  }
  std::vector<ExpressionPtr> operand;
  operand.push_back(parts[0]->Clone());
  parts.push_back(text(item.function->order == AggregateOrder::kGreatest ? "DESC" : "ASC"));
  std::vector<ExpressionPtr> children;
  children.push_back(registry.BindScalar("is not null", std::move(operand), item.place.sql, item.place.span));
  children.push_back(registry.BindScalar("create_sort_key", std::move(parts), item.place.sql, item.place.span));
  children.push_back(Expression::MakeConstant(Value(DataType(TypeId::kBlob))));
  return Expression::MakeCase(std::move(children), TypeId::kBlob, item.place.span);
}

/// The arguments as the operator gets them.
std::vector<ExpressionPtr> LoweredArguments(const AggregateItem& item) {
  const AggregateOrder order = item.function->order;
  const bool by_argument = order == AggregateOrder::kLeast || order == AggregateOrder::kGreatest;
  std::vector<ExpressionPtr> arguments;
  const size_t plain = item.arguments.size() - (by_argument ? 1 : item.order.size());
  for (size_t i = 0; i < plain; ++i) arguments.push_back(item.arguments[i]->Clone());
  if (by_argument || !item.order.empty()) arguments.push_back(SortKeyOf(item));
  return arguments;
}

/// The hopping windows whose rows come straight into the aggregation; null when it is over none.
const LogicalWindowAssign* HopsBelow(const LogicalAggregate& aggregate) {
  const LogicalNode* node = &aggregate.input();
  while (node->kind == LogicalKind::kFilter) node = &node->input();
  if (node->kind != LogicalKind::kWindowAssign) return nullptr;
  const auto& assign = node->As<LogicalWindowAssign>();
  return assign.spec.kind == WindowSpec::Kind::kHop ? &assign : nullptr;
}

std::string Names(const std::vector<ExpressionPtr>& expressions) {
  std::vector<std::string> names;
  for (const ExpressionPtr& expression : expressions) names.push_back(expression->ToString());
  return fmt::format("{}", fmt::join(names, ", "));
}

std::vector<std::string> TextsOf(const std::vector<ExpressionPtr>& expressions) {
  std::vector<std::string> texts;
  for (const ExpressionPtr& expression : expressions) texts.push_back(expression->ToString());
  return texts;
}

/// How an aggregation delivers and what it keeps: the lines under it in EXPLAIN.
std::string NotesOf(const LogicalAggregate& aggregate, PlanMode mode) {
  const bool closes = aggregate.window && !aggregate.window->sources.empty();
  const std::string sources = closes ? fmt::format("{}", fmt::join(aggregate.window->sources, ", ")) : "";
  std::string notes;
  if (mode.once) return notes;
  if (!aggregate.properties.append_only) {
    notes += "\nretracts: " + aggregate.properties.retracts_because;
  } else if (closes && mode.on_close) {
    notes +=
        fmt::format("\nappend-only: a window is emitted once, when the watermark of {} has passed its end", sources);
  } else {
    notes += "\nappend-only: a group is emitted once, when its first row comes";
  }
  if (aggregate.keys.empty() || IsOneRow(aggregate.input())) return notes + "\nstate: one row";
  std::vector<ExpressionPtr> keys;
  for (size_t i = 0; i < aggregate.keys.size(); ++i) {
    const int position = static_cast<int>(i);
    if (aggregate.window && (position == aggregate.window->start || position == aggregate.window->end)) continue;
    keys.push_back(aggregate.keys[i]->Clone());
  }
  const std::string per =
      keys.empty() ? "window" : fmt::format("({}){}", Names(keys), aggregate.window ? " and window" : "");
  if (!closes) return notes + fmt::format("\nstate: one row per {}, never dropped: unbounded", per);
  return notes + fmt::format("\nstate: one row per {}, dropped when the watermark {} closes the window", per,
                             aggregate.window->declared ? "of " + sources : "that writers announce for " + sources);
}

}  // namespace

DataflowEdge GraphBuilder::BuildAggregate(const LogicalAggregate& aggregate) {
  InputColumns columns;
  HashAggregateSpec spec;
  for (const ExpressionPtr& key : aggregate.keys) spec.keys.push_back(columns.Add(*key));
  for (const AggregateItem& item : aggregate.aggregates) {
    AggregateSpec lowered{.function = item.function,
                          .arguments = {},
                          .distinct = item.distinct,
                          .filter = -1,
                          .result = item.result,
                          .constants = item.constants,
                          .descending = item.descending,
                          .keyed = !item.order.empty(),
                          .kept_function = item.kept_function};
    for (const ExpressionPtr& argument : LoweredArguments(item))
      lowered.arguments.push_back(columns.Add(*Guarded(*argument, item.filter)));
    if (item.filter != nullptr) lowered.filter = columns.Add(*item.filter);
    spec.aggregates.push_back(std::move(lowered));
  }
  if (const ExpressionPtr order = OrderOf(aggregate)) spec.event_time = columns.Add(*order);
  spec.input_append_only = aggregate.input().properties.append_only;
  const LogicalWindowAssign* hops = aggregate.window ? HopsBelow(aggregate) : nullptr;
  int hop_time = hops != nullptr ? columns.Add(*ColumnOf(aggregate.input().schema, hops->time_column)) : -1;

  const LoweredInput input = BuildInput(aggregate.input(), columns.expressions());
  const auto at = [&](int& column) {
    if (column >= 0) column = input.columns[static_cast<size_t>(column)];
  };
  for (int& key : spec.keys) at(key);
  for (AggregateSpec& lowered : spec.aggregates) {
    for (int& argument : lowered.arguments) at(argument);
    at(lowered.filter);
  }
  at(spec.event_time);
  at(hop_time);
  spec.input_types = input.types;

  int line = -1;
  std::function<std::unique_ptr<Operator>()> make = [&] { return std::make_unique<HashAggregate>(spec); };
  if (aggregate.window && !aggregate.window->sources.empty()) {
    line = LineOf(aggregate.window->sources, aggregate.window->nanos_per_unit);
    make = [&, line] {
      WindowAggregateSpec windowed;
      static_cast<HashAggregateSpec&>(windowed) = spec;
      windowed.window_start_key = aggregate.window->start;
      windowed.window_end_key = aggregate.window->end;
      windowed.on_close = options_.mode.on_close;
      windowed.line = line;
      windowed.lateness = aggregate.window->lateness;
      windowed.hop_time = hop_time;
      if (hops != nullptr) windowed.hop_overlap = hops->spec.size - hops->spec.slide;
      return std::make_unique<WindowAggregate>(std::move(windowed));
    };
  }
  const std::string label = Describe(aggregate) + NotesOf(aggregate, options_.mode);
  const bool append_only = aggregate.properties.append_only;
  if (options_.partitions <= 1 || spec.keys.empty()) return AddNode(make(), {input.edge}, label, append_only, line);

  std::vector<DataType> key_types;
  for (const ExpressionPtr& key : aggregate.keys) key_types.push_back(key->type);
  const DataflowEdge exchange =
      AddNode(std::make_unique<Exchange>(spec.keys, std::move(key_types), options_.partitions), {input.edge},
              fmt::format("Exchange [{}] to {} partitions", Names(aggregate.keys), options_.partitions),
              aggregate.input().properties.append_only);
  std::vector<DataflowEdge> parts;
  for (int partition = 0; partition < options_.partitions; ++partition) {
    parts.push_back(AddNode(make(), {{exchange.from, partition}}, label, append_only, line));
  }
  return AddNode(std::make_unique<Union>(), std::move(parts), "Gather partitions", append_only);
}

GraphBuilder::LoweredInput GraphBuilder::BuildInput(const LogicalNode& input,
                                                    const std::vector<ExpressionPtr>& expressions) {
  LoweredInput lowered;
  if (AllColumnsBare(expressions)) {
    for (const ExpressionPtr& column : expressions) lowered.columns.push_back(column->column);
    lowered.types = TypesOf(input.schema);
    lowered.edge = Build(input);
    return lowered;
  }
  if (input.kind == LogicalKind::kWindowAssign && ComputesBelow(input.As<LogicalWindowAssign>(), expressions)) {
    return BuildBelowWindows(input.As<LogicalWindowAssign>(), expressions);
  }
  std::vector<ExpressionPtr> copies;
  for (const ExpressionPtr& expression : expressions) {
    lowered.columns.push_back(static_cast<int>(copies.size()));
    lowered.types.push_back(expression->type);
    copies.push_back(expression->Clone());
  }
  const DataflowEdge edge = Build(input);
  lowered.edge =
      AddNode(std::make_unique<Project>(std::move(copies)), {edge},
              fmt::format("Project {}", fmt::join(TextsOf(expressions), ", ")), input.properties.append_only);
  return lowered;
}

/// Only what does not look at the bounds of the window can be computed before rows are given their windows.
bool GraphBuilder::ComputesBelow(const LogicalWindowAssign& assign, const std::vector<ExpressionPtr>& expressions) {
  const size_t width = static_cast<size_t>(assign.input().schema.size());
  return std::ranges::all_of(expressions, [&](const ExpressionPtr& expression) {
    std::vector<bool> used(width + 3, false);
    MarkColumns(*expression, used);
    return expression->is_column() || std::none_of(used.begin() + static_cast<std::ptrdiff_t>(width), used.end(),
                                                   [](bool is_used) { return is_used; });
  });
}

/// A row in many windows is computed with, and fails, once.
GraphBuilder::LoweredInput GraphBuilder::BuildBelowWindows(const LogicalWindowAssign& assign,
                                                           const std::vector<ExpressionPtr>& expressions) {
  const int width = assign.input().schema.size();
  InputColumns below;
  const int time = below.Add(*ColumnOf(assign.input().schema, assign.time_column));
  LoweredInput lowered;
  for (const ExpressionPtr& expression : expressions) {
    const bool is_bound = expression->is_column() && expression->column >= width;
    lowered.columns.push_back(is_bound ? width - expression->column - 1 : below.Add(*expression));
  }
  const int narrow = static_cast<int>(below.expressions().size());
  for (int& column : lowered.columns) {
    if (column < 0) column = narrow - column - 1;
  }
  std::vector<ExpressionPtr> copies;
  for (const ExpressionPtr& expression : below.expressions()) {
    lowered.types.push_back(expression->type);
    copies.push_back(expression->Clone());
  }
  const DataType time_type = lowered.types[static_cast<size_t>(time)];
  lowered.types.insert(lowered.types.end(), 3, time_type);
  const bool append_only = assign.input().properties.append_only;
  const DataflowEdge input = Build(assign.input());
  const DataflowEdge computed =
      AddNode(std::make_unique<Project>(std::move(copies)), {input},
              fmt::format("Project {}", fmt::join(TextsOf(below.expressions()), ", ")), append_only);
  lowered.edge =
      AddNode(std::make_unique<WindowAssign>(assign.spec, time, time_type), {computed}, Describe(assign), append_only);
  return lowered;
}

}  // namespace laminar
