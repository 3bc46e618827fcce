// Facts about a running database, as plain values.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "laminar/result.h"

namespace laminar {

/// Watermarks here are in milliseconds since the epoch; this when there is none.
constexpr int64_t kNoWatermarkMillis = std::numeric_limits<int64_t>::min();

/// In this order; nothing leads back.
enum class PipelineState : uint8_t { kCreated, kRunning, kShuttingDown, kStopped };

/// All counts are rows. ingested = processed + pending.
struct PipelineMetrics {
  int64_t total_events_ingested = 0;
  int64_t total_events_emitted = 0;
  int64_t total_events_dropped = 0;        // the sum of `dropped`
  std::map<std::string, int64_t> dropped;  // by reason: "late", "error", "overflow"
  int64_t total_events_processed = 0;
  int64_t total_cycles = 0;   // steps
  int64_t total_batches = 0;  // accepted calls
  double uptime_secs = 0;
  PipelineState state = PipelineState::kCreated;
  int64_t source_count = 0;
  int64_t stream_count = 0;
  int64_t sink_count = 0;
  int64_t pipeline_watermark = kNoWatermarkMillis;
};

/// Of a source. Counts are rows.
struct SourceMetrics {
  std::string name;
  int64_t total_events = 0;       // accepted so far
  int64_t pending = 0;            // of those, not carried through by a step yet
  int64_t capacity = 0;           // Config::buffer_size
  bool is_backpressured = false;  // there is no room: the next call waits
  int64_t watermark = kNoWatermarkMillis;
  double utilization = 0;  // pending / capacity
};

/// Of a stream. Counts are rows.
struct StreamMetrics {
  std::string name;
  /// Rows of net change made so far. What nobody listens to is not made: with no subscriber and no stream reading it,
  /// an aggregating stream keeps its result and makes no changes.
  int64_t total_events = 0;
  int64_t late_events = 0;                 // dropped because all their windows had closed
  int64_t error_events = 0;                // set aside because an expression failed
  std::map<std::string, int64_t> dropped;  // by reason: "late", "error", and "overflow": left out for slow subscribers
  int64_t pending = 0;                     // rows of change that the slowest subscriber has not read
  int64_t capacity = 0;
  bool is_backpressured = false;
  int64_t watermark = kNoWatermarkMillis;
  std::string sql;
};

/// What is in a relation. Sizes are of memory: the rows of a source, the state of a table or stream; a view has none.
struct RelationStats {
  std::string name;
  std::string kind;  // "source", "table", "stream", "materialized view", "view"
  int64_t row_count = 0;
  int64_t size_bytes = 0;
  int64_t watermark = kNoWatermarkMillis;
  uint64_t epoch = 0;  // the last one that is in
};

struct SourceInfo {
  std::string name;
  ResultSchema schema;
  std::optional<std::string> watermark_column;  // of WATERMARK FOR
};

struct StreamInfo {
  std::string name;
  std::string sql;  // its SELECT
  bool materialized_view = false;
  std::optional<std::vector<std::string>> key;  // columns that identify a row; empty: one row at most; none: not known
};

/// What flows where: sources, tables, streams and sinks, and which reads which. Views are looked through.
struct Topology {
  struct Node {
    std::string name;
    std::string type;  // "source" (a table too), "stream" or "sink"
    ResultSchema schema;
    std::string sql;  // the query of a stream; empty for a source or sink
  };
  struct Edge {
    std::string from;
    std::string to;
  };
  std::vector<Node> nodes;  // each after those it reads
  std::vector<Edge> edges;

  /// A Mermaid flowchart.
  std::string ToMermaid() const;
};

struct SinkInfo {
  std::string name;
  std::string connector;           // "file", "callback"
  std::vector<std::string> reads;  // relations its rows come from
  std::string sql;                 // the CREATE SINK
  std::string status;              // "running", "finished" with its stream, "failed"
  int64_t rows = 0;                // delivered
  int64_t errors = 0;
  std::string last_error;  // empty: none
};

/// An ad-hoc query or a subscription.
struct QueryInfo {
  uint64_t id = 0;  // for Connection::CancelQuery
  std::string sql;
  bool active = false;
};

}  // namespace laminar
