#include "planner/dataflow/dataflow_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "exec/filter.h"
#include "exec/limit.h"
#include "exec/project.h"
#include "exec/sort.h"
#include "exec/stored_project.h"
#include "exec/union.h"
#include "exec/unnest.h"
#include "exec/values.h"
#include "exec/window_assign.h"
#include "planner/dataflow/graph_builder.h"
#include "planner/dataflow/plan_identity.h"
#include "state/row_batch.h"

namespace laminar {

namespace {

std::vector<ExpressionPtr> CloneAll(const std::vector<ExpressionPtr>& expressions) {
  std::vector<ExpressionPtr> clones;
  for (const ExpressionPtr& expression : expressions) clones.push_back(expression->Clone());
  return clones;
}

bool KeepsState(LogicalKind kind) {
  return kind == LogicalKind::kAggregate || kind == LogicalKind::kJoin || kind == LogicalKind::kTopN ||
         kind == LogicalKind::kSetOperation;
}

/// Equal for equal plans; tells most others apart.
size_t ShapeOf(const LogicalNode& node) {
  size_t shape = static_cast<size_t>(node.kind) * 31 + static_cast<size_t>(node.schema.size());
  if (node.kind == LogicalKind::kScan) shape ^= std::hash<const void*>()(node.As<LogicalScan>().relation);
  for (const LogicalNodePtr& input : node.inputs) shape = shape * 1'000'003 + ShapeOf(*input);
  return shape;
}

}  // namespace

std::vector<DataType> TypesOf(const Schema& schema) {
  std::vector<DataType> types;
  for (const Field& field : schema.fields()) types.push_back(field.type);
  return types;
}

DataflowSpec BuildDataflow(const LogicalNode& plan, const BuildOptions& options) {
  GraphBuilder builder(options);
  const DataflowEdge result = builder.Build(plan);
  return builder.Finish(result, plan);
}

DataflowSpec GraphBuilder::Finish(DataflowEdge result, const LogicalNode& plan) {
  // The result is always the last node: a bare relation gets one that passes it on.
  if (result.from < 0) AddNode(std::make_unique<Union>(), {result}, "Result", plan.properties.append_only);
  return std::move(spec_);
}

DataflowEdge GraphBuilder::Build(const LogicalNode& node) {
  if (!KeepsState(node.kind)) return BuildNew(node);
  const size_t shape = ShapeOf(node);
  const auto [begin, end] = shared_.equal_range(shape);
  for (auto built = begin; built != end; ++built) {
    if (SamePlan(*built->second.node, node)) return built->second.edge;
  }
  const DataflowEdge edge = BuildNew(node);
  if (options_.share) spec_.nodes[static_cast<size_t>(edge.from)].identity = PlanIdentity::Of(node, options_);
  shared_.emplace(shape, Built{&node, edge});
  return edge;
}

DataflowEdge GraphBuilder::BuildNew(const LogicalNode& node) {
  switch (node.kind) {
    case LogicalKind::kScan:
      return BuildScan(node.As<LogicalScan>());
    case LogicalKind::kFileScan:
      return BuildFileScan(node.As<LogicalFileScan>());
    case LogicalKind::kValues:
      return BuildValues(node.As<LogicalValues>());
    case LogicalKind::kAggregate:
      return BuildAggregate(node.As<LogicalAggregate>());
    case LogicalKind::kJoin:
      return BuildJoin(node.As<LogicalJoin>());
    case LogicalKind::kSetOperation:
      return BuildSetOperation(node.As<LogicalSetOperation>());
    case LogicalKind::kTopN:
      return BuildTopN(node.As<LogicalTopN>());
    case LogicalKind::kUnionAll: {
      std::vector<DataflowEdge> inputs;
      for (const LogicalNodePtr& input : node.inputs) inputs.push_back(Build(*input));
      return AddNode(std::make_unique<Union>(), std::move(inputs), node);
    }
    default:
      break;
  }
  const DataflowEdge input = Build(node.input());
  std::unique_ptr<Operator> op;
  if (node.kind == LogicalKind::kFilter) {
    op = std::make_unique<Filter>(node.As<LogicalFilter>().predicate->Clone());
  } else if (node.kind == LogicalKind::kProject && node.As<LogicalProject>().stored) {
    const bool append_only = node.input().properties.append_only;
    op = std::make_unique<StoredProject>(CloneAll(node.As<LogicalProject>().expressions), TypesOf(node.input().schema),
                                         append_only);
    const std::string state = append_only ? "the results of all rows" : "all rows, with their results";
    return AddNode(std::move(op), {input}, fmt::format("{}\nstate: {}, unbounded", Describe(node), state),
                   node.properties.append_only);
  } else if (node.kind == LogicalKind::kProject) {
    op = std::make_unique<Project>(CloneAll(node.As<LogicalProject>().expressions));
  } else if (node.kind == LogicalKind::kWindowAssign) {
    const auto& assign = node.As<LogicalWindowAssign>();
    const DataType& type = assign.input().schema.field(assign.time_column).type;
    op = std::make_unique<WindowAssign>(assign.spec, assign.time_column, type);
  } else if (node.kind == LogicalKind::kUnnest) {
    const auto& unnest = node.As<LogicalUnnest>();
    UnnestSpec spec;
    spec.lists = CloneAll(unnest.lists);
    spec.input_types = TypesOf(unnest.input().schema);
    spec.ordinality = unnest.ordinality;
    spec.outer = unnest.outer;
    op = std::make_unique<Unnest>(std::move(spec));
  } else if (node.kind == LogicalKind::kSort) {
    const auto& sort = node.As<LogicalSort>();
    op = std::make_unique<Sort>(sort.keys, TypesOf(sort.schema), sort.limit, sort.offset);
  } else {
    const auto& limit = node.As<LogicalLimit>();
    op = std::make_unique<Limit>(limit.limit, limit.offset);
  }
  return AddNode(std::move(op), {input}, node);
}

DataflowEdge GraphBuilder::BuildScan(const LogicalScan& scan) {
  DataflowInput input;
  input.kind = scan.relation->is_source() ? DataflowInput::Kind::kSource : DataflowInput::Kind::kStream;
  input.relation = scan.relation->name;
  input.columns = scan.columns;
  for (const TimeColumn& time : scan.properties.times) {
    if (time.follows_watermark()) input.line = LineOf(time.sources, time.nanos_per_unit);
  }
  for (size_t i = 0; i < spec_.inputs.size(); ++i) {
    if (spec_.inputs[i].relation == input.relation && spec_.inputs[i].columns == input.columns) {
      return {.from = ~static_cast<int>(i)};
    }
  }
  input.label = Describe(scan);
  if (!scan.properties.append_only) input.label += "\nretracts: " + scan.properties.retracts_because;
  spec_.inputs.push_back(std::move(input));
  return {.from = ~(static_cast<int>(spec_.inputs.size()) - 1)};
}

DataflowEdge GraphBuilder::BuildFileScan(const LogicalFileScan& scan) {
  DataflowInput input;
  input.kind = DataflowInput::Kind::kFile;
  input.columns = scan.columns;
  input.label = Describe(scan);
  input.files = scan.files;
  spec_.inputs.push_back(std::move(input));
  return {.from = ~(static_cast<int>(spec_.inputs.size()) - 1)};
}

DataflowEdge GraphBuilder::BuildValues(const LogicalValues& values) {
  RowBatchBuilder builder(TypesOf(values.schema));
  for (const std::vector<Value>& row : values.rows) {
    for (size_t column = 0; column < row.size(); ++column) builder.SetValue(static_cast<int>(column), row[column]);
    builder.FinishRow();
  }
  return AddNode(std::make_unique<Values>(builder.Finish()), {}, values);
}

DataflowEdge GraphBuilder::AddNode(std::unique_ptr<Operator> op, std::vector<DataflowEdge> inputs, std::string label,
                                   bool append_only, int line) {
  DataflowNode node;
  node.op = std::move(op);
  node.inputs = std::move(inputs);
  node.label = std::move(label);
  node.append_only = append_only;
  node.line = line;
  spec_.nodes.push_back(std::move(node));
  return {.from = static_cast<int>(spec_.nodes.size()) - 1};
}

DataflowEdge GraphBuilder::AddNode(std::unique_ptr<Operator> op, std::vector<DataflowEdge> inputs,
                                   const LogicalNode& node) {
  return AddNode(std::move(op), std::move(inputs), Describe(node), node.properties.append_only);
}

int GraphBuilder::LineOf(const std::vector<std::string>& sources, int64_t nanos_per_unit) {
  if (sources.empty()) return -1;
  DataflowLine line{sources, nanos_per_unit};
  const auto found = std::ranges::find(spec_.lines, line);
  if (found != spec_.lines.end()) return static_cast<int>(found - spec_.lines.begin());
  spec_.lines.push_back(std::move(line));
  return static_cast<int>(spec_.lines.size()) - 1;
}

}  // namespace laminar
