#include "laminar/check.h"

#include "main/database.h"
#include "main/durable/checkpointer.h"
#include "main/durable/recovery.h"
#include "storage/folder.h"

namespace laminar {

DirectoryCheck CheckDirectory(std::string_view path) {
  const std::string where(path);
  Database scratch(where, Config{}, TestOptions{}, ValueOrThrow(Folder::OpenExisting(FileSystem::Posix(), where)));
  return scratch.Check();
}

CheckpointFiles FindCheckpointFiles(std::string_view path) {
  const auto folder = ValueOrThrow(Folder::LookAt(FileSystem::Posix(), std::string(path)));
  CheckpointFiles found;
  const std::optional<Manifest> manifest = ValueOrThrow(ReadManifest(*folder, &found.manifest));
  if (!manifest) return found;
  const auto name_of = [&](const std::string& full) { return full.substr(folder->path().size() + 1); };
  found.log_position = manifest->log_position;
  for (const auto& [checkpoint, bytes] : manifest->image_files) {
    found.files.push_back({name_of(Checkpointer::ImagePath(*folder, checkpoint)), bytes});
  }
  for (const Manifest::OfSource& source : manifest->sources) {
    if (!source.history || source.history->file == 0) continue;
    found.files.push_back({name_of(Checkpointer::HistoryPath(*folder, source.history->file)), source.history->bytes});
  }
  return found;
}

}  // namespace laminar
