// Parquet files, written.
#pragma once

#include <memory>

#include "main/file/file_writer.h"

namespace laminar {

/// Readable once it is closed: its directory is at its end. INTERVAL, which Parquet has no form for in Arrow, is
/// written as text.
Result<std::unique_ptr<FileWriter>> OpenParquetWriter(const FileLocation& file, const WriteOptions& options,
                                                      const Schema& schema);

}  // namespace laminar
