#include "planner/logical_plan.h"

#include <algorithm>

#include "planner/join_condition.h"

namespace laminar {

namespace {

LogicalNodePtr Finish(LogicalNodePtr node) {
  InferProperties(*node, {});
  return node;
}

std::vector<ExpressionPtr> CloneAll(const std::vector<ExpressionPtr>& expressions) {
  std::vector<ExpressionPtr> clones;
  for (const ExpressionPtr& expression : expressions) clones.push_back(expression->Clone());
  return clones;
}

/// Windows are recognised by what the columns are, not by how the query is written: both syntaxes, and windows over the
/// windows of a stream, come here.
std::optional<WindowKeys> FindWindow(const LogicalNode& input, const std::vector<ExpressionPtr>& keys) {
  const auto time_of = [&](const ExpressionPtr& key) -> const TimeColumn* {
    return key->is_column() ? input.properties.FindTime(key->column) : nullptr;
  };
  for (size_t end = 0; end < keys.size(); ++end) {
    const TimeColumn* time = time_of(keys[end]);
    if (time == nullptr || time->role != TimeRole::kWindowEnd) continue;
    WindowKeys window{.start = -1,
                      .end = static_cast<int>(end),
                      .sources = time->sources,
                      .declared = time->declared,
                      .nanos_per_unit = time->nanos_per_unit,
                      .lateness = time->delay};
    for (size_t start = 0; start < keys.size(); ++start) {
      const TimeColumn* other = time_of(keys[start]);
      if (other != nullptr && other->role == TimeRole::kWindowStart && other->window == time->window) {
        window.start = static_cast<int>(start);
        break;
      }
    }
    return window;
  }
  return std::nullopt;
}

}  // namespace

bool AggregateItem::Equals(const AggregateItem& other) const {
  const auto equal = [](const ExpressionPtr& a, const ExpressionPtr& b) {
    return a == nullptr || b == nullptr ? a == b : a->Equals(*b);
  };
  return function == other.function && distinct == other.distinct && equal(filter, other.filter) &&
         std::ranges::equal(arguments, other.arguments, equal) && order == other.order &&
         constants == other.constants && descending == other.descending;
}

AggregateItem AggregateItem::Clone() const {
  return {.function = function,
          .result = result,
          .arguments = CloneAll(arguments),
          .order = order,
          .constants = constants,
          .descending = descending,
          .distinct = distinct,
          .filter = filter != nullptr ? filter->Clone() : nullptr,
          .place = place,
          .kept_function = kept_function};
}

LogicalNodePtr MakeScan(const CatalogEntry& relation, std::vector<int> columns) {
  auto node = std::make_unique<LogicalScan>();
  std::vector<Field> fields;
  for (const int column : columns) fields.push_back(relation.schema.field(column));
  node->schema = Schema(std::move(fields));
  node->relation = &relation;
  node->columns = std::move(columns);
  return Finish(std::move(node));
}

LogicalNodePtr MakeFileScan(std::shared_ptr<const FileTable> files, std::vector<int> columns) {
  auto node = std::make_unique<LogicalFileScan>();
  std::vector<Field> fields;
  for (const int column : columns) fields.push_back(files->schema().field(column));
  node->schema = Schema(std::move(fields));
  node->files = std::move(files);
  node->columns = std::move(columns);
  return Finish(std::move(node));
}

LogicalNodePtr MakeValues(Schema schema, std::vector<std::vector<Value>> rows) {
  auto node = std::make_unique<LogicalValues>();
  node->schema = std::move(schema);
  node->rows = std::move(rows);
  return Finish(std::move(node));
}

LogicalNodePtr MakeFilter(LogicalNodePtr input, ExpressionPtr predicate) {
  auto node = std::make_unique<LogicalFilter>();
  node->schema = input->schema;
  node->inputs.push_back(std::move(input));
  node->predicate = std::move(predicate);
  return Finish(std::move(node));
}

LogicalNodePtr MakeProject(LogicalNodePtr input, std::vector<ExpressionPtr> expressions,
                           std::vector<std::string> names) {
  auto node = std::make_unique<LogicalProject>();
  std::vector<Field> fields;
  for (size_t i = 0; i < expressions.size(); ++i) {
    fields.push_back({std::move(names[i]), expressions[i]->type, expressions[i]->nullable});
  }
  node->schema = Schema(std::move(fields));
  node->inputs.push_back(std::move(input));
  node->expressions = std::move(expressions);
  return Finish(std::move(node));
}

LogicalNodePtr MakeWindowAssign(LogicalNodePtr input, WindowSpec spec, int time_column, std::string text) {
  auto node = std::make_unique<LogicalWindowAssign>();
  std::vector<Field> fields = input->schema.fields();
  const DataType time_type = fields[static_cast<size_t>(time_column)].type;
  for (const char* name : {"window_start", "window_end", "window_time"}) fields.push_back({name, time_type, false});
  node->schema = Schema(std::move(fields));
  node->inputs.push_back(std::move(input));
  node->spec = spec;
  node->time_column = time_column;
  node->text = std::move(text);
  return Finish(std::move(node));
}

LogicalNodePtr MakeUnnest(LogicalNodePtr input, std::vector<ExpressionPtr> lists, bool ordinality, bool outer,
                          std::vector<std::string> names) {
  auto node = std::make_unique<LogicalUnnest>();
  std::vector<Field> fields = input->schema.fields();
  for (size_t i = 0; i < lists.size(); ++i) {
    fields.push_back({std::move(names[i]), lists[i]->type.children()[0].type, true});
  }
  if (ordinality) fields.push_back({std::move(names[lists.size()]), TypeId::kInt64, outer});
  node->schema = Schema(std::move(fields));
  node->inputs.push_back(std::move(input));
  node->lists = std::move(lists);
  node->ordinality = ordinality;
  node->outer = outer;
  return Finish(std::move(node));
}

LogicalNodePtr MakeAggregate(LogicalNodePtr input, std::vector<ExpressionPtr> keys,
                             std::vector<AggregateItem> aggregates, std::vector<std::string> names) {
  auto node = std::make_unique<LogicalAggregate>();
  std::vector<Field> fields;
  for (size_t i = 0; i < keys.size(); ++i) fields.push_back({names[i], keys[i]->type, keys[i]->nullable});
  for (size_t i = 0; i < aggregates.size(); ++i) {
    fields.push_back({names[keys.size() + i], aggregates[i].result, aggregates[i].function->result_nullable});
  }
  node->schema = Schema(std::move(fields));
  node->window = FindWindow(*input, keys);
  node->inputs.push_back(std::move(input));
  node->keys = std::move(keys);
  node->aggregates = std::move(aggregates);
  return Finish(std::move(node));
}

LogicalNodePtr MakeUnionAll(std::vector<LogicalNodePtr> inputs) {
  auto node = std::make_unique<LogicalUnionAll>();
  std::vector<Field> fields = inputs[0]->schema.fields();
  for (const LogicalNodePtr& input : inputs) {
    for (size_t i = 0; i < fields.size(); ++i) fields[i].nullable |= input->schema.fields()[i].nullable;
  }
  node->schema = Schema(std::move(fields));
  node->inputs = std::move(inputs);
  return Finish(std::move(node));
}

LogicalNodePtr MakeJoin(JoinKind kind, LogicalNodePtr left, LogicalNodePtr right,
                        std::vector<ExpressionPtr> conditions) {
  auto node = std::make_unique<LogicalJoin>();
  node->join = kind;
  std::vector<Field> fields = left->schema.fields();
  if (kind == JoinKind::kRight || kind == JoinKind::kFull) {
    for (Field& field : fields) field.nullable = true;
  }
  if (kind != JoinKind::kSemi && kind != JoinKind::kAnti) {
    for (Field field : right->schema.fields()) {
      field.nullable |= kind == JoinKind::kLeft || kind == JoinKind::kFull;
      fields.push_back(std::move(field));
    }
  }
  const int left_width = left->schema.size();
  ComputeKeys(left, right, conditions);
  for (int i = 0; i < static_cast<int>(fields.size()); ++i) {
    node->output.push_back(i < left_width ? i : i - left_width + left->schema.size());
  }
  node->schema = Schema(std::move(fields));
  node->inputs.push_back(std::move(left));
  node->inputs.push_back(std::move(right));
  AddConditions(*node, std::move(conditions));
  return Finish(std::move(node));
}

LogicalNodePtr MakeSetOperation(LogicalNodePtr left, LogicalNodePtr right, SetOperationKind operation, bool all) {
  auto node = std::make_unique<LogicalSetOperation>();
  std::vector<Field> fields = left->schema.fields();
  if (operation == SetOperationKind::kIntersect) {
    for (size_t i = 0; i < fields.size(); ++i) fields[i].nullable &= right->schema.fields()[i].nullable;
  }
  node->schema = Schema(std::move(fields));
  node->inputs.push_back(std::move(left));
  node->inputs.push_back(std::move(right));
  node->operation = operation;
  node->all = all;
  return Finish(std::move(node));
}

LogicalNodePtr MakeSort(LogicalNodePtr input, std::vector<SortKey> keys, int64_t limit, int64_t offset) {
  auto node = std::make_unique<LogicalSort>();
  node->schema = input->schema;
  node->inputs.push_back(std::move(input));
  node->keys = std::move(keys);
  node->limit = limit;
  node->offset = offset;
  return Finish(std::move(node));
}

LogicalNodePtr MakeLimit(LogicalNodePtr input, int64_t limit, int64_t offset) {
  auto node = std::make_unique<LogicalLimit>();
  node->schema = input->schema;
  node->inputs.push_back(std::move(input));
  node->limit = limit;
  node->offset = offset;
  return Finish(std::move(node));
}

namespace {

std::unique_ptr<LogicalTopN> NewTopN(LogicalNodePtr input, std::vector<int> partition, std::vector<SortKey> order) {
  auto node = std::make_unique<LogicalTopN>();
  node->schema = input->schema;
  node->by_arrival = input->properties.append_only;
  node->inputs.push_back(std::move(input));
  node->partition = std::move(partition);
  node->order = std::move(order);
  return node;
}

}  // namespace

LogicalNodePtr MakeTopN(LogicalNodePtr input, std::vector<int> partition, std::vector<SortKey> order, int64_t limit,
                        int64_t offset) {
  auto node = NewTopN(std::move(input), std::move(partition), std::move(order));
  node->limit = limit;
  node->offset = offset;
  return Finish(std::move(node));
}

LogicalNodePtr MakeNumberedTopN(LogicalNodePtr input, std::vector<int> partition, std::vector<SortKey> order,
                                std::string name, SqlPlace place) {
  auto node = NewTopN(std::move(input), std::move(partition), std::move(order));
  std::vector<Field> fields = node->schema.fields();
  fields.push_back({std::move(name), TypeId::kInt64, false});
  node->schema = Schema(std::move(fields));
  node->numbered = true;
  node->place = place;
  return Finish(std::move(node));
}

ExpressionPtr ColumnOf(const Schema& schema, int i, SourceSpan span) {
  const Field& field = schema.field(i);
  return Expression::MakeColumn(i, field.type, field.nullable, field.name, span);
}

std::vector<ExpressionPtr> AllColumns(const Schema& schema) {
  std::vector<ExpressionPtr> columns;
  for (int i = 0; i < schema.size(); ++i) columns.push_back(ColumnOf(schema, i));
  return columns;
}

}  // namespace laminar
