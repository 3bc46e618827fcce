#include "planner/dataflow/keep_contents.h"

#include <fmt/format.h>

#include <utility>

#include "exec/keep_rows.h"
#include "exec/window_aggregate.h"
#include "planner/dataflow/graph_builder.h"

namespace laminar {

namespace {

DataflowNode Keeping(std::vector<DataType> types, const Retention& retention, DataflowEdge from) {
  DataflowNode node;
  node.label = retention.bounded() ? fmt::format("append-only\nkeeps rows: {}", FormatRetention(retention))
                                   : "append-only\nkeeps rows: what is read forgets them";
  node.op = std::make_unique<KeepRows>(std::move(types), retention);
  node.inputs.push_back(from);
  return node;
}

/// What is looked at when the contents are read: the operators without state that lead down from the result, the first
/// ones with state below those, and inputs.
struct Reached {
  std::vector<bool> stateless, stateful, inputs;

  explicit Reached(const DataflowSpec& spec)
      : stateless(spec.nodes.size()), stateful(spec.nodes.size()), inputs(spec.inputs.size()) {
    std::vector<bool> seen(spec.nodes.size());
    seen.back() = true;
    for (size_t node = spec.nodes.size(); node-- > 0;) {
      if (!seen[node]) continue;
      (spec.nodes[node].op->stateless() ? stateless : stateful)[node] = true;
      if (!spec.nodes[node].op->stateless()) continue;
      for (const DataflowEdge& edge : spec.nodes[node].inputs) {
        if (edge.from >= 0) {
          seen[static_cast<size_t>(edge.from)] = true;
        } else {
          inputs[static_cast<size_t>(~edge.from)] = true;
        }
      }
    }
  }
};

void KeepAbove(const Retention& retention, DataflowSpec* spec) {
  const int result = static_cast<int>(spec->nodes.size()) - 1;
  spec->nodes.push_back(Keeping(TypesOf(spec->schema), retention, {.from = result}));
}

void KeepInputs(const std::vector<bool>& which, const std::function<std::vector<DataType>(const DataflowInput&)>& types,
                DataflowSpec* spec) {
  std::vector<DataflowNode> nodes;
  std::vector<int> kept(spec->inputs.size(), -1);
  for (size_t i = 0; i < which.size(); ++i) {
    if (!which[i]) continue;
    kept[i] = static_cast<int>(nodes.size());
    nodes.push_back(Keeping(types(spec->inputs[i]), {}, {.from = ~static_cast<int>(i)}));
  }
  const int more = static_cast<int>(nodes.size());
  for (DataflowNode& node : spec->nodes) {
    for (DataflowEdge& edge : node.inputs) {
      if (edge.from >= 0) {
        edge.from += more;
      } else if (const int above = kept[static_cast<size_t>(~edge.from)]; above >= 0) {
        edge.from = above;
      }
    }
    nodes.push_back(std::move(node));
  }
  spec->nodes = std::move(nodes);
}

}  // namespace

void KeepContents(const Retention& retention, const std::function<bool(const DataflowInput&)>& forgets,
                  const std::function<std::vector<DataType>(const DataflowInput&)>& types_of, DataflowSpec* spec) {
  const Reached reached(*spec);
  if (retention.bounded()) {
    for (size_t node = 0; node < spec->nodes.size(); ++node) {
      if (!reached.stateless[node] && !reached.stateful[node]) continue;
      auto* windows = dynamic_cast<WindowAggregate*>(spec->nodes[node].op.get());
      if (windows != nullptr) windows->KeepNoContents();
      // Others that would share it, or what meets partitions of it, ask for contents.
      spec->nodes[node].identity = nullptr;
    }
    return KeepAbove(retention, spec);
  }
  std::vector<bool> forgetting(spec->inputs.size());
  bool any = false;
  for (size_t i = 0; i < forgetting.size(); ++i) {
    forgetting[i] = reached.inputs[i] && forgets(spec->inputs[i]);
    any |= forgetting[i];
  }
  if (!any) return;
  spec->append_only ? KeepAbove({}, spec) : KeepInputs(forgetting, types_of, spec);
}

}  // namespace laminar
