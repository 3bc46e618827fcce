// What follows from the values of a group in order, or from how often each stands there: median, quantiles, mode, the
// median absolute deviation, entropy. All values are kept, in a multiset.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "common/sql_error.h"
#include "function/aggregate/kernel.h"
#include "function/aggregate/register.h"

namespace laminar {

namespace {

using Summary = OrderedForm::Summary;

/// The answer is worked out when a step ends.
template <typename R>
struct Answered {
  CellOf<R> answer;
  uint32_t values = OrderedValues::kEmpty;
  bool any = false;
};

/// The values are of type T, the answer is of type R.
template <typename T, typename R>
void Update(AggregateContext& context, std::span<const Vector> arguments, const int64_t* weights, const RowOrder*,
            uint8_t* const* states, uint32_t offset, uint32_t rows) {
  const T* values = arguments[0].data<T>();
  ForEachValue(arguments[0], weights, rows, [&](uint32_t i, int64_t weight) {
    context.ordered()->Add(&StateAt<Answered<R>>(states, i, offset).values, {.value = &values[i]}, weight);
  });
}

template <typename R>
void Combine(AggregateContext& context, uint8_t* into, const uint8_t* from) {
  context.ordered()->AddAll(&reinterpret_cast<Answered<R>*>(into)->values,
                            reinterpret_cast<const Answered<R>*>(from)->values);
}

template <typename R>
void Release(AggregateContext& context, uint8_t* state) {
  context.ordered()->Release(&reinterpret_cast<Answered<R>*>(state)->values);
}

template <typename R>
Outcome Conclude(const Answered<R>& state, R* result) {
  if (!state.any) return Outcome::kNull;
  *result = state.answer.Get();
  return Outcome::kValue;
}

template <typename T>
T Read(const uint8_t* cell) {
  T value;
  std::memcpy(&value, cell, sizeof(T));
  return value;
}

double FractionOf(const AggregateCall& call) {
  const double fraction = call.constants.empty() ? 0.5 : call.constants[0].get<double>();
  return call.descending ? 1 - fraction : fraction;
}

double Between(double low, double high, double part) {
  if (part == 0 || low == high) return low;
  return std::isfinite(low) && std::isfinite(high) ? low + (high - low) * part : high;
}
int64_t Between(int64_t low, int64_t high, double part) {
  const auto distance = static_cast<long double>(static_cast<int128_t>(high) - low);
  return static_cast<int64_t>(low + static_cast<int128_t>(std::nearbyint(distance * static_cast<long double>(part))));
}

template <typename T>
void SettleContinuous(AggregateContext& context, const AggregateCall& call, uint8_t* bytes) {
  Answered<T>& state = *reinterpret_cast<Answered<T>*>(bytes);
  const OrderedValues& values = *context.ordered();
  const int64_t count = values.Count(state.values);
  state.any = count > 0;
  if (count <= 0) return;
  const double rank = FractionOf(call) * static_cast<double>(count - 1);
  const int64_t below = std::clamp<int64_t>(static_cast<int64_t>(std::floor(rank)), 0, count - 1);
  const T low = Read<T>(values.At(state.values, below));
  const double part = rank - static_cast<double>(below);
  state.answer.Set(part <= 0 || below + 1 >= count ? low
                                                   : Between(low, Read<T>(values.At(state.values, below + 1)), part));
}

/// The first value that has at least that part of all values at or before it.
template <typename T>
void SettleDiscrete(AggregateContext& context, const AggregateCall& call, uint8_t* bytes) {
  Answered<T>& state = *reinterpret_cast<Answered<T>*>(bytes);
  const OrderedValues& values = *context.ordered();
  const int64_t count = values.Count(state.values);
  state.any = count > 0;
  if (count <= 0) return;
  const double n = static_cast<double>(count);
  const double fraction = call.constants[0].get<double>();
  const int64_t rank = std::clamp<int64_t>(static_cast<int64_t>(std::ceil(fraction * n)) - 1, 0, count - 1);
  state.answer.Set(Read<T>(values.At(state.values, call.descending ? count - 1 - rank : rank)));
}

template <typename T>
void SettleMode(AggregateContext& context, const AggregateCall&, uint8_t* bytes) {
  Answered<T>& state = *reinterpret_cast<Answered<T>*>(bytes);
  const uint8_t* cell = context.ordered()->MostFrequent(state.values);
  state.any = cell != nullptr;
  if (cell != nullptr) state.answer.Set(Read<T>(cell));
}

void SettleDeviation(AggregateContext& context, const AggregateCall& call, uint8_t* bytes) {
  SettleContinuous<double>(context, call, bytes);
  Answered<double>& state = *reinterpret_cast<Answered<double>*>(bytes);
  if (!state.any) return;
  struct Distances {
    double median;
    std::vector<std::pair<double, int64_t>> list;
  } distances{state.answer.Get(), {}};
  context.ordered()->Visit(state.values, &distances, [](void* to, const uint8_t* cell, int64_t weight) {
    Distances& into = *static_cast<Distances*>(to);
    into.list.emplace_back(std::fabs(Read<double>(cell) - into.median), weight);
  });
  std::sort(distances.list.begin(), distances.list.end(),
            [](const auto& a, const auto& b) { return CompareCells(a.first, b.first) < 0; });
  const auto at = [&](int64_t rank) {
    auto entry = distances.list.begin();
    for (; rank >= entry->second; ++entry) rank -= entry->second;
    return entry->first;
  };
  const int64_t count = context.ordered()->Count(state.values);
  state.answer.Set(count % 2 != 0 ? at(count / 2) : Between(at(count / 2 - 1), at(count / 2), 0.5));
}

/// -Σ p log2(p) = log2(n) - Σ c log2(c) / n.
void SettleEntropy(AggregateContext& context, const AggregateCall&, uint8_t* bytes) {
  Answered<double>& state = *reinterpret_cast<Answered<double>*>(bytes);
  struct Counts {
    double total = 0;
    double logarithms = 0;
  } counts;
  context.ordered()->Visit(state.values, &counts, [](void* to, const uint8_t*, int64_t weight) {
    const double count = static_cast<double>(weight);
    static_cast<Counts*>(to)->total += count;
    static_cast<Counts*>(to)->logarithms += count * std::log2(count);
  });
  state.any = true;
  state.answer.Set(counts.total == 0 ? 0 : std::fmax(0, std::log2(counts.total) - counts.logarithms / counts.total));
}

Outcome EntropyResult(const Answered<double>& state, double* result) {
  *result = state.any ? state.answer.Get() : 0;
  return Outcome::kValue;
}

void CheckFraction(std::span<const Value> constants) {
  const double fraction = constants[0].get<double>();
  if (!(fraction >= 0 && fraction <= 1)) {
    throw Error(ErrorCode::kQueryFailed, "the fraction " + constants[0].ToString() + " is not between 0 and 1");
  }
}

template <typename T, typename R>
AggregateKernel KernelWith(Summary summary, void (*settle)(AggregateContext&, const AggregateCall&, uint8_t*)) {
  AggregateKernel kernel = KernelOf<Answered<R>>();
  kernel.ordered = {.wanted = true, .summary = summary};
  kernel.update = Update<T, R>;
  kernel.combine = Combine<R>;
  kernel.settle = settle;
  kernel.finalize = FinalizeState<Answered<R>, R, Conclude<R>>;
  kernel.release = Release<R>;
  return kernel;
}

AggregateFunction Declare(const char* name, TypeId type, const AggregateKernel& kernel, bool fraction) {
  AggregateFunction function;
  function.name = name;
  function.parameters = {type};
  if (fraction) {
    function.parameters.push_back(TypeId::kDouble);
    function.constants = 1;
    function.check = CheckFraction;
  }
  function.result = type;
  function.result_of = ResultIsArgument;
  function.order = AggregateOrder::kWithin;
  function.append_only = function.retractable = kernel;
  return function;
}

void Describe(RegistryBuilder& builder, const char* name, const char* signature, const char* help, const char* example,
              const char* example_result, std::vector<std::string> aliases = {}) {
  builder.Describe({name, "aggregate", signature, help, example, example_result, std::move(aliases)});
}

}  // namespace

void RegisterQuantiles(RegistryBuilder& builder) {
  Describe(builder, "median", "median([DISTINCT] x DOUBLE) → DOUBLE, of TIMESTAMP → TIMESTAMP",
           "The value in the middle, or halfway between the two there.",
           "median(x) FROM (VALUES (1), (9), (2), (4)) AS t(x)", "3");
  Describe(builder, "quantile_cont",
           "quantile_cont(x DOUBLE or TIMESTAMP, fraction), percentile_cont(fraction) WITHIN GROUP (ORDER BY x)",
           "Where that part of the values in order has passed, between two values where need be.",
           "percentile_cont(0.25) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2), (3), (4)) AS t(x)", "1.75",
           {"percentile_cont"});
  Describe(builder, "quantile_disc",
           "quantile_disc(x T, fraction) → T, percentile_disc(fraction) WITHIN GROUP (ORDER BY x)",
           "The first value in order at which at least that part of the values has passed.",
           "quantile_disc(x, 0.25) FROM (VALUES (1), (2), (3), (4)) AS t(x)", "1", {"percentile_disc", "quantile"});
  Describe(builder, "approx_quantile", "approx_quantile(x T, fraction) → T",
           "quantile_disc: nothing is approximated, all values are kept.",
           "approx_quantile(x, 0.5) FROM (VALUES (1), (2), (3)) AS t(x)", "2");
  Describe(builder, "mode", "mode(x T) → T, mode() WITHIN GROUP (ORDER BY x)",
           "The value that comes most often; of equally frequent ones the least.",
           "mode(x) FROM (VALUES ('b'), ('a'), ('b')) AS t(x)", "b");
  Describe(builder, "mad", "mad(x DOUBLE) → DOUBLE", "Median of the distances to the median.",
           "mad(x) FROM (VALUES (1), (2), (4), (4), (9)) AS t(x)", "2");
  Describe(builder, "entropy", "entropy(x) → DOUBLE",
           "Entropy of the values' frequencies in bits; 0 when there are none.",
           "entropy(x) FROM (VALUES ('a'), ('b'), ('a'), ('b')) AS t(x)", "1");

  const AggregateKernel number = KernelWith<double, double>(Summary::kTotalWeight, SettleContinuous<double>);
  const AggregateKernel instant = KernelWith<int64_t, int64_t>(Summary::kTotalWeight, SettleContinuous<int64_t>);
  builder.Add(Declare("median", TypeId::kDouble, number, false));
  builder.Add(Declare("median", TypeId::kTimestamp, instant, false));
  builder.Add(Declare("quantile_cont", TypeId::kDouble, number, true));
  builder.Add(Declare("quantile_cont", TypeId::kTimestamp, instant, true));
  builder.Add(
      Declare("mad", TypeId::kDouble, KernelWith<double, double>(Summary::kTotalWeight, SettleDeviation), false));
  for (const TypeId id : kOrderedCells) {
    VisitCellType(DataType(id).physical(), [&](auto sample) {
      using T = decltype(sample);
      AggregateKernel discrete = KernelWith<T, T>(Summary::kTotalWeight, SettleDiscrete<T>);
      AggregateKernel most = KernelWith<T, T>(Summary::kGreatestWeight, SettleMode<T>);
      if constexpr (std::is_same_v<T, StringRef>) {
        // The answer's bytes are those of a node.
        discrete.relocate = SettleDiscrete<T>;
        most.relocate = SettleMode<T>;
      }
      builder.Add(Declare("quantile_disc", id, discrete, true));
      builder.Add(Declare("approx_quantile", id, discrete, true));
      builder.Add(Declare("mode", id, most, false));
      AggregateKernel entropy = KernelWith<T, double>(Summary::kNothing, SettleEntropy);
      entropy.finalize = FinalizeState<Answered<double>, double, EntropyResult>;
      AggregateFunction function = Declare("entropy", id, entropy, false);
      function.result = TypeId::kDouble;
      function.result_of = nullptr;
      function.order = AggregateOrder::kIrrelevant;
      function.result_nullable = false;
      builder.Add(std::move(function));
    });
  }
}

}  // namespace laminar
