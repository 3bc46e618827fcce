#include "state/column_copy.h"

#include <algorithm>

#include "state/arena.h"

namespace laminar {

namespace {

template <typename T>
void Gather(const void* from, const uint32_t* selection, uint32_t count, void* to) {
  const T* source = static_cast<const T*>(from);
  T* target = static_cast<T*>(to);
  for (uint32_t i = 0; i < count; ++i) target[i] = source[selection[i]];
}

struct Cell16 {
  uint64_t words[2];
};

/// `count` (at most 64) bits from bit `at` on; reads no word that holds none of them.
uint64_t LoadBits(const uint64_t* bits, size_t at, size_t count) {
  const size_t shift = at & 63;
  uint64_t word = bits[at >> 6] >> shift;
  if (shift + count > 64) word |= bits[(at >> 6) + 1] << (64 - shift);
  return count == 64 ? word : word & ((uint64_t{1} << count) - 1);
}

void StoreBits(uint64_t* bits, size_t at, size_t count, uint64_t word) {
  const size_t shift = at & 63;
  const uint64_t mask = count == 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
  uint64_t& low = bits[at >> 6];
  low = (low & ~(mask << shift)) | (word << shift);
  if (shift + count > 64) {
    uint64_t& high = bits[(at >> 6) + 1];
    high = (high & ~(mask >> (64 - shift))) | (word >> (64 - shift));
  }
}

}  // namespace

void CopyValues(const void* from, int width, const RowRange& rows, void* to) {
  if (rows.count == 0) return;
  if (rows.selection == nullptr) {
    const size_t bytes = static_cast<size_t>(width);
    std::memcpy(to, static_cast<const uint8_t*>(from) + rows.first * bytes, rows.count * bytes);
    return;
  }
  switch (width) {
    case 1:
      return Gather<uint8_t>(from, rows.selection, rows.count, to);
    case 2:
      return Gather<uint16_t>(from, rows.selection, rows.count, to);
    case 4:
      return Gather<uint32_t>(from, rows.selection, rows.count, to);
    case 8:
      return Gather<uint64_t>(from, rows.selection, rows.count, to);
    default:
      return Gather<Cell16>(from, rows.selection, rows.count, to);
  }
}

bool CopyValidity(const uint64_t* from, const RowRange& rows, uint64_t* to, size_t to_row) {
  bool any_null = false;
  for (uint32_t done = 0; done < rows.count;) {
    // Whole words of the target, after a first piece that reaches the next word's beginning.
    const uint32_t piece = std::min<uint32_t>(rows.count - done, static_cast<uint32_t>(64 - ((to_row + done) & 63)));
    const uint64_t all = piece == 64 ? ~uint64_t{0} : (uint64_t{1} << piece) - 1;
    uint64_t word = all;
    if (from != nullptr && rows.selection == nullptr) {
      word = LoadBits(from, rows.first + done, piece);
    } else if (from != nullptr) {
      word = 0;
      for (uint32_t i = 0; i < piece; ++i) word |= static_cast<uint64_t>(GetBit(from, rows.selection[done + i])) << i;
    }
    any_null |= word != all;
    StoreBits(to, to_row + done, piece, word);
    done += piece;
  }
  return any_null;
}

void InternStrings(StringRef* values, uint32_t count, Arena* arena) {
  for (uint32_t i = 0; i < count; ++i) {
    if (!values[i].is_inline()) values[i] = arena->Intern(values[i]);
  }
}

size_t LongStringBytes(const StringRef* values, uint32_t count) {
  size_t bytes = 0;
  for (uint32_t i = 0; i < count; ++i) bytes += values[i].is_inline() ? 0 : values[i].size();
  return bytes;
}

}  // namespace laminar
