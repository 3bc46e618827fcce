#include "common/duration_text.h"

#include <limits>

#include "common/date_time.h"
#include "common/interval.h"

namespace laminar {

std::optional<std::chrono::microseconds> ParseDuration(std::string_view text) {
  Interval interval;
  if (ParseInterval(text, &interval) != Parsed::kOk) return std::nullopt;
  const int128_t micros = interval.Normalized() / 1000;
  if (micros < 1 || micros > std::numeric_limits<int64_t>::max()) return std::nullopt;
  return std::chrono::microseconds(static_cast<int64_t>(micros));
}

}  // namespace laminar
