// JSON files as a table: objects one after the other, or an array of them.
#pragma once

#include <memory>
#include <vector>

#include "main/file/file_location.h"
#include "main/file/file_rows.h"
#include "main/file/read_options.h"

namespace laminar {

/// Reads as many objects of the first file as types are inferred from. Columns are the names met there, in order;
/// values of several kinds, objects and arrays are JSON.
Result<std::shared_ptr<const FilesOfFormat>> OpenJsonFiles(const FileRequest& request, const ReadOptions& options,
                                                           std::vector<FileLocation> files);

}  // namespace laminar
