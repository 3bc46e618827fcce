#include "main/durable/manifest.h"

#include <fmt/format.h>

#include <cstring>

#include "common/crc32c.h"
#include "storage/byte_reader.h"
#include "storage/byte_writer.h"
#include "storage/kill_point.h"

namespace laminar {

namespace {

constexpr char kMagic[] = "LAMINMAN";
constexpr size_t kHeader = 48;

/// One description of the fields for both ways.
class Writing {
 public:
  explicit Writing(std::string* bytes) : out_(bytes) {}
  template <typename T>
  void operator()(const T& value) {
    out_.Put(value);
  }
  void operator()(const std::string& text) { out_.PutText(text); }
  template <typename T, typename Each>
  void List(const std::vector<T>& list, Each each) {
    out_.Put(static_cast<uint32_t>(list.size()));
    for (const T& item : list) each(*this, item);
  }
  template <typename T, typename Each>
  void Optional(const std::optional<T>& value, Each each) {
    out_.Put(static_cast<uint8_t>(value.has_value()));
    if (value) each(*this, *value);
  }

 private:
  ByteWriter out_;
};

class Reading {
 public:
  explicit Reading(std::string_view bytes) : in_(bytes) {}
  template <typename T>
  void operator()(T& value) {
    value = in_.Get<T>();
  }
  void operator()(std::string& text) { text = in_.GetText(); }
  template <typename T, typename Each>
  void List(std::vector<T>& list, Each each) {
    const uint32_t count = in_.Get<uint32_t>();
    for (uint32_t i = 0; i < count && in_.ok(); ++i) each(*this, list.emplace_back());
  }
  template <typename T, typename Each>
  void Optional(std::optional<T>& value, Each each) {
    if (in_.Get<uint8_t>() != 0) each(*this, value.emplace());
  }
  const ByteReader& in() const { return in_; }

