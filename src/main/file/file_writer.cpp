#include "main/file/file_writer.h"

#include <algorithm>
#include <utility>

#include "common/sql_error.h"
#include "common/type.h"
#include "main/file/parquet_writer.h"
#include "main/file/text_writers.h"

namespace laminar {

Result<std::unique_ptr<FileWriter>> OpenWriter(FileFormat format, const FileLocation& file, const WriteOptions& options,
                                               const Schema& schema) {
  switch (format) {
    case FileFormat::kCsv:
      return OpenCsvWriter(file, options, schema);
    case FileFormat::kJson:
      return OpenJsonWriter(file, options, schema);
    case FileFormat::kParquet:
      return OpenParquetWriter(file, options, schema);
  }
  return Status::Internal("a file format without a writer");
}

std::vector<std::string> KnownWriteOptions(FileFormat format) {
  if (format == FileFormat::kCsv) return {"header", "delim", "sep", "delimiter", "quote", "nullstr", "compression"};
  return {"compression"};
}

bool SetWriteOption(const FileOption& option, FileFormat format, std::string_view sql, WriteOptions* options) {
  const std::string& key = option.key;
  if (key == "compression" && format == FileFormat::kParquet) {
    options->codec = LowerCased(TextOption(option, sql));
    static const std::vector<std::string> kCodecs = {"none", "uncompressed", "snappy", "gzip", "zstd"};
    if (std::find(kCodecs.begin(), kCodecs.end(), options->codec) == kCodecs.end()) {
      throw MakeSqlError(ErrorCode::kQueryFailed, sql, option.items[0].span,
                         "Parquet is compressed with none, snappy, gzip or zstd",
                         NearestNames(options->codec, kCodecs));
    }
    return true;
  }
  if (key == "compression") {
    options->compression = CompressionOption(option, sql);
    return true;
  }
  if (format != FileFormat::kCsv) return false;
  if (key == "header") {
    options->header = BooleanOption(option, sql);
  } else if (key == "delim" || key == "sep" || key == "delimiter") {
    options->delimiter = ByteOption(option, sql, false);
  } else if (key == "quote") {
    options->quote = ByteOption(option, sql, false);
  } else if (key == "nullstr" || key == "null") {
    options->null_text = TextOption(option, sql);
  } else {
    return false;
  }
  return true;
}

}  // namespace laminar
