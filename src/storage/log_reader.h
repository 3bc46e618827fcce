// Reads a log from its beginning, and tells a tail that was torn from bytes that went bad.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/buffer.h"
#include "common/status.h"
#include "storage/file.h"
#include "storage/log.h"
#include "storage/log_format.h"

namespace laminar {

/// One record, as it was appended.
struct LogEntry {
  LogHeader header;
  uint64_t position = 0;
  std::string_view body;  // good as long as `owner`
  Ref<RefCounted> owner;
};

/// Reads only. Where a record is not whole there are two cases, and they must not be mixed up:
///
/// * a crash, or a power cut, ended the log there: nobody was told that what follows is safe, and it is left out;
/// * the disk gives back other bytes than were written. Then the database must not be opened on what is left.
///
/// It is the second when one flipped bit explains what is there, or when something behind it says that the log was
/// durable beyond that place (an end of an epoch, of a session, the head of a segment). Otherwise it is the first.
class LogReader {
 public:
  LogReader(FileSystem& files, std::string folder, const DatabaseId& database);

  /// Looks at which segments there are. Fails when one is missing between others, or is of another database or version.
  /// Records are read from position `from` on, where one begins; segments before it are not looked at.
  Status Open(uint64_t from = 0);
  /// The next record; false at the end. kConnectionFailed naming file and byte for what has gone bad.
  Result<bool> Next(LogEntry* entry);

  /// After Next has answered false: where the log goes on.
  const LogEnd& end() const { return end_; }
  /// Segments behind the end, which hold nothing that counts, by path.
  const std::vector<std::string>& abandoned() const { return abandoned_; }
  /// Bytes behind the end that were left out.
  uint64_t torn_bytes() const { return torn_bytes_; }
  /// Of all segments, for who shows progress.
  uint64_t total_bytes() const { return total_bytes_; }
  size_t segments() const { return segments_.size(); }
  uint64_t position() const { return segment_start() + offset_; }
  /// Of the first segment that is read.
  uint64_t first_position() const { return segments_.empty() ? 0 : segments_.front().position; }

 private:
  struct Segment {
    uint64_t position;
    std::string path;
    uint64_t size;
  };
  uint64_t segment_start() const { return segments_.empty() ? 0 : segments_[current_].position; }
  /// Opens segments_[current_] and reads its head; false when the log ends before it.
  Result<bool> EnterSegment();
  /// The bytes [offset_, offset_ + size) of the segment; null when it has fewer.
  Result<const char*> Window(uint64_t size);
  /// The record at offset_ is not whole. `flipped`: the bit that explains it, from the record's beginning.
  Result<bool> NotWhole(std::optional<uint64_t> flipped, std::string_view what);
  /// How far something behind offset_ says that the log was durable.
  Result<uint64_t> DurableByWhatFollows();
  void EndHere();
  Status Damaged(const std::string& path, uint64_t byte, std::string_view what) const;
  Status CannotRead(const std::string& path, int error) const;

  FileSystem& files_;
  const std::string folder_;
  const DatabaseId database_;
  std::vector<Segment> segments_;
  size_t current_ = 0;
  std::unique_ptr<File> file_;
  uint64_t offset_ = 0;
  Ref<Buffer> window_;
  uint64_t window_offset_ = 0;  // of its first byte in the segment
  uint64_t window_bytes_ = 0;
  LogEnd end_;
  bool ended_ = false;
  std::vector<std::string> abandoned_;
  uint64_t torn_bytes_ = 0;
  uint64_t total_bytes_ = 0;
};

}  // namespace laminar
