// From a key's hash to the slots of rows that may have it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace laminar {

/// Open addressing with linear probing at no more than half load; 8 bytes an entry. An entry keeps 32 bits of the hash, from
/// which its home position follows, so growing and deleting touch no rows. It keeps no keys: `Find` asks.
///
/// Batches find out what to ask in two passes, so that cache misses overlap:
///
///     index.Reserve(64);                                    // positions hold until the next insert that had no room
///     for (i) index.Prefetch(hash[i]);
///     for (i) candidate[i] = index.FirstCandidate(hash[i]); // and prefetch that row
///     for (i) compare the row; if it is another: index.Find(hash[i], same)
///
/// Single-threaded.
class HashIndex {
 public:
  static constexpr uint32_t kNoSlot = 0xffffffffu;

  HashIndex();

  size_t size() const { return size_; }
  size_t memory_bytes() const { return entries_.capacity() * sizeof(Entry); }
  /// Makes room for `more` inserts. Throws std::bad_alloc, or std::length_error past 2^31 entries; nothing has changed then.
  void Reserve(size_t more) {
    if ((size_ + more) * 2 > entries_.size()) Grow(size_ + more);
  }
  void Prefetch(uint32_t hash) const { __builtin_prefetch(&entries_[Home(hash)]); }

  /// The first slot with this very hash, or kNoSlot: then no row has it.
  uint32_t FirstCandidate(uint32_t hash) const {
    for (size_t at = Home(hash);; at = Next(at)) {
      const Entry& entry = entries_[at];
      if (entry.slot == kNoSlot || entry.hash == hash) return entry.slot;
    }
  }
  /// The slot with this hash that `same(slot)` says is meant, or kNoSlot.
  template <typename Same>
  uint32_t Find(uint32_t hash, Same&& same) const {
    for (size_t at = Home(hash);; at = Next(at)) {
      const Entry& entry = entries_[at];
      if (entry.slot == kNoSlot || (entry.hash == hash && same(entry.slot))) return entry.slot;
    }
  }
  /// There must be room (Reserve).
  void Insert(uint32_t hash, uint32_t slot) {
    size_t at = Home(hash);
    while (entries_[at].slot != kNoSlot) at = Next(at);
    entries_[at] = {hash, slot};
    ++size_;
  }
  /// The entry must be there.
  void Erase(uint32_t hash, uint32_t slot);
  /// Forgets everything, keeps the memory.
  void Clear();

 private:
  struct Entry {
    uint32_t hash;
    uint32_t slot;  // kNoSlot: empty
  };
  size_t Home(uint32_t hash) const { return hash >> shift_; }
  size_t Next(size_t at) const { return (at + 1) & (entries_.size() - 1); }
  void Grow(size_t entries);

  std::vector<Entry> entries_;  // a power of two of them
  size_t size_ = 0;
  int shift_;  // 32 - log2(entries): homes are the high bits, so growing writes in nearly the order it reads
};

}  // namespace laminar
