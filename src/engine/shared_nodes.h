// The nodes that dataflows share: streams without a name, each the result of one operator that keeps state.
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_map>

namespace laminar {

class Stream;

/// Which shared nodes are running, by what they compute and over what. Used under the step's lock.
///
/// A shared node is a stream as any other, that no catalog lists: steps run it once, and the streams above it read it.
/// It is referred to by those (its edges) and, while one of them is being filled, by whoever fills it (its holds); with
/// the last reference it goes, and its state with it (Engine::DropUnused).
class SharedNodes {
 public:
  /// The node that computes what `node`, whose inputs are bound, would: over the same sources and streams, not over
  /// others of their names, and with the same watermarks. Null when there is none.
  std::shared_ptr<Stream> Find(const Stream& node) const;
  void Add(std::shared_ptr<Stream> node);
  /// Nobody finds it any more. It may be that nobody did.
  void Remove(const Stream& node);
  size_t size() const { return nodes_.size(); }

 private:
  std::unordered_multimap<size_t, std::shared_ptr<Stream>> nodes_;  // by NodeIdentity::hash
};

}  // namespace laminar
