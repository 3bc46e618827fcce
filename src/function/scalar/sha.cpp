#include "function/scalar/sha.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace laminar {
namespace {

bool IsPrime(uint32_t n) {
  for (uint32_t d = 2; d * d <= n; ++d) {
    if (n % d == 0) return false;
  }
  return true;
}

/// The first 32 bits of the fractional part, by long division in integers: floor(root * 2^32) is the greatest r with
/// r^k <= n * 2^(32 k).
uint32_t FractionOfCubeRoot(uint32_t n) {
  __extension__ using Wide = unsigned __int128;
  uint64_t low = 0;
  uint64_t high = uint64_t{1} << 36;
  while (high - low > 1) {
    const uint64_t middle = (low + high) / 2;
    // middle^3 <= n * 2^96, compared as middle^2 <= n * 2^96 / middle.
    const Wide square = static_cast<Wide>(middle) * middle;
    (square <= (static_cast<Wide>(n) << 96) / middle ? low : high) = middle;
  }
  return static_cast<uint32_t>(low);
}

const std::array<uint32_t, 64>& CubeRoots() {
  static const std::array<uint32_t, 64> roots = [] {
    std::array<uint32_t, 64> values{};
    uint32_t prime = 2;
    for (uint32_t& value : values) {
      while (!IsPrime(prime)) ++prime;
      value = FractionOfCubeRoot(prime++);
    }
    return values;
  }();
  return roots;
}

uint32_t WordAt(const char* block, size_t i) {
  uint32_t word = 0;
  for (size_t k = 0; k < 4; ++k) word = word << 8 | static_cast<uint8_t>(block[4 * i + k]);
  return word;
}

struct Sha1 {
  std::array<uint32_t, 5> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

  void AddBlock(const char* block) {
    uint32_t words[80];
    for (size_t i = 0; i < 16; ++i) words[i] = WordAt(block, i);
    for (size_t i = 16; i < 80; ++i) {
      words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    }
    auto [a, b, c, d, e] = state;
    for (size_t i = 0; i < 80; ++i) {
      const uint32_t mixed = i < 20   ? ((b & c) | (~b & d)) + 0x5a827999
                             : i < 40 ? (b ^ c ^ d) + 0x6ed9eba1
                             : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
                                      : (b ^ c ^ d) + 0xca62c1d6;
      const uint32_t next = std::rotl(a, 5) + mixed + e + words[i];
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = next;
    }
    const uint32_t added[] = {a, b, c, d, e};
    for (size_t i = 0; i < 5; ++i) state[i] += added[i];
  }
};

struct Sha256 {
  std::array<uint32_t, 8> state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

  void AddBlock(const char* block) {
    uint32_t words[64];
    for (size_t i = 0; i < 16; ++i) words[i] = WordAt(block, i);
    for (size_t i = 16; i < 64; ++i) {
      const uint32_t x = words[i - 15];
      const uint32_t y = words[i - 2];
      words[i] = words[i - 16] + (std::rotr(x, 7) ^ std::rotr(x, 18) ^ (x >> 3)) + words[i - 7] +
                 (std::rotr(y, 17) ^ std::rotr(y, 19) ^ (y >> 10));
    }
    auto [a, b, c, d, e, f, g, h] = state;
    for (size_t i = 0; i < 64; ++i) {
      const uint32_t first = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & f) ^ (~e & g)) +
                             CubeRoots()[i] + words[i];
      const uint32_t second = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = d + first;
      d = c;
      c = b;
      b = a;
      a = first + second;
    }
    const uint32_t added[] = {a, b, c, d, e, f, g, h};
    for (size_t i = 0; i < 8; ++i) state[i] += added[i];
  }
};

template <typename Algorithm>
std::string Digest(std::string_view bytes) {
  Algorithm algorithm;
  size_t done = 0;
  for (; bytes.size() - done >= 64; done += 64) algorithm.AddBlock(bytes.data() + done);
  // A one bit, zeros, and the length in bits at the end of a block.
  std::string rest(bytes.substr(done));
  rest.push_back('\x80');
  while (rest.size() % 64 != 56) rest.push_back('\0');
  const uint64_t bits = uint64_t{bytes.size()} * 8;
  for (int shift = 56; shift >= 0; shift -= 8) rest.push_back(static_cast<char>(bits >> shift & 0xff));
  for (size_t i = 0; i < rest.size(); i += 64) algorithm.AddBlock(rest.data() + i);
  std::string text;
  for (const uint32_t word : algorithm.state) {
    for (int shift = 28; shift >= 0; shift -= 4) text.push_back("0123456789abcdef"[word >> shift & 15]);
  }
  return text;
}

}  // namespace

std::string Sha1Hex(std::string_view bytes) { return Digest<Sha1>(bytes); }
std::string Sha256Hex(std::string_view bytes) { return Digest<Sha256>(bytes); }

}  // namespace laminar
