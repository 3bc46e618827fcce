// What follows from the power sums of one number: variances, standard deviations, skewness, kurtosis.
#include <cstring>
#include <limits>
#include <string>

#include "function/aggregate/kernel.h"
#include "function/aggregate/moments.h"
#include "function/aggregate/register.h"

namespace laminar {

namespace {

using Two = PowerSums<2>;
using Four = PowerSums<4>;

constexpr char kSquareTooLarge[] = "a value is too large: its square does not fit DOUBLE";
constexpr char kPowerTooLarge[] = "a value is too large: its fourth power does not fit DOUBLE";

/// Whether there is nothing to compute from, for an answer that needs `least` values; NaN and infinities give NaN.
template <typename Sums>
bool IsDecided(const Sums& sums, int64_t least, double* result, Outcome* outcome) {
  *outcome = Outcome::kValue;
  if (sums.total() < least) {
    *outcome = Outcome::kNull;
  } else if (sums.not_finite > 0) {
    *result = std::numeric_limits<double>::quiet_NaN();
  } else if (sums.too_large > 0) {
    *outcome = Outcome::kOutOfRange;
  } else {
    return false;
  }
  return true;
}

template <bool kSample>
Outcome Variance(const Two& sums, double* result) {
  Outcome outcome;
  if (IsDecided(sums, kSample ? 2 : 1, result, &outcome)) return outcome;
  *result = (sums.SquaresAboutMean() / static_cast<double>(sums.count - kSample)).ToDouble();
  return outcome;
}

template <bool kSample>
Outcome Deviation(const Two& sums, double* result) {
  const Outcome outcome = Variance<kSample>(sums, result);
  *result = std::sqrt(*result);
  return outcome;
}

Outcome StandardError(const Two& sums, double* result) {
  const Outcome outcome = Deviation<false>(sums, result);
  *result /= std::sqrt(static_cast<double>(sums.total()));
  return outcome;
}

struct CentralMoments {
  double m2, m3, m4;  // means of powers of the distance to the mean
};

CentralMoments About(const Four& sums) {
  const double n = static_cast<double>(sums.count);
  const DoubleDouble mean = sums.sums[0] / n;
  const DoubleDouble second = sums.sums[1] / n;
  const DoubleDouble third = sums.sums[2] / n;
  const DoubleDouble fourth = sums.sums[3] / n;
  const DoubleDouble square = mean * mean;
  return {sums.SquaresAboutMean().ToDouble() / n, (third - mean * second * 3 + mean * square * 2).ToDouble(),
          (fourth - mean * third * 4 + square * second * 6 - square * square * 3).ToDouble()};
}

Outcome Skewness(const Four& sums, double* result) {
  Outcome outcome;
  if (IsDecided(sums, 3, result, &outcome)) return outcome;
  const CentralMoments moments = About(sums);
  if (moments.m2 == 0) return Outcome::kNull;
  const double n = static_cast<double>(sums.count);
  *result = moments.m3 / (moments.m2 * std::sqrt(moments.m2)) * std::sqrt(n * (n - 1)) / (n - 2);
  return outcome;
}

template <bool kSample>
Outcome Kurtosis(const Four& sums, double* result) {
  Outcome outcome;
  if (IsDecided(sums, kSample ? 4 : 2, result, &outcome)) return outcome;
  const CentralMoments moments = About(sums);
  if (moments.m2 == 0) return Outcome::kNull;
  const double n = static_cast<double>(sums.count);
  const double excess = moments.m4 / (moments.m2 * moments.m2) - 3;
  *result = kSample ? (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * excess + 6) : excess;
  return outcome;
}

/// Fourth powers of a value a million times the others would leave more behind than those amount to. So over rows that
/// may go all values are kept, and summed when a step ends.
struct Kept {
  Four sums;
  uint32_t values = OrderedValues::kEmpty;
};

void UpdateKept(AggregateContext& context, std::span<const Vector> arguments, const int64_t* weights, const RowOrder*,
                uint8_t* const* states, uint32_t offset, uint32_t rows) {
  const double* values = arguments[0].data<double>();
  ForEachValue(arguments[0], weights, rows, [&](uint32_t i, int64_t weight) {
    context.ordered()->Add(&StateAt<Kept>(states, i, offset).values, {.value = &values[i]}, weight);
  });
}

void CombineKept(AggregateContext& context, uint8_t* into, const uint8_t* from) {
  context.ordered()->AddAll(&reinterpret_cast<Kept*>(into)->values, reinterpret_cast<const Kept*>(from)->values);
}

void SettleKept(AggregateContext& context, const AggregateCall&, uint8_t* state) {
  Kept& kept = *reinterpret_cast<Kept*>(state);
  kept.sums = Four();
  context.ordered()->Visit(kept.values, &kept.sums, [](void* to, const uint8_t* cell, int64_t weight) {
    double value;
    std::memcpy(&value, cell, sizeof(value));
    static_cast<Four*>(to)->Add(value, weight);
  });
}

void ReleaseKept(AggregateContext& context, uint8_t* state) {
  context.ordered()->Release(&reinterpret_cast<Kept*>(state)->values);
}

template <Outcome (*kResult)(const Four&, double*)>
Outcome ResultOfKept(const Kept& kept, double* result) {
  return kResult(kept.sums, result);
}

template <typename Sums, Outcome (*kResult)(const Sums&, double*), const char* kMessage>
void Add(RegistryBuilder& builder, const char* name, const char* help, const char* example, const char* example_result,
         std::vector<std::string> aliases = {}) {
  builder.Describe({.name = name,
                    .category = "aggregate",
                    .signature = std::string(name) + "([DISTINCT] x DOUBLE) → DOUBLE",
                    .help = help,
                    .example = std::string(name) + example,
                    .example_result = example_result,
                    .aliases = std::move(aliases)});
  AggregateKernel kernel = KernelOf<Sums>();
  kernel.update = UpdateState<Sums, double>;
  kernel.combine = CombineState<Sums>;
  kernel.finalize = FinalizeState<Sums, double, kResult, kMessage>;
  kernel.fallible = true;
  AggregateFunction function;
  function.name = name;
  function.parameters = {TypeId::kDouble};
  function.result = TypeId::kDouble;
  function.append_only = kernel;
  if constexpr (std::is_same_v<Sums, Four>) {
    AggregateKernel& kept = function.retractable = KernelOf<Kept>();
    kept.ordered = {.wanted = true};
    kept.update = UpdateKept;
    kept.combine = CombineKept;
    kept.settle = SettleKept;
    kept.release = ReleaseKept;
    kept.finalize = FinalizeState<Kept, double, ResultOfKept<kResult>, kMessage>;
    kept.fallible = true;
  } else {
    kernel.settle = SettleState<Sums>;
    function.retractable = kernel;
  }
  builder.Add(std::move(function));
}

}  // namespace

void RegisterVariance(RegistryBuilder& builder) {
  constexpr char kFew[] = "(x) FROM (VALUES (1), (3), (5), (7)) AS t(x)";
  Add<Two, Variance<true>, kSquareTooLarge>(builder, "var_samp", "Variance of a sample; NULL of fewer than two values.",
                                            "(x) FROM (VALUES (2), (4), (6)) AS t(x)", "4", {"variance"});
  Add<Two, Variance<false>, kSquareTooLarge>(builder, "var_pop", "Variance of a whole population.", kFew, "5");
  Add<Two, Deviation<true>, kSquareTooLarge>(builder, "stddev_samp",
                                             "Standard deviation of a sample; NULL of fewer than two values.",
                                             "(x) FROM (VALUES (2), (4), (6)) AS t(x)", "2", {"stddev"});
  Add<Two, Deviation<false>, kSquareTooLarge>(builder, "stddev_pop", "Standard deviation of a whole population.",
                                              "(x) FROM (VALUES (1), (5)) AS t(x)", "2");
  Add<Two, StandardError, kSquareTooLarge>(builder, "sem", "Standard error of the mean: stddev_pop / sqrt(count).",
                                           "(x) FROM (VALUES (0), (8), (0), (8)) AS t(x)", "2");
  Add<Four, Skewness, kPowerTooLarge>(builder, "skewness",
                                      "Skewness of a sample; NULL of fewer than three values, or equal ones.",
                                      "(x) FROM (VALUES (1), (2), (3)) AS t(x)", "0");
  Add<Four, Kurtosis<true>, kPowerTooLarge>(
      builder, "kurtosis", "Excess kurtosis of a sample; NULL of fewer than four values, or equal ones.",
      "(x) FROM (VALUES (1), (2), (4), (4), (9)) AS t(x)", "2");
  Add<Four, Kurtosis<false>, kPowerTooLarge>(
      builder, "kurtosis_pop", "Excess kurtosis of a whole population; NULL of fewer than two values, or equal ones.",
      "(x) FROM (VALUES (0), (2)) AS t(x)", "-2");
}

}  // namespace laminar
