#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "planner/explain/explain.h"

namespace laminar {

namespace {

/// The first line is the title, the others are notes.
void SetLabel(std::string_view label, PlanGraph::Node& node) {
  for (bool first = true; !label.empty(); first = false) {
    const size_t end = std::min(label.find('\n'), label.size());
    std::string line(label.substr(0, end));
    if (first) {
      node.title = std::move(line);
    } else {
      node.notes.push_back(std::move(line));
    }
    label.remove_prefix(std::min(end + 1, label.size()));
  }
}

bool IsPartition(const DataflowNode& node) {
  return std::ranges::any_of(node.inputs, [](const DataflowEdge& edge) { return edge.partition >= 0; });
}

}  // namespace

std::string_view PlanGraph::Node::kind() const { return std::string_view(title).substr(0, title.find(' ')); }

std::string_view PlanGraph::Node::detail() const {
  const size_t space = title.find(' ');
  return space == std::string::npos ? std::string_view() : std::string_view(title).substr(space + 1);
}

PlanGraph MakePlanGraph(const Explained& explained) {
  const DataflowSpec& spec = explained.dataflow;
  PlanGraph graph;
  for (size_t i = 0; i < spec.inputs.size(); ++i) {
    PlanGraph::Node& node = graph.nodes.emplace_back();
    SetLabel(spec.inputs[i].label, node);
    node.is_input = true;
    node.append_only =
        std::ranges::none_of(node.notes, [](const std::string& note) { return note.starts_with("retracts:"); });
    if (explained.facts != nullptr) node.facts.rows_out = explained.facts->input_rows[i];
  }
  // Where each node of the dataflow is shown. The partitions of an operator read the same exchanges.
  std::vector<int> shown;
  std::map<std::vector<int>, int> partitioned;
  for (size_t i = 0; i < spec.nodes.size(); ++i) {
    std::vector<int> inputs;
    for (const DataflowEdge& edge : spec.nodes[i].inputs) {
      const int from = edge.from < 0 ? ~edge.from : shown[static_cast<size_t>(edge.from)];
      // A union over partitions reads one operator as it is shown.
      const bool partition = edge.from >= 0 && IsPartition(spec.nodes[static_cast<size_t>(edge.from)]);
      if (!partition || std::ranges::find(inputs, from) == inputs.end()) inputs.push_back(from);
    }
    int at = static_cast<int>(graph.nodes.size());
    if (IsPartition(spec.nodes[i])) at = partitioned.try_emplace(inputs, at).first->second;
    shown.push_back(at);
    if (static_cast<size_t>(at) < graph.nodes.size()) {
      ++graph.nodes[static_cast<size_t>(at)].partitions;
    } else {
      PlanGraph::Node& node = graph.nodes.emplace_back();
      SetLabel(spec.nodes[i].label, node);
      node.inputs = std::move(inputs);
      node.append_only = spec.nodes[i].append_only;
    }
    if (explained.facts != nullptr) graph.nodes[static_cast<size_t>(at)].facts += explained.facts->operators[i];
  }
  return graph;
}

std::string FactsText(const PlanGraph::Node& node) {
  const OperatorFacts& facts = node.facts;
  const auto rows = [](int64_t count) { return fmt::format("{} row{}", count, count == 1 ? "" : "s"); };
  if (node.is_input) return rows(facts.rows_out);
  std::string text = fmt::format("{} in, {} out", rows(facts.rows_in), facts.rows_out);
  if (facts.nanos != 0) text += fmt::format(", {:.3f} ms", static_cast<double>(facts.nanos) / 1e6);
  if (facts.state_rows != 0 || facts.state_bytes != 0) {
    text += fmt::format(", {} of state in {} bytes", rows(facts.state_rows), facts.state_bytes);
  }
  return text;
}

}  // namespace laminar
