// The files of one sink: opened, rolled, renamed, and brought back to where they were known to be good.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "main/file/file_writer.h"
#include "main/sink/file_sink.h"
#include "main/sink/sink_record.h"
#include "state/row_batch.h"

namespace laminar {

/// Exactly once, when there are records to write into. What is written becomes part of the sink in this order: the
/// bytes are in the files and synced; the record that says so has replaced the one before; complete files get their
/// names. A crash before the record leaves what the record before does not know, and Resume takes it away; a crash
/// behind it leaves files without their names, and Resume gives them those.
///
/// Files of two sorts. Lines on a local disk can be cut at any byte, so a record may stand in the middle of a file, and
/// Commit always makes one. Everything else (Parquet, object stores) is good only as a whole: a record stands between
/// files, an unfinished one is under a hidden name and is written again from its first epoch on. There all files of
/// the sink are completed together, so that one epoch says what is in all of them.
///
/// One thread at a time. After an error only destroying it is left.
class SinkFiles {
 public:
  using Clock = std::chrono::steady_clock;
  /// Makes the file or folder, and the first record.
  static Result<std::unique_ptr<SinkFiles>> Create(const FileSinkOptions& options, const Schema& schema,
                                                   const SinkIdentity& identity);
  /// Goes on behind a record: kQueryFailed when the files are shorter than it says, or cannot be gone on with.
  static Result<std::unique_ptr<SinkFiles>> Resume(const FileSinkOptions& options, const Schema& schema,
                                                   const SinkIdentity& identity, const SinkRecord& record);

  Status Write(const Ref<RowBatch>& rows);
  /// Everything up to `epoch` has been written: what can become part of the sink by now does. `last`: all of it, and
  /// the files are complete; nothing is written any more.
  Status Commit(std::optional<uint64_t> epoch, bool last);
  /// Of the last record.
  std::optional<uint64_t> durable() const { return durable_; }
  /// When a file is to be completed for its age.
  std::optional<Clock::time_point> due() const;

 private:
  struct OpenFile {
    std::string folder, written, path;
    int64_t rows = 0;
    uint64_t bytes = 0;  // up to where it was committed
    bool dirty = false;
    Clock::time_point begun;
    uint64_t touched = 0;
    std::unique_ptr<FileWriter> writer;
  };

  SinkFiles(const FileSinkOptions& options, const Schema& schema, const SinkIdentity& identity);
  bool keeps() const { return identity_.records != nullptr; }
  Status MakeFolder();
  std::string Hidden(uint64_t number) const;
  OpenFile& FileOf(const std::string& folder);
  Status OpenWriterOf(OpenFile& file);
  Status WriteTo(const std::string& folder, const Ref<RowBatch>& rows);
  Status Complete(const std::string& folder);
  Status CompleteOldest();
  Status CompleteAll();
  Status CommitWritten(OpenFile& file);
  Status SaveRecord(std::optional<uint64_t> epoch);
  Status RenameComplete();
  Status RemoveUnknown(const SinkRecord& record);
  Status CutTo(const SinkRecord::OpenFile& file);
  Status Sync(const std::string& path) const;
  uint64_t SizeOf(const std::string& path) const;
  uint64_t NextNumberThere() const;

  const FileSinkOptions options_;
  const Schema schema_;       // of the rows
  const Schema file_schema_;  // without the columns of the partition
  const SinkIdentity identity_;
  const bool local_;
  const bool cuttable_;  // lines, on a local disk
  std::vector<DataType> file_types_;
  std::vector<int> file_columns_;
  std::map<std::string, OpenFile> open_;  // by folder
  std::vector<SinkRecord::Complete> complete_;
  uint64_t next_number_ = 0;
  uint64_t touches_ = 0;
  bool ended_ = false;
  bool changed_ = false;  // since the last record
  std::optional<uint64_t> durable_;
};

}  // namespace laminar
