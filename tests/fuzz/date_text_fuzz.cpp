// Any bytes as a date, a time, a timestamp of each unit and an interval: what is read is written, within the room that
// writers are promised, and read back as the same.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/date_time.h"
#include "common/text_format.h"
#include "fuzz_target.h"

namespace {

using laminar::Interval;
using laminar::Parsed;
using laminar::TimeUnit;

constexpr TimeUnit kUnits[] = {TimeUnit::kSecond, TimeUnit::kMilli, TimeUnit::kMicro, TimeUnit::kNano};

/// `read` is Parsed(text, value*), `write` is end(out, value). Written into a block of just the promised size, so that
/// the address sanitizer sees the first byte too many.
template <typename T, typename Read, typename Write>
void CheckRoundTrip(std::string_view what, std::string_view text, Read read, Write write) {
  T value{};
  if (read(text, &value) != Parsed::kOk) return;
  const auto room = std::make_unique<char[]>(laminar::kFormattedSize);
  const std::string shown(room.get(), static_cast<std::size_t>(write(room.get(), value) - room.get()));
  T again{};
  if (read(shown, &again) != Parsed::kOk)
    Die("what is written does not read back", text, std::string(what) + "\n" + shown);
  if (!(again == value)) Die("what is written reads back as another value", text, std::string(what) + "\n" + shown);
}

}  // namespace

std::vector<std::string> FuzzSamples() {
  return {"2024-02-29",
          "0044-03-15 BC",
          "5874897-12-31",
          "4713-01-01 BC",
          "1-1-1",
          "00:00",
          "23:59:59.999999999",
          "24:00:00",
          "12:30:60",
          "2013-02-08 06:00:00",
          "2013-02-08T06:00:00.123456789Z",
          "1969-12-31 23:59:59.5-05:30",
          "1970-01-01 00:00:00+0130",
          "294276-12-31 23:59:59.999999 UTC",
          "1677-09-21 00:12:43.145224193",
          "1 day 02:03:04",
          "1 minute 5 seconds",
          "-1.5 hours",
          "2 weeks ago",
          "P1Y2M3DT4H5M6.7S",
          "90",
          "-90.5",
          "1 year 2 mons -3 days +04:05:06.789",
          "1.5 months",
          "1 century 2 decades",
          "@ 1 hour -00:30",
          "1y2mon3d4h5m6s",
          "PT-0.000000001S",
          "178956970 years 7 months",
          "2562047 hours 47 minutes 16.854775807 seconds"};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckRoundTrip<int32_t>("DATE", text, laminar::ParseDate, laminar::FormatDate);
  CheckRoundTrip<Interval>("INTERVAL", text, laminar::ParseInterval, laminar::FormatInterval);
  for (const TimeUnit unit : kUnits) {
    const auto read_time = [unit](std::string_view from, int64_t* value) { return ParseTime(from, unit, value); };
    const auto write_time = [unit](char* out, int64_t value) { return laminar::FormatTime(out, value, unit); };
    CheckRoundTrip<int64_t>("TIME", text, read_time, write_time);
    for (const bool zone : {false, true}) {
      const auto read = [unit](std::string_view from, int64_t* value) { return ParseTimestamp(from, unit, value); };
      const auto write = [&](char* out, int64_t value) { return laminar::FormatTimestamp(out, value, unit, zone); };
      CheckRoundTrip<int64_t>("TIMESTAMP", text, read, write);
    }
  }
  return 0;
}
