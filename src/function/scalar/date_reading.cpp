// strptime: timestamps from texts of any shape.
#include <algorithm>
#include <optional>

#include "common/date_time.h"
#include "common/sql_error.h"
#include "function/scalar/register.h"
#include "function/scalar/row_function.h"

namespace laminar {
namespace {

constexpr std::string_view kSpecifiers = "YmdHMSfgnjyaAbBpIzFTRD%-";
constexpr std::string_view kMonths[] = {"january", "february", "march",     "april",   "may",      "june",
                                        "july",    "august",   "september", "october", "november", "december"};
constexpr std::string_view kDays[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

struct Fields {
  int64_t year = 1900;
  int64_t month = 1;
  int64_t day = 1;
  int64_t day_of_year = 0;
  int64_t hour = 0;
  int64_t minute = 0;
  int64_t second = 0;
  int64_t nanos = 0;
  int64_t offset = 0;  // seconds east of UTC
  int half = -1;       // of the day: 0 before noon, 1 after
};

/// At most `most` digits; false when there is none.
bool TakeNumber(std::string_view* text, size_t most, int64_t* value, size_t* digits = nullptr) {
  size_t taken = 0;
  *value = 0;
  while (taken < most && taken < text->size() && (*text)[taken] >= '0' && (*text)[taken] <= '9') {
    *value = *value * 10 + ((*text)[taken++] - '0');
  }
  text->remove_prefix(taken);
  if (digits != nullptr) *digits = taken;
  return taken > 0;
}

/// Which of the names the text goes on with, in any case, whole or by its first three letters; -1: none.
int TakeName(std::string_view* text, std::span<const std::string_view> names, bool whole) {
  const std::string lower = LowerCased(text->substr(0, 9));
  for (size_t n = 0; n < names.size(); ++n) {
    const std::string_view name = whole ? names[n] : names[n].substr(0, 3);
    if (!std::string_view(lower).starts_with(name)) continue;
    text->remove_prefix(name.size());
    return static_cast<int>(n);
  }
  return -1;
}

bool TakeOffset(std::string_view* text, int64_t* offset) {
  if (text->starts_with('Z')) {
    text->remove_prefix(1);
    return true;
  }
  if (!text->starts_with('+') && !text->starts_with('-')) return false;
  const int64_t sign = (*text)[0] == '-' ? -1 : 1;
  text->remove_prefix(1);
  int64_t hours = 0;
  int64_t minutes = 0;
  if (!TakeNumber(text, 2, &hours)) return false;
  if (text->starts_with(':')) text->remove_prefix(1);
  TakeNumber(text, 2, &minutes);
  *offset = sign * (hours * 3600 + minutes * 60);
  return true;
}

bool Read(std::string_view format, std::string_view* text, Fields* fields);

bool ReadOne(char specifier, std::string_view* text, Fields* fields) {
  size_t digits = 0;
  switch (specifier) {
    case 'Y': {
      const bool negative = text->starts_with('-');
      if (negative) text->remove_prefix(1);
      if (!TakeNumber(text, 6, &fields->year)) return false;
      if (negative) fields->year = -fields->year;
      return true;
    }
    case 'y':
      if (!TakeNumber(text, 2, &fields->year)) return false;
      fields->year += fields->year < 69 ? 2000 : 1900;
      return true;
    case 'm':
      return TakeNumber(text, 2, &fields->month);
    case 'd':
      return TakeNumber(text, 2, &fields->day);
    case 'j':
      return TakeNumber(text, 3, &fields->day_of_year) && fields->day_of_year > 0;
    case 'H':
    case 'I':
      return TakeNumber(text, 2, &fields->hour) && (specifier == 'H' || (fields->hour >= 1 && fields->hour <= 12));
    case 'M':
      return TakeNumber(text, 2, &fields->minute);
    case 'S':
      return TakeNumber(text, 2, &fields->second);
    case 'g':
    case 'f':
    case 'n': {
      const size_t most = specifier == 'g' ? 3 : specifier == 'f' ? 6 : 9;
      if (!TakeNumber(text, most, &fields->nanos, &digits)) return false;
      for (; digits < 9; ++digits) fields->nanos *= 10;
      return true;
    }
    case 'a':
    case 'A':
      return TakeName(text, kDays, specifier == 'A') >= 0;
    case 'b':
    case 'B':
      fields->month = TakeName(text, kMonths, specifier == 'B') + 1;
      return fields->month > 0;
    case 'p': {
      const std::string half = LowerCased(text->substr(0, 2));
      if (half != "am" && half != "pm") return false;
      fields->half = half == "pm";
      text->remove_prefix(2);
      return true;
    }
    case 'z':
      return TakeOffset(text, &fields->offset);
    case 'F':
      return Read("%Y-%m-%d", text, fields);
    case 'T':
      return Read("%H:%M:%S", text, fields);
    case 'R':
      return Read("%H:%M", text, fields);
    case 'D':
      return Read("%m/%d/%y", text, fields);
    default:
      if (!text->starts_with('%')) return false;
      text->remove_prefix(1);
      return true;
  }
}

bool Read(std::string_view format, std::string_view* text, Fields* fields) {
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '%') {
      if (format[++i] == '-') ++i;
      if (!ReadOne(format[i], text, fields)) return false;
    } else if (format[i] == ' ') {
      while (text->starts_with(' ')) text->remove_prefix(1);
    } else {
      if (!text->starts_with(format[i])) return false;
      text->remove_prefix(1);
    }
  }
  return true;
}

/// Microseconds since 1970 began.
bool InstantOf(const Fields& fields, int64_t* micros) {
  int64_t hour = fields.hour;
  if (fields.half >= 0) {
    if (hour < 1 || hour > 12) return false;
    hour = hour % 12 + 12 * fields.half;
  }
  if (hour > 23 || fields.minute > 59 || fields.second > 59) return false;
  if (fields.year < -290'000 || fields.year > 290'000) return false;
  int64_t days = 0;
  if (fields.day_of_year > 0) {
    days = DaysFromCivil(fields.year, 1, 1) + fields.day_of_year - 1;
    if (days >= DaysFromCivil(fields.year + 1, 1, 1)) return false;
  } else {
    const bool month = fields.month >= 1 && fields.month <= 12;
    if (!month || fields.day < 1 || fields.day > DaysInMonth(fields.year, static_cast<int>(fields.month))) return false;
    days = DaysFromCivil(fields.year, static_cast<int>(fields.month), static_cast<int>(fields.day));
  }
  const int64_t seconds = days * kSecondsPerDay + hour * 3600 + fields.minute * 60 + fields.second - fields.offset;
  *micros = seconds * 1'000'000 + fields.nanos / 1'000;
  return true;
}

void CheckFormat(std::string_view format) {
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    if (++i < format.size() && format[i] == '-') ++i;
    if (i >= format.size() || format[i] == '-' || kSpecifiers.find(format[i]) == std::string_view::npos) {
      throw Error(ErrorCode::kQueryFailed, "there is no format specifier '%" + std::string(format.substr(i, 1)) + "'");
    }
  }
}

