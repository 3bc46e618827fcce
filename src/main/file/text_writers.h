// CSV and JSON files, written.
#pragma once

#include <memory>

#include "main/file/file_writer.h"

namespace laminar {

/// RFC 4180: NULL is an empty field, the empty text two quotes; lines end in LF.
Result<std::unique_ptr<FileWriter>> OpenCsvWriter(const FileLocation& file, const WriteOptions& options,
                                                  const Schema& schema);
/// One object a line.
Result<std::unique_ptr<FileWriter>> OpenJsonWriter(const FileLocation& file, const WriteOptions& options,
                                                   const Schema& schema);

}  // namespace laminar
