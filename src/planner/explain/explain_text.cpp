// The dataflow drawn as a tree, result first.
#include <fmt/format.h>

#include <utility>

#include "planner/explain/explain.h"

namespace laminar {

namespace {

class TreeWriter {
 public:
  TreeWriter(const PlanGraph& graph, bool with_facts)
      : graph_(graph), with_facts_(with_facts), written_(graph.nodes.size()) {}

  /// `first` precedes the node's own line, `rest` all lines below it.
  void Write(int at, const std::string& first, const std::string& rest) {
    const PlanGraph::Node& node = graph_.nodes[static_cast<size_t>(at)];
    text_ += first + node.title;
    // What several operators read is drawn where it is met first.
    const bool again = written_[static_cast<size_t>(at)] && !node.inputs.empty();
    text_ += again ? " (shared, drawn above)\n" : "\n";
    if (again) return;
    written_[static_cast<size_t>(at)] = true;
    for (const std::string& note : node.notes) text_ += rest + "   " + note + '\n';
    if (with_facts_) text_ += rest + "   ran: " + FactsText(node) + '\n';
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const bool last = i + 1 == node.inputs.size();
      Write(node.inputs[i], rest + (last ? "└─ " : "├─ "), rest + (last ? "   " : "│  "));
    }
  }
  std::string TakeText() { return std::move(text_); }

 private:
  const PlanGraph& graph_;
  const bool with_facts_;
  std::vector<bool> written_;
  std::string text_;
};

}  // namespace

Delivery Delivery::Of(const PlannedQuery& planned) {
  return {planned.append_only, planned.retracts_because, planned.on_window_close, planned.always_weight,
          planned.on_update};
}

Delivery Delivery::Of(const StreamEntry& stream) {
  return {stream.append_only, stream.retracts_because, stream.on_window_close, stream.always_weight, stream.on_update};
}

std::string DeliveryText(const Delivery& delivery) {
  if (delivery.on_window_close) return "append-only: each row once, when its window closes";
  const char* upserts = "; delivered: the new row of a key, or the key alone when it is gone";
  if (delivery.on_update) {
    return (delivery.append_only ? "append-only" : "retracting: " + delivery.retracts_because) + upserts;
  }
  if (delivery.append_only) return delivery.always_weight ? "append-only, delivered with __weight" : "append-only";
  return "retracting: " + delivery.retracts_because;
}

std::string ExplainAsText(const Explained& explained) {
  const PlanGraph graph = MakePlanGraph(explained);
  std::string text = "Result " + DeliveryText(explained.delivery) + '\n';
  TreeWriter writer(graph, explained.facts != nullptr);
  int result = static_cast<int>(graph.nodes.size()) - 1;
  const PlanGraph::Node& last = graph.nodes.back();
  // A dataflow without an operator of its own has one that hands its input on.
  if (last.title == "Result" && last.inputs.size() == 1) result = last.inputs[0];
  writer.Write(result, "└─ ", "   ");
  text += writer.TakeText();
  for (const std::string& warning : explained.warnings) text += "Warning: " + warning + '\n';
  return text;
}

std::string Explain(const Explained& explained, sql::ExplainFormat format) {
  switch (format) {
    case sql::ExplainFormat::kJson:
      return ExplainAsJson(explained);
    case sql::ExplainFormat::kMermaid:
      return ExplainAsMermaid(explained);
    case sql::ExplainFormat::kText:
      break;
  }
  return ExplainAsText(explained);
}

std::string Explain(const PlannedQuery& planned) {
  return ExplainAsText({planned.dataflow, Delivery::Of(planned), planned.warnings});
}

}  // namespace laminar
