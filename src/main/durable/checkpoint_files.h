// Which files of a directory belong to checkpoints.
#pragma once

#include <cstdint>
#include <string>

#include "common/status.h"
#include "main/durable/manifest.h"
#include "storage/folder.h"

namespace laminar {

std::string ImageFolder(const Folder& folder);
std::string HistoryFolder(const Folder& folder);
/// The images that a checkpoint wrote.
std::string ImagePath(const Folder& folder, uint64_t checkpoint);
/// The rows of a source, by the number that the manifest has for them.
std::string HistoryPath(const Folder& folder, uint64_t number);

/// Removes what no manifest names: what a crash, or an older checkpoint, has left. `manifest`: the one that counts, or
/// null. Nobody may be writing one.
Status RemoveOrphans(Folder& folder, const Manifest* manifest);

/// kInternalError.
Status CannotWrite(const std::string& path, int error);

}  // namespace laminar
