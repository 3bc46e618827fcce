// Times, timestamps and intervals from numbers; intervals brought into shape.
#include <cmath>

#include "common/date_time.h"
#include "function/scalar/register.h"
#include "function/scalar/row_function.h"

namespace laminar {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr char kNoTime[] = "there is no such time of day";
constexpr char kNoTimestamp[] = "there is no such date and time";
constexpr char kTooLong[] = "the interval is out of range";

bool MicrosOfDay(int64_t hour, int64_t minute, double second, int64_t* micros) {
  const bool whole_day = hour == 24 && minute == 0 && second == 0;
  if (!whole_day && (hour < 0 || hour > 23 || minute < 0 || minute > 59 || !(second >= 0 && second < 60))) return false;
  *micros = (hour * 3600 + minute * 60) * kMicrosPerSecond + static_cast<int64_t>(std::nearbyint(second * 1e6));
  return true;
}

const char* MakeTime(std::span<const Vector> arguments, uint32_t i, int64_t* result) {
  return MicrosOfDay(At<int64_t>(arguments[0], i), At<int64_t>(arguments[1], i), At<double>(arguments[2], i), result)
             ? nullptr
             : kNoTime;
}

const char* MakeTimestamp(std::span<const Vector> arguments, uint32_t i, int64_t* result) {
  const int64_t year = At<int64_t>(arguments[0], i);
  const int64_t month = At<int64_t>(arguments[1], i);
  const int64_t day = At<int64_t>(arguments[2], i);
  if (year < -290'000 || year > 290'000 || year == 0 || month < 1 || month > 12 || day < 1) return kNoTimestamp;
  const int64_t astronomical = year > 0 ? year : year + 1;
  if (day > DaysInMonth(astronomical, static_cast<int>(month))) return kNoTimestamp;
  int64_t of_day = 0;
  if (!MicrosOfDay(At<int64_t>(arguments[3], i), At<int64_t>(arguments[4], i), At<double>(arguments[5], i), &of_day)) {
    return kNoTimestamp;
  }
  const int64_t days = DaysFromCivil(astronomical, static_cast<int>(month), static_cast<int>(day));
  *result = days * kSecondsPerDay * kMicrosPerSecond + of_day;
  return nullptr;
}

void SameBits(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
              MutableVector& result) {
  std::memcpy(result.values, arguments[0].values, size_t{rows} * sizeof(int64_t));
}

const char* Assemble(int128_t months, int128_t days, int128_t nanos, Interval* result) {
  *result = {static_cast<int32_t>(months), static_cast<int32_t>(days), static_cast<int64_t>(nanos)};
  return result->months == months && result->days == days && result->nanos == nanos ? nullptr : kTooLong;
}

bool NanosOf(double value, double unit, int128_t* nanos) {
  const double scaled = std::nearbyint(value * unit);
  if (!(std::fabs(scaled) < 0x1p63)) return false;
  *nanos = static_cast<int128_t>(scaled);
  return true;
}

const char* MakeInterval(std::span<const Vector> arguments, uint32_t i, Interval* result) {
  const auto part = [&](size_t n) -> int128_t { return n < arguments.size() ? At<int64_t>(arguments[n], i) : 0; };
  int128_t nanos = 0;
  if (arguments.size() > 6 && !NanosOf(At<double>(arguments[6], i), 1e9, &nanos)) return kTooLong;
  nanos += (part(4) * 3600 + part(5) * 60) * kNanosPerSecond;
  return Assemble(part(0) * 12 + part(1), part(2) * 7 + part(3), nanos, result);
}

template <int64_t kMonths, int64_t kDays, int64_t kNanos>
const char* ToUnits(std::span<const Vector> arguments, uint32_t i, Interval* result) {
  const int128_t count = At<int64_t>(arguments[0], i);
  return Assemble(count * kMonths, count * kDays, count * kNanos, result);
}
template <int64_t kNanos>
const char* ToFractions(std::span<const Vector> arguments, uint32_t i, Interval* result) {
  int128_t nanos = 0;
  if (!NanosOf(At<double>(arguments[0], i), static_cast<double>(kNanos), &nanos)) return kTooLong;
  return Assemble(0, 0, nanos, result);
}

/// Moves whole `unit`s of the smaller part into the larger one; `settle` gives both the same sign.
void Carry(int128_t* large, int128_t* small, int128_t unit) {
  *large += *small / unit;
  *small %= unit;
}
void AgreeInSign(int128_t* large, int128_t* small, int128_t unit) {
  if (*large > 0 && *small < 0) {
    --*large;
    *small += unit;
  } else if (*large < 0 && *small > 0) {
    ++*large;
    *small -= unit;
  }
}

template <bool kDays, bool kHours>
const char* Justify(std::span<const Vector> arguments, uint32_t i, Interval* result) {
  const Interval& interval = At<Interval>(arguments[0], i);
  int128_t months = interval.months;
  int128_t days = interval.days;
  int128_t nanos = interval.nanos;
  if (kHours) Carry(&days, &nanos, kNanosPerDay);
  if (kDays) Carry(&months, &days, 30);
  if (kDays) {
    const bool rest_negative = days < 0 || (kHours && days == 0 && nanos < 0);
    const bool rest_positive = days > 0 || (kHours && days == 0 && nanos > 0);
    if (months > 0 && rest_negative) {
      --months;
      days += 30;
    } else if (months < 0 && rest_positive) {
      ++months;
      days -= 30;
    }
  }
  if (kHours) AgreeInSign(&days, &nanos, kNanosPerDay);
  return Assemble(months, days, nanos, result);
}

/// Days since the beginning of 4713 BC, with the fraction of the day.
struct ResolutionState final : CallState {
  TimeUnit resolution = TimeUnit::kMicro;
};
std::unique_ptr<CallState> BindResolution(std::span<const ExpressionPtr> arguments, DataType*) {
  auto state = std::make_unique<ResolutionState>();
  state->resolution = arguments[0]->type.unit();
  return state;
}
void JulianKernel(KernelContext&, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  const int64_t day = UnitsPerSecond(static_cast<const ResolutionState*>(state)->resolution) * kSecondsPerDay;
  const int64_t* in = arguments[0].data<int64_t>();
  for (uint32_t i = 0; i < rows; ++i) {
    result.data<double>()[i] = static_cast<double>(FloorDivide(in[i], day) + 2'440'588) +
                               static_cast<double>(FloorModulo(in[i], day)) / static_cast<double>(day);
  }
}

template <auto kApply>
void AddUnits(RegistryBuilder& builder, const char* name, TypeId parameter, const char* example,
              const char* example_result) {
  builder.Describe({name,
                    "date",
                    std::string(name) + "(count " + DataType(parameter).ToString() + ") → INTERVAL",
                    "An interval of so many of that unit.",
                    example,
                    example_result,
                    {}});
  AddFunction(builder, name, {parameter}, TypeId::kInterval, FallibleRowKernel<Interval, kApply>,
              {.traits = kFallible});
}

}  // namespace

