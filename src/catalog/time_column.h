// Columns of a relation that follow a watermark.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/date_time.h"
#include "common/type.h"

namespace laminar {

/// What the column may be used for.
enum class TimeRole : uint8_t {
  kEventTime,    // may be windowed
  kWindowEnd,    // likewise; and whoever groups by it groups by window
  kWindowStart,  // may be windowed; in GROUP BY it determines the kWindowEnd of the same `window`, if that is there
};

/// Once the watermark of `sources` (the least of theirs) has reached w, no row with value + delay < w is to come, late
/// ones aside. Watermark, value and delay are in the raw unit of the column: the sources agree on it.
struct TimeColumn {
  int column = -1;
  TimeRole role = TimeRole::kEventTime;
  int64_t nanos_per_unit = 0;
  bool declared = false;             // every source has a WATERMARK; otherwise there are announcements of writers only
  std::vector<std::string> sources;  // sorted by name; empty: it follows no watermark, but its unit is known
  int64_t delay = 0;                 // ALLOW LATENESS of windows below; of a kWindowStart, plus the longest window
  int window = 0;                    // pairs the columns of one window within the relation; 0: not of a window

  bool follows_watermark() const { return !sources.empty(); }
  friend bool operator==(const TimeColumn&, const TimeColumn&) = default;
};

constexpr int64_t kNanosPerMilli = 1'000'000;

/// Length of one raw unit of a column of event times; nothing for types that cannot be one. `integer_unit` is what
/// integers count (WITH (time_unit = …)).
std::optional<int64_t> NanosPerUnit(const DataType& type, TimeUnit integer_unit);

}  // namespace laminar
