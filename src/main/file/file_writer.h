// Rows into a file: what COPY … TO and file sinks write with.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/ref.h"
#include "common/status.h"
#include "common/type.h"
#include "main/file/file_location.h"
#include "main/file/read_options.h"
#include "state/row_batch.h"

namespace laminar {

/// How the rows of a file say that they come or go.
enum class RowForm : uint8_t {
  kRows,      // they only come
  kWeights,   // a last column __weight
  kUpserts,   // a last column __deleted
  kDebezium,  // JSON: {"before": row or null, "after": row or null, "op": "c" or "d"}
};

struct WriteOptions {
  FileCompression compression = FileCompression::kNone;
  bool append = false;  // go on behind what is there; not for Parquet
  RowForm form = RowForm::kRows;
  // CSV.
  bool header = true;
  char delimiter = ',';
  char quote = '"';
  std::string null_text;
  // Parquet.
  std::string codec = "snappy";
};

/// One thread at a time. Errors are kQueryFailed with the file's name; after one, only destroying it is left.
class FileWriter {
 public:
  virtual ~FileWriter() = default;
  /// The weights of the batch are looked at only where the form shows them.
  virtual Status Write(const Ref<RowBatch>& batch) = 0;
  /// What was written can be read by others: text at once, Parquet after Close.
  virtual Status Flush() = 0;
  virtual Status Close() = 0;
  /// How long the file is by now; where it is compressed, about that, and what has not been compressed yet as it is.
  virtual int64_t bytes() const = 0;
};

/// Creates the file, or empties it. `schema`: of the batches, without the weight.
Result<std::unique_ptr<FileWriter>> OpenWriter(FileFormat format, const FileLocation& file, const WriteOptions& options,
                                               const Schema& schema);

/// One option of a writer; false when there is none of that name for the format.
bool SetWriteOption(const FileOption& option, FileFormat format, std::string_view sql, WriteOptions* options);
/// Their names, for "did you mean".
std::vector<std::string> KnownWriteOptions(FileFormat format);

}  // namespace laminar
