// strftime: dates and timestamps in any shape.
#include <algorithm>
#include <optional>

#include "common/date_time.h"
#include "function/scalar/register.h"
#include "function/scalar/simple_function.h"

namespace laminar {
namespace {

constexpr std::string_view kDayNames[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr std::string_view kMonthNames[] = {"January", "February", "March",     "April",   "May",      "June",
                                            "July",    "August",   "September", "October", "November", "December"};
constexpr std::string_view kSpecifiers = "YmdHMSfgnjyaAbBpIuwVGLxXcTFDRsez%-";

struct FormatState final : CallState {
  std::optional<std::string> format;
  TimeUnit resolution = TimeUnit::kMicro;
};

void CheckFormat(std::string_view format) {
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    if (++i < format.size() && format[i] == '-') ++i;
    if (i >= format.size() || format[i] == '-' || kSpecifiers.find(format[i]) == std::string_view::npos) {
      throw Error(ErrorCode::kQueryFailed, "there is no format specifier '%" + std::string(format.substr(i, 1)) + "'");
    }
  }
}

std::unique_ptr<CallState> BindFormat(std::span<const ExpressionPtr> arguments, DataType*) {
  auto state = std::make_unique<FormatState>();
  state->resolution = arguments[0]->type.unit();
  if (const Value* format = ConstantArgument(arguments, 1)) {
    CheckFormat(format->get<std::string>());
    state->format = format->get<std::string>();
  }
  return state;
}

void AppendNumber(int64_t value, int width, std::string* out) {
  std::string digits = std::to_string(value < 0 ? -value : value);
  if (value < 0) *out += '-';
  out->append(static_cast<size_t>(std::max(0, width - static_cast<int>(digits.size()))), '0');
  *out += digits;
}

// What the specifiers of one instant are made from.
class InstantFormatter {
 public:
  InstantFormatter(int64_t value, TimeUnit resolution) {
    const int64_t units = UnitsPerSecond(resolution);
    days_ = FloorDivide(value, units * kSecondsPerDay);
    const int64_t of_day = FloorModulo(value, units * kSecondsPerDay);
    seconds_ = of_day / units;
    nanos_ = of_day % units * (kNanosPerSecond / units);
    date_ = CivilFromDays(days_);
  }

