#include "main/durable/checkpointer.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "storage/batch_codec.h"
#include "storage/history_file.h"
#include "storage/kill_point.h"

namespace laminar {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kListed = 100;
// A chain is read from its beginning: it should not be much longer than what it comes to.
constexpr size_t kLongestChain = 16;
constexpr auto kRetry = std::chrono::seconds(5);

std::string ImageFolder(const Folder& folder) { return folder.path() + "/state"; }
std::string HistoryFolder(const Folder& folder) { return folder.path() + "/history"; }

int64_t MicrosSince(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
}

Status CannotWrite(const std::string& path, int error) {
  return Status::Internal(fmt::format("cannot write {}: {}", path, ErrnoText(error)));
}

}  // namespace

std::string Checkpointer::ImagePath(const Folder& folder, uint64_t checkpoint) {
  return fmt::format("{}/{:016x}.img", ImageFolder(folder), checkpoint);
}

std::string Checkpointer::HistoryPath(const Folder& folder, uint64_t number) {
  return fmt::format("{}/{:016x}.rows", HistoryFolder(folder), number);
}

/// One checkpoint under way: the files it writes, and what the manifest will say of them.
class Checkpointer::Writing {
 public:
  Writing(Folder& folder, const Manifest& before, uint64_t id) : folder_(folder), before_(before), id_(id) {
    for (const Manifest::OfSource& source : before.sources) {
      if (source.history) histories_[source.saved.id] = *source.history;
    }
    for (const Manifest::OfStream& stream : before.streams) chains_[stream.saved.number] = stream.state;
    next_history_file_ = before.next_history_file;
  }

  Status Write(EngineImage& image, std::vector<SinkBacklog>& sinks, Manifest* manifest) {
    // Memory is quicker than the disk, and while state is pinned, steps copy what they change of it.
    for (EngineImage::OfStream& stream : image.streams) {
      if (stream.state) stream.state->CopyOut();
    }
    LAMINAR_RETURN_NOT_OK(MakeFolders());
    // Likewise: state first.
    for (EngineImage::OfStream& stream : image.streams) LAMINAR_RETURN_NOT_OK(WriteStream(stream, manifest));
    for (SinkBacklog& sink : sinks) {
      Manifest::OfSink& kept = manifest->sinks.emplace_back();
      kept.id = sink.id;
      if (!sink.changes) continue;
      const auto changes = std::exchange(sink.changes, nullptr);
      LAMINAR_RETURN_NOT_OK(WriteChanges(*changes, sink.types, manifest->engine.epoch, &kept.changes));
    }
    KillPoint("checkpoint.images_written");
    for (EngineImage::OfSource& source : image.sources) LAMINAR_RETURN_NOT_OK(WriteSource(source, manifest));
    KillPoint("checkpoint.histories_written");
    if (images_) {
      LAMINAR_RETURN_NOT_OK(images_writer_->status().Clone());
      if (const int error = images_->Sync()) return CannotWrite(ImagePath(folder_, id_), error);
      manifest->image_files[id_] = images_writer_->offset();
      bytes_ += images_writer_->offset();
      if (const int error = folder_.files().SyncFolder(ImageFolder(folder_))) {
        return CannotWrite(ImageFolder(folder_), error);
      }
    }
    if (made_history_) {
      if (const int error = folder_.files().SyncFolder(HistoryFolder(folder_))) {
        return CannotWrite(HistoryFolder(folder_), error);
      }
    }
    manifest->next_history_file = next_history_file_;
    // Files in which something still counts.
    std::set<uint64_t> used{id_};
    for (const Manifest::OfStream& stream : manifest->streams) {
      for (const ImageSection& section : stream.state) used.insert(section.checkpoint);
    }
    for (const auto& [checkpoint, size] : before_.image_files) {
      if (used.contains(checkpoint)) manifest->image_files[checkpoint] = size;
    }
    return Status::OK();
  }
  /// It has come to nothing: what no manifest names goes.
  void Abandon() {
    images_.reset();
    static_cast<void>(folder_.files().Remove(ImagePath(folder_, id_)));
  }
  uint64_t bytes() const { return bytes_; }

 private:
  Status MakeFolders() {
    bool made = false;
    for (const std::string& path : {ImageFolder(folder_), HistoryFolder(folder_)}) {
      const int error = folder_.files().MakeFolder(path);
      if (error != 0 && error != EEXIST) return CannotWrite(path, error);
      made |= error == 0;
    }
    if (!made) return Status::OK();
    const int error = folder_.files().SyncFolder(folder_.path());
    return error == 0 ? Status::OK() : CannotWrite(folder_.path(), error);
  }

