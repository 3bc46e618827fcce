// The plan as one JSON document: a flat list of nodes, so that what several operators read is there once.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "planner/explain/explain.h"

namespace laminar {

namespace {

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string QuotedList(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const std::string& text : texts) quoted.push_back(Quoted(text));
  return fmt::format("[{}]", fmt::join(quoted, ", "));
}

std::string Columns(const Schema& schema) {
  std::vector<std::string> columns;
  for (const Field& field : schema.fields()) {
    columns.push_back(fmt::format(R"({{"name": {}, "type": {}, "nullable": {}}})", Quoted(field.name),
                                  Quoted(field.type.ToString()), field.nullable));
  }
  return fmt::format("[{}]", fmt::join(columns, ", "));
}

std::string ResultText(const Delivery& delivery, const Schema& schema) {
  return fmt::format(
      R"({{"append_only": {}, "retracts_because": {}, "on_window_close": {}, "always_weight": {}, "columns": {}}})",
      delivery.append_only, delivery.append_only ? "null" : Quoted(delivery.retracts_because), delivery.on_window_close,
      delivery.always_weight, Columns(schema));
}

std::string FactsObject(const PlanGraph::Node& node) {
  const OperatorFacts& facts = node.facts;
  if (node.is_input) return fmt::format(R"({{"rows_out": {}}})", facts.rows_out);
  return fmt::format(R"({{"rows_in": {}, "rows_out": {}, "time_ms": {}, "state_rows": {}, "state_bytes": {}}})",
                     facts.rows_in, facts.rows_out,
                     // Small deltas are sampled: it may be that no call has been timed.
                     facts.nanos == 0 ? "null" : fmt::format("{:.6f}", static_cast<double>(facts.nanos) / 1e6),
                     facts.state_rows, facts.state_bytes);
}

std::string NodeText(size_t id, const PlanGraph::Node& node, bool with_facts) {
  std::string text = fmt::format(
      R"({{"id": {}, "operator": {}, "detail": {}, "append_only": {}, "partitions": {}, "notes": {}, "inputs": [{}])",
      id, Quoted(node.kind()), Quoted(node.detail()), node.append_only, node.partitions, QuotedList(node.notes),
      fmt::join(node.inputs, ", "));
  if (with_facts) text += ", \"analyze\": " + FactsObject(node);
  return text + '}';
}

}  // namespace

std::string ExplainAsJson(const Explained& explained) {
  const PlanGraph graph = MakePlanGraph(explained);
  std::vector<std::string> nodes;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    nodes.push_back("    " + NodeText(i, graph.nodes[i], explained.facts != nullptr));
  }
  return fmt::format("{{\n  \"result\": {},\n  \"nodes\": [\n{}\n  ],\n  \"warnings\": {}\n}}\n",
                     ResultText(explained.delivery, explained.dataflow.schema), fmt::join(nodes, ",\n"),
                     QuotedList(explained.warnings));
}

}  // namespace laminar
