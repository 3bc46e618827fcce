#include "main/durable/checkpoint_files.h"

#include <fmt/format.h>

#include <cerrno>
#include <set>
#include <vector>

#include "storage/kill_point.h"

namespace laminar {

std::string ImageFolder(const Folder& folder) { return folder.path() + "/state"; }

std::string HistoryFolder(const Folder& folder) { return folder.path() + "/history"; }

std::string ImagePath(const Folder& folder, uint64_t checkpoint) {
  return fmt::format("{}/{:016x}.img", ImageFolder(folder), checkpoint);
}

std::string HistoryPath(const Folder& folder, uint64_t number) {
  return fmt::format("{}/{:016x}.rows", HistoryFolder(folder), number);
}

Status CannotWrite(const std::string& path, int error) {
  return Status::Internal(fmt::format("cannot write {}: {}", path, ErrnoText(error)));
}

Status RemoveOrphans(Folder& folder, const Manifest* manifest) {
  std::set<std::string> named;
  if (manifest != nullptr) {
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
