// Dates, times and timestamps from text and to text.
#include <limits>

#include "common/date_time.h"
#include "common/int128.h"
#include "common/text_cast.h"

namespace laminar {
namespace {

// Reads a text from left to right.
class Cursor {
 public:
  explicit Cursor(std::string_view text) {
    text = TrimBlanks(text);
    p_ = text.data();
    end_ = p_ + text.size();
  }
  bool done() const { return p_ == end_; }
  char peek() const { return done() ? '\0' : *p_; }
  bool Take(char c) {
    if (done() || *p_ != c) return false;
    ++p_;
    return true;
  }
  bool TakeWord(std::string_view word) {  // ignoring case; `word` is in capitals
    if (static_cast<size_t>(end_ - p_) < word.size()) return false;
    for (size_t i = 0; i < word.size(); ++i) {
      const char c = p_[i] >= 'a' && p_[i] <= 'z' ? static_cast<char>(p_[i] - 'a' + 'A') : p_[i];
      if (c != word[i]) return false;
    }
    p_ += word.size();
    return true;
  }
  void SkipSpaces() {
    while (Take(' ')) {
    }
  }
  // Between `least` and `most` digits.
  bool Digits(int least, int most, int64_t* value) {
    int count = 0;
    *value = 0;
    while (count < most && peek() >= '0' && peek() <= '9') {
      *value = *value * 10 + (*p_++ - '0');
      ++count;
    }
    return count >= least && !(peek() >= '0' && peek() <= '9');
  }
  // Exactly two, more may follow.
  bool TwoDigits(int64_t* value) {
    if (end_ - p_ < 2 || p_[0] < '0' || p_[0] > '9' || p_[1] < '0' || p_[1] > '9') return false;
    *value = (p_[0] - '0') * 10 + (p_[1] - '0');
    p_ += 2;
    return true;
  }
  // Digits after a point, in nanoseconds; finer ones are read and dropped.
  bool Fraction(int64_t* nanos) {
    *nanos = 0;
    int count = 0;
    for (; peek() >= '0' && peek() <= '9'; ++p_, ++count) {
      if (count < 9) *nanos = *nanos * 10 + (*p_ - '0');
    }
    for (int i = count; i < 9; ++i) *nanos *= 10;
    return count > 0;
  }

