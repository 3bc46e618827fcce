// date_part, which EXTRACT is, date_trunc, and the short names of single parts.
#include <algorithm>
#include <optional>

#include "common/date_time.h"
#include "function/scalar/date_unit.h"
#include "function/scalar/register.h"
#include "function/scalar/simple_function.h"

namespace laminar {
namespace {

struct UnitState final : CallState {
  std::optional<DateUnit> unit;  // nothing: not a constant
  TimeUnit resolution = TimeUnit::kMicro;
};

std::unique_ptr<CallState> BindUnit(std::span<const ExpressionPtr> arguments, DataType*) {
  auto state = std::make_unique<UnitState>();
  if (const Value* name = ConstantArgument(arguments, 0)) state->unit = ParseDateUnit(name->get<std::string>());
  const DataType& type = arguments[1]->type;
  if (type.id() == TypeId::kTimestamp || type.id() == TypeId::kTime) state->resolution = type.unit();
  return state;
}

std::unique_ptr<CallState> BindTruncation(std::span<const ExpressionPtr> arguments, DataType* result) {
  auto state = BindUnit(arguments, result);
  *result = arguments[1]->type;
  const std::optional<DateUnit> unit = static_cast<const UnitState&>(*state).unit;
  if (unit && *unit > DateUnit::kNanosecond) {
    throw Error(ErrorCode::kQueryFailed, "cannot truncate to '" + ConstantArgument(arguments, 0)->get<std::string>() +
                                             "'; it is no length of time");
  }
  return state;
}

// A date and the nanoseconds since its midnight.
struct Instant {
  int64_t days;
  int64_t nanos;
};

Instant Split(int64_t value, TimeUnit resolution) {
  const int64_t units = UnitsPerSecond(resolution);
  return {FloorDivide(value, units * kSecondsPerDay),
          FloorModulo(value, units * kSecondsPerDay) * (kNanosPerSecond / units)};
}

// 1 AD begins the first decade of ten whole years, the first century and the first millennium; there is no year 0.
int64_t OrdinalOf(int64_t year, int64_t length) {
  return year > 0 ? (year + length - 1) / length : (year - length) / length;
}

int64_t PartOfDate(DateUnit unit, int64_t days) {
  const CivilDate date = CivilFromDays(days);
  int64_t iso_year = 0;
  switch (unit) {
    case DateUnit::kMillennium:
      return OrdinalOf(date.year, 1'000);
    case DateUnit::kCentury:
      return OrdinalOf(date.year, 100);
    case DateUnit::kDecade:
      return FloorDivide(date.year, 10);
    case DateUnit::kYear:
      return date.year > 0 ? date.year : date.year - 1;
    case DateUnit::kQuarter:
      return (date.month + 2) / 3;
    case DateUnit::kMonth:
      return date.month;
    case DateUnit::kWeek:
      return IsoWeek(days, &iso_year);
    case DateUnit::kDay:
      return date.day;
    case DateUnit::kDayOfWeek:
      return IsoDayOfWeek(days) % 7;
    case DateUnit::kIsoDayOfWeek:
      return IsoDayOfWeek(days);
    case DateUnit::kDayOfYear:
      return days - DaysFromCivil(date.year, 1, 1) + 1;
    case DateUnit::kIsoYear:
      IsoWeek(days, &iso_year);
      return iso_year > 0 ? iso_year : iso_year - 1;
    case DateUnit::kEpoch:
      return days * kSecondsPerDay;
    default:
      return 0;
  }
}

// Of a time of day or an interval's time; parts below the second include the whole seconds, as in PostgreSQL.
bool PartOfTime(DateUnit unit, int64_t nanos, int64_t* part) {
  const int64_t seconds = nanos / kNanosPerSecond;
  switch (unit) {
    case DateUnit::kHour:
      *part = seconds / 3600;
      return true;
    case DateUnit::kMinute:
      *part = seconds / 60 % 60;
      return true;
    case DateUnit::kSecond:
      *part = seconds % 60;
      return true;
    case DateUnit::kMillisecond:
      *part = nanos % (60 * kNanosPerSecond) / 1'000'000;
      return true;
    case DateUnit::kMicrosecond:
      *part = nanos % (60 * kNanosPerSecond) / 1'000;
      return true;
    case DateUnit::kNanosecond:
      *part = nanos % (60 * kNanosPerSecond);
      return true;
    default:
      return false;
  }
}

int64_t PartOfTimestamp(DateUnit unit, int64_t value, TimeUnit resolution) {
  if (unit == DateUnit::kEpoch) return FloorDivide(value, UnitsPerSecond(resolution));
  const Instant instant = Split(value, resolution);
  int64_t part = 0;
  return PartOfTime(unit, instant.nanos, &part) ? part : PartOfDate(unit, instant.days);
}

bool PartOfInterval(DateUnit unit, const Interval& interval, int64_t* part) {
  const int64_t years = interval.months / 12;
  switch (unit) {
    case DateUnit::kMillennium:
      *part = years / 1'000;
      return true;
    case DateUnit::kCentury:
      *part = years / 100;
      return true;
    case DateUnit::kDecade:
      *part = years / 10;
      return true;
    case DateUnit::kYear:
      *part = years;
      return true;
    case DateUnit::kQuarter:
      *part = interval.months % 12 / 3 + 1;
      return true;
    case DateUnit::kMonth:
      *part = interval.months % 12;
      return true;
    case DateUnit::kDay:
      *part = interval.days;
      return true;
    case DateUnit::kEpoch:
      // A year counts 365.25 days here, a month 30, as in PostgreSQL.
      *part = years * (kSecondsPerDay * 1461 / 4) +
              (interval.months % 12 * int64_t{30} + interval.days) * kSecondsPerDay + interval.nanos / kNanosPerSecond;
      return true;
    default:
      return PartOfTime(unit, interval.nanos, part);
  }
}

// Parts that a type does not have make no sense for any row.
void CheckTimeUnit(DateUnit unit, const char* type) {
  int64_t ignored = 0;
  if (PartOfTime(unit, 0, &ignored) || unit == DateUnit::kEpoch) return;
  throw Error(ErrorCode::kQueryFailed, std::string("a value of type ") + type + " has no such part");
}

std::unique_ptr<CallState> BindTimePart(std::span<const ExpressionPtr> arguments, DataType* result) {
  auto state = BindUnit(arguments, result);
  if (const auto unit = static_cast<const UnitState&>(*state).unit) CheckTimeUnit(*unit, "TIME");
  return state;
}

std::unique_ptr<CallState> BindIntervalPart(std::span<const ExpressionPtr> arguments, DataType* result) {
  auto state = BindUnit(arguments, result);
  int64_t ignored = 0;
  const auto unit = static_cast<const UnitState&>(*state).unit;
  if (unit && !PartOfInterval(*unit, Interval(), &ignored)) {
    throw Error(ErrorCode::kQueryFailed, "an INTERVAL has no such part");
  }
  return state;
}

// `compute(unit, value, resolution) → Out` over argument 1; a unit that is no constant is read for every row.
template <typename In, typename Out, typename Compute>
void RunWithUnit(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
                 MutableVector& result, Compute compute) {
  const auto& state = *static_cast<const UnitState*>(call_state);
  Out* out = result.data<Out>();
  if (state.unit) {
    const DateUnit unit = *state.unit;
    for (uint32_t i = 0; i < rows; ++i) out[i] = compute(unit, At<In>(arguments[1], i), state.resolution);
    return;
  }
  for (uint32_t i = 0; i < rows; ++i) {
    out[i] = Out{};
    if (result.has_nulls && !GetBit(result.validity, i)) continue;
    try {
      out[i] = compute(ParseDateUnit(TextAt(arguments[0], i)), At<In>(arguments[1], i), state.resolution);
    } catch (const Error& error) {
      context.Fail(i, error.code(), error.what());
    }
  }
}

void TimestampPartKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments,
                         uint32_t rows, MutableVector& result) {
  RunWithUnit<int64_t, int64_t>(context, state, arguments, rows, result, PartOfTimestamp);
}

void DatePartKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                    MutableVector& result) {
  RunWithUnit<int32_t, int64_t>(context, state, arguments, rows, result,
                                [](DateUnit unit, int32_t days, TimeUnit) { return PartOfDate(unit, days); });
}

void TimePartKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                    MutableVector& result) {
  RunWithUnit<int64_t, int64_t>(context, state, arguments, rows, result,
                                [](DateUnit unit, int64_t value, TimeUnit resolution) {
                                  CheckTimeUnit(unit, "TIME");
                                  int64_t part = value / UnitsPerSecond(resolution);  // the epoch
                                  PartOfTime(unit, value * (kNanosPerSecond / UnitsPerSecond(resolution)), &part);
                                  return part;
                                });
}

void IntervalPartKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments,
                        uint32_t rows, MutableVector& result) {
  RunWithUnit<Interval, int64_t>(context, state, arguments, rows, result,
                                 [](DateUnit unit, const Interval& interval, TimeUnit) {
                                   int64_t part = 0;
                                   if (PartOfInterval(unit, interval, &part)) return part;
                                   throw Error(ErrorCode::kQueryFailed, "an INTERVAL has no such part");
                                 });
}

int64_t TruncateDays(DateUnit unit, int64_t days) {
  const CivilDate date = CivilFromDays(days);
  switch (unit) {
    case DateUnit::kMillennium:
      return DaysFromCivil(FloorDivide(date.year - 1, 1'000) * 1'000 + 1, 1, 1);
    case DateUnit::kCentury:
      return DaysFromCivil(FloorDivide(date.year - 1, 100) * 100 + 1, 1, 1);
    case DateUnit::kDecade:
      return DaysFromCivil(FloorDivide(date.year, 10) * 10, 1, 1);
    case DateUnit::kYear:
      return DaysFromCivil(date.year, 1, 1);
    case DateUnit::kQuarter:
      return DaysFromCivil(date.year, (date.month - 1) / 3 * 3 + 1, 1);
    case DateUnit::kMonth:
      return days - date.day + 1;
    case DateUnit::kWeek:
      return days - IsoDayOfWeek(days) + 1;
    default:
      return days;
  }
}

// In units of the resolution; 1 for what is finer than it.
int64_t LengthOf(DateUnit unit, TimeUnit resolution) {
  const int64_t units = UnitsPerSecond(resolution);
  switch (unit) {
    case DateUnit::kHour:
      return 3600 * units;
    case DateUnit::kMinute:
      return 60 * units;
    case DateUnit::kSecond:
      return units;
    case DateUnit::kMillisecond:
      return std::max<int64_t>(1, units / 1'000);
    case DateUnit::kMicrosecond:
      return std::max<int64_t>(1, units / 1'000'000);
    default:
      return 1;
  }
}

int64_t TruncateTimestamp(DateUnit unit, int64_t value, TimeUnit resolution) {
  if (unit > DateUnit::kNanosecond)
    throw Error(ErrorCode::kQueryFailed, "cannot truncate to what is no length of time");
  if (unit <= DateUnit::kDay) {
    const int64_t units_per_day = UnitsPerSecond(resolution) * kSecondsPerDay;
    return TruncateDays(unit, FloorDivide(value, units_per_day)) * units_per_day;
  }
  return value - FloorModulo(value, LengthOf(unit, resolution));
}

void TruncateKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                    MutableVector& result) {
  RunWithUnit<int64_t, int64_t>(context, state, arguments, rows, result, TruncateTimestamp);
}

// year(ts), hour(ts), …: date_part with its unit fixed.
template <DateUnit kUnit>
void FixedPartOfTimestamp(KernelContext&, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
                          MutableVector& result) {
  const auto& state = *static_cast<const UnitState*>(call_state);
  const int64_t* in = arguments[0].data<int64_t>();
  for (uint32_t i = 0; i < rows; ++i) result.data<int64_t>()[i] = PartOfTimestamp(kUnit, in[i], state.resolution);
}

std::unique_ptr<CallState> BindResolution(std::span<const ExpressionPtr> arguments, DataType*) {
  auto state = std::make_unique<UnitState>();
  state->resolution = arguments[0]->type.unit();
  return state;
}

template <DateUnit kUnit>
void AddPart(RegistryBuilder& builder, const char* name, const char* help, const char* example_result,
             std::vector<std::string> aliases = {}) {
  builder.Describe({name, "date", std::string(name) + "(ts TIMESTAMP or DATE) → BIGINT", help,
                    std::string(name) + "(TIMESTAMP '2013-02-08 06:40:05')", example_result, std::move(aliases)});
  AddFunction(builder, name, {TypeId::kTimestamp}, TypeId::kInt64, FixedPartOfTimestamp<kUnit>,
              {.bind = BindResolution});
}

}  // namespace

