// What follows from the sums over pairs: covariance, correlation, and the least-squares line y = slope * x + intercept.
#include <string>

#include "function/aggregate/kernel.h"
#include "function/aggregate/moments.h"
#include "function/aggregate/register.h"

namespace laminar {

namespace {

constexpr char kTooLarge[] = "a value is too large: its square does not fit DOUBLE";

/// The arguments are (y, x), as SQL has them.
struct Pairs : PairSums {
  void Add(double y, double x, int64_t weight) { PairSums::Add(x, y, weight); }
};

using Of = double (*)(const Pairs& pairs);

template <Of kOf, int64_t kLeast>
Outcome Conclude(const Pairs& pairs, double* result) {
  if (pairs.total() < kLeast) return Outcome::kNull;
  if (pairs.not_finite > 0) {
    *result = std::numeric_limits<double>::quiet_NaN();
    return Outcome::kValue;
  }
  if (pairs.too_large > 0) return Outcome::kOutOfRange;
  *result = kOf(pairs);
  return Outcome::kValue;
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
double MeanX(const Pairs& pairs) { return pairs.MeanX(); }
double MeanY(const Pairs& pairs) { return pairs.MeanY(); }
double Sxx(const Pairs& pairs) { return pairs.Sxx().ToDouble(); }
double Syy(const Pairs& pairs) { return pairs.Syy().ToDouble(); }
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

template <typename R, Outcome (*kResult)(const Pairs&, R*)>
void Add(RegistryBuilder& builder, const char* name, TypeId type, const char* help, const char* example_result,
         const char* example = "(y, x) FROM (VALUES (1, 1), (2, 3), (6, 5)) AS t(y, x)") {
  builder.Describe({.name = name,
                    .category = "aggregate",
                    .signature = std::string(name) + "([DISTINCT] y DOUBLE, x DOUBLE) → " + DataType(type).ToString(),
                    .help = help,
                    .example = std::string(name) + example,
                    .example_result = example_result,
                    .aliases = {}});
  AggregateKernel kernel = KernelOf<Pairs>();
  kernel.update = UpdatePairState<Pairs, double>;
  kernel.combine = CombineState<Pairs>;
  if constexpr (std::is_same_v<R, double>) {
    kernel.finalize = FinalizeState<Pairs, R, kResult, kTooLarge>;
    kernel.fallible = true;
  } else {
    kernel.finalize = FinalizeState<Pairs, R, kResult>;
  }
  AggregateFunction function;
  function.name = name;
  function.parameters = {TypeId::kDouble, TypeId::kDouble};
  function.result = type;
  function.result_nullable = std::is_same_v<R, double>;
  function.append_only = kernel;
  kernel.settle = SettleState<Pairs>;
  function.retractable = kernel;
  builder.Add(std::move(function));
}

}  // namespace

void RegisterRegression(RegistryBuilder& builder) {
  const TypeId number = TypeId::kDouble;
  Add<double, Conclude<CovariancePop, 1>>(
      builder, "covar_pop", number, "Covariance of a whole population, of pairs without NULL.", "3.3333333333333335");
  Add<double, Conclude<CovarianceSamp, 2>>(builder, "covar_samp", number,
                                           "Covariance of a sample; NULL of fewer than two pairs.", "5");
  Add<double, CorrelationResult>(builder, "corr", number,
                                 "Correlation, from -1 to 1; NULL when all y or all x are equal.", "1",
                                 "(y, x) FROM (VALUES (1, 1), (2, 2), (3, 3)) AS t(y, x)");
  Add<int64_t, CountResult>(builder, "regr_count", TypeId::kInt64, "Number of pairs without NULL.", "3");
  Add<double, Conclude<MeanX, 1>>(builder, "regr_avgx", number, "Mean of x, of pairs without NULL.", "3");
  Add<double, Conclude<MeanY, 1>>(builder, "regr_avgy", number, "Mean of y, of pairs without NULL.", "3");
  Add<double, Conclude<Sxx, 1>>(builder, "regr_sxx", number, "Sum of squared distances of x from its mean.", "8");
  Add<double, Conclude<Syy, 1>>(builder, "regr_syy", number, "Sum of squared distances of y from its mean.", "14");
  Add<double, Conclude<Sxy, 1>>(builder, "regr_sxy", number,
                                "Sum of products of the distances of x and y from their means.", "10");
  Add<double, ResultOfSpread<Slope>>(builder, "regr_slope", number,
                                     "Slope of the least-squares line through the pairs; NULL when all x are equal.",
                                     "1.25");
  Add<double, ResultOfSpread<Intercept>>(builder, "regr_intercept", number,
                                         "Where that line crosses x = 0; NULL when all x are equal.", "-0.75");
  Add<double, ResultOfSpread<Determination>>(builder, "regr_r2", number,
                                             "Square of the correlation; 1 when all y are equal, NULL when all x are.",
                                             "1", "(y, x) FROM (VALUES (1, 1), (2, 2), (3, 3)) AS t(y, x)");
}

}  // namespace laminar
