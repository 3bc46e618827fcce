// What follows from the sums over pairs: covariance, correlation, and the least-squares line y = slope * x + intercept.
#include <string>

#include "function/aggregate/kernel.h"
#include "function/aggregate/moments.h"
#include "function/aggregate/register.h"
#include "function/aggregate/sum_state.h"

namespace laminar {

namespace {

constexpr char kTooLarge[] = "a value is too large: its square does not fit DOUBLE";

/// The arguments are (y, x), as SQL has them.
struct Pairs : PairSums {
  void Add(double y, double x, int64_t weight) { PairSums::Add(x, y, weight); }
};

/// What is about one of the two: the other only has to be there, whatever it is.
template <typename Sums>
struct OfX : Sums {
  void Add(double, double x, int64_t weight) { Sums::Add(x, weight); }
};
template <typename Sums>
struct OfY : Sums {
  void Add(double y, double, int64_t weight) { Sums::Add(y, weight); }
};

template <typename Sums, int64_t kLeast>
Outcome ConcludeFrom(double (*of)(const Sums&), const Sums& sums, double* result) {
  if (sums.total() < kLeast) return Outcome::kNull;
  if (sums.not_finite > 0) {
    *result = std::numeric_limits<double>::quiet_NaN();
    return Outcome::kValue;
  }
  if (sums.too_large > 0) return Outcome::kOutOfRange;
  *result = of(sums);
  return Outcome::kValue;
}

using Of = double (*)(const Pairs& pairs);

template <Of kOf, int64_t kLeast>
Outcome Conclude(const Pairs& pairs, double* result) {
  return ConcludeFrom<Pairs, kLeast>(kOf, pairs, result);
}

template <typename State>
Outcome Mean(const State& sum, double* result) {
  if (sum.count == 0) return Outcome::kNull;
  *result = sum.Total() / static_cast<double>(sum.count);
  return Outcome::kValue;
}

template <typename State>
Outcome Spread(const State& sums, double* result) {
  const auto of = [](const State& finite) { return finite.SquaresAboutMean().ToDouble(); };
  return ConcludeFrom<State, 1>(of, sums, result);
}

/// NULL where a line would be vertical, or a point.
template <Of kOf>
Outcome ResultOfSpread(const Pairs& pairs, double* result) {
  if (pairs.not_finite == 0 && pairs.too_large == 0 && pairs.count > 0 && pairs.Sxx().high == 0) return Outcome::kNull;
  return Conclude<kOf, 1>(pairs, result);
}

double CountOf(const Pairs& pairs) { return static_cast<double>(pairs.count); }
double CovariancePop(const Pairs& pairs) { return (pairs.Sxy() / CountOf(pairs)).ToDouble(); }
double CovarianceSamp(const Pairs& pairs) { return (pairs.Sxy() / (CountOf(pairs) - 1)).ToDouble(); }
double Sxy(const Pairs& pairs) { return pairs.Sxy().ToDouble(); }
double Slope(const Pairs& pairs) { return (pairs.Sxy() / pairs.Sxx()).ToDouble(); }
double Intercept(const Pairs& pairs) { return pairs.MeanY() - Slope(pairs) * pairs.MeanX(); }
double Determination(const Pairs& pairs) {
  const DoubleDouble syy = pairs.Syy();
  const DoubleDouble sxy = pairs.Sxy();
  // The product of both slopes: Sxx * Syy might not fit.
  return syy.high == 0 ? 1 : std::fmin(1, (sxy / pairs.Sxx() * (sxy / syy)).ToDouble());
}
double Correlation(const Pairs& pairs) { return std::copysign(std::sqrt(Determination(pairs)), pairs.Sxy().high); }

Outcome CorrelationResult(const Pairs& pairs, double* result) {
  if (pairs.not_finite == 0 && pairs.too_large == 0 && pairs.count > 0 && pairs.Syy().high == 0) return Outcome::kNull;
  return ResultOfSpread<Correlation>(pairs, result);
}
Outcome CountResult(const Pairs& pairs, int64_t* result) {
  *result = pairs.total();
  return Outcome::kValue;
}

template <typename State, typename R, Outcome (*kResult)(const State&, R*)>
void Add(RegistryBuilder& builder, const char* name, TypeId type, const char* help, const char* example_result,
         const char* example = "(y, x) FROM (VALUES (1, 1), (2, 3), (6, 5)) AS t(y, x)") {
  builder.Describe({.name = name,
                    .category = "aggregate",
                    .signature = std::string(name) + "([DISTINCT] y DOUBLE, x DOUBLE) → " + DataType(type).ToString(),
                    .help = help,
                    .example = std::string(name) + example,
                    .example_result = example_result,
                    .aliases = {}});
  AggregateKernel kernel = KernelOf<State>();
  kernel.update = UpdatePairState<State, double>;
  kernel.combine = CombineState<State>;
  if constexpr (std::is_same_v<R, double>) {
    kernel.finalize = FinalizeState<State, R, kResult, kTooLarge>;
    kernel.fallible = true;
  } else {
    kernel.finalize = FinalizeState<State, R, kResult>;
  }
  AggregateFunction function;
  function.name = name;
  function.parameters = {TypeId::kDouble, TypeId::kDouble};
  function.result = type;
  function.result_nullable = std::is_same_v<R, double>;
  function.append_only = kernel;
  kernel.settle = SettleState<State>;
  function.retractable = kernel;
  builder.Add(std::move(function));
}

}  // namespace

void RegisterRegression(RegistryBuilder& builder) {
  const TypeId number = TypeId::kDouble;
  using MeanOfX = OfX<RetractableFloatSum>;
  using MeanOfY = OfY<RetractableFloatSum>;
  using SquaresOfX = OfX<PowerSums<2>>;
  using SquaresOfY = OfY<PowerSums<2>>;
  Add<Pairs, double, Conclude<CovariancePop, 1>>(
      builder, "covar_pop", number, "Covariance of a whole population, of pairs without NULL.", "3.3333333333333335");
  Add<Pairs, double, Conclude<CovarianceSamp, 2>>(builder, "covar_samp", number,
                                                  "Covariance of a sample; NULL of fewer than two pairs.", "5");
  Add<Pairs, double, CorrelationResult>(builder, "corr", number,
                                        "Correlation, from -1 to 1; NULL when all y or all x are equal.", "1",
                                        "(y, x) FROM (VALUES (1, 1), (2, 2), (3, 3)) AS t(y, x)");
  Add<Pairs, int64_t, CountResult>(builder, "regr_count", TypeId::kInt64, "Number of pairs without NULL.", "3");
  Add<MeanOfX, double, Mean<MeanOfX>>(builder, "regr_avgx", number, "Mean of x, of pairs without NULL.", "3");
  Add<MeanOfY, double, Mean<MeanOfY>>(builder, "regr_avgy", number, "Mean of y, of pairs without NULL.", "3");
  Add<SquaresOfX, double, Spread<SquaresOfX>>(builder, "regr_sxx", number,
                                              "Sum of squared distances of x from its mean.", "8");
  Add<SquaresOfY, double, Spread<SquaresOfY>>(builder, "regr_syy", number,
                                              "Sum of squared distances of y from its mean.", "14");
  Add<Pairs, double, Conclude<Sxy, 1>>(builder, "regr_sxy", number,
                                       "Sum of products of the distances of x and y from their means.", "10");
  Add<Pairs, double, ResultOfSpread<Slope>>(
      builder, "regr_slope", number, "Slope of the least-squares line through the pairs; NULL when all x are equal.",
      "1.25");
  Add<Pairs, double, ResultOfSpread<Intercept>>(builder, "regr_intercept", number,
                                                "Where that line crosses x = 0; NULL when all x are equal.", "-0.75");
  Add<Pairs, double, ResultOfSpread<Determination>>(
      builder, "regr_r2", number, "Square of the correlation; 1 when all y are equal, NULL when all x are.", "1",
      "(y, x) FROM (VALUES (1, 1), (2, 2), (3, 3)) AS t(y, x)");
}

}  // namespace laminar
