// Who holds how much memory, and what leaves it when there is too much.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "storage/spill_files.h"

namespace laminar {

class Source;
class Stream;
struct EngineOptions;

/// The memory of a database at one moment.
struct MemoryFacts {
  struct Holder {
    std::string name;
    std::string kind;  // "history", "state", "changes", "pool"
    int64_t rows = 0;
    int64_t memory_bytes = 0;
    int64_t disk_bytes = 0;
  };
  std::vector<Holder> holders;
  int64_t limit = 0;  // 0: none
  int64_t used = 0;
};

/// Looks at what is held once enough has come since it looked last, and presses what is above the limit out to disk:
/// between two steps, under the step's lock. What cannot be written stays in memory, and is tried again with the next
/// look.
class MemoryPress {
 public:
  using Sources = std::map<std::string, std::unique_ptr<Source>, std::less<>>;
  using Streams = std::vector<std::shared_ptr<Stream>>;

  explicit MemoryPress(const EngineOptions& options);

  /// Bytes of rows that a step has taken in.
  void Took(size_t bytes) { taken_ += static_cast<int64_t>(bytes); }
  void AfterStep(const Sources& sources, const Streams& streams) {
    if (limit_ != 0 && taken_ >= look_after_) Look(sources, streams);
  }
  MemoryFacts Facts(const Sources& sources, const Streams& streams) const;
  SpillSpace& space() { return space_; }

 private:
  void Look(const Sources& sources, const Streams& streams);
  Status Press(const Sources& sources, const Streams& streams, int64_t excess);

  const int64_t limit_;
  const int64_t threshold_;
  const int64_t look_after_;
  int64_t taken_ = 0;
  bool failing_ = false;  // and has been told
  SpillFiles space_;
};

}  // namespace laminar
