#include "state/hash_index.h"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "common/cancel_token.h"

namespace laminar {

namespace {
constexpr size_t kSmallest = 64;
constexpr size_t kLargest = size_t{1} << 32;
constexpr size_t kEntriesBetweenLooks = size_t{1} << 16;

size_t MostOf(size_t capacity, size_t small) { return capacity <= small ? capacity / 8 : capacity / 2; }
}  // namespace

HashIndex::HashIndex()
    : entries_(kSmallest, Entry{0, kNoSlot}),
      most_(MostOf(kSmallest, kSmall)),
      shift_(32 - std::countr_zero(kSmallest)) {}

void HashIndex::Grow(size_t entries) {
  size_t capacity = entries_.size();
  while (entries > MostOf(capacity, kSmall)) capacity *= 2;
  if (capacity > kLargest) throw std::length_error("a hash index holds at most 2,147,483,648 rows");
  std::vector<Entry> grown;
  grown.reserve(capacity);
  while (grown.size() < capacity) {
    ThrowIfCancelled();
    grown.resize(std::min(capacity, grown.size() + kEntriesBetweenLooks), Entry{0, kNoSlot});
  }
  const auto become = [this](std::vector<Entry>& entries) {
    entries_.swap(entries);
    most_ = MostOf(entries_.size(), kSmall);
    shift_ = 32 - std::countr_zero(entries_.size());
  };
  become(grown);
  for (size_t i = 0; i < grown.size(); ++i) {
    if (i % kEntriesBetweenLooks == 0 && CancelScope::cancelled()) {
      become(grown);  // as it was
      ThrowIfCancelled();
    }
    const Entry& entry = grown[i];
    if (entry.slot == kNoSlot) continue;
    size_t at = Home(entry.hash);
    while (entries_[at].slot != kNoSlot) at = Next(at);
    entries_[at] = entry;
  }
}

void HashIndex::Erase(uint32_t hash, uint32_t slot) {
  const size_t mask = entries_.size() - 1;
  size_t hole = Home(hash);
  while (entries_[hole].slot != slot) hole = Next(hole);
  // Backward shift: whatever stands behind the hole and does not start behind it moves into it.
  for (size_t at = Next(hole); entries_[at].slot != kNoSlot; at = Next(at)) {
    const size_t distance = (at - Home(entries_[at].hash)) & mask;
    if (distance >= ((at - hole) & mask)) {
      entries_[hole] = entries_[at];
      hole = at;
    }
  }
  entries_[hole].slot = kNoSlot;
  --size_;
}

void HashIndex::Replace(uint32_t hash, uint32_t slot, uint32_t other) {
  size_t at = Home(hash);
  while (entries_[at].slot != slot) at = Next(at);
  entries_[at].slot = other;
}

void HashIndex::Clear() {
  std::fill(entries_.begin(), entries_.end(), Entry{0, kNoSlot});
  size_ = 0;
}

}  // namespace laminar
