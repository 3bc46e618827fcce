#include "main/durable/checkpoint_writer.h"

#include <cerrno>
#include <set>
#include <utility>

#include "main/durable/checkpoint_files.h"
#include "storage/batch_codec.h"
#include "storage/history_file.h"
#include "storage/kill_point.h"

namespace laminar {

namespace {

/// Whether the file of a history is to be written on.
bool GoesOn(const Manifest::History& file, const HistorySnapshot& history, uint32_t columns) {
  if (file.columns != columns) return false;  // with a column more, all rows are other rows
  // Some have come and gone.
  if (file.rows < history.first_row() || file.calls < history.first_retained_call()) return false;
  if (file.file == 0) return file.calls == history.call_count();
  return history.first_row() - file.first_row <= history.rows() - history.first_row();  // most of it is of use
}

}  // namespace

CheckpointWriter::CheckpointWriter(Folder& folder, const Manifest& before, uint64_t id)
    : folder_(folder), before_(before), id_(id) {
  for (const Manifest::OfSource& source : before.sources) {
    if (source.history) histories_[source.saved.id] = *source.history;
  }
  for (const Manifest::OfStream& stream : before.streams) chains_[stream.saved.number] = stream.state;
  next_history_file_ = before.next_history_file;
}

Status CheckpointWriter::Write(EngineImage& image, std::vector<SinkBacklog>& sinks, Manifest* manifest) {
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
  LAMINAR_RETURN_NOT_OK(SyncImages(manifest));
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

Status CheckpointWriter::SyncImages(Manifest* manifest) {
  if (!images_) return Status::OK();
  LAMINAR_RETURN_NOT_OK(images_writer_->status().Clone());
  if (const int error = images_->Sync()) return CannotWrite(ImagePath(folder_, id_), error);
  manifest->image_files[id_] = images_writer_->offset();
  bytes_ += images_writer_->offset();
  const int error = folder_.files().SyncFolder(ImageFolder(folder_));
  return error == 0 ? Status::OK() : CannotWrite(ImageFolder(folder_), error);
}

void CheckpointWriter::Abandon() {
  images_.reset();
  static_cast<void>(folder_.files().Remove(ImagePath(folder_, id_)));
}

Status CheckpointWriter::MakeFolders() {
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

Result<std::unique_ptr<File>> CheckpointWriter::MakeFile(const std::string& path, const FrameFileHeader& header) {
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

Status CheckpointWriter::WriteSource(EngineImage::OfSource& source, Manifest* manifest) {
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

Status CheckpointWriter::OpenImages() {
  if (images_) return Status::OK();
  const std::string path = ImagePath(folder_, id_);
  LAMINAR_ASSIGN_OR_RETURN(images_, MakeFile(path, {FrameFileKind::kImages, folder_.id(), id_}));
  images_writer_ = std::make_unique<FrameWriter>(*images_, path, FrameFileHeader::kBytes);
  return Status::OK();
}

Status CheckpointWriter::WriteStream(EngineImage::OfStream& stream, Manifest* manifest) {
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

Status CheckpointWriter::WriteChanges(ChangelogCursor& changes, std::span<const DataType> types, uint64_t last_epoch,
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

}  // namespace laminar
