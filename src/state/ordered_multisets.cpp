#include "state/ordered_multisets.h"

#include <algorithm>
#include <cstring>

#include "common/hash.h"

namespace laminar {

namespace {

constexpr uint32_t kStoredPosition = 16;  // without the key

int CompareKeys(const StringRef& a, const StringRef& b) { return Compare(a, b); }

}  // namespace

OrderedMultisets::OrderedMultisets(PhysicalType value, Form form, Arena* arena)
    : compare_(CellComparisonOf(value)),
      cell_width_(static_cast<uint32_t>(PhysicalWidth(value))),
      value_width_(cell_width_ <= 8 ? 8 : 16),
      form_(form),
      position_offset_(static_cast<uint32_t>(sizeof(Node)) + value_width_),
      key_offset_(position_offset_ + (form.positioned ? kStoredPosition : 0)),
      summary_offset_(key_offset_ + (form.keyed ? static_cast<uint32_t>(sizeof(StringRef)) : 0)),
      strings_(value == PhysicalType::kString),
      arena_(arena),
      nodes_(std::vector<BlockLayout>{{summary_offset_ + (form.summary != Summary::kNothing ? 8 : 0)}}) {}

OrderedMultisets::Position OrderedMultisets::PositionOf(uint32_t slot) const {
  Position position;
  if (form_.positioned)
    std::memcpy(static_cast<void*>(&position), nodes_.Row(0, slot) + position_offset_, kStoredPosition);
  if (form_.keyed) position.key = KeyOf(slot);
  return position;
}

int OrderedMultisets::Compare(const Position& position, const void* value, uint32_t slot) const {
  if (form_.keyed) {
    if (const int order = CompareKeys(position.key, KeyOf(slot)); order != 0) return order;
  }
  if (form_.positioned) {
    Position other;
    std::memcpy(static_cast<void*>(&other), nodes_.Row(0, slot) + position_offset_, kStoredPosition);
    if (position.event_time != other.event_time) return position.event_time < other.event_time ? -1 : 1;
    if (position.number != other.number) return position.number < other.number ? -1 : 1;
  }
  return compare_(value, ValueOf(slot));
}

void OrderedMultisets::Summarize(uint32_t slot) {
  const Node& node = NodeAt(slot);
  const int64_t left = SummaryOf(node.left);
  const int64_t right = SummaryOf(node.right);
  int64_t& summary = *reinterpret_cast<int64_t*>(nodes_.Row(0, slot) + summary_offset_);
  summary = form_.summary == Summary::kTotalWeight ? left + right + node.weight : std::max({left, right, node.weight});
}

void OrderedMultisets::SummarizePath(uint32_t tree, const Position& position, const void* value) {
  if (tree == kEmpty) return;
  const int order = Compare(position, value, tree);
  if (order != 0) SummarizePath(order < 0 ? NodeAt(tree).left : NodeAt(tree).right, position, value);
  Touch(tree);
  Summarize(tree);
}

uint32_t OrderedMultisets::MakeNode(const Position& position, const void* value, int64_t weight) {
  const uint32_t slot = nodes_.Allocate();
  Touch(slot);
  // Priorities only need to be unrelated to the order of the values; a hashed counter makes every run the same.
  NodeAt(slot) = {kEmpty, kEmpty, HashWord(++next_priority_), weight};
  uint8_t* cell = nodes_.Row(0, slot) + sizeof(Node);
  std::memset(cell, 0, value_width_);
  if (strings_) {
    const StringRef text = arena_->Intern(*static_cast<const StringRef*>(value));
    std::memcpy(cell, &text, sizeof(text));
  } else {
    std::memcpy(cell, value, cell_width_);
  }
  if (form_.positioned) std::memcpy(nodes_.Row(0, slot) + position_offset_, &position, kStoredPosition);
  if (form_.keyed) KeyOf(slot) = arena_->Intern(position.key);
  if (form_.summary != Summary::kNothing) Summarize(slot);
  return slot;
}

void OrderedMultisets::FreeNode(uint32_t slot) {
  if (strings_) arena_->Forget(*reinterpret_cast<const StringRef*>(ValueOf(slot)));
  if (form_.keyed) arena_->Forget(KeyOf(slot));
  nodes_.Free(slot);
}

void OrderedMultisets::Touch(uint32_t slot) {
  nodes_.PrepareWrite({&slot, 1});
  nodes_.MarkDirty(slot);
}

void OrderedMultisets::Add(uint32_t* root, const Position& position, const void* value, int64_t weight) {
  uint32_t parent = kEmpty;
  uint32_t at = *root;
  int order = 0;
  while (at != kEmpty && (order = Compare(position, value, at)) != 0) {
    parent = at;
    at = order < 0 ? NodeAt(at).left : NodeAt(at).right;
  }
  if (at == kEmpty) {
    const uint32_t node = MakeNode(position, value, weight);
    *root = Insert(*root, node, position, value);
    return;
  }
  Touch(at);
  NodeAt(at).weight += weight;
  const bool summarized = form_.summary != Summary::kNothing;
  if (NodeAt(at).weight != 0) {
    if (summarized) SummarizePath(*root, position, value);
    return;
  }
  const uint32_t rest = Merge(NodeAt(at).left, NodeAt(at).right);
  if (parent == kEmpty) {
    *root = rest;
  } else {
    Touch(parent);
    (NodeAt(parent).left == at ? NodeAt(parent).left : NodeAt(parent).right) = rest;
  }
  FreeNode(at);
  if (summarized) SummarizePath(*root, position, value);
}

uint32_t OrderedMultisets::Insert(uint32_t tree, uint32_t node, const Position& position, const void* value) {
  if (tree == kEmpty) return node;
  if (NodeAt(tree).priority < NodeAt(node).priority) {
    uint32_t left;
    uint32_t right;
    Split(tree, position, value, &left, &right);
    NodeAt(node).left = left;
    NodeAt(node).right = right;
    if (form_.summary != Summary::kNothing) Summarize(node);
    return node;
  }
  Touch(tree);
  if (Compare(position, value, tree) < 0) {
    const uint32_t child = Insert(NodeAt(tree).left, node, position, value);
    NodeAt(tree).left = child;
  } else {
    const uint32_t child = Insert(NodeAt(tree).right, node, position, value);
    NodeAt(tree).right = child;
  }
  if (form_.summary != Summary::kNothing) Summarize(tree);
  return tree;
}

void OrderedMultisets::Split(uint32_t tree, const Position& position, const void* value, uint32_t* left,
                             uint32_t* right) {
  if (tree == kEmpty) {
    *left = *right = kEmpty;
    return;
  }
  Touch(tree);
  uint32_t inner;
  if (Compare(position, value, tree) < 0) {
    Split(NodeAt(tree).left, position, value, left, &inner);
    NodeAt(tree).left = inner;
    *right = tree;
  } else {
    Split(NodeAt(tree).right, position, value, &inner, right);
    NodeAt(tree).right = inner;
    *left = tree;
  }
  if (form_.summary != Summary::kNothing) Summarize(tree);
}

uint32_t OrderedMultisets::Merge(uint32_t left, uint32_t right) {
  if (left == kEmpty) return right;
  if (right == kEmpty) return left;
  if (NodeAt(left).priority > NodeAt(right).priority) {
    Touch(left);
    const uint32_t child = Merge(NodeAt(left).right, right);
    NodeAt(left).right = child;
    if (form_.summary != Summary::kNothing) Summarize(left);
    return left;
  }
  Touch(right);
  const uint32_t child = Merge(left, NodeAt(right).left);
  NodeAt(right).left = child;
  if (form_.summary != Summary::kNothing) Summarize(right);
  return right;
}

template <bool kFirst>
const uint8_t* OrderedMultisets::Outermost(uint32_t tree) const {
  if (tree == kEmpty) return nullptr;
  const Node& node = NodeAt(tree);
  if (const uint8_t* value = Outermost<kFirst>(kFirst ? node.left : node.right)) return value;
  // Reached when everything further out is (for now) negative, which is nearly always: nothing is further out.
  if (node.weight > 0) return ValueOf(tree);
  return Outermost<kFirst>(kFirst ? node.right : node.left);
}

const uint8_t* OrderedMultisets::First(uint32_t root) const { return Outermost<true>(root); }
const uint8_t* OrderedMultisets::Last(uint32_t root) const { return Outermost<false>(root); }

const uint8_t* OrderedMultisets::At(uint32_t root, int64_t rank) const {
  while (root != kEmpty) {
    const Node& node = NodeAt(root);
    const int64_t before = SummaryOf(node.left);
    if (rank < before) {
      root = node.left;
    } else if (rank < before + node.weight) {
      return ValueOf(root);
    } else {
      rank -= before + node.weight;
      root = node.right;
    }
  }
  return nullptr;
}

const uint8_t* OrderedMultisets::MostFrequent(uint32_t root) const {
  const int64_t most = SummaryOf(root);
  if (most <= 0) return nullptr;
  while (root != kEmpty) {
    const Node& node = NodeAt(root);
    if (SummaryOf(node.left) == most) {
      root = node.left;
    } else if (node.weight == most) {
      return ValueOf(root);
    } else {
      root = node.right;
    }
  }
  return nullptr;
}

void OrderedMultisets::AddAll(uint32_t* root, uint32_t other) {
  if (other == kEmpty) return;
  AddAll(root, NodeAt(other).left);
  // A copy: adding may move the node's chunk.
  uint8_t cell[16];
  const Position position = PositionOf(other);
  std::memcpy(cell, ValueOf(other), value_width_);
  Add(root, position, cell, NodeAt(other).weight);
  AddAll(root, NodeAt(other).right);
}

void OrderedMultisets::Release(uint32_t* root) {
  // Depth is logarithmic, so this recursion is shallow.
  if (*root == kEmpty) return;
  uint32_t left = NodeAt(*root).left;
  uint32_t right = NodeAt(*root).right;
  FreeNode(*root);
  *root = kEmpty;
  Release(&left);
  Release(&right);
}

void OrderedMultisets::Relocate() {
  if (!strings_ && !form_.keyed) return;
  for (uint32_t slot = nodes_.NextLive(0); slot != ChunkList::kNoSlot; slot = nodes_.NextLive(slot + 1)) {
    Touch(slot);
    if (form_.keyed) KeyOf(slot) = arena_->Intern(KeyOf(slot));
    if (!strings_) continue;
    StringRef* text = reinterpret_cast<StringRef*>(nodes_.Row(0, slot) + sizeof(Node));
    *text = arena_->Intern(*text);
  }
}

}  // namespace laminar
