// + and - over dates, times, timestamps and intervals, * and / of intervals, age.
#include "common/date_time.h"
#include "function/scalar/register.h"
#include "function/scalar/simple_function.h"

namespace laminar {
namespace {

struct ResolutionState final : CallState {
  TimeUnit resolution = TimeUnit::kMicro;
  TimeUnit other = TimeUnit::kMicro;
};

// The result has the type of argument `kFrom`, whose unit is computed in.
template <size_t kFrom>
std::unique_ptr<CallState> BindLike(std::span<const ExpressionPtr> arguments, DataType* result) {
  *result = arguments[kFrom]->type;
  auto state = std::make_unique<ResolutionState>();
  state->resolution = arguments[kFrom]->type.unit();
  return state;
}

std::unique_ptr<CallState> BindUnits(std::span<const ExpressionPtr> arguments, DataType*) {
  auto state = std::make_unique<ResolutionState>();
  state->resolution = arguments[0]->type.unit();
  if (arguments.size() > 1) state->other = arguments[1]->type.unit();
  return state;
}

// `compute(left, right, state, &out) → bool`; false is a result that does not fit.
template <typename Left, typename Right, typename Out, typename Compute>
void CheckedPairs(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result, Compute compute) {
  static const ResolutionState kDefault;
  const ResolutionState& state = call_state != nullptr ? *static_cast<const ResolutionState*>(call_state) : kDefault;
  bool all = true;
  ForEachPair<Left, Right>(arguments, rows, result.data<Out>(), [&](const Left& a, const Right& b) {
    Out out{};
    all &= compute(a, b, state, &out);
    return out;
  });
  if (all) return;
  ForEachValid(result, rows, [&](uint32_t i) {
    Out ignored{};
    if (compute(At<Left>(arguments[0], i), At<Right>(arguments[1], i), state, &ignored)) return;
    context.Fail(i, ErrorCode::kQueryFailed, "date or time out of range");
  });
}

template <typename Op, typename Left, typename Right, typename Out>
void Pairs(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
           MutableVector& result) {
  CheckedPairs<Left, Right, Out>(context, state, arguments, rows, result, Op::Apply);
}

struct AddDays {
  static bool Apply(const int32_t& date, const int32_t& days, const ResolutionState&, int32_t* out) {
    return !__builtin_add_overflow(date, days, out);
  }
};
struct SubtractDays {
  static bool Apply(const int32_t& date, const int32_t& days, const ResolutionState&, int32_t* out) {
    return !__builtin_sub_overflow(date, days, out);
  }
};
struct AddToTimestamp {
  static bool Apply(const int64_t& ts, const Interval& interval, const ResolutionState& state, int64_t* out) {
    return AddInterval(ts, state.resolution, interval, out);
  }
};
struct AddToTimestampSwapped {
  static bool Apply(const Interval& interval, const int64_t& ts, const ResolutionState& state, int64_t* out) {
    return AddInterval(ts, state.resolution, interval, out);
  }
};
struct SubtractFromTimestamp {
  static bool Apply(const int64_t& ts, const Interval& interval, const ResolutionState& state, int64_t* out) {
    Interval negative;
    return NegateInterval(interval, &negative) && AddInterval(ts, state.resolution, negative, out);
  }
};
// Times of day go round the clock; only the interval's time counts.
struct AddToTime {
  static bool Apply(const int64_t& time, const Interval& interval, const ResolutionState& state, int64_t* out) {
    const int64_t units = UnitsPerSecond(state.resolution);
    *out = FloorModulo(time + FloorModulo(interval.nanos, kNanosPerDay) / (kNanosPerSecond / units),
                       units * kSecondsPerDay);
    return true;
  }
};
struct SubtractFromTime {
  static bool Apply(const int64_t& time, const Interval& interval, const ResolutionState& state, int64_t* out) {
    const int64_t units = UnitsPerSecond(state.resolution);
    *out = FloorModulo(time - FloorModulo(interval.nanos, kNanosPerDay) / (kNanosPerSecond / units),
                       units * kSecondsPerDay);
    return true;
  }
};
struct Between {
  static bool Apply(const int64_t& a, const int64_t& b, const ResolutionState& state, Interval* out) {
    return SubtractTimestamps(a, b, state.resolution, out);
  }
};
struct BetweenTimes {
  static bool Apply(const int64_t& a, const int64_t& b, const ResolutionState& state, Interval* out) {
    *out = {
        0, 0,
        a * (kNanosPerSecond / UnitsPerSecond(state.resolution)) - b * (kNanosPerSecond / UnitsPerSecond(state.other))};
    return true;
  }
};
// A date and a time of day make a timestamp of the time's unit.
struct JoinDateAndTime {
  static bool Apply(const int32_t& date, const int64_t& time, const ResolutionState& state, int64_t* out) {
    int64_t midnight = 0;
    return !__builtin_mul_overflow(int64_t{date}, UnitsPerSecond(state.resolution) * kSecondsPerDay, &midnight) &&
           !__builtin_add_overflow(midnight, time, out);
  }
};
struct AddTwoIntervals {
  static bool Apply(const Interval& a, const Interval& b, const ResolutionState&, Interval* out) {
    return AddIntervals(a, b, out);
  }
};
struct SubtractTwoIntervals {
  static bool Apply(const Interval& a, const Interval& b, const ResolutionState&, Interval* out) {
    Interval negative;
    return NegateInterval(b, &negative) && AddIntervals(a, negative, out);
  }
};
struct Scale {
  static bool Apply(const Interval& a, const double& factor, const ResolutionState&, Interval* out) {
    return MultiplyInterval(a, factor, out);
  }
};
struct ScaleSwapped {
  static bool Apply(const double& factor, const Interval& a, const ResolutionState&, Interval* out) {
    return MultiplyInterval(a, factor, out);
  }
};
struct DivideBy {
  static bool Apply(const Interval& a, const double& divisor, const ResolutionState&, Interval* out) {
    return divisor != 0 && MultiplyInterval(a, 1.0 / divisor, out);
  }
};

// Years, months and days as a person counts them from b to a: '1 year 2 mons 3 days'.
struct Age {
  static bool Apply(const int64_t& a, const int64_t& b, const ResolutionState& state, Interval* out) {
    if (a < b) return Apply(b, a, state, out) && NegateInterval(*out, out);
    const int64_t units_per_day = UnitsPerSecond(state.resolution) * kSecondsPerDay;
    const CivilDate later = CivilFromDays(FloorDivide(a, units_per_day));
    const CivilDate earlier = CivilFromDays(FloorDivide(b, units_per_day));
    int64_t months = (later.year - earlier.year) * 12 + later.month - earlier.month;
    int64_t days = later.day - earlier.day;
    int64_t time = FloorModulo(a, units_per_day) - FloorModulo(b, units_per_day);
    if (time < 0) {
      time += units_per_day;
      --days;
    }
    if (days < 0) {
      days += DaysInMonth(earlier.year, earlier.month);
      --months;
    }
    if (months > INT32_MAX) return false;
    *out = {static_cast<int32_t>(months), static_cast<int32_t>(days),
            time * (kNanosPerSecond / UnitsPerSecond(state.resolution))};
    return true;
  }
};

void DaysBetweenKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                       MutableVector& result) {
  Pairs<SubtractDays, int32_t, int32_t, int32_t>(context, state, arguments, rows, result);
}

void NegateIntervalKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                          MutableVector& result) {
  for (uint32_t i = 0; i < rows; ++i) {
    Interval& out = result.data<Interval>()[i];
    if (NegateInterval(arguments[0].data<Interval>()[i], &out)) continue;
    out = Interval();
    if (!result.has_nulls || GetBit(result.validity, i)) {
      context.Fail(i, ErrorCode::kQueryFailed, "interval out of range");
    }
  }
}

