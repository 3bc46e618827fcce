// Hashes of rows over some of their columns: what group tables, exchanges and join indexes agree on.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

#include "common/delta.h"
#include "common/int128.h"
#include "common/interval.h"
#include "common/string_ref.h"
#include "common/type.h"

namespace laminar {

/// Set by tests only, before any state exists: every row hash becomes the same, so that everything must work by
/// comparison.
struct HashForTesting {
  static inline bool all_equal = false;
};

/// The hash of NULL, which is a key value like any other.
constexpr uint64_t kNullHash = 0x9ae16a3b2f90404full;

/// Folds a 64 by 64 bit product onto 64 bits: every bit of the result depends on every bit of both. (Wang Yi, "wyhash")
inline uint64_t FoldMultiply(uint64_t a, uint64_t b) {
  const uint128_t product = static_cast<uint128_t>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}
inline uint64_t HashWord(uint64_t word) { return FoldMultiply(word ^ 0xa0761d6478bd642full, 0xe7037ed1a0b428dbull); }
/// Order matters: (a, b) and (b, a) differ. A row's hash is HashWord of its first cell, then CombineHash with each
/// further.
inline uint64_t CombineHash(uint64_t hash, uint64_t next) {
  return FoldMultiply(hash ^ 0x8ebc6af09c88c6e3ull, next ^ 0x589965cc75374cc3ull);
}
uint64_t HashBytes(const char* data, size_t size);
/// Depends on the characters alone: short and long references to equal text hash alike.
inline uint64_t HashString(const StringRef& text) {
  return text.is_inline() ? CombineHash(HashWord(text.head()), text.tail()) : HashBytes(text.data(), text.size());
}

/// Keys are equal when their canonical bits are: -0.0 is 0.0, and there is one NaN. Everything else is itself.
inline double Canonical(double value) {
  return value != value ? std::bit_cast<double>(0x7ff8000000000000ull) : value + 0.0;
}
inline float Canonical(float value) { return value != value ? std::bit_cast<float>(0x7fc00000u) : value + 0.0f; }

/// The value of a fixed-width key of at most 8 bytes, zero-extended, canonical.
template <typename T>
uint64_t KeyBits(T value) {
  static_assert(sizeof(T) <= 8);
  if constexpr (std::is_floating_point_v<T>) value = Canonical(value);
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  return bits;
}

/// hashes[i] is the hash of the i-th selected row of `delta` over `columns` (of the given types), i < delta.size().
/// `columns` need not be columns of the delta, but are indexed by its physical rows. Equal keys hash alike whatever
/// column or batch they come from; intervals are equal when their three parts are. No columns: every row hashes alike.
/// The high bits choose partitions, the low 32 belong to HashIndex.
void HashColumns(std::span<const Column> columns, std::span<const DataType> types, const Delta& delta,
                 uint64_t* hashes);
/// Likewise for `count` rows: hashes[i] is that of row selection[i], or of row `first` + i when `selection` is null.
void HashRows(std::span<const Column> columns, std::span<const DataType> types, const uint32_t* selection,
              uint32_t first, uint32_t count, uint64_t* hashes);

}  // namespace laminar
