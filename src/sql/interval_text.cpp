#include "sql/interval_text.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/sql_error.h"
#include "sql/keywords.h"

namespace laminar::sql {
namespace {

__extension__ typedef __int128 Wide;

constexpr int64_t kBillion = 1'000'000'000;
constexpr int64_t kNanosecondsPerDay = 86'400 * kBillion;
constexpr int64_t kDaysPerMonth = 30;

struct UnitWord {
  std::string_view word;
  IntervalUnit unit;
};

constexpr UnitWord kUnitWords[] = {
    {"year", IntervalUnit::kYear},
    {"years", IntervalUnit::kYear},
    {"yr", IntervalUnit::kYear},
    {"yrs", IntervalUnit::kYear},
    {"y", IntervalUnit::kYear},
    {"quarter", IntervalUnit::kQuarter},
    {"quarters", IntervalUnit::kQuarter},
    {"month", IntervalUnit::kMonth},
    {"months", IntervalUnit::kMonth},
    {"mon", IntervalUnit::kMonth},
    {"mons", IntervalUnit::kMonth},
    {"week", IntervalUnit::kWeek},
    {"weeks", IntervalUnit::kWeek},
    {"w", IntervalUnit::kWeek},
    {"day", IntervalUnit::kDay},
    {"days", IntervalUnit::kDay},
    {"d", IntervalUnit::kDay},
    {"hour", IntervalUnit::kHour},
    {"hours", IntervalUnit::kHour},
    {"hr", IntervalUnit::kHour},
    {"hrs", IntervalUnit::kHour},
    {"h", IntervalUnit::kHour},
    {"minute", IntervalUnit::kMinute},
    {"minutes", IntervalUnit::kMinute},
    {"min", IntervalUnit::kMinute},
    {"mins", IntervalUnit::kMinute},
    {"m", IntervalUnit::kMinute},
    {"second", IntervalUnit::kSecond},
    {"seconds", IntervalUnit::kSecond},
    {"sec", IntervalUnit::kSecond},
    {"secs", IntervalUnit::kSecond},
    {"s", IntervalUnit::kSecond},
    {"millisecond", IntervalUnit::kMillisecond},
    {"milliseconds", IntervalUnit::kMillisecond},
    {"msec", IntervalUnit::kMillisecond},
    {"msecs", IntervalUnit::kMillisecond},
    {"ms", IntervalUnit::kMillisecond},
    {"microsecond", IntervalUnit::kMicrosecond},
    {"microseconds", IntervalUnit::kMicrosecond},
    {"usec", IntervalUnit::kMicrosecond},
    {"usecs", IntervalUnit::kMicrosecond},
    {"us", IntervalUnit::kMicrosecond},
    {"nanosecond", IntervalUnit::kNanosecond},
    {"nanoseconds", IntervalUnit::kNanosecond},
    {"nsec", IntervalUnit::kNanosecond},
    {"nsecs", IntervalUnit::kNanosecond},
    {"ns", IntervalUnit::kNanosecond},
};

/// A decimal number in billionths.
struct Number {
  bool negative = false;
  Wide billionths = 0;
  Wide Signed() const { return negative ? -billionths : billionths; }
};

class Decoder {
 public:
  Decoder(std::string_view text, IntervalValue& value) : text_(text), value_(value) {}

  std::optional<IntervalProblem> Run(const std::optional<IntervalQualifier>& qualifier) {
    SkipBlanks();
    if (AtEnd()) return Problem("an interval cannot be empty");
    bool good = false;
    if (!qualifier) {
      good = (text_[pos_] == 'P' || text_[pos_] == 'p') ? Iso() : Parts();
    } else if (qualifier->last) {
      good = Range(qualifier->first, *qualifier->last);
    } else {
      Number number;
      good = TakeNumber(number) && Add(number, qualifier->first);
    }
    SkipBlanks();
    if (problem_) return problem_;
    if (!good || !AtEnd()) return Problem("'" + std::string(text_) + "' is not a valid interval");
    if (!Store()) return Problem("the interval '" + std::string(text_) + "' is out of range");
    return std::nullopt;
  }

 private:
  static IntervalProblem Problem(std::string message) { return {std::move(message), {}}; }
  bool AtEnd() const { return pos_ >= text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[pos_]; }
  bool AtDigit() const { return Peek() >= '0' && Peek() <= '9'; }
  bool Accept(char c) {
    if (Peek() != c) return false;
    ++pos_;
    return true;
  }
  void SkipBlanks() {
    while (Peek() == ' ' || (Peek() >= '\t' && Peek() <= '\r')) ++pos_;
  }