void RegisterDateParts(RegistryBuilder& builder) {
  const DataType text = TypeId::kVarchar;
  builder.Describe({"date_part",
                    "date",
                    "date_part(part VARCHAR, x TIMESTAMP, DATE, TIME or INTERVAL) → BIGINT",
                    "One part, as EXTRACT(part FROM x): year, month, day, hour, …, week, dow, doy, epoch.",
                    "date_part('hour', TIMESTAMP '2013-02-08 06:40:00')",
                    "6",
                    {"extract", "datepart"}});
  AddFunction(builder, "date_part", {text, TypeId::kTimestamp}, TypeId::kInt64, TimestampPartKernel,
              {.traits = kFallible, .bind = BindUnit});
  AddFunction(builder, "date_part", {text, TypeId::kDate}, TypeId::kInt64, DatePartKernel,
              {.traits = kFallible, .bind = BindUnit});
  AddFunction(builder, "date_part", {text, TypeId::kTime}, TypeId::kInt64, TimePartKernel,
              {.traits = kFallible, .bind = BindTimePart});
  AddFunction(builder, "date_part", {text, TypeId::kInterval}, TypeId::kInt64, IntervalPartKernel,
              {.traits = kFallible, .bind = BindIntervalPart});
  builder.Describe({"date_trunc",
                    "date",
                    "date_trunc(unit VARCHAR, ts TIMESTAMP or DATE) → TIMESTAMP",
                    "The beginning of the unit that the instant lies in; weeks begin on Mondays.",
                    "date_trunc('hour', TIMESTAMP '2013-02-08 06:40:00')",
                    "2013-02-08 06:00:00",
                    {"datetrunc"}});
  AddFunction(builder, "date_trunc", {text, TypeId::kTimestamp}, TypeId::kTimestamp, TruncateKernel,
              {.traits = kFallible, .bind = BindTruncation});
  AddPart<DateUnit::kYear>(builder, "year", "The year.", "2013");
  AddPart<DateUnit::kQuarter>(builder, "quarter", "1 to 4.", "1");
  AddPart<DateUnit::kMonth>(builder, "month", "1 to 12.", "2");
  AddPart<DateUnit::kWeek>(builder, "week", "Week of the ISO year, 1 to 53.", "6", {"weekofyear"});
  AddPart<DateUnit::kDay>(builder, "day", "Day of the month.", "8", {"dayofmonth"});
  AddPart<DateUnit::kDayOfWeek>(builder, "dayofweek", "0 for Sunday to 6 for Saturday.", "5", {"weekday"});
  AddPart<DateUnit::kIsoDayOfWeek>(builder, "isodow", "1 for Monday to 7 for Sunday.", "5");
  AddPart<DateUnit::kDayOfYear>(builder, "dayofyear", "Day of the year, from 1.", "39");
  AddPart<DateUnit::kHour>(builder, "hour", "Hour of the day.", "6");
  AddPart<DateUnit::kMinute>(builder, "minute", "Minute of the hour.", "40");
  AddPart<DateUnit::kSecond>(builder, "second", "Second of the minute.", "5");
  AddPart<DateUnit::kMillisecond>(builder, "millisecond", "Milliseconds of the minute.", "5000");
  AddPart<DateUnit::kMicrosecond>(builder, "microsecond", "Microseconds of the minute.", "5000000");
  AddPart<DateUnit::kIsoYear>(builder, "isoyear", "Year that the ISO week belongs to.", "2013");
  AddPart<DateUnit::kDecade>(builder, "decade", "The year divided by 10.", "201");
  AddPart<DateUnit::kCentury>(builder, "century", "The 21st began with 2001.", "21");
  AddPart<DateUnit::kMillennium>(builder, "millennium", "The third began with 2001.", "3");
}

}  // namespace laminar
