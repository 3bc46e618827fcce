// CRC-32C (Castagnoli): the checksum of everything that is written to disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace laminar {

/// Of `size` bytes, continuing from `crc`: Crc32c(b, Crc32c(a)) is the checksum of a followed by b.
uint32_t Crc32c(const void* data, size_t size, uint32_t crc = 0);

/// Which bit of `size` bytes, counted from the first bit of the first byte (least significant first), was flipped, when
/// a single flipped bit explains that the checksum of the bytes came out as `found` and not as `expected`. Bytes that
/// were never written, or are somebody else's, look like that by chance once in 2^32 / (8 * size) cases.
///
/// A CRC is linear: flipping bit i changes it by a value that depends on i and the length alone, so the difference is
/// stepped through the places, last bit first.
std::optional<uint64_t> FlippedBit(size_t size, uint32_t expected, uint32_t found);

}  // namespace laminar
