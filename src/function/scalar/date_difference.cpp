// date_diff and date_sub: how many units lie between two instants.
#include <algorithm>
#include <optional>

#include "common/date_time.h"
#include "common/sql_error.h"
#include "function/scalar/date_unit.h"
#include "function/scalar/register.h"
#include "function/scalar/row_function.h"

namespace laminar {
namespace {

struct UnitState final : CallState {
  std::optional<DateUnit> unit;
  TimeUnit resolution = TimeUnit::kMicro;
};

std::unique_ptr<CallState> BindUnit(std::span<const ExpressionPtr> arguments, DataType*) {
  auto state = std::make_unique<UnitState>();
  state->resolution = arguments[1]->type.unit();
  if (const Value* unit = ConstantArgument(arguments, 0)) state->unit = ParseDateUnit(unit->get<std::string>());
  return state;
}

/// Months in a unit of the calendar, or 0.
int64_t MonthsOf(DateUnit unit) {
  switch (unit) {
    case DateUnit::kMillennium:
      return 12'000;
    case DateUnit::kCentury:
      return 1'200;
    case DateUnit::kDecade:
      return 120;
    case DateUnit::kYear:
      return 12;
    case DateUnit::kQuarter:
      return 3;
    case DateUnit::kMonth:
      return 1;
    default:
      return 0;
  }
}

int64_t NanosOf(DateUnit unit) {
  switch (unit) {
    case DateUnit::kWeek:
      return 7 * kNanosPerDay;
    case DateUnit::kDay:
      return kNanosPerDay;
    case DateUnit::kHour:
      return 3600 * kNanosPerSecond;
    case DateUnit::kMinute:
      return 60 * kNanosPerSecond;
    case DateUnit::kSecond:
      return kNanosPerSecond;
    case DateUnit::kMillisecond:
      return 1'000'000;
    case DateUnit::kMicrosecond:
      return 1'000;
    case DateUnit::kNanosecond:
      return 1;
    default:
      throw Error(ErrorCode::kQueryFailed, "this part of a date is no length of time");
  }
}

struct Instant {
  int64_t days;
  int64_t of_day;  // in units of the resolution
  int64_t month;   // since year 0
  int day;
};

Instant InstantOf(int64_t value, TimeUnit resolution) {
  const int64_t day = UnitsPerSecond(resolution) * kSecondsPerDay;
  const int64_t days = FloorDivide(value, day);
  const CivilDate date = CivilFromDays(days);
  return {days, FloorModulo(value, day), date.year * 12 + date.month - 1, date.day};
}

int128_t FloorDivideWide(int128_t a, int128_t b) { return a / b - (a % b < 0 ? 1 : 0); }

int128_t NanosSince(int64_t value, TimeUnit resolution) {
  return static_cast<int128_t>(value) * (kNanosPerSecond / UnitsPerSecond(resolution));
}

/// Boundaries between units that are crossed, as DuckDB counts them: centuries begin with years that end in 00, and
/// weeks are full seven days.
int128_t Boundaries(DateUnit unit, int64_t from, int64_t to, TimeUnit resolution) {
  if (const int64_t months = MonthsOf(unit); months != 0) {
    return FloorDivide(InstantOf(to, resolution).month, months) -
           FloorDivide(InstantOf(from, resolution).month, months);
  }
  const int64_t length = NanosOf(unit == DateUnit::kWeek ? DateUnit::kDay : unit);
  const int128_t crossed =
      FloorDivideWide(NanosSince(to, resolution), length) - FloorDivideWide(NanosSince(from, resolution), length);
  return unit == DateUnit::kWeek ? crossed / 7 : crossed;
}

int64_t WholeMonths(int64_t from, int64_t to, TimeUnit resolution) {
  if (from > to) return -WholeMonths(to, from, resolution);
  const Instant a = InstantOf(from, resolution);
  const Instant b = InstantOf(to, resolution);
  int64_t months = b.month - a.month;
  // The last day of a shorter month completes it.
  const bool last_day = b.day == DaysInMonth(FloorDivide(b.month, 12), static_cast<int>(FloorModulo(b.month, 12)) + 1);
  const int reached = last_day ? std::max(b.day, a.day) : b.day;
  if (reached < a.day || (reached == a.day && b.of_day < a.of_day)) --months;
  return months;
}

/// Units that have passed in full.
int128_t WholeUnits(DateUnit unit, int64_t from, int64_t to, TimeUnit resolution) {
  if (const int64_t months = MonthsOf(unit); months != 0) return WholeMonths(from, to, resolution) / months;
  return (NanosSince(to, resolution) - NanosSince(from, resolution)) / NanosOf(unit);
}

template <int128_t (*kCount)(DateUnit, int64_t, int64_t, TimeUnit)>
void Kernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
            MutableVector& result) {
  const auto& state = *static_cast<const UnitState*>(call_state);
  int64_t* out = result.data<int64_t>();
  std::fill_n(out, rows, int64_t{0});
  ForEachValid(result, rows, [&](uint32_t i) {
    try {
      const DateUnit unit = state.unit ? *state.unit : ParseDateUnit(TextAt(arguments[0], i));
      const int128_t count = kCount(unit, At<int64_t>(arguments[1], i), At<int64_t>(arguments[2], i), state.resolution);
      out[i] = static_cast<int64_t>(count);
      if (out[i] != count) context.Fail(i, ErrorCode::kQueryFailed, "the difference does not fit BIGINT");
    } catch (const Error& error) {
      context.Fail(i, error.code(), error.what());
    }
  });
}

bool Coerce(std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
  DataType common;
  if (arguments.size() != 3 || !CommonTypeOf(arguments.subspan(1), &common)) return false;
  if (common.id() == TypeId::kDate || common.id() == TypeId::kNull || common.id() == TypeId::kVarchar) {
    common = DataType::Timestamp(TimeUnit::kMicro);
  }
  if (common.id() != TypeId::kTimestamp) return false;
  *types = {TypeId::kVarchar, common, common};
  return true;
}

void Add(RegistryBuilder& builder, const char* name, ScalarKernel kernel) {
  builder.Add(ScalarFunction{.name = name,
                             .parameters = {TypeId::kVarchar, TypeId::kTimestamp, TypeId::kTimestamp},
                             .result = TypeId::kInt64,
                             .traits = kFallible,
                             .kernel = kernel,
                             .coerce = Coerce,
                             .bind = BindUnit});
}

}  // namespace

void RegisterDateDifference(RegistryBuilder& builder) {
  builder.Describe({"date_diff",
                    "date",
                    "date_diff(unit VARCHAR, from TIMESTAMP or DATE, to TIMESTAMP or DATE) → BIGINT",
                    "Number of boundaries between units that lie between two instants; of weeks, full seven days.",
                    "date_diff('month', DATE '2013-01-31', DATE '2013-02-01')",
                    "1",
                    {"datediff"}});
  Add(builder, "date_diff", Kernel<Boundaries>);
  builder.Describe({"date_sub",
                    "date",
                    "date_sub(unit VARCHAR, from TIMESTAMP or DATE, to TIMESTAMP or DATE) → BIGINT",
                    "Number of whole units that pass between two instants.",
                    "date_sub('month', DATE '2013-01-31', DATE '2013-02-01')",
                    "0",
                    {"datesub"}});
  Add(builder, "date_sub", Kernel<WholeUnits>);
}

}  // namespace laminar
