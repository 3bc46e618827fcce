#include "main/file/object_store.h"

#include <arrow/filesystem/filesystem.h>
#include <arrow/util/config.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>

namespace laminar {

namespace {

/// The folder of the Arrow library that this process runs.
std::filesystem::path ArrowFolder() {
  Dl_info info{};
  const auto function = static_cast<arrow::Status (*)(const char*)>(&arrow::fs::LoadFileSystemFactories);
  if (dladdr(reinterpret_cast<const void*>(function), &info) == 0 || info.dli_fname == nullptr) return {};
  return std::filesystem::path(info.dli_fname).parent_path();
}

arrow::Status LoadS3() {
  const std::filesystem::path library = ArrowFolder() / ("libarrow_s3.so." ARROW_SO_VERSION);
  std::error_code failure;
  // Where Arrow was built in one piece there is nothing to load, and it says itself what it does not know.
  if (!std::filesystem::exists(library, failure)) return arrow::Status::OK();
  // Its threads must be gone before the process takes its libraries down.
  std::atexit([] { arrow::fs::EnsureFinalized(); });
  return arrow::fs::LoadFileSystemFactories(library.c_str());
}

}  // namespace

Status LoadObjectStores(std::string_view uri) {
  if (uri.substr(0, 5) != "s3://") return Status::OK();
  static std::once_flag once;
  static arrow::Status loaded;
  std::call_once(once, [] { loaded = LoadS3(); });
  if (loaded.ok()) return Status::OK();
  return {ErrorCode::kQueryFailed, fmt::format("the S3 client of Arrow cannot be loaded: {}", loaded.message())};
}

}  // namespace laminar
