#include "common/crc32c.h"

#include <array>
#include <cstring>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#endif

namespace laminar {

namespace {

constexpr uint32_t kPolynomial = 0x82f63b78u;  // reflected

#if !defined(__SSE4_2__)
constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    table[byte] = crc;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kTable = MakeTable();
#endif

}  // namespace

uint32_t Crc32c(const void* data, size_t size, uint32_t crc) {
  const auto* bytes = static_cast<const uint8_t*>(data);
#if defined(__SSE4_2__)
  uint64_t state = ~crc;
  for (; size >= 8; bytes += 8, size -= 8) {
    uint64_t word;
    std::memcpy(&word, bytes, 8);
    state = _mm_crc32_u64(state, word);
  }
  uint32_t rest = static_cast<uint32_t>(state);
  for (; size != 0; ++bytes, --size) rest = _mm_crc32_u8(rest, *bytes);
  return ~rest;
#else
  uint32_t state = ~crc;
  for (; size != 0; ++bytes, --size) state = (state >> 8) ^ kTable[(state ^ *bytes) & 0xff];
  return ~state;
#endif
}

std::optional<uint64_t> FlippedBit(size_t size, uint32_t expected, uint32_t found) {
  const uint32_t difference = expected ^ found;
  // What flipping the last bit of all changes, then the one before it, and so on: one more bit follows each time.
  uint32_t change = kPolynomial;
  for (uint64_t bit = uint64_t{size} * 8; bit-- != 0;) {
    if (change == difference) return bit;
    change = (change >> 1) ^ ((change & 1) != 0 ? kPolynomial : 0);
  }
  return std::nullopt;
}

}  // namespace laminar
