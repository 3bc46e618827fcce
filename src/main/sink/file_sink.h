// INTO FILE (…): the changes of a stream as rows of a file.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/type.h"
#include "exec/file_table.h"
#include "main/file/file_writer.h"
#include "main/sink/sink_layout.h"
#include "main/sink/sink_record.h"
#include "main/sink/sink_worker.h"

namespace laminar {

/// What the sink is to carry out.
struct SinkInput {
  Schema schema;  // without the weight
  bool append_only = true;
  std::string retracts_because;
  std::vector<std::vector<int>> keys;  // sets of columns that identify a row, when known
};

struct FileSinkOptions {
  FileLocation file;  // or folder
  SinkLayout layout;
  FileFormat format = FileFormat::kCsv;
  bool upsert = false;  // the row of a key as it is now, and __deleted when it went
  WriteOptions write;
};

/// Checks the options of INTO FILE against what comes; throws kQueryFailed with the place and, for input that can
/// retract, what to write instead. Nothing is created yet. `resumed`: the sink goes on with files that are there.
FileSinkOptions CheckFileSink(const std::vector<FileOption>& options, SourceSpan connector, const SinkInput& input,
                              std::string_view sql, bool resumed = false);

/// Who a sink is to its files and records: `records` is null where nothing survives the process.
struct SinkIdentity {
  SinkRecords* records = nullptr;
  uint64_t id = 0;
};
/// Creates the file or folder; or goes on behind a record.
Result<std::unique_ptr<SinkOutput>> OpenFileSink(const FileSinkOptions& options, const SinkInput& input,
                                                 const SinkIdentity& identity, const SinkRecord* record = nullptr);

}  // namespace laminar
