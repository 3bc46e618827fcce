// A calendar interval, laid out as Arrow's month_day_nano so that the edge needs no copy.
#pragma once

#include <cstdint>
#include <string>

#include "common/int128.h"

namespace laminar {

struct Interval {
  int32_t months = 0;
  int32_t days = 0;
  int64_t nanos = 0;

  /// Equality of the three parts: '1 month' is not '30 days' here. SQL's `=` uses Normalized().
  friend bool operator==(const Interval&, const Interval&) = default;
  /// 30-day months and 24-hour days, in nanoseconds: the order PostgreSQL compares intervals in.
  int128_t Normalized() const { return ((static_cast<int128_t>(months) * 30 + days) * 86'400) * 1'000'000'000 + nanos; }
  std::string ToString() const;
};
static_assert(sizeof(Interval) == 16);

}  // namespace laminar
