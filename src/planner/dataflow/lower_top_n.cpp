// Top-N to operators: arrival numbers below, partitions, and the sort that a one-shot query without keys gets by with.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "exec/arrival_number.h"
#include "exec/exchange.h"
#include "exec/project.h"
#include "exec/sort.h"
#include "exec/top_n.h"
#include "exec/union.h"
#include "planner/dataflow/graph_builder.h"

namespace laminar {

namespace {

std::string KeysOf(const LogicalTopN& top) {
  std::vector<std::string> keys;
  for (const int column : top.partition) keys.push_back(top.schema.field(column).name);
  return fmt::format("{}", fmt::join(keys, ", "));
}

/// How it delivers and what it keeps: the lines under it in EXPLAIN.
std::string NotesOf(const LogicalTopN& top, PlanMode mode) {
  if (mode.once) return "";
  const Properties& input = top.input().properties;
  const std::string per = top.partition.empty() ? "" : fmt::format(" per ({})", KeysOf(top));
  std::string notes = top.properties.append_only ? "" : "\nretracts: " + top.properties.retracts_because;
  notes += top.by_arrival ? "\nties: in order of arrival" : "\nties: by the whole row";
  if (!input.append_only) {
    return notes + fmt::format("\nstate: all rows of the input{}, because they may be retracted: unbounded", per);
  }
  if (top.limit < 0) return notes + fmt::format("\nstate: all rows of the input{}, never dropped: unbounded", per);
  const int64_t rows = top.offset + top.limit;
  notes += fmt::format("\nstate: at most {} row{}{}", rows, rows == 1 ? "" : "s", per);
  return top.partition.empty() ? notes : notes + ", never dropped: unbounded";
}

}  // namespace

DataflowEdge GraphBuilder::BuildTopN(const LogicalTopN& top) {
  const bool append_only = top.properties.append_only;
  const bool input_append_only = top.input().properties.append_only;
  std::vector<DataType> types = TypesOf(top.input().schema);
  std::vector<SortKey> order = top.order;
  const size_t width = types.size();
  DataflowEdge edge = Build(top.input());
  if (top.by_arrival) {
    order.push_back({static_cast<int>(width), false, false});
    types.emplace_back(TypeId::kUInt64);
    edge = AddNode(std::make_unique<ArrivalNumber>(), {edge}, "ArrivalNumber", input_append_only);
  }
  const std::string label = Describe(top) + NotesOf(top, options_.mode);
  if (options_.mode.once && top.partition.empty() && !top.numbered) {
    for (size_t column = 0; column < width; ++column) order.push_back({static_cast<int>(column), false, false});
    edge = AddNode(std::make_unique<Sort>(std::move(order), types, top.limit, top.offset), {edge}, label, append_only);
  } else {
    TopNSpec spec{.partition = top.partition,
                  .order = std::move(order),
                  .limit = top.limit,
                  .offset = top.offset,
                  .numbered = top.numbered,
                  .append_only = input_append_only,
                  .input_types = types};
    if (options_.partitions <= 1 || top.partition.empty()) {
      edge = AddNode(std::make_unique<TopN>(std::move(spec)), {edge}, label, append_only);
    } else {
      std::vector<DataType> key_types;
      for (const int column : top.partition) key_types.push_back(types[static_cast<size_t>(column)]);
      edge =
          AddNode(std::make_unique<Exchange>(top.partition, std::move(key_types), options_.partitions), {edge},
                  fmt::format("Exchange [{}] to {} partitions", KeysOf(top), options_.partitions), input_append_only);
      std::vector<DataflowEdge> parts;
      for (int partition = 0; partition < options_.partitions; ++partition) {
        parts.push_back(AddNode(std::make_unique<TopN>(spec), {{edge.from, partition}}, label, append_only));
      }
      edge = AddNode(std::make_unique<Union>(), std::move(parts), "Gather partitions", append_only);
    }
  }
  if (!top.by_arrival) return edge;
  std::vector<ExpressionPtr> columns = AllColumns(top.schema);
  if (top.numbered) columns.back()->column = static_cast<int>(width) + 1;
  return AddNode(std::make_unique<Project>(std::move(columns)), {edge}, "Project without arrival number", append_only);
}

}  // namespace laminar
