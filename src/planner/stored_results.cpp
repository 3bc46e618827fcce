#include "planner/stored_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "planner/binder/bind_error.h"
#include "planner/binder/features.h"
#include "planner/rules/rewrite.h"

namespace laminar {

namespace {

bool HasJoin(const LogicalNode& node) {
  return node.kind == LogicalKind::kJoin ||
         std::ranges::any_of(node.inputs, [](const LogicalNodePtr& input) { return HasJoin(*input); });
}

/// Finds what must be stored of one node.
class NodeStorer {
 public:
  NodeStorer(LogicalNode& node, std::string_view sql, SourceSpan span) : node_(node), sql_(sql), span_(span) {
    const auto moves = [](const LogicalNodePtr& input) { return !input->properties.append_only || HasJoin(*input); };
    times_move_ = std::ranges::any_of(node.inputs, moves);
  }

  bool IsStored(const Expression& expression) const {
    return !expression.deterministic() || (times_move_ && expression.reads_time());
  }
  bool any() {
    bool found = false;
    ForEachExpression(node_, [&](const ExpressionPtr& expression) { found |= IsStored(*expression); });
    return found;
  }
  /// Puts a stored projection below the node: its input's columns, and what `expression` was, which refers to it now.
  void Store(ExpressionPtr& expression) {
    if (!IsStored(*expression)) return;
    const int place = node_.input().schema.size() + static_cast<int>(stored_.size());
    ExpressionPtr reference = Expression::MakeColumn(place, expression->type, expression->nullable,
                                                     fmt::format("stored {}", stored_.size() + 1), expression->span);
    stored_.push_back(std::exchange(expression, std::move(reference)));
  }
  void Finish() {
    const Schema& schema = node_.input().schema;
    std::vector<ExpressionPtr> all = AllColumns(schema);
    std::vector<std::string> names = schema.names();
    for (ExpressionPtr& expression : stored_) {
      names.push_back(fmt::format("stored {}", all.size() - static_cast<size_t>(schema.size()) + 1));
      all.push_back(std::move(expression));
    }
    node_.inputs[0] = MakeProject(std::move(node_.inputs[0]), std::move(all), std::move(names));
    node_.input().As<LogicalProject>().stored = true;
  }
  [[noreturn]] void Refuse(std::string_view what) const {
    ThrowAt(sql_, span_, fmt::format("a function that gives another answer each time it is computed, {}", what));
  }

 private:
  LogicalNode& node_;
  std::string_view sql_;
  SourceSpan span_;
  bool times_move_ = false;
  std::vector<ExpressionPtr> stored_;
};

}  // namespace

void StoreResults(LogicalNodePtr& plan, std::string_view sql, SourceSpan span) {
  for (LogicalNodePtr& input : plan->inputs) StoreResults(input, sql, span);
  NodeStorer storer(*plan, sql, span);
  if (!storer.any()) return;
  switch (plan->kind) {
    case LogicalKind::kProject:
      plan->As<LogicalProject>().stored = true;
      return;
    case LogicalKind::kFilter: {
      const Schema schema = plan->schema;
      storer.Store(plan->As<LogicalFilter>().predicate);
      storer.Finish();
      plan->schema = plan->input().schema;
      std::vector<ExpressionPtr> columns;
      for (int i = 0; i < schema.size(); ++i) columns.push_back(ColumnOf(schema, i));
      plan = MakeProject(std::move(plan), std::move(columns), schema.names());
      return;
    }
    case LogicalKind::kAggregate: {
      auto& aggregate = plan->As<LogicalAggregate>();
      for (const ExpressionPtr& key : aggregate.keys) {
        if (!storer.IsStored(*key)) continue;
        storer.Refuse("as a key of GROUP BY in a stream: select it in a stream of its own, and group that");
      }
      for (AggregateItem& item : aggregate.aggregates) {
        for (ExpressionPtr& argument : item.arguments) {
          // An argument that may fail is not asked for where FILTER leaves the row out.
          if (storer.IsStored(*argument) && argument->fallible() && item.filter != nullptr) {
            const DataType type = argument->type;
            const SourceSpan place = argument->span;
            std::vector<ExpressionPtr> children;
            children.push_back(item.filter->Clone());
            children.push_back(std::move(argument));
            children.push_back(Expression::MakeConstant(Value(type)));
            argument = Expression::MakeCase(std::move(children), type, place);
          }
          storer.Store(argument);
        }
        if (item.filter != nullptr) storer.Store(item.filter);
      }
      storer.Finish();
      return;
    }
    case LogicalKind::kUnnest:
      storer.Refuse("in UNNEST in a stream, is not supported yet: select it below");
    default:
      storer.Refuse("in the condition of a join in a stream, is not supported yet: select it below the join");
  }
}

}  // namespace laminar
