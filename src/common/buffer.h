// Owned memory: 64-byte aligned, counted, accounted to nobody until a store takes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "common/ref.h"

namespace laminar {

/// Fixed-size block of bytes. Shared by reference; writable only while `unique()` or by the one who is known to write
/// beyond what any reader looks at. Padded to a multiple of 64 bytes, so that a vector loop may read past the end.
class Buffer final : public RefCounted {
 public:
  /// Uninitialised bytes. Throws std::bad_alloc.
  static Ref<Buffer> Allocate(size_t size) { return Ref<Buffer>(new Buffer(size)); }
  static Ref<Buffer> AllocateZeroed(size_t size);

  uint8_t* data() { return data_; }
  const uint8_t* data() const { return data_; }
  template <typename T>
  T* as() {
    return reinterpret_cast<T*>(data_);
  }
  template <typename T>
  const T* as() const {
    return reinterpret_cast<const T*>(data_);
  }
  size_t size() const { return size_; }

 private:
  explicit Buffer(size_t size) : size_(size) {
    data_ = static_cast<uint8_t*>(std::aligned_alloc(64, (size + 127) & ~size_t{63}));
    if (data_ == nullptr) throw std::bad_alloc();
  }
  ~Buffer() override { std::free(data_); }

  uint8_t* data_;
  size_t size_;
};

inline size_t BitmapWords(size_t bits) { return (bits + 63) / 64; }
inline bool GetBit(const uint64_t* bits, size_t i) { return (bits[i >> 6] >> (i & 63)) & 1; }
inline void SetBit(uint64_t* bits, size_t i) { bits[i >> 6] |= uint64_t{1} << (i & 63); }
inline void ClearBit(uint64_t* bits, size_t i) { bits[i >> 6] &= ~(uint64_t{1} << (i & 63)); }
inline void PutBit(uint64_t* bits, size_t i, bool on) {
  const uint64_t mask = uint64_t{1} << (i & 63);
  bits[i >> 6] = on ? bits[i >> 6] | mask : bits[i >> 6] & ~mask;
}

}  // namespace laminar
