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
/// Order: sort key in byte order, then event time, then number of arrival, then the value in the order SQL compares it
/// (NaN last, -0.0 equal to 0.0). Weights of equal entries add up, and a node goes when its weight comes to 0; within a
/// step a weight may be negative, and such entries are not seen by First and Last. At and MostFrequent are asked when
/// no weight is negative.
///
/// Strings and keys are kept in the arena of the group table the multisets belong to. Single-threaded; nothing here is
/// pinned by readers, who only look at accumulators.
class OrderedMultisets {
 public:
  static constexpr uint32_t kEmpty = ChunkList::kNoSlot;

  struct Position {
    int64_t event_time = 0;
    uint64_t number = 0;
    StringRef key;
  };
  /// What every node knows of the tree under it.
  enum class Summary : uint8_t {
    kNothing,
    kTotalWeight,     // then At finds the entry of a rank
    kGreatestWeight,  // then MostFrequent finds the entry that weighs most
  };
  struct Form {
    bool positioned = false;  // otherwise event times and numbers are 0
    bool keyed = false;       // otherwise keys are empty
    Summary summary = Summary::kNothing;
  };

  /// `value` has at most 16 bytes. `arena` outlives this.
  OrderedMultisets(PhysicalType value, Form form, Arena* arena);

  /// Adds `weight` (not 0) of an entry; `*root` may change. A string is interned when its node is made and forgotten
  /// with it.
  void Add(uint32_t* root, const Position& position, const void* value, int64_t weight);
  /// The value cell of the first or last entry with a positive weight, or null. Good until the next Add or Release; the
  /// bytes of a string until the arena is cleared.
  const uint8_t* First(uint32_t root) const;
  const uint8_t* Last(uint32_t root) const;
  /// Sum of all weights; needs kTotalWeight.
  int64_t TotalWeight(uint32_t root) const { return SummaryOf(root); }
  /// The entry at `rank` from 0 when each stands there as often as it weighs, or null past the end; needs kTotalWeight.
  const uint8_t* At(uint32_t root, int64_t rank) const;
  /// The first of those that weigh most, or null; needs kGreatestWeight.
  const uint8_t* MostFrequent(uint32_t root) const;
  /// Calls visit(value cell, weight) for every entry, in order.
  template <typename Visit>
  void ForEach(uint32_t root, Visit&& visit) const {
    if (root == kEmpty) return;
    ForEach(NodeAt(root).left, visit);
    visit(ValueOf(root), NodeAt(root).weight);
    ForEach(NodeAt(root).right, visit);
  }
  /// Adds every entry of another multiset of the same pool.
  void AddAll(uint32_t* root, uint32_t other);
  /// Frees all nodes.
  void Release(uint32_t* root);
  void Clear() { nodes_.Clear(); }
  /// Interns every string again; the arena has been cleared, and somebody still holds the old one.
  void Relocate();

  // See state/store.h; Relocate restores.
  void SaveRest(ImageWriter& out) const { out.Put(next_priority_); }
  void LoadRest(ImageReader& in) { next_priority_ = in.Get<uint64_t>(); }

  uint32_t node_count() const { return nodes_.live_count(); }
  size_t memory_bytes() const { return nodes_.memory_bytes(); }
  ChunkList& nodes() { return nodes_; }

 private:
  struct Node {  // followed by the value, and where the form asks for them by position, key and summary
    uint32_t left;
    uint32_t right;
    uint64_t priority;
    int64_t weight;
  };
  Node& NodeAt(uint32_t slot) { return *reinterpret_cast<Node*>(nodes_.Row(0, slot)); }
  const Node& NodeAt(uint32_t slot) const { return *reinterpret_cast<const Node*>(nodes_.Row(0, slot)); }
  const uint8_t* ValueOf(uint32_t slot) const { return nodes_.Row(0, slot) + sizeof(Node); }
  StringRef& KeyOf(uint32_t slot) { return *reinterpret_cast<StringRef*>(nodes_.Row(0, slot) + key_offset_); }
  const StringRef& KeyOf(uint32_t slot) const {
    return *reinterpret_cast<const StringRef*>(nodes_.Row(0, slot) + key_offset_);
  }
  Position PositionOf(uint32_t slot) const;
  int64_t SummaryOf(uint32_t slot) const {
    return slot == kEmpty ? 0 : *reinterpret_cast<const int64_t*>(nodes_.Row(0, slot) + summary_offset_);
  }
  /// Works out the summary of a node from those of its children.
  void Summarize(uint32_t slot);
  /// Likewise for the nodes on the way to an entry, from below.
  void SummarizePath(uint32_t tree, const Position& position, const void* value);
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
  Form form_;
  uint32_t position_offset_;  // in a node
  uint32_t key_offset_;
  uint32_t summary_offset_;
  bool strings_;
  Arena* arena_;
  ChunkList nodes_;
  uint64_t next_priority_ = 0;
};

}  // namespace laminar
