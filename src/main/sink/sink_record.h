// What a file sink has carried out, as it survives a crash (docs/storage.md, "Records of sinks").
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/status.h"
#include "storage/file.h"

namespace laminar {

/// The state of a sink's files behind one epoch of its stream. Everything in them beyond that is not there: whoever
/// reads the record cuts it off, and delivers the changes behind the epoch once more.
struct SinkRecord {
  std::string root;               // the file or folder it writes to, absolute where it is local
  std::optional<uint64_t> epoch;  // nothing: not even what was there at the beginning has been delivered
  uint64_t next_number = 0;       // of the next file
  bool ended = false;             // its single file is complete, and cannot be gone on with

  struct OpenFile {
    std::string folder;   // of its partition, "" or "a=1/b=x/"
    std::string written;  // where it is
    std::string path;     // where it is to be, once complete
    uint64_t bytes = 0;
    uint64_t rows = 0;
  };
  std::vector<OpenFile> open;
  /// Complete ones, to be renamed now that the record says so; some, or all, may have been already.
  struct Complete {
    std::string written, path;
  };
  std::vector<Complete> complete;
};

std::string EncodeSinkRecord(const SinkRecord& record);
/// kConnectionFailed for bytes that are none.
Result<SinkRecord> DecodeSinkRecord(std::string_view bytes);

/// The records of a database: <dir>/sinks/<id, 16 hexadecimal digits>. Thread-safe, but for two calls of one id.
class SinkRecords {
 public:
  /// `folder` is made with the first record.
  SinkRecords(FileSystem& files, std::string directory) : files_(files), directory_(std::move(directory)) {}

  /// On return the record has replaced the one before it, and survives a power cut.
  Status Save(uint64_t id, const SinkRecord& record);
  /// Nothing when there is none.
  Result<std::optional<SinkRecord>> Load(uint64_t id);
  void Remove(uint64_t id);
  /// All but these, and what a crash left of unfinished ones.
  void RemoveAllBut(const std::vector<uint64_t>& ids);

 private:
  std::string folder() const { return directory_ + "/sinks"; }
  std::string PathOf(uint64_t id) const;
  Status MakeFolder();

  FileSystem& files_;
  const std::string directory_;
  std::atomic<bool> folder_made_{false};
};

}  // namespace laminar
