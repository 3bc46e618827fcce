// Bags of OrderedRows that stay small: arrays sorted by insertion.
#include <algorithm>

#include "state/ordered_rows.h"

namespace laminar {

uint32_t OrderedRows::PlaceIn(const Array& array, uint32_t slot) const {
  const uint64_t prefix = At(slot).prefix;
  const Entry* entries = array.entries();
  // From behind, where rows are cut off.
  uint32_t place = array.count;
  while (place > 0 && entries[place - 1].prefix > prefix) --place;
  while (place > 0 && entries[place - 1].prefix == prefix) {
    const uint32_t other = entries[place - 1].slot;
    if (other == slot) return place - 1;
    if (Compare(slot, other) > 0) break;
    --place;
  }
  return place;
}

void OrderedRows::AddToArray(uint32_t* root, uint32_t slot, int64_t weight) {
  if (*root == kEmpty) {
    *root = arrays_.Allocate();
    arrays_.PrepareWrite({root, 1});
    ArrayAt(*root) = {0, 0, 0};
  } else {
    arrays_.PrepareWrite({root, 1});
  }
  arrays_.MarkDirty(*root);
  Array& array = ArrayAt(*root);
  Entry* entries = array.entries();
  Node& node = At(slot);
  const uint32_t place = PlaceIn(array, slot);
  if (node.weight == 0) {
    std::copy_backward(entries + place, entries + array.count, entries + array.count + 1);
    entries[place] = {node.prefix, slot, 0};
    ++array.count;
  }
  node.weight += weight;
  array.total += weight;
  entries[place].weight = static_cast<uint32_t>(node.weight);
  if (node.weight != 0) return;
  std::copy(entries + place + 1, entries + array.count, entries + place);
  if (--array.count != 0) return;
  arrays_.Free(*root);
  *root = kEmpty;
}

int64_t OrderedRows::BeforeInArray(uint32_t root, uint32_t slot) const {
  if (root == kEmpty) return 0;
  const Array& array = ArrayAt(root);
  const uint32_t place = PlaceIn(array, slot);
  int64_t before = 0;
  for (uint32_t i = 0; i < place; ++i) before += array.entries()[i].weight;
  return before;
}

}  // namespace laminar
