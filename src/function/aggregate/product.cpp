// product and geometric_mean: zeros, signs and what is not finite are counted, so that they can be taken back.
#include <limits>
#include <string>

#include "function/aggregate/double_double.h"
#include "function/aggregate/kernel.h"
#include "function/aggregate/register.h"

namespace laminar {

namespace {

/// The product of what is finite and not zero is mantissa * 2^exponent; a value is taken back by dividing.
struct Product {
  DoubleDouble mantissa{1, 0};  // magnitude from 0.5 to 2
  int64_t exponent = 0;
  int64_t count = 0;
  int64_t zeros = 0;
  int64_t nans = 0;
  int64_t infinities = 0;
  int64_t negatives = 0;

  void Add(double value, int64_t weight) {
    count += weight;
    if (std::isnan(value)) {
      nans += weight;
      return;
    }
    if (std::signbit(value)) negatives += weight;
    if (std::isinf(value)) {
      infinities += weight;
    } else if (value == 0) {
      zeros += weight;
    } else {
      int power = 0;
      const double part = std::frexp(std::fabs(value), &power);
      exponent += power * weight;
      for (int64_t n = 0; n < weight; ++n) Scale(mantissa * part);
      for (int64_t n = 0; n > weight; --n) Scale(mantissa / part);
    }
  }
  void Scale(const DoubleDouble& product) {
    int power = 0;
    const double high = std::frexp(product.high, &power);
    mantissa = {high, std::ldexp(product.low, -power)};
    exponent += power;
  }
  void Merge(const Product& other) {
    Scale(mantissa * other.mantissa);
    exponent += other.exponent;
    count += other.count;
    zeros += other.zeros;
    nans += other.nans;
    infinities += other.infinities;
    negatives += other.negatives;
  }
  void Settle() {
    if (count == zeros + nans + infinities) {
      mantissa = {1, 0};
      exponent = 0;
    }
  }
};

Outcome ProductResult(const Product& product, double* result) {
  if (product.count == 0) return Outcome::kNull;
  constexpr int64_t kFarthest = 100'000;  // past every DOUBLE
  const int exponent = static_cast<int>(std::clamp<int64_t>(product.exponent, -kFarthest, kFarthest));
  double magnitude = std::ldexp(product.mantissa.ToDouble(), exponent);
  if (product.nans > 0 || (product.zeros > 0 && product.infinities > 0)) {
    magnitude = std::numeric_limits<double>::quiet_NaN();
  } else if (product.infinities > 0) {
    magnitude = std::numeric_limits<double>::infinity();
  } else if (product.zeros > 0) {
    magnitude = 0;
  }
  *result = product.negatives % 2 != 0 ? -magnitude : magnitude;
  return Outcome::kValue;
}

/// Σ ln x of what is finite and positive.
struct Logarithms {
  DoubleDouble sum;
  int64_t count = 0;
  int64_t zeros = 0;
  int64_t nans = 0;
  int64_t infinities = 0;
  int64_t negatives = 0;

  void Add(double value, int64_t weight) {
    count += weight;
    if (std::isnan(value)) {
      nans += weight;
    } else if (value < 0) {
      negatives += weight;
    } else if (value == 0) {
      zeros += weight;
    } else if (std::isinf(value)) {
      infinities += weight;
    } else {
      sum = sum + DoubleDouble{std::log(value), 0} * static_cast<double>(weight);
    }
  }
  void Merge(const Logarithms& other) {
    sum = sum + other.sum;
    count += other.count;
    zeros += other.zeros;
    nans += other.nans;
    infinities += other.infinities;
    negatives += other.negatives;
  }
  void Settle() {
    if (count == zeros + nans + infinities + negatives) sum = {};
  }
};

constexpr char kNegative[] = "the geometric mean of a negative number is not defined";

Outcome MeanResult(const Logarithms& logarithms, double* result) {
  if (logarithms.count == 0) return Outcome::kNull;
  if (logarithms.negatives > 0) return Outcome::kOutOfRange;
  if (logarithms.nans > 0 || (logarithms.zeros > 0 && logarithms.infinities > 0)) {
    *result = std::numeric_limits<double>::quiet_NaN();
  } else if (logarithms.infinities > 0) {
    *result = std::numeric_limits<double>::infinity();
  } else if (logarithms.zeros == 0) {
    *result = std::exp((logarithms.sum / static_cast<double>(logarithms.count)).ToDouble());
  }
  return Outcome::kValue;
}

template <typename State>
void Add(RegistryBuilder& builder, const char* name, const char* help, const char* example, const char* example_result,
         AggregateKernel kernel, std::vector<std::string> aliases) {
  builder.Describe({.name = name,
                    .category = "aggregate",
                    .signature = std::string(name) + "([DISTINCT] x DOUBLE) → DOUBLE",
                    .help = help,
                    .example = std::string(name) + example,
                    .example_result = example_result,
                    .aliases = std::move(aliases)});
  kernel.update = UpdateState<State, double>;
  kernel.combine = CombineState<State>;
  kernel.settle = SettleState<State>;
  AggregateFunction function;
  function.name = name;
  function.parameters = {TypeId::kDouble};
  function.result = TypeId::kDouble;
  function.append_only = function.retractable = kernel;
  builder.Add(std::move(function));
}

}  // namespace

void RegisterProduct(RegistryBuilder& builder) {
  AggregateKernel product = KernelOf<Product>();
  product.finalize = FinalizeState<Product, double, ProductResult>;
  Add<Product>(builder, "product", "Product of the values that are not NULL; NULL when there are none.",
               "(x) FROM (VALUES (2), (3), (NULL), (-7)) AS t(x)", "-42", product, {});
  AggregateKernel mean = KernelOf<Logarithms>();
  mean.finalize = FinalizeState<Logarithms, double, MeanResult, kNegative>;
  mean.fallible = true;
  Add<Logarithms>(builder, "geometric_mean", "n-th root of the product of n values; fails when one is negative.",
                  "(x) FROM (VALUES (1), (1), (1)) AS t(x)", "1", mean, {"geomean"});
}

}  // namespace laminar
