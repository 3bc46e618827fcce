#include "engine/shared_nodes.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/stream.h"
#include "exec/node_identity.h"

namespace laminar {

namespace {

bool ReadSame(const Stream& a, const Stream& b) {
  const auto same_binding = [](const Stream::Binding& x, const Stream::Binding& y) {
    return x.source == y.source && x.stream == y.stream && x.from == y.from;
  };
  const auto same_columns = [](const DataflowInput& x, const DataflowInput& y) { return x.columns == y.columns; };
  return std::ranges::equal(a.bindings, b.bindings, same_binding) &&
         std::ranges::equal(a.dataflow().spec().inputs, b.dataflow().spec().inputs, same_columns);
}

/// Lines that something follows. Their numbers are those of the plan that a node was cut from.
std::vector<std::vector<LineSource>> LinesOf(const Stream& stream) {
  std::vector<std::vector<LineSource>> lines;
  std::ranges::copy_if(stream.line_sources, std::back_inserter(lines), [](const auto& line) { return !line.empty(); });
  return lines;
}

}  // namespace

std::shared_ptr<Stream> SharedNodes::Find(const Stream& node) const {
  const NodeIdentity& identity = *node.identity();
  const auto [begin, end] = nodes_.equal_range(identity.hash());
  for (auto at = begin; at != end; ++at) {
    const Stream& other = *at->second;
    if (ReadSame(node, other) && std::ranges::is_permutation(LinesOf(node), LinesOf(other)) &&
        identity.Equals(*other.identity())) {
      return at->second;
    }
  }
  return nullptr;
}

void SharedNodes::Add(std::shared_ptr<Stream> node) {
  const size_t hash = node->identity()->hash();
  nodes_.emplace(hash, std::move(node));
}

void SharedNodes::Remove(const Stream& node) {
  const auto [begin, end] = nodes_.equal_range(node.identity()->hash());
  const auto found = std::find_if(begin, end, [&](const auto& entry) { return entry.second.get() == &node; });
  if (found != end) nodes_.erase(found);
}

}  // namespace laminar
