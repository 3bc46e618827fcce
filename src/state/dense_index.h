// From small integers to the slots of rows: a hash index whose hash is the key itself.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace laminar {

/// An array over the range of keys seen, while that range is small; it stands beside a HashIndex, which knows every
/// key, and answers most questions without a hash or a comparison. Keys are words that count up modulo 2^64.
///
/// An entry is right or kNoSlot, which says nothing. Single-threaded.
class DenseIndex {
 public:
  static constexpr uint32_t kNoSlot = 0xffffffffu;
  /// Of keys; past it the index gives up until it is cleared.
  static constexpr uint64_t kWidest = 16'384;

  /// The index as values, so that a loop keeps them in registers.
  struct View {
    const uint32_t* slots;
    uint64_t first;
    uint64_t width;

    uint32_t Find(uint64_t key) const {
      const uint64_t at = key - first;
      return at < width ? slots[at] : kNoSlot;
    }
  };
  View view() const { return {slots_.data(), first_, slots_.size()}; }
  bool usable() const { return usable_; }

  /// Throws std::bad_alloc; nothing has changed then.
  void Set(uint64_t key, uint32_t slot) {
    if (!usable_) return;
    if (key - first_ >= slots_.size() && !Widen(key)) return;
    slots_[key - first_] = slot;
  }
  void Forget(uint64_t key) {
    if (key - first_ < slots_.size()) slots_[key - first_] = kNoSlot;
  }
  void Clear() {
    slots_.clear();
    usable_ = true;
  }
  size_t memory_bytes() const { return slots_.capacity() * sizeof(uint32_t); }

 private:
  /// Doubles at least, so that keys that come in order cost constant time each. False when the range is too wide.
  bool Widen(uint64_t key) {
    const uint64_t width = slots_.size();
    if (width == 0) {
      slots_.assign(1, kNoSlot);
      first_ = key;
      return true;
    }
    const uint64_t below = first_ - key;
    const uint64_t above = key - first_;
    const bool down = below < above;
    const uint64_t needed = down ? width + below : above + 1;
    if (std::min(below, above) >= kWidest || needed > kWidest) {
      slots_ = {};
      usable_ = false;
      return false;
    }
    const uint64_t wider = std::min(kWidest, std::max(needed, 2 * width));
    const uint64_t more = wider - width;
    slots_.insert(down ? slots_.begin() : slots_.end(), more, kNoSlot);
    if (down) first_ -= more;
    return true;
  }

  std::vector<uint32_t> slots_;
  uint64_t first_ = 0;
  bool usable_ = true;
};

}  // namespace laminar