  Result<std::unique_ptr<File>> MakeFile(const std::string& path, const FrameFileHeader& header) {
    std::unique_ptr<File> file;
    int error = folder_.files().Remove(path);
    if (error == ENOENT) error = 0;
    if (error == 0) error = folder_.files().OpenFile(path, FileSystem::Open::kCreate, &file);
    const auto bytes = header.Bytes();
    const Piece whole{bytes.data(), bytes.size()};
    if (error == 0) error = file->Write(0, {&whole, 1});
    if (error != 0) return CannotWrite(path, error);
    return file;
  }

  /// Whether the file of a history is to be written on.
  static bool GoesOn(const Manifest::History& file, const HistorySnapshot& history, uint32_t columns) {
    if (file.columns != columns) return false;  // with a column more, all rows are other rows
    // Some have come and gone.
    if (file.rows < history.first_row() || file.calls < history.first_retained_call()) return false;
    if (file.file == 0) return file.calls == history.call_count();
    return history.first_row() - file.first_row <= history.rows() - history.first_row();  // most of it is of use
  }

  Status WriteSource(EngineImage::OfSource& source, Manifest* manifest) {
    Manifest::OfSource& kept = manifest->sources.emplace_back();
    kept.saved = std::move(source.saved);
    const HistorySnapshot history = std::exchange(source.history, {});
    if (history.call_count() == 0) return Status::OK();
    std::optional<Manifest::History> before;
    if (const auto found = histories_.find(kept.saved.id); found != histories_.end()) before = found->second;
    const uint32_t columns = static_cast<uint32_t>(source.types.size());
    if (before && !GoesOn(*before, history, columns)) before.reset();
    if (before && before->calls == history.call_count()) {
      kept.history = before;
      return Status::OK();
    }
    if (!before) {
      before.emplace();
      before->columns = columns;
      before->rows = before->first_row = history.first_row();
      before->calls = before->first_call = history.first_retained_call();
      before->before = history.before();
    }
    if (history.first_retained_call() == history.call_count() && before->file == 0) {
      kept.history = before;
      return Status::OK();
    }
    std::unique_ptr<File> file;
    std::string path;
    if (before->file != 0) {
      path = HistoryPath(folder_, before->file);
      if (const int error = folder_.files().OpenFile(path, FileSystem::Open::kWrite, &file)) {
        return CannotWrite(path, error);
      }
    } else {
      before->file = next_history_file_++;
      before->bytes = FrameFileHeader::kBytes;
      path = HistoryPath(folder_, before->file);
      LAMINAR_ASSIGN_OR_RETURN(file, MakeFile(path, {FrameFileKind::kHistory, folder_.id(), before->file}));
      made_history_ = true;
    }
    FrameWriter out(*file, path, before->bytes);
    LAMINAR_RETURN_NOT_OK(WriteHistory(history, before->rows, before->calls, source.types, out));
    KillPoint("checkpoint.history_unsynced");
    if (const int error = file->Sync()) return CannotWrite(path, error);
    bytes_ += out.offset() - before->bytes;
    before->bytes = out.offset();
    before->rows = history.rows();
    before->calls = history.call_count();
    kept.history = before;
    return Status::OK();
  }

  Status OpenImages() {
    if (images_) return Status::OK();
    const std::string path = ImagePath(folder_, id_);
    LAMINAR_ASSIGN_OR_RETURN(images_, MakeFile(path, {FrameFileKind::kImages, folder_.id(), id_}));
    images_writer_ = std::make_unique<FrameWriter>(*images_, path, FrameFileHeader::kBytes);
    return Status::OK();
  }
  ImageSection SectionFrom(uint64_t begin) const { return {id_, {begin, images_writer_->offset() - begin}}; }

  Status WriteStream(EngineImage::OfStream& stream, Manifest* manifest) {
    Manifest::OfStream& kept = manifest->streams.emplace_back();
    kept.saved = std::move(stream.saved);
    if (const auto found = chains_.find(kept.saved.number); found != chains_.end() && !stream.whole) {
      kept.state = found->second;
    }
    if (kept.saved.failure) kept.state.clear();
    if (stream.state) {
      LAMINAR_RETURN_NOT_OK(OpenImages());
      const uint64_t begin = images_writer_->offset();
      stream.state->Write(*images_writer_);
      stream.state.reset();  // lets go of what it pinned
      images_writer_->EndFrame();
      LAMINAR_RETURN_NOT_OK(images_writer_->status().Clone());
      kept.state.push_back(SectionFrom(begin));
      KillPoint("checkpoint.image");
    }
    if (!stream.changes) return Status::OK();
    const auto changes = std::exchange(stream.changes, nullptr);
    return WriteChanges(*changes, stream.types, manifest->engine.epoch, &kept.changes);
  }

