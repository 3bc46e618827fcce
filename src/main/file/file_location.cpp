#include "main/file/file_location.h"

#include <arrow/filesystem/filesystem.h>
#include <arrow/filesystem/localfs.h>
#include <arrow/io/compressed.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "common/sql_error.h"
#include "common/type.h"
#include "main/arrow_types.h"
#include "main/file/object_store.h"

namespace laminar {

namespace {

bool IsPattern(std::string_view path) { return path.find_first_of("*?[") != std::string_view::npos; }
bool IsUri(std::string_view path) { return path.find("://") != std::string_view::npos; }

std::string_view FileName(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view WithoutCompression(std::string_view name) {
  for (const std::string_view ending : {".gz", ".zst"}) {
    if (name.size() > ending.size() && NamesEqual(name.substr(name.size() - ending.size()), ending)) {
      return name.substr(0, name.size() - ending.size());
    }
  }
  return name;
}

FileLocation LocalFile(std::string path) {
  static const auto system = std::make_shared<arrow::fs::LocalFileSystem>();
  std::string shown = path;
  return {system, std::move(path), std::move(shown)};
}

/// The names beside the one that is missing.
Status Missing(const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(path).has_parent_path() ? fs::path(path).parent_path() : fs::path(".");
  std::error_code failure;
  if (!fs::is_directory(folder, failure)) {
    return {ErrorCode::kQueryFailed,
            fmt::format("there is no file '{}': the directory '{}' does not exist", path, folder.string())};
  }
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failure)) {
    names.push_back(entry.path().filename().string());
  }
  std::vector<std::string> near = NearestNames(fs::path(path).filename().string(), names);
  const std::string message = fmt::format("there is no file '{}'", path);
  return Status(Error(ErrorCode::kQueryFailed, message).WithCandidates(std::move(near)));
}

Result<std::vector<FileLocation>> FindLocal(const std::string& pattern) {
  std::error_code failure;
  std::vector<FileLocation> files;
  // A name that has brackets in it is a name first.
  if (std::filesystem::exists(pattern, failure)) {
    if (std::filesystem::is_directory(pattern, failure)) {
      return Status(ErrorCode::kQueryFailed,
                    fmt::format("'{}' is a directory; write a pattern for its files, such as '{}/*.csv'", pattern,
                                pattern.back() == '/' ? pattern.substr(0, pattern.size() - 1) : pattern));
    }
    files.push_back(LocalFile(pattern));
    return files;
  }
  if (!IsPattern(pattern)) return Missing(pattern);
  glob_t found{};
  const int outcome = glob(pattern.c_str(), GLOB_NOSORT | GLOB_MARK, nullptr, &found);
  std::vector<std::string> paths;
  for (size_t i = 0; outcome == 0 && i < found.gl_pathc; ++i) {
    std::string path = found.gl_pathv[i];
    if (path.back() != '/') paths.push_back(std::move(path));
  }
  globfree(&found);
  if (paths.empty()) {
    return Status(ErrorCode::kQueryFailed, fmt::format("no file matches the pattern '{}'", pattern));
  }
  std::ranges::sort(paths);
  for (std::string& path : paths) files.push_back(LocalFile(std::move(path)));
  return files;
}

Result<std::vector<FileLocation>> FindInStore(const std::string& pattern) {
  LAMINAR_ASSIGN_OR_RETURN(const FileLocation location, LocateFile(pattern));
  if (!IsPattern(location.path)) return std::vector<FileLocation>{location};
  arrow::fs::FileSelector selector;
  selector.base_dir = location.path.substr(0, location.path.find_first_of("*?["));
  selector.base_dir.erase(std::min(selector.base_dir.rfind('/'), selector.base_dir.size()));
  selector.recursive = true;
  const auto entries = location.system->GetFileInfo(selector);
  LAMINAR_RETURN_NOT_OK(FromArrowStatus(entries.status(), ErrorCode::kQueryFailed,
                                        fmt::format("the files of '{}' cannot be listed", pattern)));
  const std::string prefix = pattern.substr(0, pattern.find("://") + 3);
  std::vector<FileLocation> files;
  for (const arrow::fs::FileInfo& entry : *entries) {
    if (!entry.IsFile() || fnmatch(location.path.c_str(), entry.path().c_str(), FNM_PATHNAME) != 0) continue;
    files.push_back({location.system, entry.path(), prefix + entry.path()});
  }
  if (files.empty()) {
    return Status(ErrorCode::kQueryFailed, fmt::format("no file matches the pattern '{}'", pattern));
  }
  std::ranges::sort(files, {}, &FileLocation::path);
  return files;
}

}  // namespace

