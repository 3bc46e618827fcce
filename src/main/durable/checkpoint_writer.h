// One checkpoint under way: the files it writes, and what the manifest will say of them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/engine_image.h"
#include "main/durable/manifest.h"
#include "main/sink/sink_worker.h"
#include "storage/folder.h"
#include "storage/frame_file.h"

namespace laminar {

/// Used once, by one thread.
class CheckpointWriter {
 public:
  /// `before`: the manifest that counts; what it names is not touched where it counts.
  CheckpointWriter(Folder& folder, const Manifest& before, uint64_t id);

  /// Writes what is frozen, and syncs it. The manifest gets all but the engine's own, which must be there, the log's
  /// position, the definitions and the list of checkpoints. Lets go of what it has written.
  Status Write(EngineImage& image, std::vector<SinkBacklog>& sinks, Manifest* manifest);
  /// It has come to nothing: what no manifest names goes.
  void Abandon();
  uint64_t bytes() const { return bytes_; }

 private:
  Status MakeFolders();
  Result<std::unique_ptr<File>> MakeFile(const std::string& path, const FrameFileHeader& header);
  Status OpenImages();
  /// Everything behind `begin`.
  ImageSection SectionFrom(uint64_t begin) const { return {id_, {begin, images_writer_->offset() - begin}}; }
  Status WriteSource(EngineImage::OfSource& source, Manifest* manifest);
  Status WriteStream(EngineImage::OfStream& stream, Manifest* manifest);
  /// Those up to this epoch.
  Status WriteChanges(ChangelogCursor& changes, std::span<const DataType> types, uint64_t last_epoch,
                      std::optional<ImageSection>* section);
  Status SyncImages(Manifest* manifest);

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

}  // namespace laminar