struct FormatState final : CallState {
  std::string format;
};

std::unique_ptr<CallState> BindFormat(std::span<const ExpressionPtr> arguments, DataType*) {
  const Value* format = ConstantArgument(arguments, 1);
  auto state = std::make_unique<FormatState>();
  if (format == nullptr) {
    if (arguments[1]->is_constant()) return state;  // NULL: no row is read
    throw Error(ErrorCode::kQueryFailed, "a format that is not a constant is not supported yet");
  }
  CheckFormat(format->get<std::string>());
  state->format = format->get<std::string>();
  return state;
}

enum class Otherwise : uint8_t { kFail, kNull };

template <Otherwise kOtherwise>
void Kernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
            MutableVector& result) {
  const std::string& format = static_cast<const FormatState*>(call_state)->format;
  int64_t* out = result.data<int64_t>();
  std::fill_n(out, rows, int64_t{0});
  for (uint32_t i = 0; i < rows; ++i) {
    if (result.has_nulls && !GetBit(result.validity, i)) continue;
    std::string_view text = TextAt(arguments[0], i);
    Fields fields;
    if (Read(format, &text, &fields) && text.empty() && InstantOf(fields, &out[i])) continue;
    if (kOtherwise == Otherwise::kNull) {
      SetNull(result, i);
    } else {
      context.Fail(i, ErrorCode::kQueryFailed,
                   "'" + std::string(TextAt(arguments[0], i).substr(0, 80)) + "' does not read as '" + format + "'");
    }
  }
}

}  // namespace

void RegisterDateReading(RegistryBuilder& builder) {
  const DataType text = TypeId::kVarchar;
  const DataType ts = DataType::Timestamp(TimeUnit::kMicro);
  builder.Describe({"strptime",
                    "date",
                    "strptime(text VARCHAR, format VARCHAR) → TIMESTAMP",
                    "The instant that a text in the format of strftime stands for; fails when it is none.",
                    "strptime('08 Feb 2013, 06:40', '%d %b %Y, %H:%M')",
                    "2013-02-08 06:40:00",
                    {}});
  AddFunction(builder, "strptime", {text, text}, ts, Kernel<Otherwise::kFail>,
              {.traits = kFallible, .bind = BindFormat});
  builder.Describe({"try_strptime",
                    "date",
                    "try_strptime(text VARCHAR, format VARCHAR) → TIMESTAMP",
                    "Like strptime, but NULL for a text that does not read so.",
                    "try_strptime('no date', '%Y-%m-%d')",
                    "NULL",
                    {}});
  AddFunction(builder, "try_strptime", {text, text}, ts, Kernel<Otherwise::kNull>, {.bind = BindFormat});
}

}  // namespace laminar
