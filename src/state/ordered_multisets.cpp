#include "state/ordered_multisets.h"

#include <cstring>

#include "common/hash.h"

namespace laminar {

OrderedMultisets::OrderedMultisets(PhysicalType value, bool positioned, Arena* arena)
    : compare_(CellComparisonOf(value)),
      cell_width_(static_cast<uint32_t>(PhysicalWidth(value))),
      value_width_(cell_width_ <= 8 ? 8 : 16),
      positioned_(positioned),
      strings_(value == PhysicalType::kString),
      arena_(arena),
      nodes_(std::vector<BlockLayout>{
          {static_cast<uint32_t>(sizeof(Node) + value_width_ + (positioned ? sizeof(Position) : 0))}}) {}

int OrderedMultisets::Compare(const Position& position, const void* value, uint32_t slot) const {
  const uint8_t* cell = ValueOf(slot);
  if (positioned_) {
    Position other;
    std::memcpy(&other, cell + value_width_, sizeof(other));
    if (position.event_time != other.event_time) return position.event_time < other.event_time ? -1 : 1;
    if (position.number != other.number) return position.number < other.number ? -1 : 1;
  }
  return compare_(value, cell);
}

uint32_t OrderedMultisets::MakeNode(const Position& position, const void* value, int64_t weight) {
  const uint32_t slot = nodes_.Allocate();
  Touch(slot);
  // Priorities only need to be unrelated to the order of the values; a hashed counter makes every run the same.
  At(slot) = {kEmpty, kEmpty, HashWord(++next_priority_), weight};
  uint8_t* cell = nodes_.Row(0, slot) + sizeof(Node);
  std::memset(cell, 0, value_width_);
  if (strings_) {
    const StringRef text = arena_->Intern(*static_cast<const StringRef*>(value));
    std::memcpy(cell, &text, sizeof(text));
  } else {
    std::memcpy(cell, value, cell_width_);
  }
  if (positioned_) std::memcpy(cell + value_width_, &position, sizeof(position));
  return slot;
}

void OrderedMultisets::FreeNode(uint32_t slot) {
  if (strings_) arena_->Forget(*reinterpret_cast<const StringRef*>(ValueOf(slot)));
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
    at = order < 0 ? At(at).left : At(at).right;
  }
  if (at == kEmpty) {
    const uint32_t node = MakeNode(position, value, weight);
    *root = Insert(*root, node, position, value);
    return;
  }
  Touch(at);
  At(at).weight += weight;
  if (At(at).weight != 0) return;
  const uint32_t rest = Merge(At(at).left, At(at).right);
  if (parent == kEmpty) {
    *root = rest;
  } else {
    Touch(parent);
    (At(parent).left == at ? At(parent).left : At(parent).right) = rest;
  }
  FreeNode(at);
}

uint32_t OrderedMultisets::Insert(uint32_t tree, uint32_t node, const Position& position, const void* value) {
  if (tree == kEmpty) return node;
  if (At(tree).priority < At(node).priority) {
    uint32_t left;
    uint32_t right;
    Split(tree, position, value, &left, &right);
    At(node).left = left;
    At(node).right = right;
    return node;
  }
  Touch(tree);
  if (Compare(position, value, tree) < 0) {
    const uint32_t child = Insert(At(tree).left, node, position, value);
    At(tree).left = child;
  } else {
    const uint32_t child = Insert(At(tree).right, node, position, value);
    At(tree).right = child;
  }
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
    Split(At(tree).left, position, value, left, &inner);
    At(tree).left = inner;
    *right = tree;
  } else {
    Split(At(tree).right, position, value, &inner, right);
    At(tree).right = inner;
    *left = tree;
  }
}

uint32_t OrderedMultisets::Merge(uint32_t left, uint32_t right) {
  if (left == kEmpty) return right;
  if (right == kEmpty) return left;
  if (At(left).priority > At(right).priority) {
    Touch(left);
    const uint32_t child = Merge(At(left).right, right);
    At(left).right = child;
    return left;
  }
  Touch(right);
  const uint32_t child = Merge(left, At(right).left);
  At(right).left = child;
  return right;
}

template <bool kFirst>
const uint8_t* OrderedMultisets::Outermost(uint32_t tree) const {
  if (tree == kEmpty) return nullptr;
  const Node& node = At(tree);
  if (const uint8_t* value = Outermost<kFirst>(kFirst ? node.left : node.right)) return value;
  // Reached when everything further out is (for now) negative, which is nearly always: nothing is further out.
  if (node.weight > 0) return ValueOf(tree);
  return Outermost<kFirst>(kFirst ? node.right : node.left);
}

const uint8_t* OrderedMultisets::First(uint32_t root) const { return Outermost<true>(root); }
const uint8_t* OrderedMultisets::Last(uint32_t root) const { return Outermost<false>(root); }

void OrderedMultisets::AddAll(uint32_t* root, uint32_t other) {
  if (other == kEmpty) return;
  AddAll(root, At(other).left);
  // A copy: adding may move the node's chunk.
  uint8_t cell[16];
  Position position;
  std::memcpy(cell, ValueOf(other), value_width_);
  if (positioned_) std::memcpy(&position, ValueOf(other) + value_width_, sizeof(position));
  Add(root, position, cell, At(other).weight);
  AddAll(root, At(other).right);
}

void OrderedMultisets::Release(uint32_t* root) {
  // Depth is logarithmic, so this recursion is shallow.
  if (*root == kEmpty) return;
  uint32_t left = At(*root).left;
  uint32_t right = At(*root).right;
  FreeNode(*root);
  *root = kEmpty;
  Release(&left);
  Release(&right);
}

void OrderedMultisets::Relocate() {
  if (!strings_) return;
  for (uint32_t slot = nodes_.NextLive(0); slot != ChunkList::kNoSlot; slot = nodes_.NextLive(slot + 1)) {
    Touch(slot);
    StringRef* text = reinterpret_cast<StringRef*>(nodes_.Row(0, slot) + sizeof(Node));
    *text = arena_->Intern(*text);
  }
}

}  // namespace laminar
