// A file without a name, for what leaves memory for a while.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "common/status.h"

namespace laminar {

/// Vanishes with its last reference and with the process, however that ends: no directory lists it. One thread appends;
/// any thread reads what was appended before.
class SpillFile {
 public:
  /// `directory` empty: the temporary directory of the environment (TMPDIR), or /var/tmp, which unlike /tmp is on disk.
  static Result<std::shared_ptr<SpillFile>> Create(const std::string& directory);
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  /// All of it or, as far as readers can tell, nothing.
  Status Append(std::span<const uint8_t> bytes);
  /// Reads up to `size` bytes; fewer only at the end of the file. How many.
  Result<size_t> Read(uint64_t offset, void* to, size_t size) const;
  uint64_t size() const { return size_.load(std::memory_order_acquire); }

 private:
  explicit SpillFile(int fd) : fd_(fd) {}

  const int fd_;
  std::atomic<uint64_t> size_{0};  // what is complete
};

}  // namespace laminar
