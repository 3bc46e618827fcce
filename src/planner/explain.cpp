// EXPLAIN: the dataflow drawn as a tree, result first.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "planner/planner.h"

namespace laminar {

namespace {

class TreeWriter {
 public:
  explicit TreeWriter(const DataflowSpec& spec) : spec_(spec) {}

  /// `first` precedes the node's own line, `rest` all lines below it.
  void Write(const DataflowEdge& edge, const std::string& first, const std::string& rest) {
    const bool is_input = edge.from < 0;
    const std::string& label = is_input ? spec_.inputs[static_cast<size_t>(~edge.from)].label
                                        : spec_.nodes[static_cast<size_t>(edge.from)].label;
    WriteLabel(label, first, rest);
    if (is_input) return;
    const std::vector<DataflowEdge>& inputs = spec_.nodes[static_cast<size_t>(edge.from)].inputs;
    const size_t shown = ArePartitions(inputs) ? 1 : inputs.size();
    for (size_t i = 0; i < shown; ++i) {
      const bool last = i + 1 == shown;
      Write(inputs[i], rest + (last ? "└─ " : "├─ "), rest + (last ? "   " : "│  "));
    }
  }
  std::string TakeText() { return std::move(text_); }

 private:
  void WriteLabel(const std::string& label, const std::string& first, const std::string& rest) {
    size_t begin = 0;
    while (begin <= label.size()) {
      const size_t end = std::min(label.find('\n', begin), label.size());
      text_ += (begin == 0 ? first : rest + "   ") + label.substr(begin, end - begin) + '\n';
      begin = end + 1;
    }
  }

  /// Partitions of one exchange are the same operator: one stands for all.
  bool ArePartitions(const std::vector<DataflowEdge>& inputs) const {
    if (inputs.empty() || inputs[0].from < 0) return false;
    const std::vector<DataflowEdge>& below = spec_.nodes[static_cast<size_t>(inputs[0].from)].inputs;
    return !below.empty() && below[0].partition >= 0;
  }

  const DataflowSpec& spec_;
  std::string text_;
};

std::string DeliveryOf(const PlannedQuery& planned) {
  if (planned.on_window_close) return "append-only: each row once, when its window closes";
  if (planned.append_only) return planned.always_weight ? "append-only, delivered with __weight" : "append-only";
  return "retracting: " + planned.retracts_because;
}

}  // namespace

std::string Explain(const PlannedQuery& planned) {
  std::string text = "Result " + DeliveryOf(planned) + '\n';
  TreeWriter writer(planned.dataflow);
  writer.Write({.from = static_cast<int>(planned.dataflow.nodes.size()) - 1}, "└─ ", "   ");
  text += writer.TakeText();
  for (const std::string& warning : planned.warnings) text += "Warning: " + warning + '\n';
  return text;
}

}  // namespace laminar
