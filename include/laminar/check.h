// Whether a database directory is sound, without opening it for use.
#pragma once

#include <cstdint>
#include <string_view>

namespace laminar {

/// What was found in a directory that is sound.
struct DirectoryCheck {
  uint64_t checkpoint = 0;  // the last one; 0: there is none
  uint64_t segments = 0;    // files of the log
  uint64_t bytes = 0;       // of them all, and of what the checkpoint consists of
  uint64_t records = 0;
  uint64_t calls = 0;       // accepted inserts, changes and announcements
  uint64_t epoch = 0;       // the last one
  uint64_t relations = 0;   // sources, tables, streams, views and sinks
  uint64_t suspended = 0;   // of them streams that would not run
  uint64_t torn_bytes = 0;  // behind the last whole record: what a crash left, and opening would cut off
};

/// Reads every byte that counts of the directory and carries out in memory what its checkpoint and its log say, so that every checksum, every number
/// and every reference is looked at. Changes nothing. Throws Error kConnectionFailed naming file and byte for the first
/// thing that is wrong, kConnectionInUse when somebody has it open.
DirectoryCheck CheckDirectory(std::string_view path);

}  // namespace laminar