  Status WriteChanges(ChangelogCursor& changes, std::span<const DataType> types, uint64_t last_epoch,
                      std::optional<ImageSection>* section) {
    LAMINAR_RETURN_NOT_OK(OpenImages());
    const uint64_t begin = images_writer_->offset();
    bool ended = false;
    PieceList frame;
    try {
      while (std::optional<Change> change = changes.TryNext(&ended)) {
        if (change->epoch > last_epoch) break;
        frame.Clear();
        frame.Put(change->epoch);
        frame.Put(static_cast<uint8_t>(change->merged));
        EncodeBatch(*change->rows, types, &frame);
        images_writer_->WriteFrame(frame);
      }
    } catch (const Error& error) {
      return Status(Error(error));
    }
    LAMINAR_RETURN_NOT_OK(images_writer_->status().Clone());
    if (images_writer_->offset() != begin) *section = SectionFrom(begin);
    return Status::OK();
  }

  Folder& folder_;
  const Manifest& before_;
  const uint64_t id_;
  std::map<uint32_t, Manifest::History> histories_;
  std::map<uint64_t, std::vector<ImageSection>> chains_;
  uint64_t next_history_file_;
  bool made_history_ = false;
  std::unique_ptr<File> images_;
  std::unique_ptr<FrameWriter> images_writer_;
  uint64_t bytes_ = 0;
};

Checkpointer::Checkpointer(Folder& folder, Log& log, Freeze freeze, CheckpointOptions options,
                           std::optional<Manifest> last, bool news)
    : folder_(folder), log_(log), freeze_(std::move(freeze)), options_(options), due_bytes_(options.log_bytes) {
  if (last) manifest_ = std::move(*last);
  journal_.Append(manifest_.definitions);
  saved_position_ = news ? manifest_.log_position : log_.written();
  list_ = manifest_.checkpoints;
  thread_ = std::thread([this] { Thread(); });
}

