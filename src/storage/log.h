// The log: every accepted call and definition in order, written before it is acknowledged.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "common/status.h"
#include "storage/file.h"
#include "storage/log_body.h"
#include "storage/log_format.h"

namespace laminar {

/// When a record that was written is forced onto the disk. Written is enough to outlive the process in every mode.
enum class LogSync : uint8_t {
  kCommit,    // before it is acknowledged; one sync serves everybody who waits
  kInterval,  // within kSyncInterval
  kNone,      // when the operating system likes
};

/// Where a log ends and goes on: what LogReader found.
struct LogEnd {
  uint64_t segment = 0;  // position of the last segment; it exists
  uint64_t offset = 0;   // in it, behind the last good record; 0: nothing exists, and the log begins at `segment`
  uint64_t sequence = 0;
};

struct LogOptions {
  LogSync sync = LogSync::kCommit;
  uint64_t segment_bytes = uint64_t{64} << 20;
  std::function<void()> on_segment{};  // called in the writing half when a new one was begun: it must only post
};

/// Removes the segments all of whose bytes stand before `position`: a checkpoint holds what they say. 0 or an errno.
int RemoveSegmentsBefore(FileSystem& files, const std::string& folder, uint64_t position);

/// Two halves. The writing half (Append, Buffer, Flush, position) is used under one lock of the caller's, which is what
/// gives the records their order. The other half may be called by any thread, best without that lock: it waits.
///
///     uint64_t end;
///     log.Append({LogKind::kCall, sequence, time}, body, &end);   // under the lock: written, in order
///     … unlock …
///     log.Acknowledge(end);                                       // durable as the mode wants it
///
/// A write that finds the disk full leaves the log as it was and may be tried again. Any other failure, and a failed
/// sync, is for good: what the disk holds is no longer known, and every later call answers the first error.
class Log {
 public:
  /// `folder` exists. Goes on behind `end`; what a torn record left there is cut off. Nothing of that depends on how
  /// often it is done.
  static Result<std::unique_ptr<Log>> Open(FileSystem& files, std::string folder, const DatabaseId& database,
                                           const LogEnd& end, LogOptions options);
  /// Stops without the mark of a clean end, as a crash would.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Writing half.

  struct Record {
    LogKind kind;
    uint64_t sequence = 0;
    int64_t time = 0;
  };
  /// Writes the buffered records and this one, all or nothing; `*end` is the position behind it. kIngestionFailed with
  /// the file and the reason.
  Status Append(const Record& record, const LogBody& body, uint64_t* end);
  /// A small record that goes out with the next that is written: it says nothing that is not so as long as none is.
  void Buffer(const Record& record, std::string body);
  void BufferEpoch(uint64_t epoch);
  /// Behind everything written. What is buffered comes behind it.
  uint64_t position() const { return segment_ + offset_; }
  /// Writes what is buffered. `*end` is the position behind everything written.
  Status Flush(uint64_t* end);

  // Any thread.

  /// Returns once everything before `position` is as durable as the mode promises.
  Status Acknowledge(uint64_t position);
  /// Returns once it is on the disk, whatever the mode.
  Status Sync(uint64_t position);
  void SetSync(LogSync sync);
  /// Behind everything written.
  uint64_t written() const { return written_.load(std::memory_order_acquire); }
  LogSync sync() const { return mode_.load(std::memory_order_relaxed); }
  /// The error that ended the log; OK while it works.
  Status failure() const;

  /// Nobody appends any more: marks a clean end, if anything was written since it was opened, and syncs.
  Status Close(uint64_t sequence);

 private:
  Log(FileSystem& files, std::string folder, const DatabaseId& database, LogOptions options);

  struct Buffered {
    Record record;
    std::string body;
  };
  Status Continue(const LogEnd& end);
  Status Write(const Record* record, const LogBody* body);
  /// Makes a new segment at the log's end.
  Status Rotate();
  Status Reserve(uint64_t bytes);
  Status NoRoom(int error) const;
  Status Fail(std::string_view what, const std::string& path, int error);
  std::string PathOf(uint64_t segment) const { return folder_ + "/" + SegmentName(segment); }
  void SyncThread();

  FileSystem& files_;
  const std::string folder_;
  const DatabaseId database_;
  const LogOptions options_;

  // Writing half.
  std::shared_ptr<File> file_;
  uint64_t segment_ = 0;   // position of file_'s first byte
  uint64_t offset_ = 0;    // of the next record in file_
  uint64_t reserved_ = 0;  // offset up to which the disk has room set aside
  bool reserves_ = true;   // the file system can
  bool used_ = false;      // a record was written since Open
  std::vector<Buffered> buffered_;

  std::atomic<uint64_t> written_{0};
  std::atomic<uint64_t> durable_{0};
  std::atomic<LogSync> mode_;

  mutable std::mutex sync_mutex_;
  std::condition_variable sync_done_;
  std::condition_variable sync_wanted_;
  // Guarded by sync_mutex_.
  std::vector<std::shared_ptr<File>> unsynced_;  // in order, the one being written last
  bool folder_unsynced_ = false;
  bool syncing_ = false;
  bool stopping_ = false;
  Status failure_;
  std::atomic<bool> failed_{false};
  std::atomic<bool> dirty_{false};  // kInterval: the thread knows that there is something to sync
  std::thread thread_;
};

}  // namespace laminar