  void Append(char specifier, bool padded, std::string* out) const {
    const int two = padded ? 2 : 1;
    int64_t iso_year = 0;
    switch (specifier) {
      case 'Y':
        return AppendNumber(date_.year, 4, out);
      case 'y':
        return AppendNumber(FloorModulo(date_.year, 100), two, out);
      case 'm':
        return AppendNumber(date_.month, two, out);
      case 'd':
      case 'e':
        return AppendNumber(date_.day, two, out);
      case 'H':
        return AppendNumber(seconds_ / 3600, two, out);
      case 'I':
        return AppendNumber((seconds_ / 3600 + 11) % 12 + 1, two, out);
      case 'M':
        return AppendNumber(seconds_ / 60 % 60, two, out);
      case 'S':
        return AppendNumber(seconds_ % 60, two, out);
      case 'f':
        return AppendNumber(nanos_ / 1'000, 6, out);
      case 'g':
      case 'L':
        return AppendNumber(nanos_ / 1'000'000, 3, out);
      case 'n':
        return AppendNumber(nanos_, 9, out);
      case 'p':
        *out += seconds_ < 12 * 3600 ? "AM" : "PM";
        return;
      case 'j':
        return AppendNumber(days_ - DaysFromCivil(date_.year, 1, 1) + 1, padded ? 3 : 1, out);
      case 'a':
        *out += kDayNames[IsoDayOfWeek(days_) - 1].substr(0, 3);
        return;
      case 'A':
        *out += kDayNames[IsoDayOfWeek(days_) - 1];
        return;
      case 'b':
        *out += kMonthNames[date_.month - 1].substr(0, 3);
        return;
      case 'B':
        *out += kMonthNames[date_.month - 1];
        return;
      case 'u':
        return AppendNumber(IsoDayOfWeek(days_), 1, out);
      case 'w':
        return AppendNumber(IsoDayOfWeek(days_) % 7, 1, out);
      case 'V':
        return AppendNumber(IsoWeek(days_, &iso_year), two, out);
      case 'G':
        IsoWeek(days_, &iso_year);
        return AppendNumber(iso_year, 4, out);
      case 's':
        return AppendNumber(days_ * kSecondsPerDay + seconds_, 1, out);
      case 'z':
        *out += "+00";
        return;
      case '%':
        *out += '%';
        return;
      default:
        return AppendAll(Expansion(specifier), out);
    }
  }

  void AppendAll(std::string_view format, std::string* out) const {
    for (size_t i = 0; i < format.size(); ++i) {
      if (format[i] != '%') {
        *out += format[i];
        continue;
      }
      const bool padded = format[++i] != '-';
      if (!padded) ++i;
      Append(format[i], padded, out);
    }
  }

 private:
  static std::string_view Expansion(char specifier) {
    switch (specifier) {
      case 'F':
      case 'x':
        return "%Y-%m-%d";
      case 'T':
      case 'X':
        return "%H:%M:%S";
      case 'R':
        return "%H:%M";
      case 'D':
        return "%m/%d/%y";
      default:
        return "%Y-%m-%d %H:%M:%S";
    }
  }

  int64_t days_;
  int64_t seconds_;  // of the day
  int64_t nanos_;    // of the second
  CivilDate date_;
};

void FormatKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  const auto& state = *static_cast<const FormatState*>(call_state);
  std::string scratch;
  for (uint32_t i = 0; i < rows; ++i) {
    result.data<StringRef>()[i] = StringRef();
    if (result.has_nulls && !GetBit(result.validity, i)) continue;
    scratch.clear();
    try {
      if (!state.format) CheckFormat(TextAt(arguments[1], i));
      const std::string_view format = state.format ? std::string_view(*state.format) : TextAt(arguments[1], i);
      InstantFormatter(At<int64_t>(arguments[0], i), state.resolution).AppendAll(format, &scratch);
      result.data<StringRef>()[i] = MakeString(context, scratch);
    } catch (const Error& error) {
      context.Fail(i, error.code(), error.what());
    }
  }
}

struct CharPattern {
  std::string_view pattern;  // PostgreSQL's
  std::string_view specifier;
};

// Those that begin like a shorter one stand before it.
constexpr CharPattern kCharPatterns[] = {{"YYYY", "%Y"}, {"YY", "%y"},   {"IYYY", "%G"}, {"IW", "%V"},  {"ID", "%u"},
                                         {"MM", "%m"},   {"MON", ""},    {"Month", ""},  {"Mon", "%b"}, {"MI", "%M"},
                                         {"MS", "%g"},   {"DDD", "%j"},  {"DD", "%d"},   {"Day", ""},   {"Dy", "%a"},
                                         {"HH24", "%H"}, {"HH12", "%I"}, {"HH", "%I"},   {"SSSS", ""},  {"SS", "%S"},
                                         {"US", "%f"},   {"AM", "%p"},   {"PM", "%p"}};

/// A format of to_char as one of strftime.
std::string FormatOfPatterns(std::string_view text) {
  std::string format;
  const auto refuse = [](std::string_view pattern) {
    throw Error(ErrorCode::kQueryFailed,
                "the pattern '" + std::string(pattern) + "' of to_char is not supported yet; " + "strftime has more");
  };
  while (!text.empty()) {
    if (text[0] == '"') {
      const size_t end = std::min(text.find('"', 1), text.size());
      for (const char c : text.substr(1, end - 1)) format.append(c == '%' ? "%%" : std::string(1, c));
      text.remove_prefix(std::min(end + 1, text.size()));
      continue;
    }
    const bool unpadded = text.starts_with("FM");
    if (unpadded) text.remove_prefix(2);
    if (unpadded && (text.starts_with("Month") || text.starts_with("Day"))) {
      format += text[0] == 'M' ? "%B" : "%A";
      text.remove_prefix(text[0] == 'M' ? 5 : 3);
      continue;
    }
    const auto* const found = std::ranges::find_if(
        kCharPatterns, [&](const CharPattern& candidate) { return text.starts_with(candidate.pattern); });
    if (found != std::end(kCharPatterns)) {
      if (found->specifier.empty()) refuse(found->pattern);
      format += unpadded ? "%-" + std::string(found->specifier.substr(1)) : std::string(found->specifier);
      text.remove_prefix(found->pattern.size());
      continue;
    }
    const char c = text.empty() ? 'F' : text[0];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) refuse(unpadded ? "FM" : text.substr(0, 1));
    format.append(c == '%' ? "%%" : std::string(1, c));
    text.remove_prefix(1);
  }
  return format;
}

std::unique_ptr<CallState> BindPatterns(std::span<const ExpressionPtr> arguments, DataType*) {
  auto state = std::make_unique<FormatState>();
  state->resolution = arguments[0]->type.unit();
  if (const Value* format = ConstantArgument(arguments, 1)) {
    state->format = FormatOfPatterns(format->get<std::string>());
  } else if (!arguments[1]->is_constant()) {
    throw Error(ErrorCode::kQueryFailed, "a format of to_char that is not a constant is not supported yet");
  }
  return state;
}

template <const std::string_view* kNames, bool kMonth>
void NameKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                MutableVector& result) {
  const int32_t* in = arguments[0].data<int32_t>();
  for (uint32_t i = 0; i < rows; ++i) {
    const int index = kMonth ? CivilFromDays(in[i]).month - 1 : IsoDayOfWeek(in[i]) - 1;
    result.data<StringRef>()[i] = StringRef(kNames[index]);
  }
}

}  // namespace

