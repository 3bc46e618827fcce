// The clock of calls and queries.
#pragma once

#include <chrono>
#include <cstdint>

namespace laminar {

/// What now() is in what starts now: microseconds since the epoch.
inline int64_t NowMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace laminar
