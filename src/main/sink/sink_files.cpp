#include "main/sink/sink_files.h"

#include <arrow/filesystem/filesystem.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "main/arrow_types.h"
#include "storage/file.h"
#include "storage/kill_point.h"

namespace laminar {

namespace {

/// Files that are written at a time; past it the one that has waited longest for a row is completed.
constexpr size_t kMostOpen = 256;

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Schema WithoutColumns(const Schema& schema, const std::vector<int>& gone) {
  std::vector<Field> fields;
  for (int column = 0; column < schema.size(); ++column) {
    if (std::ranges::find(gone, column) == gone.end()) fields.push_back(schema.field(column));
  }
  return Schema(std::move(fields));
}

Status CannotWrite(std::string_view shown, std::string_view why) {
  return {ErrorCode::kQueryFailed, fmt::format("'{}' cannot be written: {}", shown, why)};
}

Status CannotWrite(const arrow::Status& status, std::string_view shown) {
  return FromArrowStatus(status, ErrorCode::kQueryFailed, fmt::format("'{}' cannot be written", shown));
}

}  // namespace

SinkFiles::SinkFiles(const FileSinkOptions& options, const Schema& schema, const SinkIdentity& identity)
    : options_(options),
      schema_(schema),
      file_schema_(WithoutColumns(schema, options.layout.partition_by)),
      identity_(identity),
      local_(options.file.system->type_name() == "local"),
      cuttable_(local_ && options.format != FileFormat::kParquet) {
  for (const Field& field : file_schema_.fields()) file_types_.push_back(field.type);
  for (int column = 0; column < schema.size(); ++column) {
    const std::vector<int>& partition = options_.layout.partition_by;
    if (std::ranges::find(partition, column) == partition.end()) file_columns_.push_back(column);
  }
}

Result<std::unique_ptr<SinkFiles>> SinkFiles::Create(const FileSinkOptions& options, const Schema& schema,
                                                     const SinkIdentity& identity) {
  std::unique_ptr<SinkFiles> files(new SinkFiles(options, schema, identity));
  if (options.layout.many) {
    LAMINAR_RETURN_NOT_OK(files->MakeFolder());
    files->next_number_ = files->NextNumberThere();
  } else {
    OpenFile& file = files->FileOf("");
    if (options.write.append) file.bytes = files->SizeOf(file.written);
    LAMINAR_RETURN_NOT_OK(files->OpenWriterOf(file));
    LAMINAR_RETURN_NOT_OK(file.writer->Flush());  // a header is there before the first row
  }
  LAMINAR_RETURN_NOT_OK(files->SaveRecord(std::nullopt));
  KillPoint("sink.created");
  return files;
}

Result<std::unique_ptr<SinkFiles>> SinkFiles::Resume(const FileSinkOptions& given, const Schema& schema,
                                                     const SinkIdentity& identity, const SinkRecord& record) {
  FileSinkOptions options = given;
  options.file.path = record.root;  // whatever the working directory is now
  std::unique_ptr<SinkFiles> files(new SinkFiles(options, schema, identity));
  if (record.ended) {
    return Status(ErrorCode::kQueryFailed,
                  fmt::format("'{}' was completed when the database was closed, and cannot be gone on with: DROP the "
                              "sink, and CREATE it with another path, or with a folder of files (path = 'out/')",
                              options.file.shown));
  }
  files->complete_ = record.complete;
  LAMINAR_RETURN_NOT_OK(files->RenameComplete());
  LAMINAR_RETURN_NOT_OK(files->RemoveUnknown(record));
  files->next_number_ = record.next_number;
  files->durable_ = record.epoch;
  for (const SinkRecord::OpenFile& known : record.open) {
    OpenFile& file = files->open_[known.folder];
    file.folder = known.folder;
    file.written = known.written;
    file.path = known.path;
    if (files->cuttable_) {
      LAMINAR_RETURN_NOT_OK(files->CutTo(known));
      file.bytes = known.bytes;
      file.rows = static_cast<int64_t>(known.rows);
    }
    file.begun = Clock::now();
  }
  KillPoint("sink.resumed");
  return files;
}

Status SinkFiles::MakeFolder() {
  return CannotWrite(options_.file.system->CreateDir(options_.file.path, true), options_.file.shown);
}

std::string SinkFiles::Hidden(uint64_t number) const {
  const std::string folder = options_.layout.many ? options_.file.path : FolderOf(options_.file.path);
  return fmt::format("{}/.laminar-{:016x}-{}", folder, identity_.id, number);
}

SinkFiles::OpenFile& SinkFiles::FileOf(const std::string& folder) {
  const auto found = open_.find(folder);
  if (found != open_.end()) return found->second;
  OpenFile& file = open_[folder];
  file.folder = folder;
  if (options_.layout.many) {
    const uint64_t number = next_number_++;
    file.written = Hidden(number);
    file.path = fmt::format("{}/{}{}", options_.file.path, folder, options_.layout.NameOf(number));
  } else {
    file.path = options_.file.path;
    file.written = cuttable_ ? file.path : Hidden(0);
  }
  file.begun = Clock::now();
  return file;
}

Status SinkFiles::OpenWriterOf(OpenFile& file) {
  WriteOptions write = options_.write;
  write.append = cuttable_ && file.bytes != 0;
  FileLocation location = options_.file;
  location.path = file.written;
  LAMINAR_ASSIGN_OR_RETURN(file.writer, OpenWriter(options_.format, location, write, file_schema_));
  return Status::OK();
}

Status SinkFiles::Write(const Ref<RowBatch>& rows) {
  const std::vector<int>& partition = options_.layout.partition_by;
  if (partition.empty()) return WriteTo("", rows);
  const Delta delta = rows->delta();
  std::map<std::string, std::vector<uint32_t>> by_folder;
  std::string folder;
  std::vector<uint32_t>* of_last = nullptr;
  std::string last;
  for (uint32_t row = 0; row < delta.rows; ++row) {
    folder.clear();
    AppendPartition(schema_, partition, delta, row, &folder);
    if (of_last == nullptr || folder != last) {
      of_last = &by_folder[folder];
      last = folder;
    }
    of_last->push_back(row);
  }
  Delta narrow = delta;
  narrow.columns.clear();
  for (const int column : file_columns_) narrow.columns.push_back(delta.columns[static_cast<size_t>(column)]);
  RowBatchBuilder builder(file_types_);
  for (const auto& [name, places] : by_folder) {
    narrow.Select(places.data(), static_cast<uint32_t>(places.size()));
    builder.Append(narrow);
    LAMINAR_RETURN_NOT_OK(WriteTo(name, builder.Finish()));
  }
  return Status::OK();
}

Status SinkFiles::WriteTo(const std::string& folder, const Ref<RowBatch>& rows) {
  const SinkLayout& layout = options_.layout;
  uint32_t begin = 0;
  while (begin < rows->rows()) {
    if (!open_.contains(folder) && open_.size() >= kMostOpen) LAMINAR_RETURN_NOT_OK(CompleteOldest());
    OpenFile& file = FileOf(folder);
    if (!file.writer) LAMINAR_RETURN_NOT_OK(OpenWriterOf(file));
    if (file.rows == 0) file.begun = Clock::now();
    uint32_t count = rows->rows() - begin;
    if (layout.roll_rows != 0) {
      count = static_cast<uint32_t>(std::min<int64_t>(count, std::max<int64_t>(layout.roll_rows - file.rows, 1)));
    }
    if (count == rows->rows()) {
      LAMINAR_RETURN_NOT_OK(file.writer->Write(rows));
    } else {
      std::vector<uint32_t> places(count);
      for (uint32_t i = 0; i < count; ++i) places[i] = begin + i;
      Delta part = rows->delta();
      part.Select(places.data(), count);
      RowBatchBuilder builder(file_types_);
      builder.Append(part);
      LAMINAR_RETURN_NOT_OK(file.writer->Write(builder.Finish()));
    }
    begin += count;
    file.rows += count;
    file.dirty = changed_ = true;
    file.touched = ++touches_;
    const bool full = (layout.roll_rows != 0 && file.rows >= layout.roll_rows) ||
                      (layout.roll_bytes != 0 && file.writer->bytes() >= layout.roll_bytes);
    if (full) LAMINAR_RETURN_NOT_OK(Complete(folder));
  }
  return Status::OK();
}

Status SinkFiles::Complete(const std::string& folder) {
  auto node = open_.extract(folder);
  OpenFile& file = node.mapped();
  if (!file.writer && !cuttable_) LAMINAR_RETURN_NOT_OK(OpenWriterOf(file));  // a file without rows is one, too
  if (file.writer) LAMINAR_RETURN_NOT_OK(file.writer->Close());
  KillPoint("sink.closed");
  if (keeps() && local_) LAMINAR_RETURN_NOT_OK(Sync(file.written));
  complete_.push_back({file.written, file.path});
  changed_ = true;
  return Status::OK();
}

Status SinkFiles::CompleteOldest() {
  const auto oldest = std::ranges::min_element(open_, {}, [](const auto& file) { return file.second.touched; });
  return Complete(oldest->first);
}

Status SinkFiles::CompleteAll() {
  while (!open_.empty()) LAMINAR_RETURN_NOT_OK(Complete(open_.begin()->first));
  return Status::OK();
}

std::optional<SinkFiles::Clock::time_point> SinkFiles::due() const {
  const std::chrono::microseconds age = options_.layout.roll_interval;
  if (!options_.layout.many || age.count() == 0) return std::nullopt;
  std::optional<Clock::time_point> first;
  for (const auto& [folder, file] : open_) {
    if (file.rows != 0 && (!first || file.begun + age < *first)) first = file.begun + age;
  }
  return first;
}

Status SinkFiles::CommitWritten(OpenFile& file) {
  if (!file.writer || !file.dirty) return Status::OK();
  if (keeps() && options_.write.compression != FileCompression::kNone) {
    // Only the end of a member is a place where what is compressed can be cut; the next one follows it.
    LAMINAR_RETURN_NOT_OK(file.writer->Close());
    file.writer.reset();
  } else {
    LAMINAR_RETURN_NOT_OK(file.writer->Flush());
  }
  file.dirty = false;
  if (!keeps()) return Status::OK();
  KillPoint("sink.written");
  LAMINAR_RETURN_NOT_OK(Sync(file.written));
  file.bytes = SizeOf(file.written);
  return Status::OK();
}

Status SinkFiles::Commit(std::optional<uint64_t> epoch, bool last) {
  if (const auto at = due(); at && *at <= Clock::now()) {
    std::vector<std::string> old;
    for (const auto& [folder, file] : open_) {
      if (file.rows != 0 && file.begun + options_.layout.roll_interval <= Clock::now()) old.push_back(folder);
    }
    for (const std::string& folder : old) LAMINAR_RETURN_NOT_OK(Complete(folder));
  }
  if (options_.layout.many ? last || (!cuttable_ && !complete_.empty()) : last && !cuttable_) {
    ended_ = !options_.layout.many;
    LAMINAR_RETURN_NOT_OK(CompleteAll());
  }
  if (cuttable_) {
    for (auto& [folder, file] : open_) LAMINAR_RETURN_NOT_OK(CommitWritten(file));
    if (last && !open_.empty() && open_.begin()->second.writer) {
      LAMINAR_RETURN_NOT_OK(open_.begin()->second.writer->Close());
    }
  } else if (!open_.empty()) {
    return Status::OK();  // the record stays where it is until they are complete
  }
  if (keeps() && (changed_ || epoch != durable_)) LAMINAR_RETURN_NOT_OK(SaveRecord(epoch));
  return RenameComplete();
}

Status SinkFiles::SaveRecord(std::optional<uint64_t> epoch) {
  changed_ = false;
  if (!keeps()) return Status::OK();
  KillPoint("sink.synced");
  SinkRecord record;
  record.root = options_.file.path;
  record.epoch = epoch;
  record.next_number = next_number_;
  record.ended = ended_;
  for (const auto& [folder, file] : open_) {
    record.open.push_back({folder, file.written, file.path, file.bytes, static_cast<uint64_t>(file.rows)});
  }
  record.complete = complete_;
  LAMINAR_RETURN_NOT_OK(identity_.records->Save(identity_.id, record));
  durable_ = epoch;
  return Status::OK();
}

Status SinkFiles::RenameComplete() {
  for (const SinkRecord::Complete& file : complete_) {
    const auto info = options_.file.system->GetFileInfo(file.written);
    if (info.ok() && info->type() == arrow::fs::FileType::NotFound) continue;  // before a crash, this was done
    const std::string folder = FolderOf(file.path);
    LAMINAR_RETURN_NOT_OK(CannotWrite(options_.file.system->CreateDir(folder, true), file.path));
    LAMINAR_RETURN_NOT_OK(CannotWrite(options_.file.system->Move(file.written, file.path), file.path));
    KillPoint("sink.renamed");
    if (!keeps() || !local_) continue;
    // Before the next record, which does not name the file any more.
    if (const int error = FileSystem::Posix().SyncFolder(folder)) return CannotWrite(folder, ErrnoText(error));
  }
  if (!complete_.empty() && keeps() && local_) {
    if (const int error = FileSystem::Posix().SyncFolder(FolderOf(complete_.front().written))) {
      return CannotWrite(options_.file.shown, ErrnoText(error));
    }
  }
  complete_.clear();
  return Status::OK();
}

Status SinkFiles::RemoveUnknown(const SinkRecord& record) {
  const std::string hidden = fmt::format(".laminar-{:016x}-", identity_.id);
  arrow::fs::FileSelector selector;
  selector.base_dir = options_.layout.many ? options_.file.path : FolderOf(options_.file.path);
  selector.allow_not_found = true;
  const auto infos = options_.file.system->GetFileInfo(selector);
  LAMINAR_RETURN_NOT_OK(CannotWrite(infos.status(), options_.file.shown));
  for (const arrow::fs::FileInfo& info : *infos) {
    if (!info.base_name().starts_with(hidden)) continue;
    const auto is_this = [&](const SinkRecord::OpenFile& file) {
      return file.written.substr(file.written.rfind('/') + 1) == info.base_name();
    };
    if (cuttable_ && std::ranges::any_of(record.open, is_this)) continue;
    LAMINAR_RETURN_NOT_OK(CannotWrite(options_.file.system->DeleteFile(info.path()), info.path()));
  }
  return Status::OK();
}

Status SinkFiles::CutTo(const SinkRecord::OpenFile& file) {
  std::unique_ptr<File> opened;
  int error = FileSystem::Posix().OpenFile(file.written, FileSystem::Open::kWrite, &opened);
  uint64_t size = 0;
  if (error == 0) error = opened->Size(&size);
  if (error == ENOENT && file.bytes == 0) return Status::OK();
  if (error == 0 && size < file.bytes) {
    return {ErrorCode::kQueryFailed,
            fmt::format("'{}' has {} bytes, and {} had been written: somebody else has changed it, and nothing can "
                        "be written behind what is missing",
                        file.written, size, file.bytes)};
  }
  if (error == 0 && size > file.bytes) error = opened->Truncate(file.bytes);
  return error == 0 ? Status::OK() : CannotWrite(file.written, ErrnoText(error));
}

Status SinkFiles::Sync(const std::string& path) const {
  std::unique_ptr<File> file;
  int error = FileSystem::Posix().OpenFile(path, FileSystem::Open::kWrite, &file);
  if (error == 0) error = file->Sync();
  if (error == 0) error = FileSystem::Posix().SyncFolder(FolderOf(path));
  return error == 0 ? Status::OK() : CannotWrite(path, ErrnoText(error));
}

uint64_t SinkFiles::SizeOf(const std::string& path) const {
  const auto info = options_.file.system->GetFileInfo(path);
  return info.ok() && info->size() > 0 ? static_cast<uint64_t>(info->size()) : 0;
}

uint64_t SinkFiles::NextNumberThere() const {
  arrow::fs::FileSelector selector;
  selector.base_dir = options_.file.path;
  selector.recursive = true;
  selector.allow_not_found = true;
  const auto infos = options_.file.system->GetFileInfo(selector);
  uint64_t next = 0;
  if (!infos.ok()) return next;
  for (const arrow::fs::FileInfo& info : *infos) {
    if (const auto number = options_.layout.NumberOf(info.base_name())) next = std::max(next, *number + 1);
  }
  return next;
}

}  // namespace laminar
