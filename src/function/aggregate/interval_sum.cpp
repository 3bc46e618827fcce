// sum and avg of intervals: months, days and nanoseconds are added up apart.
#include <limits>

#include "common/interval.h"
#include "function/aggregate/kernel.h"
#include "function/aggregate/register.h"

namespace laminar {

namespace {

constexpr char kTooLong[] = "the interval is out of range";
constexpr int64_t kNanosPerDay = 86'400'000'000'000;
constexpr int64_t kDaysPerMonth = 30;

struct IntervalSum {
  Int128Cell nanos;
  int64_t months = 0;
  int64_t days = 0;
  int64_t count = 0;

  void Add(const Interval& value, int64_t weight) {
    nanos.Set(nanos.Get() + static_cast<int128_t>(value.nanos) * weight);
    months += value.months * weight;
    days += value.days * weight;
    count += weight;
  }
  void Merge(const IntervalSum& other) {
    nanos.Set(nanos.Get() + other.nanos.Get());
    months += other.months;
    days += other.days;
    count += other.count;
  }
};

Outcome Combined(int64_t months, int64_t days, int128_t nanos, Interval* result) {
  *result = {static_cast<int32_t>(months), static_cast<int32_t>(days), static_cast<int64_t>(nanos)};
  return result->months == months && result->days == days && result->nanos == nanos ? Outcome::kValue
                                                                                    : Outcome::kOutOfRange;
}

Outcome Sum(const IntervalSum& sum, Interval* result) {
  if (sum.count == 0) return Outcome::kNull;
  return Combined(sum.months, sum.days, sum.nanos.Get(), result);
}

/// What a month or a day leaves over goes into the smaller unit, a month being 30 days.
Outcome Average(const IntervalSum& sum, Interval* result) {
  if (sum.count == 0) return Outcome::kNull;
  const int128_t days = static_cast<int128_t>(sum.days) + static_cast<int128_t>(sum.months % sum.count) * kDaysPerMonth;
  const int128_t nanos = sum.nanos.Get() + days % sum.count * kNanosPerDay;
  return Combined(sum.months / sum.count, static_cast<int64_t>(days / sum.count), nanos / sum.count, result);
}

template <Outcome (*kResult)(const IntervalSum&, Interval*)>
AggregateFunction Declare(const char* name) {
  AggregateKernel kernel = KernelOf<IntervalSum>();
  kernel.update = UpdateState<IntervalSum, Interval>;
  kernel.combine = CombineState<IntervalSum>;
  kernel.finalize = FinalizeState<IntervalSum, Interval, kResult, kTooLong>;
  kernel.fallible = true;
  AggregateFunction function;
  function.name = name;
  function.parameters = {TypeId::kInterval};
  function.result = TypeId::kInterval;
  function.append_only = function.retractable = kernel;
  return function;
}

}  // namespace

void RegisterIntervalSums(RegistryBuilder& builder) {
  builder.Add(Declare<Sum>("sum"));
  builder.Add(Declare<Average>("avg"));
}

}  // namespace laminar
