// Bags of rows kept in order, many of them in one pool, with a position for every row: what top-N goes by.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/cell_order.h"
#include "common/sort_order.h"
#include "state/group_table.h"

namespace laminar {

/// Rows in a GroupTable whose key is the whole row, linked into treaps; a bag is named by the slot of its root, which
/// the caller keeps. Subtrees know their weight, so that a row's position and the row at a position are found in
/// expected O(log n). The links stand in the rows themselves: a pin of the table's chunks holds the bags as they were.
///
/// Bags that are known to stay small are sorted arrays instead, so that a change looks at a few lines of memory that
/// lie together; such a bag is named by the slot of its array.
///
/// Order: the sort keys, then the remaining columns from left to right, ascending, NULLs last. So two rows stand at the
/// same place exactly when they are equal, and are then one row with a weight.
///
/// A row made by FindOrInsert is in no bag until it is added to one; one whose weight came to 0 is in none again, and
/// stays in the table until it is erased there. `Node::prefix` is written by the owner before the first Add.
///
/// Single-threaded. Whoever holds a pin reads through VisitPositions.
class OrderedRows {
 public:
  static constexpr uint32_t kEmpty = ChunkList::kNoSlot;

  /// Behind the cells of each row.
  struct Node {
    uint64_t prefix;  // of PrefixesOf
    uint32_t left;    // of a row that is in a bag
    uint32_t right;
    uint32_t bag;  // the owner's: which bag the row belongs to
    uint32_t unused;
    int64_t weight;   // in the bag; 0: not in it
    int64_t sum;      // of the weights of the subtree
    int64_t pending;  // the owner's
  };

  /// Bags of at most this weight are kept in arrays.
  static constexpr int64_t kArrayWeight = 16;

  /// `bound`: no bag weighs more, but for the time between an Add and the removal of what is too much; and no Add
  /// brings more than that.
  OrderedRows(std::vector<DataType> types, const std::vector<SortKey>& order, int64_t bound);

  GroupTable& table() { return table_; }
  const GroupTable& table() const { return table_; }
  Node& At(uint32_t slot) { return *reinterpret_cast<Node*>(table_.Row(slot) + node_offset_); }
  const Node& At(uint32_t slot) const { return *reinterpret_cast<const Node*>(table_.Row(slot) + node_offset_); }

  /// A word for each row of the range: a lesser one means that the row comes earlier, equal ones say nothing.
  void PrefixesOf(std::span<const Column> columns, const RowRange& range, uint64_t* prefixes) const;
  /// Negative when the row in slot `a` comes before that in slot `b`, 0 when they are one.
  int Compare(uint32_t a, uint32_t b) const;

  /// Changes the weight of a row in a bag, which must not become negative; `*root` may change.
  void Add(uint32_t* root, uint32_t slot, int64_t weight);
  int64_t TotalOf(uint32_t root) const {
    if (root == kEmpty) return 0;
    return in_arrays() ? ArrayAt(root).total : At(root).sum;
  }
  /// The weight of all rows of the bag before a row, which need not be in it.
  int64_t Before(uint32_t root, uint32_t slot) const;
  /// The last row of a bag that is not empty.
  uint32_t Last(uint32_t root) const;
  /// Makes a row writable, after which addresses are to be taken anew.
  void Touch(uint32_t slot) {
    table_.chunks().PrepareWrite({&slot, 1});
    table_.chunks().MarkDirty(slot);
  }

