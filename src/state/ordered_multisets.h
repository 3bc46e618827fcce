// Many ordered multisets of values in one pool of nodes: what aggregates keep whose answer after a deletion is the next
// value.
#pragma once

#include <cstdint>

#include "common/cell_order.h"
#include "common/string_ref.h"
#include "common/type.h"
#include "state/chunk_list.h"

namespace laminar {

/// Treaps over slots of a chunk list; a multiset is named by the slot of its root, kept by the caller in a group's
/// accumulator. Nodes are trivially copyable, so checkpoint and spill copy rows. Expected O(log n) an operation.
///
/// Order: event time, then number of arrival, then the value in the order SQL compares it (NaN last, -0.0 equal to
/// 0.0). Weights of equal entries add up, and a node goes when its weight comes to 0; within a step a weight may be
/// negative, and such entries are not seen by First and Last.
///
/// Strings are kept in the arena of the group table the multisets belong to. Single-threaded; nothing here is pinned by
/// readers, who only look at accumulators.
class OrderedMultisets {
 public:
  static constexpr uint32_t kEmpty = ChunkList::kNoSlot;

  struct Position {
    int64_t event_time = 0;
    uint64_t number = 0;
  };

  /// `value` has at most 16 bytes, all of its positions 0 unless `positioned`. `arena` outlives this.
  OrderedMultisets(PhysicalType value, bool positioned, Arena* arena);

  /// Adds `weight` (not 0) of an entry; `*root` may change. A string is interned when its node is made and forgotten
  /// with it.
  void Add(uint32_t* root, const Position& position, const void* value, int64_t weight);
  /// The value cell of the first or last entry with a positive weight, or null. Good until the next Add or Release; the
  /// bytes of a string until the arena is cleared.
  const uint8_t* First(uint32_t root) const;
  const uint8_t* Last(uint32_t root) const;
  /// Adds every entry of another multiset of the same pool.
  void AddAll(uint32_t* root, uint32_t other);
  /// Frees all nodes.
  void Release(uint32_t* root);
  void Clear() { nodes_.Clear(); }
  /// Interns every string again; the arena has been cleared, and somebody still holds the old one.
  void Relocate();

  uint32_t node_count() const { return nodes_.live_count(); }
  size_t memory_bytes() const { return nodes_.memory_bytes(); }
  ChunkList& nodes() { return nodes_; }

 private:
  struct Node {  // followed by the value, and by a Position when positioned
    uint32_t left;
    uint32_t right;
    uint64_t priority;
    int64_t weight;
  };
  Node& At(uint32_t slot) { return *reinterpret_cast<Node*>(nodes_.Row(0, slot)); }
  const Node& At(uint32_t slot) const { return *reinterpret_cast<const Node*>(nodes_.Row(0, slot)); }
  const uint8_t* ValueOf(uint32_t slot) const { return nodes_.Row(0, slot) + sizeof(Node); }
  int Compare(const Position& position, const void* value, uint32_t slot) const;
  uint32_t MakeNode(const Position& position, const void* value, int64_t weight);
  void FreeNode(uint32_t slot);
  uint32_t Insert(uint32_t tree, uint32_t node, const Position& position, const void* value);
  void Split(uint32_t tree, const Position& position, const void* value, uint32_t* left, uint32_t* right);
  uint32_t Merge(uint32_t left, uint32_t right);
  void Touch(uint32_t slot);
  template <bool kFirst>
  const uint8_t* Outermost(uint32_t tree) const;

  CellComparison compare_;
  uint32_t cell_width_;   // bytes of a value
  uint32_t value_width_;  // room for it in a node, 8 or 16
  bool positioned_;
  bool strings_;
  Arena* arena_;
  ChunkList nodes_;
  uint64_t next_priority_ = 0;
};

}  // namespace laminar
