#include "function/scalar/date_unit.h"

#include <string>
#include <vector>

#include "common/sql_error.h"
#include "common/type.h"

namespace laminar {
namespace {

struct Name {
  std::string_view text;
  DateUnit unit;
};

constexpr Name kNames[] = {
    {"year", DateUnit::kYear},
    {"month", DateUnit::kMonth},
    {"day", DateUnit::kDay},
    {"hour", DateUnit::kHour},
    {"minute", DateUnit::kMinute},
    {"second", DateUnit::kSecond},
    {"week", DateUnit::kWeek},
    {"quarter", DateUnit::kQuarter},
    {"millisecond", DateUnit::kMillisecond},
    {"microsecond", DateUnit::kMicrosecond},
    {"nanosecond", DateUnit::kNanosecond},
    {"decade", DateUnit::kDecade},
    {"century", DateUnit::kCentury},
    {"millennium", DateUnit::kMillennium},
    {"dow", DateUnit::kDayOfWeek},
    {"isodow", DateUnit::kIsoDayOfWeek},
    {"doy", DateUnit::kDayOfYear},
    {"isoyear", DateUnit::kIsoYear},
    {"epoch", DateUnit::kEpoch},
    {"timezone", DateUnit::kTimezone},
    {"centuries", DateUnit::kCentury},
    {"millennia", DateUnit::kMillennium},
    {"dayofweek", DateUnit::kDayOfWeek},
    {"weekday", DateUnit::kDayOfWeek},
    {"dayofyear", DateUnit::kDayOfYear},
    {"dayofmonth", DateUnit::kDay},
    {"weekofyear", DateUnit::kWeek},
    {"ms", DateUnit::kMillisecond},
    {"us", DateUnit::kMicrosecond},
    {"ns", DateUnit::kNanosecond},
};

}  // namespace

DateUnit ParseDateUnit(std::string_view name) {
  std::string lower = LowerCased(name);
  for (int attempt = 0; attempt < 2; ++attempt) {
    for (const Name& known : kNames) {
      if (lower == known.text) return known.unit;
    }
    if (lower.size() < 2 || lower.back() != 's') break;
    lower.pop_back();
  }
  std::vector<std::string> known;
  for (const Name& candidate : kNames) known.emplace_back(candidate.text);
  throw Error(ErrorCode::kQueryFailed, "there is no date unit '" + std::string(name) + "'")
      .WithCandidates(NearestNames(name, known));
}

}  // namespace laminar
