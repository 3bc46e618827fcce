#include "function/vector.h"

#include <algorithm>

namespace laminar {

const RowErrors::Entry* RowErrors::Find(uint32_t row) const {
  const auto entry = std::lower_bound(entries.begin(), entries.end(), row,
                                      [](const Entry& candidate, uint32_t wanted) { return candidate.row < wanted; });
  return entry != entries.end() && entry->row == row ? &*entry : nullptr;
}

}  // namespace laminar
