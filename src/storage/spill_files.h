// The spill space of a database: blocks with checksums in files without a name.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "state/buffer_pool.h"
#include "state/spill_space.h"
#include "storage/spill_file.h"

namespace laminar {

/// Blocks outlive it. A file goes with its last block, so what lives long holds no more than one file's worth of dead
/// bytes where the file system takes no holes. Format: docs/storage.md, "Spill files".
class SpillFiles final : public SpillSpace {
 public:
  /// `folder`: as of SpillFile::Create. `pool_bytes`: of what was read back and is kept.
  SpillFiles(FileSystem& files, std::string folder, size_t pool_bytes);
  ~SpillFiles() override;

  /// An error is kQueryFailed: it is a query's when a block cannot be read.
  Result<Ref<SpilledBlock>> Write(std::span<const uint8_t> bytes) override;
  /// Of blocks that are there. Any thread.
  int64_t disk_bytes() const;
  BufferPool& pool() const;

 private:
  class Block;
  struct Shared;

  FileSystem& files_;
  const std::string folder_;
  std::shared_ptr<Shared> shared_;
  std::shared_ptr<SpillFile> current_;
};

}  // namespace laminar
