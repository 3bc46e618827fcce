// Joins to operators: keys computed below, partitions, and what EXPLAIN says of them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "exec/exchange.h"
#include "exec/hash_join.h"
#include "exec/project.h"
#include "exec/union.h"
#include "planner/dataflow/graph_builder.h"
#include "planner/join_condition.h"
#include "planner/rules/rewrite.h"

namespace laminar {

namespace {

std::string TextOf(const std::vector<ExpressionPtr>& expressions) {
  std::vector<std::string> texts;
  for (const ExpressionPtr& expression : expressions) texts.push_back(expression->ToString());
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// The lines under a join in EXPLAIN.
std::string NotesOf(const LogicalJoin& join, PlanMode mode, const std::string& left_keys,
                    const std::string& right_keys) {
  if (mode.once) return "";
  std::string notes = join.properties.append_only
                          ? "\nappend-only: a row comes when the last of what it is made of does"
                          : "\nretracts: " + join.properties.retracts_because;
  const auto side = [&](const LogicalNode& input, const std::string& fallback, const std::string& keys) {
    if (IsOneRow(input)) return std::string("\nstate: one row of ") + NameOfInput(input, fallback);
    return fmt::format("\nstate: all rows of {}{}, never dropped: unbounded", NameOfInput(input, fallback),
                       keys.empty() ? "" : fmt::format(" by ({})", keys));
  };
  return notes + side(join.input(), "the left input", left_keys) + side(join.right(), "the right input", right_keys);
}

}  // namespace

DataflowEdge GraphBuilder::BuildJoin(const LogicalJoin& join) {
  const int left_width = join.left_width();
  JoinSpec spec;
  spec.kind = join.join;
  spec.left_append_only = join.input().properties.append_only;
  spec.right_append_only = join.right().properties.append_only;
  std::vector<ExpressionPtr> left_keys, right_keys;
  for (const JoinKey& key : join.keys) {
    left_keys.push_back(key.left->Clone());
    right_keys.push_back(key.right->Clone());
    spec.null_safe.push_back(key.null_safe);
  }
  DataflowEdge left = BuildJoinInput(join.input(), left_keys, 0, &spec.left_keys, &spec.left_types);
  DataflowEdge right = BuildJoinInput(join.right(), right_keys, left_width, &spec.right_keys, &spec.right_types);
  // Computed keys stand behind the columns of the left, so those of the right lie further on.
  std::vector<int> map;
  for (int i = 0; i < left_width + join.right().schema.size(); ++i) {
    map.push_back(i < left_width ? i : i - left_width + static_cast<int>(spec.left_types.size()));
  }
  for (int column : join.output) spec.output.push_back(map[static_cast<size_t>(column)]);
  if (join.residual != nullptr) {
    spec.residual = join.residual->Clone();
    RemapColumns(*spec.residual, map);
  }
  const std::string label = Describe(join) + NotesOf(join, options_.mode, TextOf(left_keys), TextOf(right_keys));
  const bool append_only = join.properties.append_only;
  if (options_.partitions <= 1 || join.keys.empty()) {
    return AddNode(std::make_unique<HashJoin>(std::move(spec)), {left, right}, label, append_only);
  }
  left = AddExchange(left, spec.left_keys, spec.left_types, TextOf(left_keys), spec.left_append_only);
  right = AddExchange(right, spec.right_keys, spec.right_types, TextOf(right_keys), spec.right_append_only);
  const HashJoin model(std::move(spec));
  std::vector<DataflowEdge> parts;
  for (int partition = 0; partition < options_.partitions; ++partition) {
    parts.push_back(AddNode(model.Clone(), {{left.from, partition}, {right.from, partition}}, label, append_only));
  }
  return AddNode(std::make_unique<Union>(), std::move(parts), "Gather partitions", append_only);
}

/// The input's columns, and behind them the keys that are not columns already.
DataflowEdge GraphBuilder::BuildJoinInput(const LogicalNode& input, const std::vector<ExpressionPtr>& keys,
                                          int first_column, std::vector<int>* key_columns,
                                          std::vector<DataType>* types) {
  *types = TypesOf(input.schema);
  std::vector<ExpressionPtr> columns = AllColumns(input.schema);
  const size_t width = columns.size();
  std::vector<int> map;
  for (int i = 0; i < first_column + input.schema.size(); ++i) map.push_back(i - first_column);
  for (const ExpressionPtr& key : keys) {
    ExpressionPtr own = key->Clone();
    RemapColumns(*own, map);
    if (own->is_column()) {
      key_columns->push_back(own->column);
      continue;
    }
    key_columns->push_back(static_cast<int>(columns.size()));
    types->push_back(own->type);
    columns.push_back(std::move(own));
  }
  const DataflowEdge edge = Build(input);
  if (columns.size() == width) return edge;
  const std::string label = fmt::format("Project {}", TextOf(columns));
  return AddNode(std::make_unique<Project>(std::move(columns)), {edge}, label, input.properties.append_only);
}

DataflowEdge GraphBuilder::AddExchange(DataflowEdge input, const std::vector<int>& keys,
                                       const std::vector<DataType>& types, const std::string& names, bool append_only) {
  std::vector<DataType> key_types;
  for (int key : keys) key_types.push_back(types[static_cast<size_t>(key)]);
  return AddNode(std::make_unique<Exchange>(keys, std::move(key_types), options_.partitions), {input},
                 fmt::format("Exchange [{}] to {} partitions", names, options_.partitions), append_only);
}

}  // namespace laminar