 private:
  ByteReader in_;
};

constexpr auto kField = [](auto& on, auto& value) { on(value); };

constexpr auto kError = [](auto& on, auto& error) {
  on(error.stream);
  on(error.epoch);
  on(error.time);
  on(error.message);
};

constexpr auto kSection = [](auto& on, auto& section) {
  on(section.checkpoint);
  on(section.at.offset);
  on(section.at.bytes);
};

void Failure(Writing& on, const std::optional<Error>& failure) {
  on(static_cast<int32_t>(failure ? static_cast<int>(failure->code()) : 0));
  if (failure) on(std::string(failure->what()));
}

void Failure(Reading& on, std::optional<Error>& failure) {
  int32_t code = 0;
  on(code);
  if (code == 0) return;
  std::string message;
  on(message);
  failure.emplace(static_cast<ErrorCode>(code), message);
}

template <typename On, typename ManifestType>
void Fields(On& on, ManifestType& manifest) {
  on(manifest.log_position);
  on(manifest.definitions);
  auto& engine = manifest.engine;
  on(engine.epoch);
  on(engine.time);
  on(engine.next_row_number);
  on(engine.next_source_id);
  on(engine.next_stream_number);
  on(engine.processed);
  on(engine.calls);
  on(engine.steps);
  on(engine.late);
  on(engine.errors);
  on(engine.overflow);
  on.List(engine.recent_errors, kError);
  on.List(manifest.sources, [](On& on, auto& source) {
    on(source.saved.id);
    on(source.saved.rows);
    on(source.saved.watermark);
    on.List(source.saved.announced, [](On& on, auto& writer) {
      on(writer.first);
      on(writer.second);
    });
    on.Optional(source.history, [](On& on, auto& history) {
      on(history.file);
      on(history.bytes);
      on(history.rows);
      on(history.calls);
      on(history.columns);
      on(history.first_row);
      on(history.first_call);
      on.Optional(history.before, [](On& on, auto& call) {
        on(call.first_row);
        on(call.sequence);
        on(call.time);
        on(call.watermark);
        on(call.first_number);
      });
    });
  });
  on.List(manifest.streams, [](On& on, auto& stream) {
    on(stream.saved.number);
    on(stream.saved.plan);
    on(stream.saved.name);
    on.List(stream.saved.below, kField);
    on(stream.saved.total_rows);
    on(stream.saved.late_rows);
    on(stream.saved.error_rows);
    on.List(stream.saved.recent_errors, kError);
    Failure(on, stream.saved.failure);
    on.Optional(stream.saved.changes_from, kField);
    on.List(stream.state, kSection);
    on.Optional(stream.changes, kSection);
  });
  on.List(manifest.sinks, [](On& on, auto& sink) {
    on(sink.id);
    on.Optional(sink.changes, kSection);
  });
  on(manifest.next_history_file);
  on.List(manifest.checkpoints, [](On& on, auto& checkpoint) {
    on(checkpoint.id);
    on(checkpoint.epoch);
    on(checkpoint.time);
    on(checkpoint.reason);
    on(checkpoint.bytes);
    on(checkpoint.micros);
    on(checkpoint.pause_micros);
  });
}

Status Damaged(const std::string& path, std::string_view why) {
  return {ErrorCode::kConnectionFailed,
          fmt::format("{} is damaged: {}; the database is not opened, for its state cannot be trusted: restore it from "
                      "a backup",
                      path, why)};
}

std::string PathOf(const Folder& folder) { return folder.path() + "/manifest"; }

}  // namespace

std::string Manifest::Encode() const {
  std::string bytes;
  Writing on(&bytes);
  Fields(on, *this);
  on(static_cast<uint32_t>(image_files.size()));
  for (const auto& [checkpoint, size] : image_files) {
    on(checkpoint);
    on(size);
  }
  return bytes;
}

Result<Manifest> Manifest::Decode(std::string_view bytes) {
  Manifest manifest;
  Reading on(bytes);
  Fields(on, manifest);
  uint32_t files = 0;
  on(files);
  for (uint32_t i = 0; i < files && on.in().ok(); ++i) {
    uint64_t checkpoint = 0;
    on(checkpoint);
    on(manifest.image_files[checkpoint]);
  }
  LAMINAR_RETURN_NOT_OK(on.in().Done("a manifest"));
  return manifest;
}

Result<std::optional<Manifest>> ReadManifest(Folder& folder, std::string* file_bytes) {
  const std::string path = PathOf(folder);
  std::unique_ptr<File> file;
  const int opened = folder.files().OpenFile(path, FileSystem::Open::kRead, &file);
  if (opened == ENOENT) return std::optional<Manifest>();
  const auto cannot_read = [&](int error) {
    return Status(ErrorCode::kConnectionFailed, fmt::format("cannot read {}: {}", path, ErrnoText(error)));
  };
  if (opened != 0) return cannot_read(opened);
  uint64_t size = 0;
  if (const int error = file->Size(&size)) return cannot_read(error);
  std::string bytes(size, '\0');
  size_t got = 0;
  if (const int error = file->Read(0, bytes.data(), size, &got)) return cannot_read(error);
  if (got < kHeader || std::memcmp(bytes.data(), kMagic, 8) != 0) return Damaged(path, "it is no manifest");
  uint32_t version;
  uint32_t checksum;
  uint64_t length;
  std::memcpy(&version, bytes.data() + 8, 4);
  std::memcpy(&checksum, bytes.data() + 12, 4);
  std::memcpy(&length, bytes.data() + 32, 8);
  if (got != kHeader + length || Crc32c(bytes.data() + 16, got - 16, Crc32c(bytes.data(), 12)) != checksum) {
    return Damaged(path, "it is not what was written");
  }
  if (version != kFormatVersion) {
    return Status(ErrorCode::kConnectionFailed, fmt::format("{} is of format version {}; this release reads version {}",
                                                            path, version, kFormatVersion));
  }
  if (std::memcmp(bytes.data() + 16, folder.id().data(), 16) != 0) return Damaged(path, "it is of another database");
  LAMINAR_ASSIGN_OR_RETURN(Manifest manifest, Manifest::Decode(std::string_view(bytes).substr(kHeader)));
  if (file_bytes != nullptr) *file_bytes = std::move(bytes);
  return std::optional<Manifest>(std::move(manifest));
}

Status WriteManifest(Folder& folder, const Manifest& manifest, bool* switched) {
  *switched = false;
  const std::string body = manifest.Encode();
  std::string header(kHeader, '\0');
  const uint64_t length = body.size();
  std::memcpy(header.data(), kMagic, 8);
  std::memcpy(header.data() + 8, &kFormatVersion, 4);
  std::memcpy(header.data() + 16, folder.id().data(), 16);
  std::memcpy(header.data() + 32, &length, 8);
  uint32_t checksum = Crc32c(header.data() + 16, kHeader - 16, Crc32c(header.data(), 12));
  checksum = Crc32c(body.data(), body.size(), checksum);
  std::memcpy(header.data() + 12, &checksum, 4);

  FileSystem& files = folder.files();
  const std::string path = PathOf(folder);
  const std::string unfinished = path + ".new";
  const Piece pieces[] = {{header.data(), header.size()}, {body.data(), body.size()}};
  std::unique_ptr<File> file;
  int error = files.Remove(unfinished);
  if (error == ENOENT) error = 0;
  if (error == 0) error = files.OpenFile(unfinished, FileSystem::Open::kCreate, &file);
  if (error == 0) error = file->Write(0, pieces);
  KillPoint("checkpoint.manifest_unfinished");
  if (error == 0) error = file->Sync();
  KillPoint("checkpoint.manifest_written");
  if (error == 0) error = files.Rename(unfinished, path);
  *switched = error == 0;
  KillPoint("checkpoint.manifest_switched");
  if (error == 0) error = files.SyncFolder(folder.path());
  if (error == 0) return Status::OK();
  return Status::Internal(fmt::format("cannot write {}: {}", path, ErrnoText(error)));
}

}  // namespace laminar
