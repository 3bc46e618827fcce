#include "main/source/file_source.h"

#include <arrow/filesystem/filesystem.h>
#include <arrow/io/interfaces.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <exception>
#include <numeric>
#include <utility>

#include "main/arrow_types.h"
#include "main/file/csv_file.h"
#include "main/file/json_file.h"
#include "main/file/parquet_file.h"

namespace laminar {

namespace {

/// A record that is longer is a quote that somebody forgot to close.
constexpr uint64_t kLongestRecord = uint64_t{1} << 28;

/// What a file is now.
struct FileState {
  bool there = false;
  uint64_t size = 0;
  int64_t modified = 0;  // nanoseconds
  uint64_t device = 0;
  uint64_t inode = 0;  // 0: there is no such number
};

Result<FileState> StateOf(const FileLocation& file) {
  const auto info = file.system->GetFileInfo(file.path);
  LAMINAR_RETURN_NOT_OK(
      FromArrowStatus(info.status(), ErrorCode::kQueryFailed, fmt::format("'{}' cannot be looked at", file.shown)));
  FileState state;
  state.there = info->IsFile();
  state.size = info->size() > 0 ? static_cast<uint64_t>(info->size()) : 0;
  state.modified = info->mtime().time_since_epoch().count();
  struct stat facts;
  if (file.system->type_name() == "local" && ::stat(file.path.c_str(), &facts) == 0) {
    state.device = facts.st_dev;
    state.inode = facts.st_ino;
  }
  return state;
}

std::shared_ptr<const FilesOfFormat> OpenFormat(const FileSourceOptions& options) {
  FileRequest request;
  request.paths = {options.pattern};
  // With the columns given, no file is looked at before its rows are.
  std::vector<FileLocation> files = {ValueOrThrow(LocateFile(options.pattern))};
  switch (options.format) {
    case FileFormat::kCsv:
      return ValueOrThrow(OpenCsvFiles(request, options.read, std::move(files)));
    case FileFormat::kJson:
      return ValueOrThrow(OpenJsonFiles(request, options.read, std::move(files)));
    case FileFormat::kParquet:
      return ValueOrThrow(OpenParquetFiles(request, options.read, std::move(files)));
  }
  throw Error(ErrorCode::kInternalError, "a file format without a reader");
}

}  // namespace

FileSource::FileSource(std::string name, FileSourceOptions options, std::vector<FilePosition> positions,
                       FileSourceDoors doors)
    : name_(std::move(name)),
      options_(std::move(options)),
      doors_(std::move(doors)),
      columns_(options_.read.columns.size()) {
  std::iota(columns_.begin(), columns_.end(), 0);
  for (FilePosition& position : positions) {
    std::string path = position.path;
    positions_[std::move(path)] = std::move(position);
  }
  facts_.status = "waiting";
}

FileSource::~FileSource() {
  Stop();
  Join();
}

void FileSource::Start() {
  std::lock_guard guard(mutex_);
  if (stopping() || facts_.status != "waiting") return;
  facts_.status = "running";
  thread_ = std::thread([this] { Run(); });
}

void FileSource::Stop() {
  cancel_.Cancel();
  std::lock_guard guard(mutex_);
  wake_.notify_all();
}

void FileSource::Join() {
  std::thread thread;
  {
    std::lock_guard guard(mutex_);
    thread = std::move(thread_);
  }
  if (thread.joinable()) thread.join();
}

FileSourceFacts FileSource::facts() const {
  std::lock_guard guard(mutex_);
  return facts_;
}

void FileSource::Run() {
  std::string status = "stopped";
  std::string why;
  try {
    format_ = OpenFormat(options_);
    while (ReadFiles()) {
      if (!options_.watch && !options_.tail) {
        status = "finished";
        break;
      }
      std::unique_lock guard(mutex_);
      facts_.reading.clear();
      wake_.wait_for(guard, options_.poll_interval, [this] { return stopping(); });
    }
  } catch (const std::exception& error) {
    // Its end is no failure of a source that is being dropped, or whose database is being closed.
    if (!stopping()) {
      status = "failed";
      why = error.what();
      spdlog::error("source \"{}\" has failed and reads nothing more: {}", name_, why);
    }
  }
  std::lock_guard guard(mutex_);
  facts_.status = status;
  facts_.reading.clear();
  if (!why.empty()) facts_.last_error = why;
}

std::vector<FileLocation> FileSource::FindInOrder() {
  Result<std::vector<FileLocation>> found = FindFiles(options_.pattern);
  if (!found.ok()) {
    if (!options_.watch) throw Error(found.status().error());
    std::lock_guard guard(mutex_);
    facts_.last_error = found.status().message();  // they may come; until then this is why nothing does
    return {};
  }
  std::vector<std::pair<int64_t, FileLocation>> files;
  for (FileLocation& file : found.value()) {
    const bool by_time = options_.order == FileSourceOptions::Order::kModified;
    files.emplace_back(by_time ? ValueOrThrow(StateOf(file)).modified : 0, std::move(file));
  }
  std::ranges::stable_sort(files, {}, [](const auto& file) { return file.first; });
  std::vector<FileLocation> in_order;
  for (auto& [modified, file] : files) in_order.push_back(std::move(file));
  return in_order;
}

bool FileSource::ReadFiles() {
  for (const FileLocation& file : FindInOrder()) {
    if (stopping()) return false;
    FilePosition known;
    if (const auto found = positions_.find(file.path); found != positions_.end()) known = found->second;
    if (known.done) continue;
    if (!ReadFile(file, known)) return false;
  }
  return !stopping();
}

bool FileSource::ReadFile(const FileLocation& file, const FilePosition& known) {
  const FileState state = ValueOrThrow(StateOf(file));
  const bool begun = !known.path.empty();
  if (!state.there) {
    if (!begun) return true;  // it was found, and went again
    throw Error(ErrorCode::kQueryFailed,
                fmt::format("'{}' is gone, and was read up to byte {}", file.shown, known.place.position));
  }
  const bool is_text = options_.format != FileFormat::kParquet;
  const bool is_plain =
      options_.read.compression.value_or(CompressionOf(file.path)) == FileCompression::kNone && is_text;
  if (begun && known.inode != 0 && (known.inode != state.inode || known.device != state.device)) {
    throw Error(ErrorCode::kQueryFailed,
                fmt::format("'{}' is another file than the one that was read up to byte {}: what is not read of that "
                            "one is lost; DROP the source, or give the file another name",
                            file.shown, known.place.position));
  }
  if (begun && is_plain && state.size < known.place.position) {
    throw Error(ErrorCode::kQueryFailed,
                fmt::format("'{}' has {} bytes, and was read up to byte {}: somebody has cut it", file.shown,
                            state.size, known.place.position));
  }
  FileStretch stretch{.begin = known.place};
  if (options_.tail) {
    stretch.end = ValueOrThrow(EndOfRecords(file, known.place.position, state.size));
    if (stretch.end <= known.place.position) return true;
  }
  {
    std::lock_guard guard(mutex_);
    facts_.reading = file.shown;
    facts_.last_error.clear();
  }
  FilePosition position{name_, file.path, state.device, state.inode, known.place, false};
  const std::unique_ptr<PlacedRows> rows = ValueOrThrow(format_->OpenOne(file, columns_, stretch));
  while (true) {
    const Ref<RowBatch> batch = ValueOrThrow(rows->Next(cancel_));
    if (stopping()) return false;
    position.place = rows->place();
    position.done = !batch && !options_.tail;
    if (!doors_.accept(batch, position)) return false;
    positions_[file.path] = position;
    const LeftOutRecords left_out = rows->TakeLeftOut();
    if (left_out.count != 0) doors_.left_out(left_out);
    std::lock_guard guard(mutex_);
    facts_.errors += left_out.count;
    if (!left_out.first.empty()) facts_.last_error = left_out.first.back();
    if (!batch) return true;
    facts_.rows += batch->rows();
  }
}

Result<uint64_t> FileSource::EndOfRecords(const FileLocation& file, uint64_t begin, uint64_t size) const {
  // A quoted field of CSV may have line breaks in it; the strings of JSON have none.
  const char quote = options_.format == FileFormat::kCsv ? options_.read.quote : '\0';
  const char escape = options_.read.escape;
  LAMINAR_ASSIGN_OR_RETURN(const auto input, OpenRandomAccess(file));
  std::string block(kFileBlock, '\0');
  bool quoted = false;
  bool escaped = false;
  uint64_t end = begin;
  for (uint64_t at = begin; at < size;) {
    const auto got = input->ReadAt(static_cast<int64_t>(at), static_cast<int64_t>(block.size()), block.data());
    LAMINAR_RETURN_NOT_OK(
        FromArrowStatus(got.status(), ErrorCode::kQueryFailed, fmt::format("reading '{}' failed", file.shown)));
    if (*got == 0) break;
    for (int64_t i = 0; i < *got && at + static_cast<uint64_t>(i) < size; ++i) {
      const char c = block[static_cast<size_t>(i)];
      if (escaped) {
        escaped = false;
      } else if (quote != '\0' && quoted && escape != quote && c == escape) {
        escaped = true;
      } else if (quote != '\0' && c == quote) {
        quoted = !quoted;
      } else if (c == '\n' && !quoted) {
        end = at + static_cast<uint64_t>(i) + 1;
      }
    }
    at += static_cast<uint64_t>(*got);
    if (at - end > kLongestRecord) {
      return Status(ErrorCode::kQueryFailed,
                    fmt::format("'{}': the record that begins at byte {} is longer than {} MiB; is a quote not closed?",
                                file.shown, end, kLongestRecord >> 20));
    }
  }
  return end;
}

}  // namespace laminar
