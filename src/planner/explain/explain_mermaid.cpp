// The plan as a Mermaid flowchart: rows flow downwards into the result.
#include <fmt/format.h>

#include "planner/explain/explain.h"

namespace laminar {

namespace {

/// Inside a quoted label, where Mermaid reads entities written with a hash and HTML for line breaks.
std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "#quot;";
        break;
      case '#':
        out += "#35;";
        break;
      case '&':
        out += "#amp;";
        break;
      case '<':
        out += "#lt;";
        break;
      case '>':
        out += "#gt;";
        break;
      case '`':
        out += "#96;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

}  // namespace

std::string ExplainAsMermaid(const Explained& explained) {
  const PlanGraph graph = MakePlanGraph(explained);
  std::string text = "flowchart TD\n";
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const PlanGraph::Node& node = graph.nodes[i];
    std::string label = Escaped(node.title);
    if (node.partitions > 1) label += fmt::format(" (× {})", node.partitions);
    for (const std::string& note : node.notes) label += "<br/>" + Escaped(note);
    if (explained.facts != nullptr) label += "<br/>ran: " + Escaped(FactsText(node));
    // Relations are drawn as cylinders, operators as boxes.
    text += node.is_input ? fmt::format("  n{}[(\"{}\")]\n", i, label) : fmt::format("  n{}[\"{}\"]\n", i, label);
  }
  text += fmt::format("  result([\"Result {}\"])\n", Escaped(DeliveryText(explained.delivery)));
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const int input : graph.nodes[i].inputs) text += fmt::format("  n{} --> n{}\n", input, i);
  }
  return text + fmt::format("  n{} --> result\n", graph.nodes.size() - 1);
}

}  // namespace laminar