Checkpointer::~Checkpointer() {
  {
    std::lock_guard guard(wake_mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Checkpointer::Notify() {
  std::lock_guard guard(wake_mutex_);
  grown_ = true;
  wake_.notify_all();
}

bool Checkpointer::IsDue(Clock::time_point now) const {
  const uint64_t grown = log_.written() - saved_position_;
  if (grown >= due_bytes_) return true;
  return options_.interval_secs && grown != 0 && now - last_ >= std::chrono::duration<double>(*options_.interval_secs);
}

void Checkpointer::Thread() {
  std::unique_lock guard(wake_mutex_);
  while (!stopping_) {
    if (IsDue(Clock::now())) {
      const bool by_size = log_.written() - saved_position_ >= due_bytes_;
      guard.unlock();
      const Result<uint64_t> made = Run(by_size ? "log size" : "interval");
      guard.lock();
      if (made.ok()) continue;
      spdlog::error("\"{}\": a checkpoint failed, and will be tried again: {}", folder_.path(),
                    made.status().message());
      wake_.wait_for(guard, kRetry, [this] { return stopping_; });
      continue;
    }
    grown_ = false;
    const auto woken = [this] { return stopping_ || grown_; };
    if (options_.interval_secs) {
      const auto interval = std::chrono::duration<double>(*options_.interval_secs);
      // With nothing to save when it is due, it is looked at again an interval later.
      const auto due = std::max(last_ + std::chrono::duration_cast<Clock::duration>(interval),
                                Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                                   log_.written() == saved_position_ ? interval : interval / 64));
      wake_.wait_until(guard, due, woken);
    } else {
      wake_.wait(guard, woken);
    }
  }
}

Result<uint64_t> Checkpointer::Run(std::string_view reason) {
  std::lock_guard guard(mutex_);
  if (closed_) return Status(ErrorCode::kShutdown, "the database is shut down: it makes no further checkpoint");
  LAMINAR_RETURN_NOT_OK(Make(reason));
  return manifest_.id();
}

Status Checkpointer::Close(bool last_one) {
  {
    std::lock_guard guard(wake_mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  std::lock_guard guard(mutex_);
  closed_ = true;
  if (!log_.failure().ok()) return Status::OK();  // what the log holds is what counts
  return log_.written() == saved_position_ || !last_one ? Status::OK() : Make("closed");
}

std::vector<CheckpointInfo> Checkpointer::List() const {
  std::lock_guard guard(wake_mutex_);
  return list_;
}

std::map<uint64_t, bool> Checkpointer::Chains() const {
  // What stands in files that are mostly out of use is written again, so that they can go.
  std::map<uint64_t, uint64_t> used;
  for (const Manifest::OfStream& stream : manifest_.streams) {
    for (const ImageSection& section : stream.state) used[section.checkpoint] += section.at.bytes;
  }
  const auto is_worn = [&](uint64_t file) { return used[file] < manifest_.image_files.at(file) / 2; };
  std::map<uint64_t, bool> chains;
  for (const Manifest::OfStream& stream : manifest_.streams) {
    if (stream.state.empty()) continue;
    const auto bytes = [](uint64_t sum, const ImageSection& section) { return sum + section.at.bytes; };
    const uint64_t behind = std::accumulate(stream.state.begin() + 1, stream.state.end(), uint64_t{0}, bytes);
    chains[stream.saved.number] =
        stream.state.size() >= kLongestChain || behind > stream.state.front().at.bytes ||
        std::ranges::any_of(stream.state, [&](const ImageSection& section) { return is_worn(section.checkpoint); });
  }
  return chains;
}

Status Checkpointer::Make(std::string_view reason) {
  const Clock::time_point begin = Clock::now();
  Manifest next;
  CheckpointInfo info;
  info.id = manifest_.id() + 1;
  info.reason = reason;
  info.time = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
                  .count();

  const std::map<uint64_t, bool> chains = Chains();
  const bool all = std::exchange(failed_, true);  // until it has not
  // Until this process has written all of a stream once, what changes of it cannot be told from what was loaded.
  Result<Frozen> frozen = freeze_([&](uint64_t stream, bool changed) {
    const auto chain = chains.find(stream);
    return all || chain == chains.end() || chain->second || (changed && !imaged_.contains(stream));
  });
  if (!frozen.ok()) return frozen.TakeStatus();
  auto [image, sinks] = frozen.TakeValue();
  info.pause_micros = image.pause_micros;
  KillPoint("checkpoint.frozen");
  for (const std::string& definition : image.definitions) journal_.Append(definition);
  next.definitions = journal_.Bytes();
  next.log_position = image.log_position;
  next.engine = std::move(image.engine);
  info.epoch = next.engine.epoch;

  std::set<uint64_t> imaged;
  for (const EngineImage::OfStream& stream : image.streams) {
    if (stream.whole || imaged_.contains(stream.saved.number)) imaged.insert(stream.saved.number);
  }
  bool switched = false;
  Writing writing(folder_, manifest_, info.id);
  Status status = writing.Write(image, sinks, &next);
  if (status.ok()) status = log_.Sync(next.log_position);
  if (status.ok()) {
    next.checkpoints = manifest_.checkpoints;
    info.bytes = static_cast<int64_t>(writing.bytes());
    info.micros = MicrosSince(begin);
    next.checkpoints.push_back(info);
    if (next.checkpoints.size() > kListed) next.checkpoints.erase(next.checkpoints.begin());
    KillPoint("checkpoint.before_manifest");
    status = WriteManifest(folder_, next, &switched);
  }
  if (!switched) {
    writing.Abandon();
    return status;
  }
  manifest_ = std::move(next);
  // Which of the two manifests a power cut would leave is not known: neither's files may go.
  LAMINAR_RETURN_NOT_OK(std::move(status));
  imaged_ = std::move(imaged);
  failed_ = false;
  {
    std::lock_guard guard(wake_mutex_);
    saved_position_ = manifest_.log_position;
    uint64_t live = 0;
    for (const auto& [checkpoint, size] : manifest_.image_files) live += size;
    due_bytes_ = std::max(options_.log_bytes, live / 2);
    last_ = Clock::now();
    list_ = manifest_.checkpoints;
  }
  KillPoint("checkpoint.before_cleaning");
  // What cannot be removed now is no harm, and is tried again when the database is opened.
  static_cast<void>(RemoveOrphans(folder_, manifest_));
  if (const int error = RemoveSegmentsBefore(folder_.files(), folder_.log(), manifest_.log_position)) {
    spdlog::warn("\"{}\": the log behind a checkpoint cannot be removed: {}", folder_.path(), ErrnoText(error));
  }
  return Status::OK();
}

Status Checkpointer::RemoveOrphans(Folder& folder, const std::optional<Manifest>& manifest) {
  std::set<std::string> named;
  if (manifest) {
    for (const auto& [checkpoint, size] : manifest->image_files) named.insert(ImagePath(folder, checkpoint));
    for (const Manifest::OfSource& source : manifest->sources) {
      if (source.history && source.history->file != 0) named.insert(HistoryPath(folder, source.history->file));
    }
    for (const Manifest::OfStream& stream : manifest->streams) {
      if (stream.changes) named.insert(ImagePath(folder, stream.changes->checkpoint));
    }
  }
  for (const std::string& path : {ImageFolder(folder), HistoryFolder(folder)}) {
    std::vector<std::string> names;
    const int listed = folder.files().List(path, &names);
    if (listed == ENOENT) continue;
    if (listed != 0) return CannotWrite(path, listed);
    for (const std::string& name : names) {
      if (named.contains(path + "/" + name)) continue;
      KillPoint("checkpoint.before_remove");
      if (const int error = folder.files().Remove(path + "/" + name)) return CannotWrite(path + "/" + name, error);
    }
  }
  return Status::OK();
}

}  // namespace laminar
