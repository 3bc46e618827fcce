// The dataflow as it grows: nodes, shared inputs and shared watermark lines.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "exec/dataflow_spec.h"
#include "planner/dataflow/dataflow_builder.h"
#include "planner/logical_plan.h"

namespace laminar {

/// Builds inputs before what reads them, so nodes come out in topological order.
class GraphBuilder {
 public:
  explicit GraphBuilder(const BuildOptions& options) : options_(options) {}

  /// The edge that carries the rows of `node`. What keeps state and computes the same as another part of the plan is
  /// built once.
  DataflowEdge Build(const LogicalNode& node);
  DataflowSpec Finish(DataflowEdge result, const LogicalNode& plan);

 private:
  DataflowEdge BuildNew(const LogicalNode& node);
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

  // lower_join.cpp
  DataflowEdge BuildJoin(const LogicalJoin& join);
  DataflowEdge BuildJoinInput(const LogicalNode& input, const std::vector<ExpressionPtr>& keys, int first_column,
                              std::vector<int>* key_columns, std::vector<DataType>* types);
  DataflowEdge AddExchange(DataflowEdge input, const std::vector<int>& keys, const std::vector<DataType>& types,
                           const std::string& names, bool append_only);
  // lower_set_operation.cpp
  DataflowEdge BuildSetOperation(const LogicalSetOperation& node);
  // lower_top_n.cpp
  DataflowEdge BuildTopN(const LogicalTopN& top);

  DataflowEdge AddNode(std::unique_ptr<Operator> op, std::vector<DataflowEdge> inputs, std::string label,
                       bool append_only, int line = -1);
  /// A node for `node` with its own description.
  DataflowEdge AddNode(std::unique_ptr<Operator> op, std::vector<DataflowEdge> inputs, const LogicalNode& node);
  /// Index of the line of these sources in that unit; -1 for none.
  int LineOf(const std::vector<std::string>& sources, int64_t nanos_per_unit);

  struct Built {
    const LogicalNode* node;
    DataflowEdge edge;
  };
  BuildOptions options_;
  DataflowSpec spec_;
  std::unordered_multimap<size_t, Built> shared_;  // what keeps state, by ShapeOf
};

std::vector<DataType> TypesOf(const Schema& schema);

}  // namespace laminar
