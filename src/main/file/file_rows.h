// What the readers of all formats have in common: files one after another, columns left out, bad records counted.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exec/file_table.h"
#include "main/file/file_location.h"
#include "main/file/read_options.h"

namespace laminar {

/// Rows in one batch of a reader, at most.
constexpr int64_t kFileBatchRows = 1 << 16;
/// Bytes of text that are read at a time.
constexpr size_t kFileBlock = size_t{1} << 20;

/// Where a row begins in its file, so that reading can go on there.
struct FilePlace {
  uint64_t position = 0;  // bytes of text, unpacked; rows of Parquet
  int64_t lines = 0;      // of text, before it
};

/// What was left out of a file.
struct LeftOutRecords {
  int64_t count = 0;
  std::vector<std::string> first;  // why, of the first few
};

/// The rows of one file, from a place on.
class PlacedRows : public FileRows {
 public:
  /// Behind the rows that Next has returned; records that were left out in between are behind it.
  virtual FilePlace place() const = 0;
  /// What was left out since this was asked last.
  virtual LeftOutRecords TakeLeftOut() { return {}; }
};

/// The part of a file that is read: from a place on, and up to so many bytes of text.
struct FileStretch {
  FilePlace begin;
  uint64_t end = std::numeric_limits<uint64_t>::max();
};

/// A format's files, found and described.
class FilesOfFormat : public FileTable {
 public:
  FilesOfFormat(Schema schema, FileFormat format, const FileRequest& request, std::vector<FileLocation> files);

  Result<std::unique_ptr<FileRows>> Open(const std::vector<int>& columns) const final;
  /// One file, which need not be among those that were found.
  virtual Result<std::unique_ptr<PlacedRows>> OpenOne(const FileLocation& file, const std::vector<int>& columns,
                                                      const FileStretch& stretch) const = 0;

 protected:
  const std::vector<FileLocation>& files() const { return files_; }

 private:
  const std::vector<FileLocation> files_;
};

/// Records that were left out because the statement said so.
class BadRecords {
 public:
  void Add(const Status& why);
  std::vector<std::string> Report(std::string_view file) const;
  LeftOutRecords Take() { return std::exchange(found_, {}); }

 private:
  static constexpr size_t kShown = 5;
  LeftOutRecords found_;
};

/// `columns` of a batch that has all of `types`.
Ref<RowBatch> KeepColumns(const Ref<RowBatch>& batch, const std::vector<int>& columns,
                          const std::vector<DataType>& types);

/// "column "x" of 'b.csv' is missing": files of one table have the same columns.
Status MissingInFile(const FileLocation& file, const FileLocation& first, std::string_view column);
Status UnexpectedInFile(const FileLocation& file, const FileLocation& first, std::string_view column);

}  // namespace laminar
