// The engine at the end of one epoch: what a checkpoint is made of, and what a restart begins with.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/type.h"
#include "engine/changelog_cursor.h"
#include "engine/dataflow.h"
#include "engine/error_log.h"
#include "state/history.h"

namespace laminar {

/// Where the engine stands, but for its sources and streams.
struct SavedEngine {
  uint64_t epoch = 0;  // its last call is the last that is in
  int64_t time = 0;    // of that call, microseconds since the epoch
  uint64_t next_row_number = 0;
  uint32_t next_source_id = 1;
  uint64_t next_stream_number = 1;
  // EngineCounters
  int64_t processed = 0;
  int64_t calls = 0;
  int64_t steps = 0;
  int64_t late = 0;
  int64_t errors = 0;
  int64_t overflow = 0;
  std::vector<ErrorEntry> recent_errors;
};

/// A source or the intake of a table, but for its history.
struct SavedSource {
  uint32_t id = 0;
  int64_t rows = 0;  // accepted
  int64_t watermark = 0;
  std::vector<std::pair<uint64_t, int64_t>> announced;  // by writers that are open
};

/// A stream, or a node that streams share, but for its state.
struct SavedStream {
  uint64_t number = 0;          // its own for as long as the database exists
  uint64_t plan = 0;            // Dataflow::Fingerprint
  std::string name;             // empty: a shared node
  std::vector<uint64_t> below;  // of a named one: the shared nodes of its plan, in the order of the plan's parts
  int64_t total_rows = 0;
  int64_t late_rows = 0;
  int64_t error_rows = 0;
  std::vector<ErrorEntry> recent_errors;
  std::optional<Error> failure;          // then it has no state
  std::optional<uint64_t> changes_from;  // what has come since this epoch is retained
};

/// Frozen between two steps; written by any thread while steps go on. It pins what it holds.
struct EngineImage {
  struct OfSource {
    SavedSource saved;
    HistorySnapshot history;
    std::vector<DataType> types;
  };
  struct OfStream {
    SavedStream saved;
    std::optional<DataflowImage> state;  // nothing: nothing has changed since the image before
    bool whole = false;                  // not only what has changed since then
    std::vector<DataType> types;
    std::shared_ptr<ChangelogCursor> changes;  // those behind `changes_from`, and further
  };

  SavedEngine engine;
  uint64_t log_position = 0;             // what the log says behind it has not happened yet
  std::vector<std::string> definitions;  // logged since the image before, or since the engine was made
  std::vector<OfSource> sources;
  std::vector<OfStream> streams;  // each behind those it reads
  int64_t pause_micros = 0;       // for which no step could run
};

}  // namespace laminar
