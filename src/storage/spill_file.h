// A file without a name, for what leaves memory for a while.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "common/status.h"
#include "storage/file.h"

namespace laminar {

/// Vanishes with its last reference and with the process, however that ends: no directory lists it. One thread appends;
/// any thread reads what was appended before. Its errors name the folder, the file's number and the byte.
class SpillFile {
 public:
  /// `folder` empty: the temporary directory of the environment (TMPDIR), or /var/tmp, which unlike /tmp is on disk.
  /// `failure`: what an error is to those who want the file.
  static Result<std::shared_ptr<SpillFile>> Create(FileSystem& files, const std::string& folder, ErrorCode failure);
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  /// All of it or, as far as readers can tell, nothing.
  Status Append(std::span<const uint8_t> bytes);
  Status Append(std::span<const Piece> pieces);
  /// Reads up to `size` bytes; fewer only at the end of the file. How many.
  Result<size_t> Read(uint64_t offset, void* to, size_t size) const;
  /// What was appended there is not read any more: its room goes back to the disk where the file system can do that,
  /// otherwise with the file. Any thread.
  void Discard(uint64_t offset, uint64_t size) const { file_->Discard(offset, size); }
  uint64_t size() const { return size_.load(std::memory_order_acquire); }
  /// "spill file 3 in /var/tmp".
  std::string Describe() const;

 private:
  SpillFile(std::unique_ptr<File> file, std::string folder, ErrorCode failure);

  const std::unique_ptr<File> file_;
  const std::string folder_;
  const ErrorCode failure_;
  const uint64_t number_;          // of the process's
  std::atomic<uint64_t> size_{0};  // what is complete
};

}  // namespace laminar