void RegisterDateMaking(RegistryBuilder& builder) {
  const DataType bigint = TypeId::kInt64;
  const DataType number = TypeId::kDouble;
  const DataType interval = TypeId::kInterval;
  const SimpleOptions fallible{.traits = kFallible};
  const auto describe = [&builder](const char* name, const char* signature, const char* help, const char* example,
                                   const char* example_result, std::vector<std::string> aliases = {}) {
    builder.Describe({name, "date", signature, help, example, example_result, std::move(aliases)});
  };
  describe("make_time", "make_time(hour BIGINT, minute BIGINT, second DOUBLE) → TIME", "The time of day.",
           "make_time(13, 34, 27.5)", "13:34:27.5");
  AddFunction(builder, "make_time", {bigint, bigint, number}, DataType::Time(TimeUnit::kMicro),
              FallibleRowKernel<int64_t, MakeTime>, fallible);
  describe("make_timestamp",
           "make_timestamp(year, month, day, hour, minute BIGINT, second DOUBLE), make_timestamp(micros BIGINT) → "
           "TIMESTAMP",
           "The date and time; or so many microseconds after 1970 began.", "make_timestamp(2013, 2, 8, 6, 40, 5.25)",
           "2013-02-08 06:40:05.25");
  AddFunction(builder, "make_timestamp", {bigint, bigint, bigint, bigint, bigint, number},
              DataType::Timestamp(TimeUnit::kMicro), FallibleRowKernel<int64_t, MakeTimestamp>, fallible);
  AddFunction(builder, "make_timestamp", {bigint}, DataType::Timestamp(TimeUnit::kMicro), SameBits);
  describe("make_interval",
           "make_interval(years [, months [, weeks [, days [, hours [, minutes BIGINT [, seconds DOUBLE]]]]]]) → "
           "INTERVAL",
           "An interval from its parts.", "make_interval(0, 1, 0, 10, 2)", "1 mon 10 days 02:00:00");
  for (size_t count = 1; count <= 7; ++count) {
    std::vector<DataType> parameters(std::min<size_t>(count, 6), bigint);
    if (count == 7) parameters.push_back(number);
    AddFunction(builder, "make_interval", std::move(parameters), interval, FallibleRowKernel<Interval, MakeInterval>,
                fallible);
  }
  AddUnits<ToUnits<1'200, 0, 0>>(builder, "to_centuries", TypeId::kInt64, "to_centuries(1)", "100 years");
  AddUnits<ToUnits<120, 0, 0>>(builder, "to_decades", TypeId::kInt64, "to_decades(2)", "20 years");
  AddUnits<ToUnits<12, 0, 0>>(builder, "to_years", TypeId::kInt64, "to_years(5)", "5 years");
  AddUnits<ToUnits<3, 0, 0>>(builder, "to_quarters", TypeId::kInt64, "to_quarters(5)", "1 year 3 mons");
  AddUnits<ToUnits<1, 0, 0>>(builder, "to_months", TypeId::kInt64, "to_months(5)", "5 mons");
  AddUnits<ToUnits<0, 7, 0>>(builder, "to_weeks", TypeId::kInt64, "to_weeks(5)", "35 days");
  AddUnits<ToUnits<0, 1, 0>>(builder, "to_days", TypeId::kInt64, "to_days(5)", "5 days");
  AddUnits<ToUnits<0, 0, 3600 * kNanosPerSecond>>(builder, "to_hours", TypeId::kInt64, "to_hours(5)", "05:00:00");
  AddUnits<ToUnits<0, 0, 60 * kNanosPerSecond>>(builder, "to_minutes", TypeId::kInt64, "to_minutes(5)", "00:05:00");
  AddUnits<ToFractions<kNanosPerSecond>>(builder, "to_seconds", TypeId::kDouble, "to_seconds(5.5)", "00:00:05.5");
  AddUnits<ToFractions<1'000'000>>(builder, "to_milliseconds", TypeId::kDouble, "to_milliseconds(5.5)",
                                   "00:00:00.0055");
  AddUnits<ToUnits<0, 0, 1'000>>(builder, "to_microseconds", TypeId::kInt64, "to_microseconds(5)", "00:00:00.000005");
  describe("justify_days", "justify_days(x INTERVAL) → INTERVAL", "30 days become a month.",
           "justify_days(INTERVAL '35 days')", "1 mon 5 days");
  AddFunction(builder, "justify_days", {interval}, interval, FallibleRowKernel<Interval, Justify<true, false>>,
              fallible);
  describe("justify_hours", "justify_hours(x INTERVAL) → INTERVAL", "24 hours become a day.",
           "justify_hours(INTERVAL '27 hours')", "1 day 03:00:00");
  AddFunction(builder, "justify_hours", {interval}, interval, FallibleRowKernel<Interval, Justify<false, true>>,
              fallible);
  describe("justify_interval", "justify_interval(x INTERVAL) → INTERVAL",
           "24 hours become a day and 30 days a month, all of one sign.",
           "justify_interval(INTERVAL '1 month -1 hour')", "29 days 23:00:00");
  AddFunction(builder, "justify_interval", {interval}, interval, FallibleRowKernel<Interval, Justify<true, true>>,
              fallible);
  describe("julian", "julian(ts TIMESTAMP or DATE) → DOUBLE", "Julian day number, with the fraction of the day.",
           "julian(TIMESTAMP '2013-02-08 12:00:00')", "2456332.5");
  AddFunction(builder, "julian", {TypeId::kTimestamp}, number, JulianKernel, {.bind = BindResolution});
}

}  // namespace laminar
