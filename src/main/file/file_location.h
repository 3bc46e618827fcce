// Where files are: local paths, URIs of the file systems that Arrow knows, and patterns over both.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/source_span.h"
#include "common/status.h"

namespace arrow::fs {
class FileSystem;
}
namespace arrow::io {
class InputStream;
class OutputStream;
class RandomAccessFile;
}  // namespace arrow::io

namespace laminar {

enum class FileCompression : uint8_t { kNone, kGzip, kZstd };

/// One file, there or not.
struct FileLocation {
  std::shared_ptr<arrow::fs::FileSystem> system;
  std::string path;   // within the file system
  std::string shown;  // as messages name it: the local path or the URI
};

/// "csv" of 'a/trades.csv.gz'; lower-cased.
std::string ExtensionOf(std::string_view path);
/// "trades" of 'a/trades.csv.gz'.
std::string StemOf(std::string_view path);
/// By the last extension.
FileCompression CompressionOf(std::string_view path);

/// The location a path or URI names. kQueryFailed when no file system answers for it.
Result<FileLocation> LocateFile(const std::string& path);
/// The files that a path or pattern (*, ?, [a-z]) names, sorted. kQueryFailed when there is none, naming the nearest
/// neighbour as the error's candidate.
Result<std::vector<FileLocation>> FindFiles(const std::string& pattern);

/// Opening, reading and writing fail with kQueryFailed and the file's name.
Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenRandomAccess(const FileLocation& file);
/// Bytes, unpacked.
Result<std::shared_ptr<arrow::io::InputStream>> OpenInput(const FileLocation& file, FileCompression compression);

}  // namespace laminar
