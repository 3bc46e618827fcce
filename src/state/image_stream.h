// Bytes on their way out of memory and back: what state is written to and read from, wherever that keeps them.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "common/status.h"

namespace laminar {

/// Little-endian, as the machines we run on. The first failure stays: everything after it is passed over, so that who
/// writes asks `status()` once, at the end. One thread.
class ImageWriter {
 public:
  virtual ~ImageWriter() = default;

  void Write(const void* bytes, size_t size) {
    if (!status_.ok() || size == 0) return;
    if (Status status = Append(bytes, size); !status.ok()) status_ = std::move(status);
  }
  template <typename T>
  requires std::is_trivially_copyable_v<T>
  void Put(const T& value) { Write(&value, sizeof value); }
  void PutText(std::string_view text) {
    Put(static_cast<uint32_t>(text.size()));
    Write(text.data(), text.size());
  }
  /// What somebody else found out: of the file, or of what is to be written.
  void Check(Status status) {
    if (status_.ok()) status_ = std::move(status);
  }
  const Status& status() const { return status_; }

 protected:
  virtual Status Append(const void* bytes, size_t size) = 0;

 private:
  Status status_;
};

/// Likewise. After a failure everything reads as zeros; what is read is to be believed only while `status()` is OK, and
/// counts are to be compared with `left()` before memory is made for them.
class ImageReader {
 public:
  virtual ~ImageReader() = default;

  void Read(void* bytes, size_t size) {
    if (size == 0) return;
    if (status_.ok() && size > left()) Fail("it ends early");
    if (status_.ok()) {
      if (Status status = Take(bytes, size); !status.ok()) status_ = std::move(status);
    }
    if (!status_.ok()) std::memset(bytes, 0, size);
  }
  template <typename T>
  requires std::is_trivially_copyable_v<T> T Get() {
    T value{};
    Read(&value, sizeof value);
    return value;
  }
  /// A number of things that take at least `size` bytes each.
  uint32_t GetCount(size_t size) {
    const uint32_t count = Get<uint32_t>();
    if (uint64_t{count} * size > left()) Fail("it counts more than it holds");
    return status_.ok() ? count : 0;
  }
  std::string GetText() {
    std::string text(GetCount(1), '\0');
    Read(text.data(), text.size());
    return text;
  }
  /// Bytes that are still there.
  virtual uint64_t left() const = 0;
  /// What was read makes no sense.
  void Fail(std::string_view why) {
    if (status_.ok()) status_ = Status::Internal("saved state cannot be read: " + std::string(why));
  }
  const Status& status() const { return status_; }

 protected:
  void Check(Status status) {
    if (status_.ok()) status_ = std::move(status);
  }
  /// No more than are left.
  virtual Status Take(void* bytes, size_t size) = 0;

 private:
  Status status_;
};

/// In memory.
class ImageBytes final : public ImageWriter {
 public:
  const std::string& bytes() const { return bytes_; }
  std::string Release() { return std::move(bytes_); }
  void Reserve(size_t bytes) { bytes_.reserve(bytes); }

 private:
  Status Append(const void* bytes, size_t size) override {
    bytes_.append(static_cast<const char*>(bytes), size);
    return Status::OK();
  }
  std::string bytes_;
};

/// Over bytes that somebody else keeps.
class ImageView final : public ImageReader {
 public:
  explicit ImageView(std::string_view bytes) : bytes_(bytes) {}
  uint64_t left() const override { return bytes_.size(); }

 private:
  Status Take(void* bytes, size_t size) override {
    std::memcpy(bytes, bytes_.data(), size);
    bytes_.remove_prefix(size);
    return Status::OK();
  }
  std::string_view bytes_;
};

}  // namespace laminar
