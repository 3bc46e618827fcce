// Copying cells between column buffers: values by width, validity by words, strings with or without their bytes.
#pragma once

#include <cstdint>
#include <cstring>

#include "common/delta.h"
#include "common/type.h"

namespace laminar {

class Arena;

/// Which rows of a source: selection[i], or `first` + i when there is none, for i < count.
struct RowRange {
  const uint32_t* selection = nullptr;
  uint32_t first = 0;
  uint32_t count = 0;

  static RowRange Of(const Delta& delta) { return {delta.selection, 0, delta.size()}; }
  uint32_t At(uint32_t i) const { return selection != nullptr ? selection[i] : first + i; }
  RowRange Slice(uint32_t begin, uint32_t size) const {
    return selection != nullptr ? RowRange{selection + begin, 0, size} : RowRange{nullptr, first + begin, size};
  }
};

/// Copies `rows.count` values of `width` bytes (1, 2, 4, 8 or 16) to consecutive places from `to` on.
void CopyValues(const void* from, int width, const RowRange& rows, void* to);

/// Copies validity bits to bits to_row … of `to`; `from` null: all valid. Neighbouring bits of `to` are kept. Answers
/// whether any of them is NULL.
bool CopyValidity(const uint64_t* from, const RowRange& rows, uint64_t* to, size_t to_row);

/// Replaces long strings by copies in `arena`. Values under NULLs are empty strings and cost nothing.
void InternStrings(StringRef* values, uint32_t count, Arena* arena);

/// Bytes of long strings among the values.
size_t LongStringBytes(const StringRef* values, uint32_t count);

}  // namespace laminar
