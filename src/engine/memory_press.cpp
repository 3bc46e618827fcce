#include "engine/memory_press.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

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

/// What was freed in pieces stays with the allocator, where it helps nobody else on the machine.
void GiveBack(int64_t bytes) {
#if defined(__GLIBC__)
  constexpr int64_t kWorthTheWalk = int64_t{1} << 20;
  if (bytes > kWorthTheWalk) malloc_trim(0);
#else
  (void)bytes;
#endif
}

OperatorFacts StateOf(const Dataflow& dataflow) {
  OperatorFacts state;
  for (const OperatorFacts& op : dataflow.Facts().operators) state += op;
  return state;
}

}  // namespace

MemoryPress::MemoryPress(const EngineOptions& options)
    : limit_(options.memory_limit),
      threshold_(options.spill_threshold),
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
    const OperatorFacts state = StateOf(stream->dataflow());
    if (state.state_bytes + state.state_disk_bytes != 0) {
      add(stream->name(), "state", state.state_rows, state.state_bytes, state.state_disk_bytes);
    }
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
  const int64_t excess = Facts(sources, streams).used - limit_;
  if (excess <= 0) return;
  const Status status = Press(sources, streams, excess + limit_ / kSlackShare);
  GiveBack(excess);
  if (status.ok()) {
    failing_ = false;
  } else if (!std::exchange(failing_, true)) {
    spdlog::warn("memory stays above its limit: {}", status.message());
  }
}

Status MemoryPress::Press(const Sources& sources, const Streams& streams, int64_t excess) {
  size_t freed = 0;
  const auto left = [&] {
    excess -= static_cast<int64_t>(std::exchange(freed, 0));
    return static_cast<size_t>(std::max<int64_t>(excess, 0));
  };
  // A history is what is touched least: by a query that scans it, and by a stream that comes late.
  std::vector<History*> histories;
  for (const auto& [name, source] : sources) {
    if (source->definition().keeps_history && source->history.retained_rows() > static_cast<uint64_t>(threshold_)) {
      histories.push_back(&source->history);
    }
  }
  std::ranges::sort(histories, std::greater<>(), &History::memory_bytes);
  for (History* history : histories) {
    if (left() == 0) return Status::OK();
    LAMINAR_RETURN_NOT_OK(history->Spill(space_, left(), &freed));
  }
  // Then states, those first that hold most.
  std::vector<std::pair<int64_t, Dataflow*>> states;
  for (const std::shared_ptr<Stream>& stream : streams) {
    const int64_t bytes = StateOf(stream->dataflow()).state_bytes;
    if (bytes != 0) states.emplace_back(bytes, &stream->dataflow());
  }
  std::ranges::sort(states, std::greater<>());
  for (const auto& [bytes, dataflow] : states) {
    if (left() == 0) return Status::OK();
    LAMINAR_RETURN_NOT_OK(dataflow->Spill(space_, threshold_, left(), &freed));
  }
  return Status::OK();
}

}  // namespace laminar
