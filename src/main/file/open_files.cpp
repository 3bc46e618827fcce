#include "main/file/open_files.h"

#include <string>
#include <utility>

#include "common/sql_error.h"
#include "main/file/csv_file.h"
#include "main/file/file_location.h"
#include "main/file/json_file.h"
#include "main/file/parquet_file.h"
#include "main/file/read_options.h"

namespace laminar {

namespace {

template <typename T>
T OrThrowAt(Result<T> result, const FileRequest& request) {
  if (result.ok()) return result.TakeValue();
  const Error& error = result.status().error();
  throw MakeSqlError(error.code(), request.sql, request.span, error.what(), error.candidates());
}

}  // namespace

const OpenFiles& OpenFiles::Get() {
  static const OpenFiles files;
  return files;
}

std::shared_ptr<const FileTable> OpenFiles::Open(const FileRequest& request) const {
  std::vector<FileLocation> files;
  for (const std::string& path : request.paths) {
    for (FileLocation& file : OrThrowAt(FindFiles(path), request)) files.push_back(std::move(file));
  }
  const FileFormat format = FormatOf(request);
  const ReadOptions options = CheckReadOptions(request, format);
  switch (format) {
    case FileFormat::kCsv:
      return OrThrowAt(OpenCsvFiles(request, options, std::move(files)), request);
    case FileFormat::kJson:
      return OrThrowAt(OpenJsonFiles(request, options, std::move(files)), request);
    case FileFormat::kParquet:
      return OrThrowAt(OpenParquetFiles(request, options, std::move(files)), request);
  }
  throw MakeSqlError(ErrorCode::kInternalError, request.sql, request.span, "a file format without a reader");
}

}  // namespace laminar
