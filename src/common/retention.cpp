#include "common/retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "common/date_time.h"
#include "common/int128.h"
#include "common/interval.h"

namespace laminar {

namespace {

constexpr int64_t kMicrosPerDay = 86'400'000'000;
constexpr int64_t kNanosPerMicro = 1000;

std::string Simple(std::string_view text) {
  std::string simple;
  for (const char c : text) simple += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  while (!simple.empty() && simple.back() == ' ') simple.pop_back();
  return simple.substr(std::min(simple.find_first_not_of(' '), simple.size()));
}

}  // namespace

std::optional<Retention> ParseRetention(std::string_view text) {
  const std::string simple = Simple(text);
  if (simple == "forever") return Retention{};
  if (simple == "none") return Retention{Retention::Kind::kNone, 0};
  int64_t rows = 0;
  const char* end = simple.data() + simple.size();
  if (const auto read = std::from_chars(simple.data(), end, rows); read.ec == std::errc()) {
    const std::string unit = Simple({read.ptr, end});
    if (unit == "rows" || unit == "row") {
      return rows > 0 ? std::optional(Retention{Retention::Kind::kRows, rows}) : std::nullopt;
    }
    if (unit.empty()) return std::nullopt;  // rows or seconds: nobody can tell
  }
  Interval interval;
  if (ParseInterval(simple, &interval) != Parsed::kOk) return std::nullopt;
  const int128_t micros = interval.Normalized() / kNanosPerMicro;
  if (micros <= 0 || micros > INT64_MAX) return std::nullopt;
  return Retention{Retention::Kind::kTime, static_cast<int64_t>(micros)};
}

std::string FormatRetention(const Retention& retention) {
  switch (retention.kind) {
    case Retention::Kind::kForever:
      return "forever";
    case Retention::Kind::kRows:
      return fmt::format("{} rows", retention.amount);
    case Retention::Kind::kTime: {
      char text[96];
      const Interval interval{0, static_cast<int32_t>(retention.amount / kMicrosPerDay),
                              retention.amount % kMicrosPerDay * kNanosPerMicro};
      return std::string(text, FormatInterval(text, interval));
    }
    case Retention::Kind::kNone:
      break;
  }
  return "none";
}

}  // namespace laminar
