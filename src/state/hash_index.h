// From a key's hash to the slots of rows that may have it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace laminar {

/// Open addressing with linear probing at no more than half load, an eighth while it is small; 8 bytes an entry. An
/// entry keeps 32 bits of the hash, from which its home position follows, so growing and deleting touch no rows. It
/// keeps no keys: `Find` asks.
///
/// Batches find out what to ask in two passes, so that cache misses overlap:
///
///     const HashIndex::Probe probe = index.probe();         // until the next Reserve
///     for (i) probe.Prefetch(hash[i]);
///     for (i) candidate[i] = probe.Near(hash[i]);           // and prefetch that row
///     for (i) compare the row; if it is another or none: index.Find(hash[i], same)
///
/// Single-threaded.
class HashIndex {
 public:
  static constexpr uint32_t kNoSlot = 0xffffffffu;

  HashIndex();

  size_t size() const { return size_; }
  size_t memory_bytes() const { return entries_.capacity() * sizeof(Entry); }
  /// Makes room for `more` inserts. Throws std::bad_alloc, or std::length_error past 2^31 entries; nothing has changed
  /// then.
  void Reserve(size_t more) {
    if (size_ + more > most_) Grow(size_ + more);
  }

  struct Entry {
    uint32_t hash;
    uint32_t slot;  // kNoSlot: empty
  };
  /// The index as values, so that a loop keeps them in registers.
  struct Probe {
    const Entry* entries;
    size_t mask;
    int shift;

    void Prefetch(uint32_t hash) const { __builtin_prefetch(&entries[hash >> shift]); }
    /// A slot with this very hash if one stands where it would best stand or next to it, found without branches;
    /// otherwise kNoSlot, which says nothing: `Find`.
    uint32_t Near(uint32_t hash) const {
      const size_t home = hash >> shift;
      const Entry& first = entries[home];
      const Entry& second = entries[(home + 1) & mask];
      // Masks, because compilers make branches of conditions, and these are taken at random.
      const uint32_t is_first = 0u - static_cast<uint32_t>(first.hash == hash);
      const uint32_t is_second = 0u - static_cast<uint32_t>(second.hash == hash);
      static_assert(kNoSlot == ~0u);
      return (first.slot & is_first) | ((second.slot | ~is_second) & ~is_first);
    }
  };
  Probe probe() const { return {entries_.data(), entries_.size() - 1, shift_}; }
  /// So few entries that nothing is gained by fetching them ahead.
  bool fits_cache() const { return entries_.size() <= kSmall; }

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
  /// The entry must be there; it leads to `other` from now on.
  void Replace(uint32_t hash, uint32_t slot, uint32_t other);
  /// Forgets everything, keeps the memory.
  void Clear();

 private:
  static constexpr size_t kSmall = 8192;

  size_t Home(uint32_t hash) const { return hash >> shift_; }
  size_t Next(size_t at) const { return (at + 1) & (entries_.size() - 1); }
  void Grow(size_t entries);

  std::vector<Entry> entries_;  // a power of two of them
  size_t size_ = 0;
  size_t most_;  // entries before it grows
  int shift_;    // 32 - log2(entries): homes are the high bits, so growing writes in nearly the order it reads
};

}  // namespace laminar
