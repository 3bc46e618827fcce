// What a checkpoint consists of: the one file that says which others count (docs/storage.md, "The manifest").
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/status.h"
#include "engine/engine_image.h"
#include "laminar/checkpoint.h"
#include "storage/folder.h"
#include "storage/frame_file.h"

namespace laminar {

/// A part of the file of images that this checkpoint wrote.
struct ImageSection {
  uint64_t checkpoint = 0;
  FileSection at;
};

struct Manifest {
  /// The rows of one source [first_row, rows), and as many calls, in a file. What is retained is among them.
  struct History {
    uint64_t file = 0;   // its number; 0: there is none, for nothing is retained
    uint64_t bytes = 0;  // that count, the file's head included
    uint64_t rows = 0;
    uint64_t calls = 0;
    uint32_t columns = 0;
    uint64_t first_row = 0;
    uint64_t first_call = 0;
    std::optional<HistoryCall> before{};  // the call before the first
  };
  struct OfSource {
    SavedSource saved;
    std::optional<History> history;
  };
  struct OfStream {
    SavedStream saved;
    std::vector<ImageSection> state;      // a whole image and those behind it
    std::optional<ImageSection> changes;  // that are retained
  };

  /// A sink that survives a crash; one that is not here has lost changes.
  struct OfSink {
    uint64_t id = 0;                      // of its record
    std::optional<ImageSection> changes;  // that were not durable yet
  };

  uint64_t log_position = 0;
  std::string definitions;  // DefinitionJournal
  SavedEngine engine;
  std::vector<OfSource> sources;
  std::vector<OfStream> streams;
  std::vector<OfSink> sinks;
  std::map<uint64_t, uint64_t> image_files;  // by checkpoint: bytes
  uint64_t next_history_file = 1;
  std::vector<CheckpointInfo> checkpoints;  // the last ones, this one at the end

  uint64_t id() const { return checkpoints.empty() ? 0 : checkpoints.back().id; }
  std::string Encode() const;
  static Result<Manifest> Decode(std::string_view bytes);
};

/// The one of a directory; none when there has been no checkpoint. kConnectionFailed when it is damaged.
/// `bytes`, when given, gets those of the file.
Result<std::optional<Manifest>> ReadManifest(Folder& folder, std::string* bytes = nullptr);
/// Takes the place of the one before at once, or not at all: `*switched` tells which, when the disk fails. Durable when
/// it returns.
Status WriteManifest(Folder& folder, const Manifest& manifest, bool* switched);

}  // namespace laminar
