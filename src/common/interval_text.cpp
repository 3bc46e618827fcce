// Intervals from text and to text.
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "common/date_time.h"
#include "common/text_cast.h"

namespace laminar {
namespace {

// A quantity as digits before and after the point: exact, unlike a double.
struct Quantity {
  bool negative = false;
  int64_t whole = 0;
  int64_t billionths = 0;
};

// What one of a unit is, in one of the interval's three parts.
struct Unit {
  int64_t months;
  int64_t days;
  int64_t nanos;
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::optional<Unit> UnitNamed(std::string_view name) {
  struct Entry {
    std::string_view singular;
    std::string_view plural;
    std::string_view shorter;
    std::string_view shortest;
    Unit unit;
  };
  constexpr int64_t kMinute = 60 * kNanosPerSecond;
  static constexpr Entry kUnits[] = {
      {"millennium", "millennia", "mil", "mils", {12'000, 0, 0}},
      {"century", "centuries", "cent", "c", {1'200, 0, 0}},
      {"decade", "decades", "dec", "decs", {120, 0, 0}},
      {"year", "years", "yr", "y", {12, 0, 0}},
      {"yrs", "yrs", "yrs", "yrs", {12, 0, 0}},
      {"quarter", "quarters", "qtr", "qtrs", {3, 0, 0}},
      {"month", "months", "mon", "mons", {1, 0, 0}},
      {"week", "weeks", "wk", "w", {0, 7, 0}},
      {"day", "days", "day", "d", {0, 1, 0}},
      {"hour", "hours", "hr", "h", {0, 0, 60 * kMinute}},
      {"hrs", "hrs", "hrs", "hrs", {0, 0, 60 * kMinute}},
      {"minute", "minutes", "min", "m", {0, 0, kMinute}},
      {"mins", "mins", "mins", "mins", {0, 0, kMinute}},
      {"second", "seconds", "sec", "s", {0, 0, kNanosPerSecond}},
      {"secs", "secs", "secs", "secs", {0, 0, kNanosPerSecond}},
      {"millisecond", "milliseconds", "msec", "ms", {0, 0, 1'000'000}},
      {"microsecond", "microseconds", "usec", "us", {0, 0, 1'000}},
      {"nanosecond", "nanoseconds", "nsec", "ns", {0, 0, 1}},
  };
  const std::string lower = LowerCased(name);
  for (const Entry& entry : kUnits) {
    if (lower == entry.singular || lower == entry.plural || lower == entry.shorter || lower == entry.shortest) {
      return entry.unit;
    }
  }
  return std::nullopt;
}

// Sums parts in 128 bits and puts them into an Interval once.
class IntervalSum {
 public:
  // Fractions of a month become days (of a 30-day month), fractions of a day time, as in PostgreSQL; of a year, months.
  void Add(const Quantity& quantity, const Unit& unit) {
    const int128_t sign = quantity.negative ? -1 : 1;
    constexpr int128_t kBillion = 1'000'000'000;
    months_ += sign * quantity.whole * unit.months;
    days_ += sign * quantity.whole * unit.days;
    nanos_ += sign * quantity.whole * unit.nanos;
    if (quantity.billionths == 0) return;
    int128_t fraction = quantity.billionths;
    if (unit.nanos != 0) {
      nanos_ += sign * (fraction * unit.nanos / kBillion);
      return;
    }
    fraction *= unit.months != 0 ? unit.months : unit.days;
    if (unit.months != 0) {
      months_ += sign * (fraction / kBillion);
      fraction = fraction % kBillion * (unit.months > 1 ? 0 : 30);
    }
    days_ += sign * (fraction / kBillion);
    nanos_ += sign * (fraction % kBillion * kNanosPerDay / kBillion);
  }
  void AddNanos(int128_t nanos) { nanos_ += nanos; }
  void Negate() {
    months_ = -months_;
    days_ = -days_;
    nanos_ = -nanos_;
  }
  Parsed Finish(Interval* value) const {
    const auto fits = [](int128_t part, int128_t least, int128_t most) { return part >= least && part <= most; };
    using Int32 = std::numeric_limits<int32_t>;
    using Int64 = std::numeric_limits<int64_t>;
    if (!fits(months_, Int32::min(), Int32::max()) || !fits(days_, Int32::min(), Int32::max()) ||
        !fits(nanos_, Int64::min(), Int64::max())) {
      return Parsed::kOutOfRange;
    }
    *value = {static_cast<int32_t>(months_), static_cast<int32_t>(days_), static_cast<int64_t>(nanos_)};
    return Parsed::kOk;
  }

 private:
  int128_t months_ = 0;
  int128_t days_ = 0;
  int128_t nanos_ = 0;
};

class IntervalReader {
 public:
  explicit IntervalReader(std::string_view text) {
    text = TrimBlanks(text);
    p_ = text.data();
    end_ = p_ + text.size();
  }

  Parsed Read(Interval* value) {
    if (p_ == end_) return Parsed::kInvalid;
    const Parsed parsed = *p_ == 'P' || *p_ == 'p' ? ReadIso() : ReadWords();
    return parsed == Parsed::kOk ? sum_.Finish(value) : parsed;
  }

 private:
  char peek() const { return p_ == end_ ? '\0' : *p_; }
  void SkipSpaces() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == ',')) ++p_;
  }

  Parsed ReadNumber(Quantity* quantity) {
    if (peek() == '+' || peek() == '-') quantity->negative = *p_++ == '-';
    const char* const start = p_;
    while (IsDigit(peek())) {
      if (__builtin_mul_overflow(quantity->whole, 10, &quantity->whole) ||
          __builtin_add_overflow(quantity->whole, *p_ - '0', &quantity->whole)) {
        return Parsed::kOutOfRange;
      }
      ++p_;
    }
    bool any = p_ != start;
    if (peek() == '.') {
      ++p_;
      int64_t place = 100'000'000;
      for (; IsDigit(peek()); ++p_, place /= 10) {
        quantity->billionths += (*p_ - '0') * place;
        any = true;
      }
    }
    return any ? Parsed::kOk : Parsed::kInvalid;
  }

  // P[nY][nM][nW][nD][T[nH][nM][nS]]
  Parsed ReadIso() {
    ++p_;
    bool in_time = false;
    bool any = false;
    while (p_ != end_) {
      if ((*p_ == 'T' || *p_ == 't') && !in_time) {
        in_time = true;
        ++p_;
        if (p_ == end_) return Parsed::kInvalid;
        continue;
      }
      Quantity quantity;
      if (const Parsed parsed = ReadNumber(&quantity); parsed != Parsed::kOk) return parsed;
      const std::optional<Unit> unit = IsoUnit(peek(), in_time);
      if (!unit) return Parsed::kInvalid;
      ++p_;
      sum_.Add(quantity, *unit);
      any = true;
    }
    return any ? Parsed::kOk : Parsed::kInvalid;
  }

  static std::optional<Unit> IsoUnit(char letter, bool in_time) {
    switch (letter) {
      case 'Y':
      case 'y':
        return in_time ? std::nullopt : UnitNamed("year");
      case 'M':
      case 'm':
        return UnitNamed(in_time ? "minute" : "month");
      case 'W':
      case 'w':
        return in_time ? std::nullopt : UnitNamed("week");
      case 'D':
      case 'd':
        return in_time ? std::nullopt : UnitNamed("day");
      case 'H':
      case 'h':
        return in_time ? UnitNamed("hour") : std::nullopt;
      case 'S':
      case 's':
        return in_time ? UnitNamed("second") : std::nullopt;
      default:
        return std::nullopt;
    }
  }

  // [@] { number unit | [±]h:mm[:ss[.f]] } [ago]; a number without a unit at the end is seconds.
  Parsed ReadWords() {
    if (peek() == '@') ++p_;
    bool any = false;
    for (SkipSpaces(); p_ != end_; SkipSpaces()) {
      if (any && NamesEqual({p_, static_cast<size_t>(end_ - p_)}, "ago")) {
        sum_.Negate();
        return Parsed::kOk;
      }
      Quantity quantity;
      if (const Parsed parsed = ReadNumber(&quantity); parsed != Parsed::kOk) return parsed;
      any = true;
      if (peek() == ':') {
        if (const Parsed parsed = ReadClock(quantity); parsed != Parsed::kOk) return parsed;
        continue;
      }
      SkipSpaces();
      const char* const word = p_;
      while ((peek() >= 'a' && peek() <= 'z') || (peek() >= 'A' && peek() <= 'Z')) ++p_;
      if (p_ == word) {
        if (p_ != end_) return Parsed::kInvalid;
        sum_.Add(quantity, {0, 0, kNanosPerSecond});
        break;
      }
      const std::optional<Unit> unit = UnitNamed({word, static_cast<size_t>(p_ - word)});
      if (!unit) return Parsed::kInvalid;
      sum_.Add(quantity, *unit);
    }
    return any ? Parsed::kOk : Parsed::kInvalid;
  }

  Parsed ReadClock(const Quantity& hours) {
    if (hours.billionths != 0) return Parsed::kInvalid;
    int64_t parts[2] = {0, 0};
    int64_t fraction = 0;
    for (int i = 0; i < 2 && peek() == ':'; ++i) {
      ++p_;
      Quantity part;
      if (!IsDigit(peek())) return Parsed::kInvalid;
      if (const Parsed parsed = ReadNumber(&part); parsed != Parsed::kOk) return parsed;
      if (part.billionths != 0 && i == 0) return Parsed::kInvalid;
      if (part.whole > 59) return Parsed::kOutOfRange;
      parts[i] = part.whole;
      fraction = part.billionths;
    }
    const int128_t seconds = static_cast<int128_t>(hours.whole) * 3600 + parts[0] * 60 + parts[1];
    const int128_t nanos = seconds * kNanosPerSecond + fraction;
    sum_.AddNanos(hours.negative ? -nanos : nanos);
    return Parsed::kOk;
  }

  const char* p_;
  const char* end_;
  IntervalSum sum_;
};

char* AppendPart(char* out, const char* start, int64_t count, std::string_view unit) {
  if (count == 0) return out;
  if (out != start) *out++ = ' ';
  out = std::to_chars(out, out + 20, count).ptr;
  *out++ = ' ';
  for (const char c : unit) *out++ = c;
  if (count != 1) *out++ = 's';
  return out;
}

}  // namespace

Parsed ParseInterval(std::string_view text, Interval* value) { return IntervalReader(text).Read(value); }

char* FormatInterval(char* out, const Interval& interval) {
  const char* const start = out;
  out = AppendPart(out, start, interval.months / 12, "year");
  out = AppendPart(out, start, interval.months % 12, "mon");
  out = AppendPart(out, start, interval.days, "day");
  if (interval.nanos == 0 && out != start) return out;
  if (out != start) *out++ = ' ';
  if (interval.nanos < 0) *out++ = '-';
  const uint64_t nanos =
      interval.nanos < 0 ? -static_cast<uint64_t>(interval.nanos) : static_cast<uint64_t>(interval.nanos);
  const uint64_t hours = nanos / (3600 * static_cast<uint64_t>(kNanosPerSecond));
  if (hours < 10) *out++ = '0';
  out = std::to_chars(out, out + 20, hours).ptr;
  // The minutes on are those of a time of day.
  char clock[32];
  const char* const clock_end =
      FormatTime(clock, static_cast<int64_t>(nanos % (3600 * static_cast<uint64_t>(kNanosPerSecond))), TimeUnit::kNano);
  for (const char* c = clock + 2; c != clock_end; ++c) *out++ = *c;
  return out;
}

}  // namespace laminar