  /// Calls visit(slot, weight) for the rows at positions (from, to] of a bag, in order, each with the part of its
  /// weight that lies there. `visit` must not change the bag. For readers of a pin: `row_of(slot)` is where a row
  /// stands.
  template <typename Visit>
  void VisitPositions(uint32_t root, int64_t from, int64_t to, Visit&& visit) const {
    if (in_arrays()) {
      if (root != kEmpty) VisitArray(ArrayAt(root), from, to, visit);
      return;
    }
    VisitPositions([this](uint32_t slot) { return table_.Row(slot); }, node_offset_, root, 0, from, to, visit);
  }
  template <typename RowOf, typename Visit>
  static void VisitPositions(const RowOf& row_of, uint32_t node_offset, uint32_t root, int64_t base, int64_t from,
                             int64_t to, Visit&& visit) {
    if (root == kEmpty || base >= to) return;
    const Node& node = *reinterpret_cast<const Node*>(row_of(root) + node_offset);
    if (base + node.sum <= from) return;
    const uint32_t right = node.right;
    const int64_t end = base + node.sum;
    int64_t begin = base;
    if (node.left != kEmpty) {
      VisitPositions(row_of, node_offset, node.left, base, from, to, visit);
      begin += reinterpret_cast<const Node*>(row_of(node.left) + node_offset)->sum;
    }
    const int64_t own = std::min(begin + node.weight, to) - std::max(begin, from);
    if (own > 0) visit(root, own);
    if (right == kEmpty) return;
    VisitPositions(row_of, node_offset, right, end - reinterpret_cast<const Node*>(row_of(right) + node_offset)->sum,
                   from, to, visit);
  }
  uint32_t node_offset() const { return node_offset_; }

  // Bags in arrays.
  struct Entry {
    uint64_t prefix;
    uint32_t slot;
    uint32_t weight;
  };
  struct Array {  // followed by its entries, in order
    uint32_t count;
    uint32_t unused;
    int64_t total;

    Entry* entries() { return reinterpret_cast<Entry*>(this + 1); }
    const Entry* entries() const { return reinterpret_cast<const Entry*>(this + 1); }
  };
  bool in_arrays() const { return array_width_ != 0; }
  ChunkList& arrays() { return arrays_; }
  uint32_t array_width() const { return array_width_; }
  /// Fetches a bag ahead of its use.
  void Prefetch(uint32_t root) const {
    if (!in_arrays() || root == kEmpty) return;
    const uint8_t* array = arrays_.Row(0, root);
    for (uint32_t at = 0; at < array_width_; at += 64) __builtin_prefetch(array + at, 1);
  }
  template <typename Visit>
  static void VisitArray(const Array& array, int64_t from, int64_t to, Visit&& visit) {
    int64_t begin = 0;
    for (uint32_t i = 0; i < array.count && begin < to; ++i) {
      const Entry& entry = array.entries()[i];
      const int64_t end = begin + entry.weight;
      const int64_t own = std::min(end, to) - std::max(begin, from);
      if (own > 0) visit(entry.slot, own);
      begin = end;
    }
  }
  size_t memory_bytes() const { return table_.memory_bytes() + (in_arrays() ? arrays_.memory_bytes() : 0); }

 private:
  struct Comparison {
    CellComparison compare;
    uint32_t cell;
    uint32_t null;
    bool descending;
    bool nulls_first;
  };
  uint32_t Insert(uint32_t tree, uint32_t slot);
  void Split(uint32_t tree, uint32_t slot, uint32_t* left, uint32_t* right);
  uint32_t Merge(uint32_t left, uint32_t right);
  void Sum(uint32_t slot);

  // ordered_arrays.cpp
  Array& ArrayAt(uint32_t root) { return *reinterpret_cast<Array*>(arrays_.Row(0, root)); }
  const Array& ArrayAt(uint32_t root) const { return *reinterpret_cast<const Array*>(arrays_.Row(0, root)); }
  void AddToArray(uint32_t* root, uint32_t slot, int64_t weight);
  /// The first entry that the row does not come behind.
  uint32_t PlaceIn(const Array& array, uint32_t slot) const;
  int64_t BeforeInArray(uint32_t root, uint32_t slot) const;

  std::vector<DataType> types_;
  std::vector<SortKey> order_;
  std::vector<Comparison> comparisons_;
  GroupTable table_;
  uint32_t node_offset_;
  uint32_t array_width_;  // bytes; 0: bags are treaps
  ChunkList arrays_;
};

}  // namespace laminar
