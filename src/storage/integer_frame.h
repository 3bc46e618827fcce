// Integers in as few bytes as their range takes: each as its distance from the smallest (frame of reference; Goldstein,
// Ramakrishnan and Shaft, "Compressing Relations and Indexes", ICDE 1998).
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/int128.h"

namespace laminar {

/// How many bytes a distance takes, as the files have it.
enum class DistanceWidth : uint8_t {
  kNone = 0,  // the values stand as they are
  kOne = 1,
  kTwo = 2,
  kFour = 3,
  kEight = 4,
};
inline size_t BytesOf(DistanceWidth width) {
  return width == DistanceWidth::kNone ? 0 : size_t{1} << (static_cast<uint8_t>(width) - 1);
}

/// `T` is int16_t, int32_t, int64_t or int128_t. Unsigned values are given as the signed ones with the same bits: their
/// distances are the same wherever there are any.
template <typename T>
struct IntegerFrame {
  T smallest = 0;
  DistanceWidth width = DistanceWidth::kNone;  // kNone: distances would take no less than the values, or there are few
};

/// Stops at the first values that are too far apart, so that asking in vain costs little.
template <typename T>
IntegerFrame<T> FrameOf(const T* values, size_t count);

/// Writes count * BytesOf(frame.width) bytes. `frame` is of these values, and its width not kNone.
template <typename T>
void WriteDistances(const IntegerFrame<T>& frame, const T* values, size_t count, char* to);

/// The values again. Any bytes will do: what is out of range wraps around.
template <typename T>
void ReadDistances(const IntegerFrame<T>& frame, const char* from, size_t count, T* values);

}  // namespace laminar
