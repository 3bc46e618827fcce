// What flows where, for people to look at.
#include <fmt/format.h>

#include <algorithm>

#include "main/database.h"
#include "main/result_rep.h"

namespace laminar {

namespace {

/// Inside a quoted label of Mermaid, which reads entities written with a hash.
std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"') {
      out += "#quot;";
    } else if (c == '#') {
      out += "#35;";
    } else if (c == '<') {
      out += "#lt;";
    } else if (c == '>') {
      out += "#gt;";
    } else {
      out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

/// A table is where rows come from, as a source is.
std::string NodeType(const CatalogEntry& entry) {
  return entry.is_stream() ? "stream" : entry.is_sink() ? "sink" : "source";
}

}  // namespace

Topology Database::ReadTopology() {
  Topology topology;
  std::shared_lock catalog(catalog_mutex_);
  for (const CatalogEntry* entry : catalog_.All()) {
    if (entry->is_view()) continue;
    const bool stream = entry->is_stream();
    topology.nodes.push_back({entry->name, NodeType(*entry), ResultSchema(MakeSchemaRep(entry->schema, false)),
                              stream ? static_cast<const StreamEntry*>(entry)->query_sql : ""});
    for (const std::string& read : entry->reads) {
      // What a view reads is in the list as well.
      const CatalogEntry* from = catalog_.Find(read);
      if (from != nullptr && !from->is_view()) topology.edges.push_back({from->name, entry->name});
    }
  }
  return topology;
}

std::string Topology::ToMermaid() const {
  std::string text = "flowchart LR\n";
  const auto id = [&](const std::string& name) { return std::ranges::find(nodes, name, &Node::name) - nodes.begin(); };
  for (const Node& node : nodes) {
    const auto shape = node.type == "source" ? std::pair("[(", ")]")
                       : node.type == "sink" ? std::pair("([", "])")
                                             : std::pair("[", "]");
    text += fmt::format("  n{}{}\"{}\"{}\n", id(node.name), shape.first, Escaped(node.name), shape.second);
  }
  for (const Edge& edge : edges) text += fmt::format("  n{} --> n{}\n", id(edge.from), id(edge.to));
  return text;
}

}  // namespace laminar
