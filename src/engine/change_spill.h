// The older changes of a changelog, on disk.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/status.h"
#include "common/type.h"
#include "engine/change.h"
#include "storage/spill_file.h"

namespace laminar {

/// Changes of consecutive indexes in files that are given up from the front, whole. In memory stands one mark for many
/// changes, so that a lag of millions costs next to nothing. Each change has a checksum: what is damaged is never
/// served.
///
/// Whoever appends writes without a lock (Write), then adds what it has written under the changelog's (Add). Readers
/// find their place under the lock (Find) and read without (Read): a file outlives its place in the list.
class ChangeSpill {
 public:
  ChangeSpill(FileSystem& files, std::string directory, std::vector<DataType> types);

  /// Where a change is, or one before it.
  struct Place {
    std::shared_ptr<const SpillFile> file;
    uint64_t index = 0;
    uint64_t offset = 0;
    int64_t rows_before = 0;  // of all changes before it, since the beginning of time
  };

  /// What Write wrote, for Add.
  struct Written {
    std::shared_ptr<SpillFile> file;
    uint64_t first = 0;
    uint64_t bytes = 0;
    uint64_t last_epoch = 0;
    uint64_t changes = 0;
    struct Mark {
      uint64_t index, epoch, offset;
      int64_t rows_before;
    };
    std::vector<Mark> marks;
  };
  /// `first` and `rows_before` are of the first of them, which follows what was written before. Goes on in the last
  /// file, unless that has `file_bytes` by now.
  Result<Written> Write(std::span<const Change> changes, uint64_t first, int64_t rows_before, uint64_t file_bytes);

  // With the changelog's lock.

  void Add(Written written);
  bool empty() const { return files_.empty(); }
  /// Of the newest change there.
  uint64_t last_epoch() const { return files_.back().last_epoch; }
  uint64_t bytes() const { return bytes_; }
  /// Of the oldest file.
  struct Oldest {
    uint64_t end, bytes, last_epoch;
  };
  Oldest oldest() const;
  void DropOldest();
  /// Of a change that is there.
  Place Find(uint64_t index) const;
  /// Of a change that is not behind the first one after that epoch, and near it. There must be such a one.
  Place FindEpoch(uint64_t epoch) const;

  // Without it.

  /// The epoch of the change at `place`, which is moved on to the next in the file.
  Result<uint64_t> Skip(Place* place) const;
  Result<Change> Read(Place* place) const;

 private:
  struct File {
    std::shared_ptr<SpillFile> file;
    uint64_t first, end, bytes, last_epoch;
    std::vector<Written::Mark> marks;
  };

  FileSystem& disk_;
  const std::string directory_;
  const std::vector<DataType> types_;
  std::deque<File> files_;
  uint64_t bytes_ = 0;
  // The appender's own.
  std::shared_ptr<SpillFile> current_;
};

}  // namespace laminar
