// CSV files as a table.
#pragma once

#include <memory>
#include <vector>

#include "main/file/file_location.h"
#include "main/file/file_rows.h"
#include "main/file/read_options.h"

namespace laminar {

/// Reads the header and as many records of the first file as types are inferred from. Columns are matched by the names
/// in the header, in any order; without a header by position.
Result<std::shared_ptr<const FilesOfFormat>> OpenCsvFiles(const FileRequest& request, const ReadOptions& options,
                                                          std::vector<FileLocation> files);

}  // namespace laminar
