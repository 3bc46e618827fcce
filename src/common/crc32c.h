// CRC-32C (Castagnoli): the checksum of everything that is written to disk.
#pragma once

#include <cstddef>
#include <cstdint>

namespace laminar {

/// Of `size` bytes behind those that `before` is the checksum of; 0 before any.
uint32_t Crc32c(const void* data, size_t size, uint32_t before = 0);

}  // namespace laminar
