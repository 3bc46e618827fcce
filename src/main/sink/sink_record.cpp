#include "main/sink/sink_record.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "common/crc32c.h"
#include "storage/byte_reader.h"
#include "storage/byte_writer.h"
#include "storage/kill_point.h"

namespace laminar {

namespace {

constexpr std::string_view kMagic = "LAMISINK";
constexpr uint32_t kVersion = 1;
constexpr std::string_view kUnfinished = ".new";

Status Failed(const std::string& path, int error) {
  return {ErrorCode::kConnectionFailed, fmt::format("{}: {}", path, ErrnoText(error))};
}

}  // namespace

std::string EncodeSinkRecord(const SinkRecord& record) {
  std::string bytes(kMagic);
  ByteWriter out(&bytes);
  out.Put(kVersion);
  out.PutText(record.root);
  out.Put(static_cast<uint8_t>(record.epoch ? 1 : 0));
  out.Put(record.epoch.value_or(0));
  out.Put(record.next_number);
  out.Put(static_cast<uint8_t>(record.ended ? 1 : 0));
  out.Put(static_cast<uint32_t>(record.open.size()));
  for (const SinkRecord::OpenFile& file : record.open) {
    out.PutText(file.folder);
    out.PutText(file.written);
    out.PutText(file.path);
    out.Put(file.bytes);
    out.Put(file.rows);
  }
  out.Put(static_cast<uint32_t>(record.complete.size()));
  for (const SinkRecord::Complete& file : record.complete) {
    out.PutText(file.written);
    out.PutText(file.path);
  }
  out.Put(Crc32c(bytes.data(), bytes.size()));
  return bytes;
}

Result<SinkRecord> DecodeSinkRecord(std::string_view bytes) {
  const auto damaged = [] { return Status(ErrorCode::kConnectionFailed, "the record of the sink is damaged"); };
  if (bytes.size() < kMagic.size() + 8 || !bytes.starts_with(kMagic)) return damaged();
  const std::string_view body = bytes.substr(0, bytes.size() - 4);
  if (ByteReader(bytes.substr(body.size())).Get<uint32_t>() != Crc32c(body.data(), body.size())) return damaged();
  ByteReader in(body.substr(kMagic.size()));
  if (const uint32_t version = in.Get<uint32_t>(); version != kVersion) {
    return Status(
        ErrorCode::kConnectionFailed,
        fmt::format("the record of the sink is of version {}; this release reads version {}", version, kVersion));
  }
  SinkRecord record;
  record.root = in.GetText();
  const bool has_epoch = in.Get<uint8_t>() != 0;
  record.epoch = in.Get<uint64_t>();
  if (!has_epoch) record.epoch.reset();
  record.next_number = in.Get<uint64_t>();
  record.ended = in.Get<uint8_t>() != 0;
  const uint32_t open = in.Get<uint32_t>();
  for (uint32_t i = 0; i < open && in.ok(); ++i) {
    SinkRecord::OpenFile file;
    file.folder = in.GetText();
    file.written = in.GetText();
    file.path = in.GetText();
    file.bytes = in.Get<uint64_t>();
    file.rows = in.Get<uint64_t>();
    record.open.push_back(std::move(file));
  }
  const uint32_t complete = in.Get<uint32_t>();
  for (uint32_t i = 0; i < complete && in.ok(); ++i) {
    SinkRecord::Complete file;
    file.written = in.GetText();
    file.path = in.GetText();
    record.complete.push_back(std::move(file));
  }
  LAMINAR_RETURN_NOT_OK(in.Done("the record of a sink"));
  return record;
}

std::string SinkRecords::PathOf(uint64_t id) const { return fmt::format("{}/{:016x}", folder(), id); }

Status SinkRecords::MakeFolder() {
  if (folder_made_) return Status::OK();
  const int made = files_.MakeFolder(folder());
  if (made != 0 && made != EEXIST) return Failed(folder(), made);
  if (made == 0) {
    if (const int error = files_.SyncFolder(directory_)) return Failed(directory_, error);
  }
  folder_made_ = true;
  return Status::OK();
}

Status SinkRecords::Save(uint64_t id, const SinkRecord& record) {
  LAMINAR_RETURN_NOT_OK(MakeFolder());
  const std::string path = PathOf(id);
  const std::string unfinished = path + std::string(kUnfinished);
  const std::string bytes = EncodeSinkRecord(record);
  const Piece piece{bytes.data(), bytes.size()};
  std::unique_ptr<File> file;
  int error = files_.Remove(unfinished);
  if (error == ENOENT) error = 0;
  if (error == 0) error = files_.OpenFile(unfinished, FileSystem::Open::kCreate, &file);
  if (error == 0) error = file->Write(0, {&piece, 1});
  KillPoint("sink.record_unfinished");
  if (error == 0) error = file->Sync();
  if (error == 0) error = files_.Rename(unfinished, path);
  if (error == 0) error = files_.SyncFolder(folder());
  KillPoint("sink.record_made");
  return error == 0 ? Status::OK() : Failed(unfinished, error);
}

Result<std::optional<SinkRecord>> SinkRecords::Load(uint64_t id) {
  const std::string path = PathOf(id);
  std::unique_ptr<File> file;
  int error = files_.OpenFile(path, FileSystem::Open::kRead, &file);
  if (error == ENOENT) return std::optional<SinkRecord>();
  uint64_t size = 0;
  if (error == 0) error = file->Size(&size);
  std::string bytes(size, '\0');
  size_t got = 0;
  if (error == 0) error = file->Read(0, bytes.data(), bytes.size(), &got);
  if (error != 0) return Failed(path, error);
  bytes.resize(got);
  Result<SinkRecord> record = DecodeSinkRecord(bytes);
  if (!record.ok()) {
    return Status(ErrorCode::kConnectionFailed, fmt::format("{}: {}", path, record.status().message()));
  }
  return std::optional<SinkRecord>(record.TakeValue());
}

void SinkRecords::Remove(uint64_t id) {
  // One that stays is removed at the next opening: no sink has its id.
  const std::string path = PathOf(id);
  const int error = files_.Remove(path);
  if (error != 0 && error != ENOENT) spdlog::warn("cannot remove {}: {}", path, ErrnoText(error));
}

void SinkRecords::RemoveAllBut(const std::vector<uint64_t>& ids) {
  std::vector<std::string> names;
  if (files_.List(folder(), &names) != 0) return;  // there have been no sinks
  for (const std::string& name : names) {
    const auto is_kept = [&](uint64_t id) { return name == fmt::format("{:016x}", id); };
    if (std::ranges::any_of(ids, is_kept)) continue;
    const std::string path = folder() + "/" + name;
    if (const int error = files_.Remove(path)) spdlog::warn("cannot remove {}: {}", path, ErrnoText(error));
  }
}

}  // namespace laminar
