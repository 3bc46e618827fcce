#include "state/ordered_rows.h"

#include <algorithm>
#include <limits>

#include "common/hash.h"

namespace laminar {

namespace {

/// Priorities need only be unrelated to the order of the rows, and a slot keeps its own: they need no room.
uint64_t PriorityOf(uint32_t slot) { return HashWord(slot); }

}  // namespace

OrderedRows::OrderedRows(std::vector<DataType> types, const std::vector<SortKey>& order, int64_t bound)
    : types_(std::move(types)),
      order_(order),
      table_(std::make_shared<GroupLayout>(types_, static_cast<uint32_t>(sizeof(Node)))),
      node_offset_(table_.layout().payload_offset()),
      array_width_(bound <= kArrayWeight
                       ? static_cast<uint32_t>(sizeof(Array) + (static_cast<size_t>(bound) + 1) * sizeof(Entry))
                       : 0),
      arrays_(std::vector<BlockLayout>{{array_width_}}) {
  std::vector<bool> used(types_.size(), false);
  const auto add = [&](const SortKey& key) {
    const auto column = static_cast<size_t>(key.column);
    if (used[column]) return;
    used[column] = true;
    comparisons_.push_back({CellComparisonOf(types_[column].physical()), table_.layout().cell_offset(key.column),
                            table_.layout().null_offset(key.column), key.descending, key.nulls_first});
  };
  for (const SortKey& key : order_) add(key);
  for (size_t column = 0; column < types_.size(); ++column) add({static_cast<int>(column), false, false});
}

void OrderedRows::PrefixesOf(std::span<const Column> columns, const RowRange& range, uint64_t* prefixes) const {
  if (order_.empty()) {
    std::fill_n(prefixes, range.count, 0);
    return;
  }
  const SortKey& key = order_[0];
  const Column& column = columns[static_cast<size_t>(key.column)];
  // The outermost words are for NULLs; values that have them share their neighbours'.
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  const uint64_t flip = key.descending ? kMost : 0;
  const uint64_t least = key.nulls_first ? 1 : 0;
  const uint64_t most = key.nulls_first ? kMost : kMost - 1;
  VisitCellType(types_[static_cast<size_t>(key.column)].physical(), [&](auto sample) {
    using T = decltype(sample);
    const T* values = column.data<T>();
    if (range.selection == nullptr) {
      const T* from = values + range.first;
      for (uint32_t i = 0; i < range.count; ++i) {
        prefixes[i] = std::clamp(OrderWord(from[i]) ^ flip, least, most);
      }
    } else {
      for (uint32_t i = 0; i < range.count; ++i) {
        prefixes[i] = std::clamp(OrderWord(values[range.selection[i]]) ^ flip, least, most);
      }
    }
  });
  if (column.validity == nullptr) return;
  for (uint32_t i = 0; i < range.count; ++i) {
    if (!column.IsValid(range.At(i))) prefixes[i] = key.nulls_first ? 0 : kMost;
  }
}

int OrderedRows::Compare(uint32_t a, uint32_t b) const {
  const uint64_t x = At(a).prefix;
  const uint64_t y = At(b).prefix;
  if (x != y) return x < y ? -1 : 1;
  const uint8_t* left = table_.Row(a);
  const uint8_t* right = table_.Row(b);
  for (const Comparison& comparison : comparisons_) {
    const bool left_null = left[comparison.null] != 0;
    const bool right_null = right[comparison.null] != 0;
    if (left_null || right_null) {
      if (left_null == right_null) continue;
      return left_null == comparison.nulls_first ? -1 : 1;
    }
    const int order = comparison.compare(left + comparison.cell, right + comparison.cell);
    if (order != 0) return comparison.descending ? -order : order;
  }
  return 0;
}

void OrderedRows::Sum(uint32_t slot) {
  Node& node = At(slot);
  node.sum = node.weight + TotalOf(node.left) + TotalOf(node.right);
}

void OrderedRows::Add(uint32_t* root, uint32_t slot, int64_t weight) {
  Touch(slot);
  if (in_arrays()) return AddToArray(root, slot, weight);
  if (At(slot).weight == 0) {
    Node& node = At(slot);
    node.left = node.right = kEmpty;
    node.weight = node.sum = weight;
    *root = Insert(*root, slot);
    return;
  }
  uint32_t parent = kEmpty;
  uint32_t at = *root;
  while (at != slot) {
    Touch(at);
    At(at).sum += weight;
    parent = at;
    at = Compare(slot, at) < 0 ? At(at).left : At(at).right;
  }
  At(slot).weight += weight;
  At(slot).sum += weight;
  if (At(slot).weight != 0) return;
  const uint32_t rest = Merge(At(slot).left, At(slot).right);
  if (parent == kEmpty) {
    *root = rest;
  } else {
    (At(parent).left == slot ? At(parent).left : At(parent).right) = rest;
  }
}

uint32_t OrderedRows::Insert(uint32_t tree, uint32_t slot) {
  if (tree == kEmpty) return slot;
  if (PriorityOf(tree) < PriorityOf(slot)) {
    uint32_t left;
    uint32_t right;
    Split(tree, slot, &left, &right);
    At(slot).left = left;
    At(slot).right = right;
    Sum(slot);
    return slot;
  }
  Touch(tree);
  if (Compare(slot, tree) < 0) {
    const uint32_t child = Insert(At(tree).left, slot);
    At(tree).left = child;
  } else {
    const uint32_t child = Insert(At(tree).right, slot);
    At(tree).right = child;
  }
  Sum(tree);
  return tree;
}

void OrderedRows::Split(uint32_t tree, uint32_t slot, uint32_t* left, uint32_t* right) {
  if (tree == kEmpty) {
    *left = *right = kEmpty;
    return;
  }
  Touch(tree);
  uint32_t inner;
  if (Compare(slot, tree) < 0) {
    Split(At(tree).left, slot, left, &inner);
    At(tree).left = inner;
    *right = tree;
  } else {
    Split(At(tree).right, slot, &inner, right);
    At(tree).right = inner;
    *left = tree;
  }
  Sum(tree);
}

uint32_t OrderedRows::Merge(uint32_t left, uint32_t right) {
  if (left == kEmpty) return right;
  if (right == kEmpty) return left;
  if (PriorityOf(left) > PriorityOf(right)) {
    Touch(left);
    const uint32_t child = Merge(At(left).right, right);
    At(left).right = child;
    Sum(left);
    return left;
  }
  Touch(right);
  const uint32_t child = Merge(left, At(right).left);
  At(right).left = child;
  Sum(right);
  return right;
}

int64_t OrderedRows::Before(uint32_t root, uint32_t slot) const {
  if (in_arrays()) return BeforeInArray(root, slot);
  int64_t before = 0;
  for (uint32_t at = root; at != kEmpty;) {
    const Node& node = At(at);
    const int order = at == slot ? 0 : Compare(slot, at);
    if (order > 0) {
      before += node.weight + TotalOf(node.left);
      at = node.right;
    } else {
      if (order == 0) return before + TotalOf(node.left);
      at = node.left;
    }
  }
  return before;
}

uint32_t OrderedRows::Last(uint32_t root) const {
  if (in_arrays()) return ArrayAt(root).entries()[ArrayAt(root).count - 1].slot;
  while (At(root).right != kEmpty) root = At(root).right;
  return root;
}

}  // namespace laminar
