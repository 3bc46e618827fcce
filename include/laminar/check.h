// Whether a database directory is sound, without opening it for use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// Reads every byte that counts of the directory and carries out in memory what its checkpoint and its log say, so that
/// every checksum, every number and every reference is looked at. Changes nothing. Throws Error kConnectionFailed
/// naming file and byte for the first thing that is wrong, kConnectionInUse when somebody has it open.
DirectoryCheck CheckDirectory(std::string_view path);

/// What of a directory makes up its last checkpoint, whoever has it open.
struct CheckpointFiles {
  struct File {
    std::string name;     // from the directory
    std::uint64_t bytes;  // that count, from its beginning
  };
  std::vector<File> files;         // all but the manifest, and the log
  std::string manifest;            // its bytes; empty: there has been no checkpoint, and all that counts is the log
  std::uint64_t log_position = 0;  // the log counts from here on
};
/// They may be removed at any time by a process that makes further checkpoints. Throws Error kConnectionFailed when the
/// directory is no database, or the manifest is damaged.
CheckpointFiles FindCheckpointFiles(std::string_view path);

}  // namespace laminar
