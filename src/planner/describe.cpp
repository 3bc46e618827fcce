// One line of text for each logical node: what EXPLAIN shows and tests compare.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "planner/logical_plan.h"

namespace laminar {

namespace {

std::string TextOf(const std::vector<ExpressionPtr>& expressions) {
  std::vector<std::string> texts;
  for (const ExpressionPtr& expression : expressions) texts.push_back(expression->ToString());
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// "a, b + 1 AS c": the name only where it adds something.
std::string SelectList(const LogicalProject& project) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < project.expressions.size(); ++i) {
    std::string text = project.expressions[i]->ToString();
    const std::string& name = project.schema.field(static_cast<int>(i)).name;
    texts.push_back(text == name ? text : fmt::format("{} AS {}", text, name));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string LimitText(int64_t limit, int64_t offset) {
  std::string text;
  if (limit >= 0) text += fmt::format(" LIMIT {}", limit);
  if (offset > 0) text += fmt::format(" OFFSET {}", offset);
  return text;
}

std::string OrderText(const Schema& schema, const std::vector<SortKey>& keys) {
  std::vector<std::string> texts;
  for (const SortKey& key : keys) {
    std::string text = schema.field(key.column).name;
    if (key.descending) text += " DESC";
    if (key.nulls_first != key.descending) text += key.nulls_first ? " NULLS FIRST" : " NULLS LAST";
    texts.push_back(std::move(text));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string TopNText(const LogicalTopN& top) {
  std::vector<std::string> keys;
  for (const int column : top.partition) keys.push_back(top.schema.field(column).name);
  std::string text = "TopN";
  if (!keys.empty()) text += fmt::format(" [{}]", fmt::join(keys, ", "));
  if (!top.order.empty()) text += " " + OrderText(top.schema, top.order);
  text += LimitText(top.limit, top.offset);
  if (top.numbered) text += fmt::format(" numbered AS {}", top.schema.fields().back().name);
  return text;
}

std::string AggregateText(const LogicalAggregate& aggregate) {
  std::string text = aggregate.window ? "WindowAggregate" : "Aggregate";
  if (!aggregate.keys.empty()) text += fmt::format(" [{}]", TextOf(aggregate.keys));
  std::vector<std::string> calls;
  for (const AggregateItem& item : aggregate.aggregates) calls.push_back(item.ToString());
  if (!calls.empty()) text += fmt::format(" {}", fmt::join(calls, ", "));
  return text;
}

std::string_view NameOf(const LogicalJoin& join) {
  switch (join.join) {
    case JoinKind::kInner:
      return join.keys.empty() && join.residual == nullptr ? "CrossJoin" : "InnerJoin";
    case JoinKind::kLeft:
      return "LeftJoin";
    case JoinKind::kRight:
      return "RightJoin";
    case JoinKind::kFull:
      return "FullJoin";
    case JoinKind::kSemi:
      return "SemiJoin";
    case JoinKind::kAnti:
      return "AntiJoin";
  }
  return "";
}

std::string JoinText(const LogicalJoin& join) {
  std::string text(NameOf(join));
  std::vector<std::string> keys;
  for (const JoinKey& key : join.keys) {
    keys.push_back(fmt::format("{} {} {}", key.left->ToString(), key.null_safe ? "IS NOT DISTINCT FROM" : "=",
                               key.right->ToString()));
  }
  if (!keys.empty()) text += fmt::format(" [{}]", fmt::join(keys, ", "));
  if (join.residual != nullptr) text += fmt::format(" on {}", join.residual->ToString());
  return text;
}

void Append(const LogicalNode& node, int depth, std::string& text) {
  text += std::string(static_cast<size_t>(depth) * 2, ' ') + Describe(node) + '\n';
  for (const LogicalNodePtr& input : node.inputs) Append(*input, depth + 1, text);
}

}  // namespace

std::string AggregateItem::ToString() const {
  const size_t plain = arguments.size() - order.size();
  std::vector<std::string> texts;
  for (size_t i = 0; i < plain; ++i) texts.push_back(arguments[i]->ToString());
  for (const Value& constant : constants) texts.push_back(constant.ToSql());
  std::string text = texts.empty() ? "*" : fmt::format("{}", fmt::join(texts, ", "));
  for (size_t i = 0; i < order.size(); ++i) {
    text += (i == 0 ? " ORDER BY " : ", ") + arguments[plain + i]->ToString();
    if (order[i].descending) text += " DESC";
    if (order[i].nulls_first != order[i].descending) text += order[i].nulls_first ? " NULLS FIRST" : " NULLS LAST";
  }
  text = fmt::format("{}({}{})", function->name, distinct ? "DISTINCT " : "", text);
  if (descending) text += " WITHIN GROUP (ORDER BY … DESC)";
  if (filter != nullptr) text += fmt::format(" FILTER (WHERE {})", filter->ToString());
  return text;
}

std::string Describe(const LogicalNode& node) {
  switch (node.kind) {
    case LogicalKind::kScan: {
      const auto& scan = node.As<LogicalScan>();
      const std::string_view kind = scan.relation->is_source()  ? "Source"
                                    : scan.relation->is_table() ? "Table"
                                                                : "Stream";
      return fmt::format("{} {} ({})", kind, scan.relation->name, fmt::join(scan.schema.names(), ", "));
    }
    case LogicalKind::kValues: {
      const auto& values = node.As<LogicalValues>();
      const std::string count = fmt::format("{} row{}", values.rows.size(), values.rows.size() == 1 ? "" : "s");
      return values.table.empty() ? "Values " + count : fmt::format("Facts {} ({})", values.table, count);
    }
    case LogicalKind::kFileScan:
      return fmt::format("{} ({})", node.As<LogicalFileScan>().files->description(),
                         fmt::join(node.schema.names(), ", "));
    case LogicalKind::kFilter:
      return fmt::format("Filter {}", node.As<LogicalFilter>().predicate->ToString());
    case LogicalKind::kProject:
      return fmt::format("{} {}", node.As<LogicalProject>().stored ? "StoredProject" : "Project",
                         SelectList(node.As<LogicalProject>()));
    case LogicalKind::kWindowAssign:
      return fmt::format("WindowAssign {}", node.As<LogicalWindowAssign>().text);
    case LogicalKind::kAggregate:
      return AggregateText(node.As<LogicalAggregate>());
    case LogicalKind::kUnionAll:
      return "UnionAll";
    case LogicalKind::kJoin:
      return JoinText(node.As<LogicalJoin>());
    case LogicalKind::kSort:
      return fmt::format("Sort {}{}", OrderText(node.schema, node.As<LogicalSort>().keys),
                         LimitText(node.As<LogicalSort>().limit, node.As<LogicalSort>().offset));
    case LogicalKind::kLimit:
      return "Rows" + LimitText(node.As<LogicalLimit>().limit, node.As<LogicalLimit>().offset);
    case LogicalKind::kSetOperation: {
      const auto& operation = node.As<LogicalSetOperation>();
      const bool intersects = operation.operation == SetOperationKind::kIntersect;
      return fmt::format("{}{}", intersects ? "Intersect" : "Except", operation.all ? "All" : "");
    }
    case LogicalKind::kTopN:
      return TopNText(node.As<LogicalTopN>());
    case LogicalKind::kUnnest: {
      const auto& unnest = node.As<LogicalUnnest>();
      return fmt::format("Unnest {}{}{}", TextOf(unnest.lists), unnest.ordinality ? " WITH ORDINALITY" : "",
                         unnest.outer ? ", rows without elements too" : "");
    }
  }
  return "";
}

std::string ToString(const LogicalNode& plan) {
  std::string text;
  Append(plan, 0, text);
  return text;
}

}  // namespace laminar
