// What is known of a checkpoint.
#pragma once

#include <cstdint>
#include <string>

namespace laminar {

/// The state of a durable database as of one epoch, on disk: what opening it begins with.
struct CheckpointInfo {
  uint64_t id = 0;           // ids increase, also across restarts
  uint64_t epoch = 0;        // the last one that is in
  int64_t time = 0;          // when it was begun, microseconds since the epoch
  std::string reason;        // "asked for", "log size", "interval", "closed"
  int64_t bytes = 0;         // that were written
  int64_t micros = 0;        // that it took
  int64_t pause_micros = 0;  // of them, for which no step could run
};

}  // namespace laminar
