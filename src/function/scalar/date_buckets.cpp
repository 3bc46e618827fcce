// time_bucket / date_bin: instants rounded down to stretches of any length.
#include "common/date_time.h"
#include "function/scalar/register.h"
#include "function/scalar/simple_function.h"

namespace laminar {
namespace {

// Buckets of days and less are counted from Monday 2000-01-03, those of months from 2000-01-01, unless an origin is
// given.
constexpr int64_t kOriginDays = 10'959;
constexpr int64_t kMonthOriginDays = 10'957;

struct BucketState final : CallState {
  TimeUnit resolution = TimeUnit::kMicro;
};

std::unique_ptr<CallState> BindBucket(std::span<const ExpressionPtr> arguments, DataType* result) {
  *result = arguments[1]->type;
  if (const Value* width = ConstantArgument(arguments, 0)) {
    const auto& interval = width->get<Interval>();
    const bool months = interval.months > 0 && interval.days == 0 && interval.nanos == 0;
    const bool time = interval.months == 0 && interval.Normalized() > 0;
    if (!months && !time) {
      throw Error(ErrorCode::kQueryFailed, "a bucket's width must be positive, and either months or days and less");
    }
  }
  auto state = std::make_unique<BucketState>();
  state->resolution = arguments[1]->type.unit();
  return state;
}

bool Bucket(const Interval& width, int64_t value, const int64_t* origin, TimeUnit resolution, int64_t* start) {
  const int64_t units = UnitsPerSecond(resolution);
  const int64_t units_per_day = units * kSecondsPerDay;
  if (width.months != 0) {
    if (width.months < 0 || width.days != 0 || width.nanos != 0) return false;
    const int64_t from = origin != nullptr ? *origin : kMonthOriginDays * units_per_day;
    const CivilDate first = CivilFromDays(FloorDivide(from, units_per_day));
    const CivilDate date = CivilFromDays(FloorDivide(value, units_per_day));
    const int64_t distance = (date.year - first.year) * 12 + date.month - first.month;
    int64_t buckets = FloorDivide(distance, width.months);
    const Interval forward{static_cast<int32_t>(buckets * width.months), 0, 0};
    if (!AddInterval(from, resolution, forward, start)) return false;
    if (*start <= value) return true;
    // The origin's day or time of day is later than the value's: it belongs to the bucket before.
    --buckets;
    return AddInterval(from, resolution, {static_cast<int32_t>(buckets * width.months), 0, 0}, start);
  }
  const int128_t length = width.Normalized() / (kNanosPerSecond / units);
  if (length <= 0 || length > INT64_MAX) return false;
  const int64_t from = origin != nullptr ? *origin : kOriginDays * units_per_day;
  const auto size = static_cast<int64_t>(length);
  const int64_t past = FloorModulo(FloorModulo(value, size) - FloorModulo(from, size), size);
  return !__builtin_sub_overflow(value, past, start);
}

void BucketKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  const TimeUnit resolution = static_cast<const BucketState*>(call_state)->resolution;
  int64_t* out = result.data<int64_t>();
  for (uint32_t i = 0; i < rows; ++i) {
    out[i] = 0;
    const int64_t* origin = arguments.size() > 2 ? &At<int64_t>(arguments[2], i) : nullptr;
    if (Bucket(At<Interval>(arguments[0], i), At<int64_t>(arguments[1], i), origin, resolution, &out[i])) continue;
    if (!result.has_nulls || GetBit(result.validity, i)) {
      context.Fail(i, ErrorCode::kQueryFailed,
                   "no bucket of width " + At<Interval>(arguments[0], i).ToString() +
                       ": it must be positive, either months or days and less, and its start must fit the type");
    }
  }
}

// The origin is brought to the instant's own unit.
bool CoerceWithOrigin(std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
  if (arguments.size() != 3) return false;
  const TypeId instant = arguments[1]->type.id();
  if (arguments[0]->type.id() != TypeId::kInterval && !arguments[0]->is_constant()) return false;
  if (instant != TypeId::kTimestamp && instant != TypeId::kDate) return false;
  const TypeId origin = arguments[2]->type.id();
  if (origin != TypeId::kTimestamp && origin != TypeId::kDate && !arguments[2]->is_constant()) return false;
  const DataType type = instant == TypeId::kTimestamp ? arguments[1]->type : DataType::Timestamp(TimeUnit::kMicro);
  *types = {TypeId::kInterval, type, type};
  return true;
}

}  // namespace

void RegisterDateBuckets(RegistryBuilder& builder) {
  builder.Describe(
      {"time_bucket",
       "date",
       "time_bucket(width INTERVAL, ts TIMESTAMP [, origin TIMESTAMP]) → TIMESTAMP",
       "Start of the stretch of that width that the instant lies in. Stretches are counted from the origin, unless "
       "given Monday 2000-01-03, for months 2000-01-01.",
       "time_bucket(INTERVAL '15 minutes', TIMESTAMP '2013-02-08 06:40:00')",
       "2013-02-08 06:30:00",
       {"date_bin"}});
  AddFunction(builder, "time_bucket", {TypeId::kInterval, TypeId::kTimestamp}, TypeId::kTimestamp, BucketKernel,
              {.traits = kFallible, .bind = BindBucket});
  builder.Add(ScalarFunction{.name = "time_bucket",
                             .parameters = {TypeId::kInterval, TypeId::kTimestamp, TypeId::kTimestamp},
                             .result = TypeId::kTimestamp,
                             .traits = kFallible,
                             .kernel = BucketKernel,
                             .coerce = CoerceWithOrigin,
                             .bind = BindBucket});
}

}  // namespace laminar
