// Picks selected rows out of a column into dense memory.
#pragma once

#include <cstdint>
#include <cstring>

#include "common/buffer.h"
#include "common/type.h"

namespace laminar {

/// `out` has room for `count` values of `width` bytes (1, 2, 4, 8 or 16).
void GatherValues(const void* values, int width, const uint32_t* rows, uint32_t count, void* out);
/// Writes whole words; bits past `count` are 0.
void GatherValidity(const uint64_t* validity, const uint32_t* rows, uint32_t count, uint64_t* out);

/// Sets the first `count` bits, and the rest of their last word.
inline void FillBits(uint64_t* bits, uint32_t count) { std::memset(bits, 0xff, BitmapWords(count) * sizeof(uint64_t)); }

}  // namespace laminar
