#include "engine/memory_press.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "engine/engine.h"

namespace laminar {

namespace {

// Shares of the limit: what may come in between two looks, what is kept of blocks read back, and how far below the
// limit is gone at once, so that not every look has something to do.
constexpr int64_t kLookShare = 64;
constexpr int64_t kMostBetweenLooks = int64_t{64} << 20;
constexpr int64_t kPoolShare = 16;
constexpr int64_t kSlackShare = 16;

int64_t StateRows(const Dataflow& dataflow, int64_t* bytes) {
  const DataflowFacts facts = dataflow.Facts();
  int64_t rows = 0;
  for (const OperatorFacts& op : facts.operators) {
    rows += op.state_rows;
    *bytes += op.state_bytes;
  }
  return rows;
}

}  // namespace

MemoryPress::MemoryPress(const EngineOptions& options)
    : limit_(options.memory_limit),
      threshold_(static_cast<uint64_t>(options.spill_threshold)),
      look_after_(std::min(limit_ / kLookShare, kMostBetweenLooks)),
      space_(*options.files, options.spill_directory, static_cast<size_t>(limit_ / kPoolShare)) {}

MemoryFacts MemoryPress::Facts(const Sources& sources, const Streams& streams) const {
  MemoryFacts facts;
  facts.limit = limit_;
  const auto add = [&](std::string name, std::string kind, int64_t rows, int64_t memory, int64_t disk) {
    facts.used += memory;
    facts.holders.push_back({std::move(name), std::move(kind), rows, memory, disk});
  };
  for (const auto& [name, source] : sources) {
    if (!source->definition().keeps_history) continue;
    const History& history = source->history;
    add(name, "history", static_cast<int64_t>(history.retained_rows()), static_cast<int64_t>(history.memory_bytes()),
        static_cast<int64_t>(history.disk_bytes()));
  }
  for (const std::shared_ptr<Stream>& stream : streams) {
    int64_t bytes = 0;
    const int64_t rows = StateRows(stream->dataflow(), &bytes);
    if (bytes != 0) add(stream->name(), "state", rows, bytes, 0);
    const Changelog& changes = *stream->changelog();
    const int64_t waiting = changes.memory_bytes();
    const int64_t on_disk = changes.spilled_bytes();
    if (waiting + on_disk != 0) add(stream->name(), "changes", changes.pending_rows(), waiting, on_disk);
  }
  const auto pool = static_cast<int64_t>(space_.pool().bytes());
  if (pool != 0) add("", "pool", 0, pool, 0);
  return facts;
}

void MemoryPress::Look(const Sources& sources, const Streams& streams) {
  taken_ = 0;
  int64_t excess = Facts(sources, streams).used - limit_;
  if (excess <= 0) return;
  excess += limit_ / kSlackShare;
  // A history is what is touched least: by a query that scans it, and by a stream that comes late.
  std::vector<History*> histories;
  for (const auto& [name, source] : sources) {
    if (source->definition().keeps_history && source->history.retained_rows() > threshold_) {
      histories.push_back(&source->history);
    }
  }
  std::ranges::sort(histories, std::greater<>(), &History::memory_bytes);
  for (History* history : histories) {
    if (excess <= 0) return;
    size_t freed = 0;
    const Status status = history->Spill(space_, static_cast<size_t>(excess), &freed);
    excess -= static_cast<int64_t>(freed);
    if (status.ok()) {
      failing_ = false;
      continue;
    }
    if (!std::exchange(failing_, true)) {
      spdlog::warn("memory stays above its limit: {}", status.message());
    }
    return;
  }
}

}  // namespace laminar
