// One source that is fed from files: a thread that reads them and inserts their rows.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/ref.h"
#include "common/status.h"
#include "exec/step.h"
#include "main/file/file_location.h"
#include "main/file/file_rows.h"
#include "main/source/file_position.h"
#include "main/source/file_source_options.h"
#include "state/row_batch.h"

namespace laminar {

struct FileSourceFacts {
  int64_t rows = 0;    // of this process
  int64_t errors = 0;  // records that were set aside
  std::string status;  // "waiting" for start(), "running", "finished", "failed", "stopped"
  std::string last_error;
  std::string reading;  // the file it is in
};

/// What a source does with what it reads. Called by its thread.
struct FileSourceDoors {
  /// Rows, perhaps none, and the position behind them: one call. Waits for room; returns false when the source is to
  /// stop. Throws what an insert throws.
  std::function<bool(const Ref<RowBatch>& rows, const FilePosition& position)> accept;
  /// Records that were set aside.
  std::function<void(const LeftOutRecords& records)> left_out;
};

/// Exactly once: a file's position is logged in one record with the rows up to it, and reading goes on there. What is
/// wrong with a record sets it aside, unless on_error = 'stop'; what is wrong with a file ends the source, and it says
/// so. Thread-safe.
class FileSource {
 public:
  FileSource(std::string name, FileSourceOptions options, std::vector<FilePosition> positions, FileSourceDoors doors);
  /// Stops.
  ~FileSource();

  /// Reading begins; once.
  void Start();
  /// Nothing more is read, from here on. Returns at once.
  void Stop();
  void Join();
  FileSourceFacts facts() const;

 private:
  void Run();
  /// Once over all files that are there. False when it is to stop.
  bool ReadFiles();
  bool ReadFile(const FileLocation& file, const FilePosition& known);
  std::vector<FileLocation> FindInOrder();
  /// Where the last record that is whole ends.
  Result<uint64_t> EndOfRecords(const FileLocation& file, uint64_t begin, uint64_t size) const;
  bool stopping() const { return cancel_.cancelled(); }

  const std::string name_;
  const FileSourceOptions options_;
  const FileSourceDoors doors_;
  // The thread's own.
  std::map<std::string, FilePosition> positions_;  // by path
  std::shared_ptr<const FilesOfFormat> format_;
  std::vector<int> columns_;

  CancelToken cancel_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  FileSourceFacts facts_;
  std::thread thread_;
};

}  // namespace laminar
