// INTERSECT and EXCEPT to operators: both inputs split by the whole row where there are partitions.
#include <fmt/format.h>

#include <numeric>
#include <utility>

#include "exec/exchange.h"
#include "exec/set_operation.h"
#include "exec/union.h"
#include "planner/dataflow/graph_builder.h"

namespace laminar {

DataflowEdge GraphBuilder::BuildSetOperation(const LogicalSetOperation& node) {
  const bool append_only = node.properties.append_only;
  const std::vector<DataType> types = TypesOf(node.schema);
  std::string label = Describe(node);
  if (!options_.mode.once) {
    label += append_only ? "\nappend-only: a row that is in the result stays"
                         : "\nretracts: " + node.properties.retracts_because;
    label += "\nstate: two counts for each distinct row of the inputs, never dropped: unbounded";
  }
  std::vector<DataflowEdge> inputs{Build(*node.inputs[0]), Build(*node.inputs[1])};
  if (options_.partitions <= 1) {
    return AddNode(std::make_unique<SetOperation>(node.operation, node.all, append_only, types), std::move(inputs),
                   label, append_only);
  }
  std::vector<int> columns(types.size());
  std::iota(columns.begin(), columns.end(), 0);
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputs[i] = AddNode(std::make_unique<Exchange>(columns, types, options_.partitions), {inputs[i]},
                        fmt::format("Exchange whole rows to {} partitions", options_.partitions),
                        node.inputs[i]->properties.append_only);
  }
  std::vector<DataflowEdge> parts;
  for (int partition = 0; partition < options_.partitions; ++partition) {
    parts.push_back(AddNode(std::make_unique<SetOperation>(node.operation, node.all, append_only, types),
                            {{inputs[0].from, partition}, {inputs[1].from, partition}}, label, append_only));
  }
  return AddNode(std::make_unique<Union>(), std::move(parts), "Gather partitions", append_only);
}

}  // namespace laminar
