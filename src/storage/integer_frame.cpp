#include "storage/integer_frame.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

namespace laminar {

namespace {

// Fewer values are not looked at: what is saved is less than a disk writes at once.
constexpr size_t kFewest = 64;
// So many values at a time, so that the loop over them is one of vectors, and is left early.
constexpr size_t kChunk = 512;

template <typename T>
struct UnsignedOf {
  using Type = std::make_unsigned_t<T>;
};
template <>
struct UnsignedOf<int128_t> {
  using Type = uint128_t;
};
template <typename T>
using Unsigned = typename UnsignedOf<T>::Type;

template <typename Distance, typename T>
void Write(T smallest, const T* values, size_t count, char* to) {
  for (size_t i = 0; i < count; ++i) {
    const auto distance =
        static_cast<Distance>(static_cast<Unsigned<T>>(values[i]) - static_cast<Unsigned<T>>(smallest));
    std::memcpy(to + i * sizeof distance, &distance, sizeof distance);
  }
}

template <typename Distance, typename T>
void Read(T smallest, const char* from, size_t count, T* values) {
  for (size_t i = 0; i < count; ++i) {
    Distance distance;
    std::memcpy(&distance, from + i * sizeof distance, sizeof distance);
    values[i] = static_cast<T>(static_cast<Unsigned<T>>(smallest) + distance);
  }
}

/// The least width that is less than that of a value.
template <typename T>
DistanceWidth WidthFor(Unsigned<T> range) {
  for (const DistanceWidth width :
       {DistanceWidth::kOne, DistanceWidth::kTwo, DistanceWidth::kFour, DistanceWidth::kEight}) {
    const size_t bytes = BytesOf(width);
    if (bytes >= sizeof(T)) break;
    if (range >> (bytes * 8) == 0) return width;
  }
  return DistanceWidth::kNone;
}

}  // namespace

template <typename T>
IntegerFrame<T> FrameOf(const T* values, size_t count) {
  IntegerFrame<T> frame;
  if (count < kFewest) return frame;
  T smallest = values[0];
  T largest = values[0];
  for (size_t begin = 0; begin < count; begin += kChunk) {
    const size_t end = std::min(begin + kChunk, count);
    for (size_t i = begin; i < end; ++i) {
      smallest = std::min(smallest, values[i]);
      largest = std::max(largest, values[i]);
    }
    frame.width =
        WidthFor<T>(static_cast<Unsigned<T>>(static_cast<Unsigned<T>>(largest) - static_cast<Unsigned<T>>(smallest)));
    if (frame.width == DistanceWidth::kNone) return frame;
  }
  frame.smallest = smallest;
  return frame;
}

template <typename T>
void WriteDistances(const IntegerFrame<T>& frame, const T* values, size_t count, char* to) {
  switch (frame.width) {
    case DistanceWidth::kNone:
      return;
    case DistanceWidth::kOne:
      return Write<uint8_t>(frame.smallest, values, count, to);
    case DistanceWidth::kTwo:
      return Write<uint16_t>(frame.smallest, values, count, to);
    case DistanceWidth::kFour:
      return Write<uint32_t>(frame.smallest, values, count, to);
    case DistanceWidth::kEight:
      return Write<uint64_t>(frame.smallest, values, count, to);
  }
}

template <typename T>
void ReadDistances(const IntegerFrame<T>& frame, const char* from, size_t count, T* values) {
  switch (frame.width) {
    case DistanceWidth::kNone:
      return;
    case DistanceWidth::kOne:
      return Read<uint8_t>(frame.smallest, from, count, values);
    case DistanceWidth::kTwo:
      return Read<uint16_t>(frame.smallest, from, count, values);
    case DistanceWidth::kFour:
      return Read<uint32_t>(frame.smallest, from, count, values);
    case DistanceWidth::kEight:
      return Read<uint64_t>(frame.smallest, from, count, values);
  }
}

#define LAMINAR_FRAME(T)                                                            \
  template IntegerFrame<T> FrameOf<T>(const T*, size_t);                            \
  template void WriteDistances<T>(const IntegerFrame<T>&, const T*, size_t, char*); \
  template void ReadDistances<T>(const IntegerFrame<T>&, const char*, size_t, T*);
LAMINAR_FRAME(int16_t)
LAMINAR_FRAME(int32_t)
LAMINAR_FRAME(int64_t)
LAMINAR_FRAME(int128_t)
#undef LAMINAR_FRAME

}  // namespace laminar
