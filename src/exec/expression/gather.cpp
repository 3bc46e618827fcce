#include "exec/expression/gather.h"

#include "common/int128.h"

namespace laminar {
namespace {

template <typename T>
void Gather(const void* values, const uint32_t* rows, uint32_t count, void* out) {
  const T* in = static_cast<const T*>(values);
  T* dense = static_cast<T*>(out);
  for (uint32_t i = 0; i < count; ++i) dense[i] = in[rows[i]];
}

}  // namespace

void GatherValues(const void* values, int width, const uint32_t* rows, uint32_t count, void* out) {
  switch (width) {
    case 1:
      return Gather<uint8_t>(values, rows, count, out);
    case 2:
      return Gather<uint16_t>(values, rows, count, out);
    case 4:
      return Gather<uint32_t>(values, rows, count, out);
    case 8:
      return Gather<uint64_t>(values, rows, count, out);
    default:
      return Gather<uint128_t>(values, rows, count, out);
  }
}

void GatherValidity(const uint64_t* validity, const uint32_t* rows, uint32_t count, uint64_t* out) {
  for (uint32_t i = 0; i < count; i += 64) {
    uint64_t word = 0;
    const uint32_t end = count - i < 64 ? count - i : 64;
    for (uint32_t bit = 0; bit < end; ++bit) {
      const uint32_t row = rows[i + bit];
      word |= ((validity[row >> 6] >> (row & 63)) & 1) << bit;
    }
    out[i >> 6] = word;
  }
}

}  // namespace laminar