std::string ExtensionOf(std::string_view path) {
  const std::string_view name = WithoutCompression(FileName(path.substr(0, path.find(IsUri(path) ? '?' : '\0'))));
  const size_t point = name.rfind('.');
  return point == std::string_view::npos ? "" : LowerCased(name.substr(point + 1));
}

std::string StemOf(std::string_view path) {
  const std::string_view name = WithoutCompression(FileName(path));
  return std::string(name.substr(0, name.rfind('.')));
}

FileCompression CompressionOf(std::string_view path) {
  const std::string_view name = FileName(path);
  const std::string_view plain = WithoutCompression(name);
  if (plain.size() == name.size()) return FileCompression::kNone;
  return NamesEqual(name.substr(plain.size()), ".gz") ? FileCompression::kGzip : FileCompression::kZstd;
}

Result<FileLocation> LocateFile(const std::string& path) {
  if (!IsUri(path)) return LocalFile(path);
  LAMINAR_RETURN_NOT_OK(LoadObjectStores(path));
  FileLocation location;
  auto system = arrow::fs::FileSystemFromUri(path, &location.path);
  LAMINAR_RETURN_NOT_OK(
      FromArrowStatus(system.status(), ErrorCode::kQueryFailed, fmt::format("'{}' cannot be reached", path)));
  location.system = *system;
  // Keys may stand in a URI; no message repeats them.
  location.shown = path.substr(0, path.find("://") + 3) + location.path;
  return location;
}

Result<std::vector<FileLocation>> FindFiles(const std::string& pattern) {
  return IsUri(pattern) ? FindInStore(pattern) : FindLocal(pattern);
}

Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenRandomAccess(const FileLocation& file) {
  auto opened = file.system->OpenInputFile(file.path);
  LAMINAR_RETURN_NOT_OK(
      FromArrowStatus(opened.status(), ErrorCode::kQueryFailed, fmt::format("'{}' cannot be opened", file.shown)));
  return *opened;
}

Result<std::shared_ptr<arrow::io::InputStream>> OpenInput(const FileLocation& file, FileCompression compression) {
  const std::string doing = fmt::format("'{}' cannot be opened", file.shown);
  auto opened = file.system->OpenInputStream(file.path);
  LAMINAR_RETURN_NOT_OK(FromArrowStatus(opened.status(), ErrorCode::kQueryFailed, doing));
  if (compression == FileCompression::kNone) return *opened;
  auto codec = arrow::util::Codec::Create(compression == FileCompression::kGzip ? arrow::Compression::GZIP
                                                                                : arrow::Compression::ZSTD);
  LAMINAR_RETURN_NOT_OK(FromArrowStatus(codec.status(), ErrorCode::kQueryFailed, doing));
  auto unpacked = arrow::io::CompressedInputStream::Make(codec->get(), *opened);
  LAMINAR_RETURN_NOT_OK(FromArrowStatus(unpacked.status(), ErrorCode::kQueryFailed, doing));
  // The stream does not own its codec.
  struct Owning {
    std::shared_ptr<arrow::util::Codec> codec;
    std::shared_ptr<arrow::io::InputStream> stream;
  };
  auto owning = std::make_shared<Owning>(Owning{std::move(*codec), *unpacked});
  return std::shared_ptr<arrow::io::InputStream>(owning, owning->stream.get());
}

}  // namespace laminar
