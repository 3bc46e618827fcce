// The counterpart of ByteWriter: never reads past the end, whatever the bytes say.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/status.h"

namespace laminar {

/// Reading past the end gives zeros and empty texts and makes the reader not ok(), for good; so a decoder reads on and
/// asks at the end.
class ByteReader {
 public:
  ByteReader(const void* data, size_t size) : next_(static_cast<const char*>(data)), left_(size) {}
  explicit ByteReader(std::string_view bytes) : ByteReader(bytes.data(), bytes.size()) {}

  template <typename T>
  T Get() {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    T value{};
    if (const void* bytes = GetBytes(sizeof(T))) std::memcpy(&value, bytes, sizeof(T));
    return value;
  }
  /// Null when there are not that many.
  const char* GetBytes(size_t size) {
    if (size > left_) {
      ok_ = false;
      left_ = 0;
      return nullptr;
    }
    const char* bytes = next_;
    next_ += size;
    left_ -= size;
    return bytes;
  }
  std::string_view GetText() {
    const uint32_t size = Get<uint32_t>();
    const char* bytes = GetBytes(size);
    return bytes == nullptr ? std::string_view() : std::string_view(bytes, size);
  }

  size_t left() const { return left_; }
  bool ok() const { return ok_; }
  void Fail() {
    ok_ = false;
    left_ = 0;
  }
  /// Not ok, or not everything read: what was to be decoded is not what its writer wrote.
  Status Done(std::string_view what) const {
    if (ok_ && left_ == 0) return Status::OK();
    return {ErrorCode::kConnectionFailed, "the bytes of " + std::string(what) + " do not make sense"};
  }

 private:
  const char* next_;
  size_t left_;
  bool ok_ = true;
};

}  // namespace laminar
