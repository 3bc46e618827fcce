// How a watermark moved over the sequence of calls: what decides lateness, the same for any batching.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <vector>

namespace laminar {

/// Event time in the raw unit of the event-time column it belongs to.
using Timestamp = int64_t;
constexpr Timestamp kNoWatermark = std::numeric_limits<Timestamp>::min();
constexpr Timestamp kMaxTimestamp = std::numeric_limits<Timestamp>::max();

/// A non-decreasing step function from sequence number to watermark. Written by the step (or backfill) before operators
/// run, read by operators during it.
///
///     line.Advance(7, 100);       // call 7 brought the watermark to 100
///     line.Before(7)  → kNoWatermark   rows of call 7 meet what earlier calls had reached
///     line.Before(8)  → 100
///     line.Advance(9, 250);
///     line.Before(9)  → 100, line.Before(10) → 250, line.current() → 250
///     line.Trim();                // the step is over: only current() is left, Before(anything later) → 250
class WatermarkLine {
 public:
  /// `sequence` ascends between calls; an advance to less than current() is ignored.
  void Advance(uint64_t sequence, Timestamp watermark) {
    if (watermark <= current_) return;
    points_.push_back({sequence, watermark});
    current_ = watermark;
  }
  /// The watermark that calls before `sequence` had reached. Only sequences after the last Trim() may be asked.
  Timestamp Before(uint64_t sequence) const {
    const auto after = std::partition_point(points_.begin(), points_.end(),
                                            [sequence](const Point& point) { return point.sequence < sequence; });
    return after == points_.begin() ? base_ : std::prev(after)->watermark;
  }
  Timestamp current() const { return current_; }
  Timestamp base() const { return base_; }
  /// A line that stands where another one stood.
  void StandAt(Timestamp watermark) {
    points_.clear();
    base_ = current_ = watermark;
  }
  void Trim() {
    points_.clear();
    base_ = current_;
  }

  struct Point {
    uint64_t sequence;
    Timestamp watermark;
  };
  const std::vector<Point>& points() const { return points_; }

 private:
  std::vector<Point> points_;
  Timestamp base_ = kNoWatermark;
  Timestamp current_ = kNoWatermark;
};

/// Reads a line at mostly ascending sequences in amortised constant time; one that descends costs a search from the
/// start.
class LatenessCursor {
 public:
  explicit LatenessCursor(const WatermarkLine& line) : line_(line), reached_(line.base()) {}
  Timestamp Before(uint64_t sequence) {
    if (sequence < previous_) {
      next_ = 0;
      reached_ = line_.base();
    }
    previous_ = sequence;
    while (next_ < line_.points().size() && line_.points()[next_].sequence < sequence) {
      reached_ = line_.points()[next_++].watermark;
    }
    return reached_;
  }

 private:
  const WatermarkLine& line_;
  Timestamp reached_;
  uint64_t previous_ = 0;
  size_t next_ = 0;
};

}  // namespace laminar