 private:
  const char* p_;
  const char* end_;
};

Parsed ReadDate(Cursor* cursor, int64_t* days) {
  int64_t year = 0;
  int64_t month = 0;
  int64_t day = 0;
  if (!cursor->Digits(4, 6, &year) || !cursor->Take('-') || !cursor->Digits(1, 2, &month) || !cursor->Take('-') ||
      !cursor->Digits(1, 2, &day)) {
    return Parsed::kInvalid;
  }
  if (month < 1 || month > 12 || year == 0 || day < 1) return Parsed::kOutOfRange;
  if (day > DaysInMonth(year, static_cast<int>(month))) return Parsed::kOutOfRange;
  *days = DaysFromCivil(year, static_cast<int>(month), static_cast<int>(day));
  return Parsed::kOk;
}

// " BC" behind a date already read: the same day of the year that many before 1 AD.
Parsed ReadEra(Cursor* cursor, int64_t* days) {
  cursor->SkipSpaces();
  if (!cursor->TakeWord("BC")) return Parsed::kOk;
  const CivilDate date = CivilFromDays(*days);
  const int64_t year = 1 - date.year;
  if (date.day > DaysInMonth(year, date.month)) return Parsed::kOutOfRange;
  *days = DaysFromCivil(year, date.month, date.day);
  return Parsed::kOk;
}

// Nanoseconds since midnight, up to and including 24:00.
Parsed ReadTime(Cursor* cursor, int64_t* nanos) {
  int64_t hour = 0;
  int64_t minute = 0;
  int64_t second = 0;
  int64_t fraction = 0;
  if (!cursor->Digits(1, 2, &hour) || !cursor->Take(':') || !cursor->Digits(2, 2, &minute)) return Parsed::kInvalid;
  if (cursor->Take(':')) {
    if (!cursor->Digits(2, 2, &second)) return Parsed::kInvalid;
    if (cursor->Take('.') && !cursor->Fraction(&fraction)) return Parsed::kInvalid;
  }
  if (hour > 24 || minute > 59 || second > 60) return Parsed::kOutOfRange;
  *nanos = ((hour * 60 + minute) * 60 + second) * kNanosPerSecond + fraction;
  return *nanos > kNanosPerDay ? Parsed::kOutOfRange : Parsed::kOk;
}

// Seconds east of UTC.
Parsed ReadOffset(Cursor* cursor, int64_t* seconds) {
  *seconds = 0;
  cursor->SkipSpaces();
  if (cursor->done() || cursor->TakeWord("Z") || cursor->TakeWord("UTC") || cursor->TakeWord("GMT")) return Parsed::kOk;
  const bool west = cursor->peek() == '-';
  if (!cursor->Take('-') && !cursor->Take('+')) return Parsed::kOk;  // not an offset: the caller sees what is left
  int64_t hours = 0;
  int64_t minutes = 0;
  int64_t rest = 0;
  if (!cursor->TwoDigits(&hours)) return Parsed::kInvalid;
  if (cursor->Take(':')) {
    if (!cursor->TwoDigits(&minutes)) return Parsed::kInvalid;
    if (cursor->Take(':') && !cursor->TwoDigits(&rest)) return Parsed::kInvalid;
  } else if (cursor->peek() >= '0' && cursor->peek() <= '9' && !cursor->TwoDigits(&minutes)) {
    return Parsed::kInvalid;
  }
  if (hours > 15 || minutes > 59 || rest > 59) return Parsed::kOutOfRange;
  *seconds = (hours * 60 + minutes) * 60 + rest;
  if (west) *seconds = -*seconds;
  return Parsed::kOk;
}

int64_t RoundToUnit(int64_t nanos, TimeUnit unit) {
  const int64_t nanos_per_unit = kNanosPerSecond / UnitsPerSecond(unit);
  return (nanos + nanos_per_unit / 2) / nanos_per_unit;
}

char* TwoDigits(char* out, int64_t value) {
  *out++ = static_cast<char>('0' + value / 10);
  *out++ = static_cast<char>('0' + value % 10);
  return out;
}

char* FormatYearMonthDay(char* out, const CivilDate& date) {
  uint64_t year = static_cast<uint64_t>(date.year > 0 ? date.year : 1 - date.year);
  char reversed[20];
  int count = 0;
  for (; year != 0 || count < 4; year /= 10) reversed[count++] = static_cast<char>('0' + year % 10);
  while (count > 0) *out++ = reversed[--count];
  *out++ = '-';
  out = TwoDigits(out, date.month);
  *out++ = '-';
  return TwoDigits(out, date.day);
}

char* FormatEra(char* out, const CivilDate& date) {
  if (date.year > 0) return out;
  for (const char c : {' ', 'B', 'C'}) *out++ = c;
  return out;
}

}  // namespace

Parsed ParseDate(std::string_view text, int32_t* days) {
  Cursor cursor(text);
  int64_t wide = 0;
  if (const Parsed parsed = ReadDate(&cursor, &wide); parsed != Parsed::kOk) return parsed;
  if (const Parsed parsed = ReadEra(&cursor, &wide); parsed != Parsed::kOk) return parsed;
  if (!cursor.done()) {
    // A timestamp is a date with more to say; PostgreSQL drops the time.
    int64_t seconds = 0;
    if (const Parsed parsed = ParseTimestamp(text, TimeUnit::kSecond, &seconds); parsed != Parsed::kOk) return parsed;
  }
  *days = static_cast<int32_t>(wide);
  return Parsed::kOk;
}

Parsed ParseTime(std::string_view text, TimeUnit unit, int64_t* value) {
  Cursor cursor(text);
  int64_t nanos = 0;
  if (const Parsed parsed = ReadTime(&cursor, &nanos); parsed != Parsed::kOk) return parsed;
  if (!cursor.done()) return Parsed::kInvalid;
  *value = RoundToUnit(nanos, unit);
  return Parsed::kOk;
}

Parsed ParseTimestamp(std::string_view text, TimeUnit unit, int64_t* value) {
  Cursor cursor(text);
  int64_t days = 0;
  int64_t nanos = 0;
  int64_t offset = 0;
  if (const Parsed parsed = ReadDate(&cursor, &days); parsed != Parsed::kOk) return parsed;
  bool has_time = cursor.Take('T') || cursor.Take('t');
  if (!has_time) {
    cursor.SkipSpaces();
    has_time = cursor.peek() >= '0' && cursor.peek() <= '9';
  }
  if (has_time) {
    if (const Parsed parsed = ReadTime(&cursor, &nanos); parsed != Parsed::kOk) return parsed;
  }
  if (const Parsed parsed = ReadOffset(&cursor, &offset); parsed != Parsed::kOk) return parsed;
  if (const Parsed parsed = ReadEra(&cursor, &days); parsed != Parsed::kOk) return parsed;
  if (!cursor.done()) return Parsed::kInvalid;
  // Midnight of the first day may be out of range, and the time on it not.
  const int128_t midnight = static_cast<int128_t>(days * kSecondsPerDay - offset) * UnitsPerSecond(unit);
  return __builtin_add_overflow(midnight, RoundToUnit(nanos, unit), value) ? Parsed::kOutOfRange : Parsed::kOk;
}

char* FormatDate(char* out, int64_t days) {
  const CivilDate date = CivilFromDays(days);
  return FormatEra(FormatYearMonthDay(out, date), date);
}

char* FormatTime(char* out, int64_t value, TimeUnit unit) {
  const int64_t units = UnitsPerSecond(unit);
  const int64_t seconds = FloorDivide(value, units);
  out = TwoDigits(out, seconds / 3600 % 100);
  *out++ = ':';
  out = TwoDigits(out, seconds / 60 % 60);
  *out++ = ':';
  out = TwoDigits(out, seconds % 60);
  int64_t fraction = FloorModulo(value, units);
  if (fraction == 0) return out;
  *out++ = '.';
  for (int64_t place = units / 10; fraction != 0; place /= 10) {
    *out++ = static_cast<char>('0' + fraction / place);
    fraction %= place;
  }
  return out;
}

char* FormatTimestamp(char* out, int64_t value, TimeUnit unit, bool with_zone) {
  const int64_t units_per_day = UnitsPerSecond(unit) * kSecondsPerDay;
  const CivilDate date = CivilFromDays(FloorDivide(value, units_per_day));
  out = FormatYearMonthDay(out, date);
  *out++ = ' ';
  out = FormatTime(out, FloorModulo(value, units_per_day), unit);
  if (with_zone) {
    for (const char c : {'+', '0', '0'}) *out++ = c;
  }
  return FormatEra(out, date);
}

}  // namespace laminar