// Two timestamps, or one and a date, in their common unit; two dates are another matter.
bool CoerceToTimestamps(std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
  DataType common;
  if (arguments.size() != 2 || !CommonTypeOf(arguments, &common) || common.id() != TypeId::kTimestamp) return false;
  types->assign(2, common);
  return true;
}

void AddTimestampPair(RegistryBuilder& builder, const char* name, ScalarKernel kernel) {
  builder.Add(ScalarFunction{.name = name,
                             .parameters = {TypeId::kTimestamp, TypeId::kTimestamp},
                             .result = TypeId::kInterval,
                             .traits = kFallible,
                             .kernel = kernel,
                             .coerce = CoerceToTimestamps,
                             .bind = BindUnits});
}

std::unique_ptr<CallState> BindDateAndTime(std::span<const ExpressionPtr> arguments, DataType* result) {
  const TimeUnit unit = arguments[1]->type.unit();
  *result = DataType::Timestamp(unit);
  auto state = std::make_unique<ResolutionState>();
  state->resolution = unit;
  return state;
}

}  // namespace

void RegisterDateTimeArithmetic(RegistryBuilder& builder) {
  const DataType date = TypeId::kDate;
  const DataType time = TypeId::kTime;
  const DataType ts = TypeId::kTimestamp;
  const DataType interval = TypeId::kInterval;
  const DataType integer = TypeId::kInt32;
  const DataType number = TypeId::kDouble;
  const auto add = [&builder](const char* name, std::vector<DataType> parameters, const DataType& result,
                              ScalarKernel kernel,
                              std::unique_ptr<CallState> (*bind)(std::span<const ExpressionPtr>, DataType*) = nullptr) {
    AddFunction(builder, name, std::move(parameters), result, kernel, {.traits = kFallible, .bind = bind});
  };
  add("+", {ts, interval}, ts, Pairs<AddToTimestamp, int64_t, Interval, int64_t>, BindLike<0>);
  add("+", {interval, ts}, ts, Pairs<AddToTimestampSwapped, Interval, int64_t, int64_t>, BindLike<1>);
  add("-", {ts, interval}, ts, Pairs<SubtractFromTimestamp, int64_t, Interval, int64_t>, BindLike<0>);
  AddTimestampPair(builder, "-", Pairs<Between, int64_t, int64_t, Interval>);
  add("+", {date, integer}, date, Pairs<AddDays, int32_t, int32_t, int32_t>);
  add("+", {integer, date}, date, Pairs<AddDays, int32_t, int32_t, int32_t>);
  add("-", {date, integer}, date, Pairs<SubtractDays, int32_t, int32_t, int32_t>);
  add("-", {date, date}, integer, DaysBetweenKernel);
  add("+", {date, time}, ts, Pairs<JoinDateAndTime, int32_t, int64_t, int64_t>, BindDateAndTime);
  add("+", {time, interval}, time, Pairs<AddToTime, int64_t, Interval, int64_t>, BindLike<0>);
  add("-", {time, interval}, time, Pairs<SubtractFromTime, int64_t, Interval, int64_t>, BindLike<0>);
  add("-", {time, time}, interval, Pairs<BetweenTimes, int64_t, int64_t, Interval>, BindUnits);
  add("+", {interval, interval}, interval, Pairs<AddTwoIntervals, Interval, Interval, Interval>);
  add("-", {interval, interval}, interval, Pairs<SubtractTwoIntervals, Interval, Interval, Interval>);
  add("-", {interval}, interval, NegateIntervalKernel);
  add("*", {interval, number}, interval, Pairs<Scale, Interval, double, Interval>);
  add("*", {number, interval}, interval, Pairs<ScaleSwapped, double, Interval, Interval>);
  add("/", {interval, number}, interval, Pairs<DivideBy, Interval, double, Interval>);
  builder.Describe({"age",
                    "date",
                    "age(later TIMESTAMP, earlier TIMESTAMP) → INTERVAL",
                    "Time between, in whole years, months and days as a person counts them.",
                    "age(TIMESTAMP '2013-02-08', TIMESTAMP '2012-01-05')",
                    "1 year 1 mon 3 days",
                    {}});
  AddTimestampPair(builder, "age", Pairs<Age, int64_t, int64_t, Interval>);
}

}  // namespace laminar
