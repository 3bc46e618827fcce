#include "main/durable/recovery.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "main/durable/checkpointer.h"
#include "main/source/file_source_options.h"
#include "main/statement_runner.h"
#include "sql/parser.h"
#include "storage/batch_codec.h"
#include "storage/history_file.h"
#include "storage/kill_point.h"
#include "storage/log_reader.h"

namespace laminar {

namespace {

/// Says how far it is, once it takes longer than a second, and then once a second.
class Progress {
 public:
  Progress(const std::string& path, uint64_t total) : path_(path), total_(total) {}

  void At(uint64_t position) {
    if (++calls_ % 256 != 0) return;
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + std::chrono::seconds(1);
    told_ = true;
    spdlog::info("recovering \"{}\": {} of {} MB of the log", path_, position >> 20, total_ >> 20);
  }
  void Done(uint64_t epoch) const {
    if (!told_) return;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun_;
    spdlog::info("recovered \"{}\" to epoch {} in {:.1f} s", path_, epoch, took.count());
  }

 private:
  const std::string& path_;
  const uint64_t total_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point next_ = begun_ + std::chrono::seconds(1);
  uint64_t calls_ = 0;
  bool told_ = false;
};

}  // namespace

Recovery::Recovered Recovery::Run(const LogOptions& options) {
  manifest_ = ValueOrThrow(ReadManifest(folder_));
  LoadCheckpoint();
  LogReader reader(folder_.files(), folder_.log(), folder_.id());
  ReadLog(reader);
  KillPoint("recovery.replayed");
  const LogEnd end = Clean(reader);
  std::unique_ptr<Log> log = ValueOrThrow(Log::Open(folder_.files(), folder_.log(), folder_.id(), end, options));
  KillPoint("recovery.log_open");
  database_.engine_.EndReplay(log.get());
  ReleaseSinks();
  ResumeFileSources();
  return {std::move(log), std::move(manifest_), news_};
}

std::vector<CheckpointInfo> Recovery::Load() {
  manifest_ = ValueOrThrow(ReadManifest(folder_));
  if (!manifest_) {
    throw Error(ErrorCode::kConnectionFailed,
                fmt::format("cannot open \"{}\" for reading only: there is no checkpoint yet; whoever writes it makes "
                            "one by closing it, or by checkpoint()",
                            folder_.path()));
  }
  LoadCheckpoint();
  return std::move(manifest_->checkpoints);
}

DirectoryCheck Recovery::Check() {
  checking_ = true;
  manifest_ = ValueOrThrow(ReadManifest(folder_));
  LoadCheckpoint();
  LogReader reader(folder_.files(), folder_.log(), folder_.id());
  ReadLog(reader);
  found_.checkpoint = manifest_ ? manifest_->id() : 0;
  found_.segments = reader.segments();
  found_.bytes += reader.total_bytes();
  found_.torn_bytes = reader.torn_bytes();
  found_.calls = database_.engine_.sequence();
  found_.epoch = database_.engine_.epoch();
  return found_;
}

void Recovery::LoadCheckpoint() {
  if (!manifest_) return;
  const auto begin = std::chrono::steady_clock::now();
  Engine& engine = database_.engine_;
  engine.BeginRestore(manifest_->engine);
  restoring_ = true;
  try {
    ReadDefinitions(manifest_->definitions, *this);
    restoring_ = false;
    KillPoint("recovery.defined");
    for (const Manifest::OfSource& source : manifest_->sources) {
      LoadHistory(source);
      KillPoint("recovery.history");
    }
    std::map<uint64_t, const Manifest::OfStream*> streams;
    std::vector<SavedStream> saved;
    for (const Manifest::OfStream& stream : manifest_->streams) {
      streams[stream.saved.number] = &stream;
      saved.push_back(stream.saved);
    }
    ThrowIfError(engine.RestoreStreams(saved, [&](const SavedStream& stream, Stream& into) {
      KillPoint("recovery.image");
      return LoadStream(*streams.at(stream.number), into);
    }));
  } catch (const Error& error) {
    throw Error(ErrorCode::kConnectionFailed, fmt::format("cannot open \"{}\": checkpoint {} cannot be loaded: {}",
                                                          folder_.path(), manifest_->id(), error.what()));
  }
  engine.EndRestore();
  RestoreSinks();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (took.count() < 1) return;
  spdlog::info("\"{}\": loaded checkpoint {}, of epoch {}, in {:.1f} s", folder_.path(), manifest_->id(),
               manifest_->engine.epoch, took.count());
}

void Recovery::LoadHistory(const Manifest::OfSource& source) {
  const auto load = [&](std::span<const DataType> types, History& history) -> Status {
    if (!source.history) return Status::OK();
    history.StartAt(source.history->first_row, source.history->first_call, source.history->before);
    if (source.history->file == 0) return Status::OK();
    const std::string path = Checkpointer::HistoryPath(folder_, source.history->file);
    LAMINAR_ASSIGN_OR_RETURN(
        const std::unique_ptr<File> file,
        OpenFrameFile(folder_.files(), path, {FrameFileKind::kHistory, folder_.id(), source.history->file}));
    FrameReader in(*file, path, {FrameFileHeader::kBytes, source.history->bytes - FrameFileHeader::kBytes});
    LAMINAR_RETURN_NOT_OK(ReadHistory(in, types, &history));
    found_.bytes += source.history->bytes;
    const HistorySnapshot read = history.Snapshot();
    history.Retain();
    if (read.rows() == source.history->rows && read.call_count() == source.history->calls) return Status::OK();
    return {ErrorCode::kConnectionFailed,
            fmt::format("{} has {} rows where {} were written", path, read.rows(), source.history->rows)};
  };
  ThrowIfError(database_.engine_.RestoreSource(source.saved, load));
}

Result<Recovery::ImagePart> Recovery::OpenImage(const ImageSection& section) {
  ImagePart part;
  const std::string path = Checkpointer::ImagePath(folder_, section.checkpoint);
  LAMINAR_ASSIGN_OR_RETURN(
      part.file, OpenFrameFile(folder_.files(), path, {FrameFileKind::kImages, folder_.id(), section.checkpoint}));
  part.reader = std::make_unique<FrameReader>(*part.file, path, section.at);
  found_.bytes += section.at.bytes;
  return part;
}

Status Recovery::LoadStream(const Manifest::OfStream& saved, Stream& stream) {
  std::vector<ImagePart> parts;
  std::vector<ImageReader*> readers;
  for (const ImageSection& section : saved.state) {
    LAMINAR_ASSIGN_OR_RETURN(ImagePart part, OpenImage(section));
    parts.push_back(std::move(part));
    readers.push_back(parts.back().reader.get());
  }
  LAMINAR_RETURN_NOT_OK(stream.dataflow().Load(readers));
  if (!saved.changes) return Status::OK();
  return ReadChanges(*saved.changes, stream.types(),
                     [&](Change change) { stream.changelog()->Append(std::move(change)); });
}

Status Recovery::ReadChanges(const ImageSection& section, std::span<const DataType> types,
                             const std::function<void(Change change)>& visit) {
  LAMINAR_ASSIGN_OR_RETURN(const ImagePart part, OpenImage(section));
  size_t size = 0;
  while (Ref<Buffer> frame = part.reader->NextFrame(&size)) {
    ByteReader bytes(frame->data(), size);
    Change change;
    change.epoch = bytes.Get<uint64_t>();
    change.merged = bytes.Get<uint8_t>() != 0;
    LAMINAR_ASSIGN_OR_RETURN(change.rows, DecodeBatch(&bytes, types, frame));
    LAMINAR_RETURN_NOT_OK(bytes.Done("a retained change"));
    visit(std::move(change));
  }
  return part.reader->status().Clone();
}

void Recovery::ReadLog(LogReader& reader) {
  ThrowIfError(reader.Open(manifest_ ? manifest_->log_position : 0));
  Progress progress(folder_.path(), reader.total_bytes());
  LogEntry entry;
  while (ValueOrThrow(reader.Next(&entry))) {
    KillPoint("recovery.record");
    try {
      ThrowIfError(
          database_.engine_.Replay(entry, [this](std::string_view definition) { ReadDefinitions(definition, *this); }));
    } catch (const Error& error) {
      throw Error(ErrorCode::kConnectionFailed,
                  fmt::format("cannot open \"{}\": what position {} of the log says cannot be done again: {}",
                              folder_.path(), entry.position, error.what()));
    }
    ++found_.records;
    const LogKind kind = entry.header.kind;
    news_ |= kind != LogKind::kEpoch && kind != LogKind::kSessionStart && kind != LogKind::kSessionEnd;
    progress.At(reader.position() - reader.first_position());
  }
  progress.Done(database_.engine_.epoch());
}

LogEnd Recovery::Clean(const LogReader& reader) {
  if (reader.torn_bytes() != 0) {
    spdlog::warn("\"{}\": the log ends in {} bytes that were never completed: they are cut off", folder_.path(),
                 reader.torn_bytes());
  }
  for (const std::string& path : reader.abandoned()) {
    if (const int error = folder_.files().Remove(path)) {
      throw Error(ErrorCode::kConnectionFailed, fmt::format("cannot remove {}: {}", path, ErrnoText(error)));
    }
  }
  if (!reader.abandoned().empty()) {
    if (const int error = folder_.files().SyncFolder(folder_.log())) {
      throw Error(ErrorCode::kConnectionFailed, fmt::format("{}: {}", folder_.log(), ErrnoText(error)));
    }
  }
  ThrowIfError(Checkpointer::RemoveOrphans(folder_, manifest_));
  if (manifest_) {
    if (const int error = RemoveSegmentsBefore(folder_.files(), folder_.log(), manifest_->log_position)) {
      throw Error(ErrorCode::kConnectionFailed, fmt::format("{}: {}", folder_.log(), ErrnoText(error)));
    }
  }
  LogEnd end = reader.end();
  end.sequence = database_.engine_.sequence();
  return end;
}

void Recovery::CreateSource(std::unique_ptr<SourceEntry> source, uint32_t id) {
  database_.CreateSourceLocked(std::move(source), {}, id);
}

void Recovery::CreateTable(std::unique_ptr<TableEntry> table, uint32_t id) {
  database_.CreateTableLocked(std::move(table), {}, {}, id);
}

void Recovery::CreateStream(std::unique_ptr<StreamEntry> stream) {
  const std::string name = stream->name;
  try {
    database_.StartStream(*stream);
  } catch (const Error& error) {
    spdlog::error("stream \"{}\" is suspended: {}", name, error.what());
    database_.engine_.Suspend(name, error.what());
    database_.catalog_.Add(std::move(stream));
  }
}

void Recovery::CreateView(const std::string& sql) {
  try {
    database_.catalog_.Add(BindCreateView(database_.catalog_, sql::ParseStatement(sql), sql));
  } catch (const Error& error) {
    // A view is its text: it can be bound once the program has registered the functions that it calls.
    auto view = std::make_unique<ViewEntry>();
    view->statement = sql::ParseStatement(sql);
    view->text = view->sql = sql;
    view->name = RelationName(view->create().head.name, sql);
    spdlog::warn("view \"{}\" cannot be bound yet: {}", view->name, error.what());
    database_.catalog_.Add(std::move(view));
  }
}

void Recovery::CreateSink(std::unique_ptr<SinkEntry> sink) {
  const SinkEntry& entry = *sink;
  database_.catalog_.CheckFree(entry.name);
  // Streams of a checkpoint have no contents yet.
  if (!restoring_) ResumeSink(entry, {});
  database_.catalog_.Add(std::move(sink));
}

void Recovery::ResumeSink(const SinkEntry& sink, SinkMissed missed) {
  if (checking_) return;
  try {
    StatementRunner(database_, sink.sql).ResumeSink(sink, std::move(missed));
  } catch (const Error& error) {
    database_.sinks_.AddFailed(sink.name, error.what());
  }
}

void Recovery::RestoreSinks() {
  for (const CatalogEntry* entry : database_.catalog_.List(RelationKind::kSink)) {
    const auto& sink = static_cast<const SinkEntry&>(*entry);
    const auto saved = std::ranges::find(manifest_->sinks, sink.id, &Manifest::OfSink::id);
    SinkMissed missed;
    missed.restored = true;
    missed.lost = saved == manifest_->sinks.end();
    if (!missed.lost && saved->changes) {
      missed.changes = [this, section = *saved->changes](std::span<const DataType> types) {
        std::vector<Change> changes;
        ThrowIfError(ReadChanges(section, types, [&](Change change) { changes.push_back(std::move(change)); }));
        return changes;
      };
    }
    ResumeSink(sink, std::move(missed));
  }
}

void Recovery::Drop(const std::string& name) {
  if (database_.catalog_.Get(name).is_sink()) database_.sinks_.Finish(name);
  StatementRunner(database_, {}).EraseLocked(name);
}

void Recovery::Rename(const std::string& from, const std::string& to) { database_.RenameLocked(from, to); }

void Recovery::AddColumn(const std::string& sql, int64_t now) {
  const sql::StatementPtr statement = sql::ParseStatement(sql);
  StatementRunner(database_, sql).AddColumn(statement->As<sql::AlterStatement>(), now);
}

void Recovery::CreateFunction(const std::string& sql) {
  const sql::StatementPtr statement = sql::ParseStatement(sql);
  database_.catalog_.functions().Put(
      BindCreateFunction(database_.catalog_, statement->As<sql::CreateFunctionStatement>(), sql));
}

void Recovery::DropFunction(const std::string& name) { database_.catalog_.functions().Erase(name); }

void Recovery::ReadFile(FilePosition position) { database_.file_sources_.SetPosition(position); }

void Recovery::ResumeFileSources() {
  for (const CatalogEntry* entry : database_.catalog_.List(RelationKind::kSource)) {
    const auto& source = static_cast<const SourceEntry&>(*entry);
    if (source.connector.empty()) continue;
    try {
      const sql::StatementPtr statement = sql::ParseStatement(source.sql);
      FileSourceOptions options =
          CheckFileSource(statement->As<sql::CreateSourceStatement>(), GivenSchema(source), source.sql);
      const auto path = std::ranges::find(source.options, "path", &std::pair<std::string, std::string>::first);
      if (path != source.options.end()) options.pattern = path->second;
      database_.AddFileSource(source.name, std::move(options));
    } catch (const Error& error) {
      spdlog::error("source \"{}\" does not go on: {}", source.name, error.what());
      database_.file_sources_.AddFailed(source.name, error.what());
    }
  }
}

void Recovery::ReleaseSinks() {
  std::vector<uint64_t> ids;
  for (const CatalogEntry* entry : database_.catalog_.List(RelationKind::kSink)) {
    const auto& sink = static_cast<const SinkEntry&>(*entry);
    ids.push_back(sink.id);
    std::optional<SinkFacts> facts = database_.sinks_.FactsOf(sink.name);
    if (!facts) {
      database_.sinks_.AddFailed(
          sink.name,
          "the directory has no record of what it has carried out: this is a copy of a database, "
          "whose sinks are the original's; DROP it, and CREATE it with a path of its own");
      facts = database_.sinks_.FactsOf(sink.name);
    }
    if (facts->failed) spdlog::error("sink \"{}\" does not go on: {}", sink.name, facts->last_error);
  }
  database_.sinks_.Release(database_.engine_.epoch(), ids);
}

}  // namespace laminar