  bool TakeSign() {
    if (Accept('-')) return true;
    Accept('+');
    return false;
  }

  bool TakeDigits(Wide& number) {
    constexpr int kMostDigits = 19;
    const std::size_t first = pos_;
    number = 0;
    for (int count = 0; AtDigit(); ++pos_) {
      if (number != 0 && ++count > kMostDigits) return false;
      number = number * 10 + (text_[pos_] - '0');
    }
    return pos_ > first;
  }

  /// Unsigned, with a fraction of up to nine digits that count.
  bool TakeMagnitude(Number& number) {
    number.billionths = 0;
    const bool whole = TakeDigits(number.billionths);
    number.billionths *= kBillion;
    if (!Accept('.')) return whole;
    if (!AtDigit()) return whole;
    for (int64_t unit = kBillion / 10; AtDigit(); ++pos_, unit /= 10) {
      const int digit = text_[pos_] - '0';
      if (unit == 0 && digit != 0) {
        problem_ = Problem("the interval '" + std::string(text_) + "' is finer than a nanosecond");
        return false;
      }
      number.billionths += unit * digit;
    }
    return true;
  }

  bool TakeNumber(Number& number) {
    number.negative = TakeSign();
    return TakeMagnitude(number);
  }

  bool Add(const Number& number, IntervalUnit unit) {
    const Wide amount = number.Signed();
    switch (unit) {
      case IntervalUnit::kYear:
        return AddMonths(amount * 12);
      case IntervalUnit::kQuarter:
        return AddMonths(amount * 3);
      case IntervalUnit::kMonth:
        return AddMonths(amount);
      case IntervalUnit::kWeek:
        return AddDays(amount * 7);
      case IntervalUnit::kDay:
        return AddDays(amount);
      case IntervalUnit::kHour:
        return AddTime(amount, 3'600 * kBillion);
      case IntervalUnit::kMinute:
        return AddTime(amount, 60 * kBillion);
      case IntervalUnit::kSecond:
        return AddTime(amount, kBillion);
      case IntervalUnit::kMillisecond:
        return AddTime(amount, 1'000'000);
      case IntervalUnit::kMicrosecond:
        return AddTime(amount, 1'000);
      case IntervalUnit::kNanosecond:
        return AddTime(amount, 1);
    }
    return false;
  }

  bool AddMonths(Wide billionths) {
    months_ += billionths / kBillion;
    return AddDays(billionths % kBillion * kDaysPerMonth);
  }
  bool AddDays(Wide billionths) {
    days_ += billionths / kBillion;
    return AddTime(billionths % kBillion, kNanosecondsPerDay);
  }
  bool AddTime(Wide billionths, int64_t nanoseconds_each) {
    // Split so that the product stays far from 2^127.
    nanoseconds_ += billionths / kBillion * nanoseconds_each;
    const Wide rest = billionths % kBillion * nanoseconds_each;
    if (rest % kBillion != 0) {
      problem_ = Problem("the interval '" + std::string(text_) + "' is finer than a nanosecond");
      return false;
    }
    nanoseconds_ += rest / kBillion;
    return true;
  }

  /// Numbers with units, times, years-months, in any number; `ago` turns all around.
  bool Parts() {
    for (SkipBlanks(); !AtEnd(); SkipBlanks()) {
      if (SameWord(text_.substr(pos_), "ago")) {
        pos_ = text_.size();
        months_ = -months_;
        days_ = -days_;
        nanoseconds_ = -nanoseconds_;
        return true;
      }
      if (!Part()) return false;
    }
    return true;
  }

  bool Part() {
    Number number;
    if (!TakeNumber(number)) return false;
    if (Peek() == ':') return Clock(number, IntervalUnit::kHour, IntervalUnit::kSecond);
    if (Peek() == '-') return YearsAndMonths(number);
    SkipBlanks();
    const std::size_t first = pos_;
    while ((Peek() >= 'a' && Peek() <= 'z') || (Peek() >= 'A' && Peek() <= 'Z')) ++pos_;
    const std::string_view word = text_.substr(first, pos_ - first);
    if (word.empty()) return Add(number, IntervalUnit::kSecond) && AtEnd();
    const std::optional<IntervalUnit> unit = FindIntervalUnit(word);
    if (!unit) {
      std::vector<std::string> known;
      for (const UnitWord& entry : kUnitWords) known.emplace_back(entry.word);
      problem_ = IntervalProblem{"'" + std::string(word) + "' is not a unit of time", NearestNames(word, known)};
      return false;
    }
    return Add(number, *unit);
  }

  /// Behind the first number of `hh:mm:ss`; every field has its sign.
  bool Clock(const Number& first, IntervalUnit unit, IntervalUnit last) {
    if (!IsWhole(first) || !Add(first, unit)) return false;
    while (unit != last && Accept(':')) {
      unit = static_cast<IntervalUnit>(static_cast<int>(unit) + 1);
      Number number;
      number.negative = false;
      if (!TakeMagnitude(number) || number.billionths >= Wide{60} * kBillion) return false;
      if (unit != IntervalUnit::kSecond && !IsWhole(number)) return false;
      number.negative = first.negative;
      if (!Add(number, unit)) return false;
    }
    return unit == last || last == IntervalUnit::kSecond;
  }

  bool YearsAndMonths(const Number& years) {
    Number months;
    if (!IsWhole(years) || !Accept('-') || !TakeDigits(months.billionths) || months.billionths > 11) return false;
    months.billionths *= kBillion;
    months.negative = years.negative;
    return Add(years, IntervalUnit::kYear) && Add(months, IntervalUnit::kMonth);
  }

  static bool IsWhole(const Number& number) { return number.billionths % kBillion == 0; }

  bool Range(IntervalUnit first, IntervalUnit last) {
    Number number;
    if (!TakeNumber(number)) return false;
    if (first == IntervalUnit::kYear) return Peek() == '-' ? YearsAndMonths(number) : Add(number, first);
    if (first != IntervalUnit::kDay) return Clock(number, first, last);
    if (!IsWhole(number) || !Add(number, first)) return false;
    SkipBlanks();
    if (AtEnd()) return true;
    Number hours;
    const bool signed_clock = Peek() == '-' || Peek() == '+';
    if (!TakeNumber(hours)) return false;
    if (!signed_clock) hours.negative = number.negative;
    return Clock(hours, IntervalUnit::kHour, last);
  }

  /// ISO 8601: P1Y2M3W4DT5H6M7.8S.
  bool Iso() {
    ++pos_;
    bool in_time = false;
    bool any = false;
    while (!AtEnd()) {
      if (!in_time && (Peek() == 'T' || Peek() == 't')) {
        in_time = true;
        ++pos_;
        continue;
      }
      Number number;
      if (!TakeNumber(number) || AtEnd()) return false;
      const std::string letter = UpperAscii(text_.substr(pos_++, 1));
      const std::optional<IntervalUnit> unit = IsoUnit(letter.front(), in_time);
      if (!unit || !Add(number, *unit)) return false;
      any = true;
    }
    return any;
  }

  static std::optional<IntervalUnit> IsoUnit(char letter, bool in_time) {
    if (in_time) {
      if (letter == 'H') return IntervalUnit::kHour;
      if (letter == 'M') return IntervalUnit::kMinute;
      if (letter == 'S') return IntervalUnit::kSecond;
      return std::nullopt;
    }
    if (letter == 'Y') return IntervalUnit::kYear;
    if (letter == 'M') return IntervalUnit::kMonth;
    if (letter == 'W') return IntervalUnit::kWeek;
    if (letter == 'D') return IntervalUnit::kDay;
    return std::nullopt;
  }

  bool Store() const {
    const auto fits = [](Wide number) {
      return number >= std::numeric_limits<int64_t>::min() && number <= std::numeric_limits<int64_t>::max();
    };
    if (!fits(months_) || !fits(days_) || !fits(nanoseconds_)) return false;
    value_ = {static_cast<int64_t>(months_), static_cast<int64_t>(days_), static_cast<int64_t>(nanoseconds_)};
    return true;
  }

  std::string_view text_;
  IntervalValue& value_;
  std::size_t pos_ = 0;
  Wide months_ = 0;
  Wide days_ = 0;
  Wide nanoseconds_ = 0;
  std::optional<IntervalProblem> problem_;
};

}  // namespace

std::optional<IntervalUnit> FindIntervalUnit(std::string_view word) {
  for (const UnitWord& entry : kUnitWords) {
    if (SameWord(entry.word, word)) return entry.unit;
  }
  return std::nullopt;
}

std::optional<IntervalProblem> DecodeInterval(std::string_view text, const std::optional<IntervalQualifier>& qualifier,
                                              IntervalValue& value) {
  return Decoder(text, value).Run(qualifier);
}

}  // namespace laminar::sql
