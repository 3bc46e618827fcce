// Conversions between dates, times, timestamps and intervals. Everything is UTC: a zone changes how an instant is
// shown, not which one it is.
#include <limits>

#include "common/date_time.h"
#include "function/cast_kernels.h"

namespace laminar {
namespace {

int64_t UnitsPerDay(TimeUnit unit) { return UnitsPerSecond(unit) * kSecondsPerDay; }

struct DateToTimestamp {
  static bool Apply(int32_t days, const CastState& state, int64_t* out) {
    return !__builtin_mul_overflow(int64_t{days}, UnitsPerDay(state.to.unit()), out);
  }
};

struct TimestampToDate {
  static bool Apply(int64_t value, const CastState& state, int32_t* out) {
    const int64_t days = FloorDivide(value, UnitsPerDay(state.from.unit()));
    *out = static_cast<int32_t>(days);
    return *out == days;
  }
};

struct TimestampToTime {
  static bool Apply(int64_t value, const CastState& state, int64_t* out) {
    return ConvertUnits(FloorModulo(value, UnitsPerDay(state.from.unit())), state.from.unit(), state.to.unit(), out);
  }
};

struct ChangeUnit {
  static bool Apply(int64_t value, const CastState& state, int64_t* out) {
    return ConvertUnits(value, state.from.unit(), state.to.unit(), out);
  }
};

struct TimeToInterval {
  static Interval Apply(int64_t value, const CastState& state) {
    return {0, 0, value * (kNanosPerSecond / UnitsPerSecond(state.from.unit()))};
  }
};

// The time of day that an interval's last part ends at; days and months do not count.
struct IntervalToTime {
  static bool Apply(const Interval& value, const CastState& state, int64_t* out) {
    return ConvertUnits(FloorModulo(value.nanos, kNanosPerDay), TimeUnit::kNano, state.to.unit(), out);
  }
};

}  // namespace

CastKernel FindTimeCast(const DataType& from, const DataType& to) {
  switch (from.id()) {
    case TypeId::kDate:
      // Microseconds reach further than DATE's own text form does; nanoseconds end in 2262.
      if (to.id() == TypeId::kTimestamp) {
        return {CheckedCast<DateToTimestamp, int32_t, int64_t>, to.unit() >= TimeUnit::kMicro};
      }
      return {};
    case TypeId::kTimestamp:
      if (to.id() == TypeId::kDate) {
        return {CheckedCast<TimestampToDate, int64_t, int32_t>, from.unit() <= TimeUnit::kMilli};
      }
      if (to.id() == TypeId::kTime) return {CheckedCast<TimestampToTime, int64_t, int64_t>, false};
      if (to.id() == TypeId::kTimestamp) return {CheckedCast<ChangeUnit, int64_t, int64_t>, to.unit() > from.unit()};
      return {};
    case TypeId::kTime:
      if (to.id() == TypeId::kTime) return {CheckedCast<ChangeUnit, int64_t, int64_t>, false};
      if (to.id() == TypeId::kInterval) return {PlainCast<TimeToInterval, int64_t, Interval>, false};
      return {};
    case TypeId::kInterval:
      if (to.id() == TypeId::kTime) return {CheckedCast<IntervalToTime, Interval, int64_t>, false};
      return {};
    default:
      return {};
  }
}

}  // namespace laminar