void RegisterDateFormat(RegistryBuilder& builder) {
  builder.Describe({"strftime",
                    "date",
                    "strftime(ts TIMESTAMP or DATE, format VARCHAR) → VARCHAR",
                    "As text: %Y %m %d %H %M %S %f %j %y %a %A %b %B %p %I %u %V %G %s %F %T and %-d without padding.",
                    "strftime(TIMESTAMP '2013-02-08 06:40:00', '%d %b %Y, %H:%M')",
                    "08 Feb 2013, 06:40",
                    {}});
  AddFunction(builder, "strftime", {TypeId::kTimestamp, TypeId::kVarchar}, TypeId::kVarchar, FormatKernel,
              {.traits = kFallible, .bind = BindFormat});
  builder.Describe(
      {"to_char",
       "date",
       "to_char(ts TIMESTAMP or DATE, format VARCHAR) → VARCHAR",
       "As text: YYYY YY MM DD HH24 HH12 MI SS MS US AM Mon Dy DDD IYYY IW ID, FM without padding, FMMonth, "
       "FMDay, and \"text\" as it is.",
       "to_char(TIMESTAMP '2013-02-08 06:40:00', 'DD Mon YYYY HH24:MI')",
       "08 Feb 2013 06:40",
       {}});
  AddFunction(builder, "to_char", {TypeId::kTimestamp, TypeId::kVarchar}, TypeId::kVarchar, FormatKernel,
              {.traits = kFallible, .bind = BindPatterns});
  builder.Describe({"dayname",
                    "date",
                    "dayname(date DATE) → VARCHAR",
                    "Name of the day of the week.",
                    "dayname(DATE '2013-02-08')",
                    "Friday",
                    {}});
  AddFunction(builder, "dayname", {TypeId::kDate}, TypeId::kVarchar, NameKernel<kDayNames, false>);
  builder.Describe({"monthname",
                    "date",
                    "monthname(date DATE) → VARCHAR",
                    "Name of the month.",
                    "monthname(DATE '2013-02-08')",
                    "February",
                    {}});
  AddFunction(builder, "monthname", {TypeId::kDate}, TypeId::kVarchar, NameKernel<kMonthNames, true>);
}

}  // namespace laminar
