// What the readers of all formats have in common: files one after another, columns left out, bad records counted.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exec/file_table.h"
#include "main/file/file_location.h"
#include "main/file/read_options.h"

namespace laminar {

/// Rows in one batch of a reader, at most.
constexpr int64_t kFileBatchRows = 1 << 16;
/// Bytes of text that are read at a time.
constexpr size_t kFileBlock = size_t{1} << 20;

/// A format's files, found and described.
class FilesOfFormat : public FileTable {
 public:
  FilesOfFormat(Schema schema, FileFormat format, const FileRequest& request, std::vector<FileLocation> files);

  Result<std::unique_ptr<FileRows>> Open(const std::vector<int>& columns) const final;

 protected:
  virtual Result<std::unique_ptr<FileRows>> OpenOne(const FileLocation& file,
                                                    const std::vector<int>& columns) const = 0;
  const std::vector<FileLocation>& files() const { return files_; }

 private:
  const std::vector<FileLocation> files_;
};

/// Records that were left out because the statement said so.
class BadRecords {
 public:
  void Add(const Status& why);
  std::vector<std::string> Report(std::string_view file) const;

 private:
  static constexpr size_t kShown = 5;
  int64_t count_ = 0;
  std::vector<std::string> first_;
};

/// `columns` of a batch that has all of `types`.
Ref<RowBatch> KeepColumns(const Ref<RowBatch>& batch, const std::vector<int>& columns,
                          const std::vector<DataType>& types);

/// "column "x" of 'b.csv' is missing": files of one table have the same columns.
Status MissingInFile(const FileLocation& file, const FileLocation& first, std::string_view column);
Status UnexpectedInFile(const FileLocation& file, const FileLocation& first, std::string_view column);

}  // namespace laminar
