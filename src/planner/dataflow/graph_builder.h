// The dataflow as it grows: nodes, shared inputs and shared watermark lines.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exec/dataflow_spec.h"
#include "planner/dataflow/dataflow_builder.h"
#include "planner/logical_plan.h"

namespace laminar {

/// Builds inputs before what reads them, so nodes come out in topological order.
class GraphBuilder {
 public:
  explicit GraphBuilder(const BuildOptions& options) : options_(options) {}

  /// The edge that carries the rows of `node`.
  DataflowEdge Build(const LogicalNode& node);
  DataflowSpec Finish(DataflowEdge result, const LogicalNode& plan);

 private:
  DataflowEdge BuildScan(const LogicalScan& scan);
  DataflowEdge BuildFileScan(const LogicalFileScan& scan);
  DataflowEdge BuildValues(const LogicalValues& values);

  // lower_aggregate.cpp
  struct LoweredInput {
    DataflowEdge edge;
    std::vector<int> columns;     // where each of the expressions asked for lies
    std::vector<DataType> types;  // of all columns
  };
  DataflowEdge BuildAggregate(const LogicalAggregate& aggregate);
  LoweredInput BuildInput(const LogicalNode& input, const std::vector<ExpressionPtr>& expressions);
  static bool ComputesBelow(const LogicalWindowAssign& assign, const std::vector<ExpressionPtr>& expressions);
  LoweredInput BuildBelowWindows(const LogicalWindowAssign& assign, const std::vector<ExpressionPtr>& expressions);

  DataflowEdge AddNode(std::unique_ptr<Operator> op, std::vector<DataflowEdge> inputs, std::string label,
                       bool append_only, int line = -1);
  /// A node for `node` with its own description.
  DataflowEdge AddNode(std::unique_ptr<Operator> op, std::vector<DataflowEdge> inputs, const LogicalNode& node);
  /// Index of the line of these sources in that unit; -1 for none.
  int LineOf(const std::vector<std::string>& sources, int64_t nanos_per_unit);

  BuildOptions options_;
  DataflowSpec spec_;
};

std::vector<DataType> TypesOf(const Schema& schema);

}  // namespace laminar
