// Parquet files as a table.
#pragma once

#include <memory>
#include <vector>

#include "main/file/file_location.h"
#include "main/file/file_rows.h"
#include "main/file/read_options.h"

namespace laminar {

/// The columns are those of the first file, unless they are given: then values become what is given where nothing is
/// lost. The others have the same. Only the columns asked for are read, row group by
/// row group.
Result<std::shared_ptr<const FilesOfFormat>> OpenParquetFiles(const FileRequest& request, const ReadOptions& options,
                                                              std::vector<FileLocation> files);

}  // namespace laminar
