// How far a source has read one of its files.
#pragma once

#include <cstdint>
#include <string>

#include "main/file/file_rows.h"

namespace laminar {

/// Logged with the rows that reach up to it (docs/storage.md, "Definitions"), so that both are there after a crash or
/// neither. It says everything about its file: of several, the last one holds, and saying one again changes nothing. So
/// a checkpoint may keep positions that are newer than its epoch, if the log is durable up to where they were taken.
struct FilePosition {
  std::string source;
  std::string path;  // as the file system spells it
  uint64_t device = 0;
  uint64_t inode = 0;  // 0: the file system has none
  FilePlace place;
  bool done = false;  // nothing of it is read any more
};

}  // namespace laminar
