#include "common/crc32c.h"

#include <array>
#include <cstring>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#endif

namespace laminar {

namespace {

constexpr uint32_t kPolynomial = 0x82f63b78u;  // reflected

/// What the checksum of something becomes when a zero bit follows it.
constexpr uint32_t AppendZeroBit(uint32_t crc) { return (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0); }

#if defined(__SSE4_2__)

// The instruction takes eight bytes and answers three cycles later, but takes the next eight in the next one: so three
// pieces of a block are worked through side by side, and their states put together at its end.
constexpr size_t kPiece = 1024;
constexpr size_t kBlock = 3 * kPiece;

/// What a state becomes when `Bytes` zeros follow it, for each value of each of its bytes: that is linear.
template <size_t Bytes>
constexpr std::array<std::array<uint32_t, 256>, 4> MakeZeros() {
  std::array<uint32_t, 32> of_bit{};
  for (size_t bit = 0; bit < of_bit.size(); ++bit) {
    uint32_t state = uint32_t{1} << bit;
    for (size_t zero = 0; zero < Bytes * 8; ++zero) state = AppendZeroBit(state);
    of_bit[bit] = state;
  }
  std::array<std::array<uint32_t, 256>, 4> zeros{};
  for (size_t byte = 0; byte < 4; ++byte) {
    for (size_t value = 0; value < 256; ++value) {
      for (size_t bit = 0; bit < 8; ++bit) {
        if ((value >> bit & 1) != 0) zeros[byte][value] ^= of_bit[byte * 8 + bit];
      }
    }
  }
  return zeros;
}
constexpr auto kZeros = MakeZeros<kPiece>();

uint64_t AppendPieceOfZeros(uint64_t state) {
  return kZeros[0][state & 0xff] ^ kZeros[1][state >> 8 & 0xff] ^ kZeros[2][state >> 16 & 0xff] ^
         kZeros[3][state >> 24 & 0xff];
}

uint64_t Load(const uint8_t* from) {
  uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

uint64_t AppendBlock(uint64_t state, const uint8_t* block) {
  uint64_t second = 0;
  uint64_t third = 0;
  for (size_t i = 0; i < kPiece; i += 8) {
    state = _mm_crc32_u64(state, Load(block + i));
    second = _mm_crc32_u64(second, Load(block + kPiece + i));
    third = _mm_crc32_u64(third, Load(block + 2 * kPiece + i));
  }
  return AppendPieceOfZeros(AppendPieceOfZeros(state) ^ second) ^ third;
}

#else

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = AppendZeroBit(crc);
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
  for (; size >= kBlock; bytes += kBlock, size -= kBlock) state = AppendBlock(state, bytes);
  for (; size >= 8; bytes += 8, size -= 8) state = _mm_crc32_u64(state, Load(bytes));
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
    change = AppendZeroBit(change);
  }
  return std::nullopt;
}

}  // namespace laminar
