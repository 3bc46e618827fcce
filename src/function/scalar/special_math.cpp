// Hyperbolic and special functions of DOUBLE, and questions about its values.
#include <cmath>
#include <limits>

#include "function/scalar/register.h"
#include "function/scalar/row_function.h"

namespace laminar {
namespace {

using Unary = double (*)(double);

template <Unary kFunction>
void Kernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows, MutableVector& result) {
  const double* in = arguments[0].data<double>();
  for (uint32_t i = 0; i < rows; ++i) result.data<double>()[i] = kFunction(in[i]);
}

double Sinh(double x) { return std::sinh(x); }
double Cosh(double x) { return std::cosh(x); }
double Tanh(double x) { return std::tanh(x); }
double Asinh(double x) { return std::asinh(x); }
double Cot(double x) { return 1 / std::tan(x); }
double Erf(double x) { return std::erf(x); }
double Erfc(double x) { return std::erfc(x); }

/// Away from zero to the next even number.
double Even(double x) {
  const double half = std::ceil(std::fabs(x) / 2) * 2;
  return std::copysign(half, x);
}

constexpr char kRange[] = "input is out of range";

const char* Acosh(std::span<const Vector> arguments, uint32_t i, double* result) {
  const double x = At<double>(arguments[0], i);
  *result = std::acosh(x);
  return x < 1 ? "input is out of range: acosh needs a number of at least 1" : nullptr;
}
const char* Atanh(std::span<const Vector> arguments, uint32_t i, double* result) {
  const double x = At<double>(arguments[0], i);
  *result = std::atanh(x);
  return x < -1 || x > 1 ? "input is out of range: atanh needs a number from -1 to 1" : nullptr;
}
const char* Gamma(std::span<const Vector> arguments, uint32_t i, double* result) {
  const double x = At<double>(arguments[0], i);
  const bool pole = x == 0 || (x < 0 && x == std::floor(x));
  *result = pole ? 0 : std::tgamma(x);
  return pole || (std::isinf(*result) && std::isfinite(x)) ? kRange : nullptr;
}
const char* LogGamma(std::span<const Vector> arguments, uint32_t i, double* result) {
  const double x = At<double>(arguments[0], i);
  int sign = 0;
  *result = ::lgamma_r(x, &sign);  // std::lgamma writes a global
  return x == 0 ? kRange : nullptr;
}
const char* LogBase(std::span<const Vector> arguments, uint32_t i, double* result) {
  const double base = At<double>(arguments[0], i);
  const double x = At<double>(arguments[1], i);
  if (!(base > 0 || std::isnan(base)) || !(x > 0 || std::isnan(x))) {
    return "cannot take the logarithm of a number that is not positive";
  }
  if (base == 1) return "division by zero: there is no logarithm to base 1";
  *result = base == 2 ? std::log2(x) : base == 10 ? std::log10(x) : std::log(x) / std::log(base);
  return nullptr;
}

template <typename T>
bool IsNan(std::span<const Vector> arguments, uint32_t i) {
  return std::isnan(At<T>(arguments[0], i));
}
template <typename T>
bool IsInfinite(std::span<const Vector> arguments, uint32_t i) {
  return std::isinf(At<T>(arguments[0], i));
}
template <typename T>
bool IsFinite(std::span<const Vector> arguments, uint32_t i) {
  return std::isfinite(At<T>(arguments[0], i));
}
template <typename T>
bool SignBit(std::span<const Vector> arguments, uint32_t i) {
  return std::signbit(At<T>(arguments[0], i));
}

double Next(std::span<const Vector> arguments, uint32_t i) {
  return std::nextafter(At<double>(arguments[0], i), At<double>(arguments[1], i));
}

/// Buckets of equal width between two bounds, 0 before the first and count + 1 behind the last.
const char* WidthBucket(std::span<const Vector> arguments, uint32_t i, int32_t* result) {
  const double x = At<double>(arguments[0], i);
  const double low = At<double>(arguments[1], i);
  const double high = At<double>(arguments[2], i);
  const int32_t count = At<int32_t>(arguments[3], i);
  if (count <= 0 || count == std::numeric_limits<int32_t>::max()) return "the number of buckets must be positive";
  if (std::isnan(x) || !std::isfinite(low) || !std::isfinite(high)) return "bounds must be finite, and x not NaN";
  if (low == high) return "the bounds of width_bucket must differ";
  const bool up = low < high;
  if (up ? x < low : x > low) return nullptr;
  if (up ? x >= high : x <= high) {
    *result = count + 1;
  } else {
    *result = std::min(count, static_cast<int32_t>((x - low) / (high - low) * count) + 1);
  }
  return nullptr;
}

template <Unary kFunction>
void AddUnary(RegistryBuilder& builder, const char* name, const char* help, const char* example,
              const char* example_result) {
  builder.Describe({name, "math", std::string(name) + "(x DOUBLE) → DOUBLE", help, example, example_result, {}});
  AddFunction(builder, name, {TypeId::kDouble}, TypeId::kDouble, Kernel<kFunction>);
}

template <auto kApply>
void AddPartial(RegistryBuilder& builder, const char* name, const char* help, const char* example,
                const char* example_result) {
  builder.Describe({name, "math", std::string(name) + "(x DOUBLE) → DOUBLE", help, example, example_result, {}});
  AddFunction(builder, name, {TypeId::kDouble}, TypeId::kDouble, FallibleRowKernel<double, kApply>,
              {.traits = kFallible});
}

template <auto kOfDouble, auto kOfFloat>
void AddQuestion(RegistryBuilder& builder, const char* name, const char* help, const char* example,
                 const char* example_result) {
  builder.Describe({name, "math", std::string(name) + "(x DOUBLE) → BOOLEAN", help, example, example_result, {}});
  AddFunction(builder, name, {TypeId::kDouble}, TypeId::kBoolean, RowKernel<uint8_t, kOfDouble>);
  AddFunction(builder, name, {TypeId::kFloat}, TypeId::kBoolean, RowKernel<uint8_t, kOfFloat>);
}

}  // namespace

void RegisterSpecialMath(RegistryBuilder& builder) {
  const DataType number = TypeId::kDouble;
  AddUnary<Sinh>(builder, "sinh", "Hyperbolic sine.", "sinh(0)", "0");
  AddUnary<Cosh>(builder, "cosh", "Hyperbolic cosine.", "cosh(0)", "1");
  AddUnary<Tanh>(builder, "tanh", "Hyperbolic tangent.", "tanh(0)", "0");
  AddUnary<Asinh>(builder, "asinh", "Number whose hyperbolic sine is x.", "asinh(0)", "0");
  AddPartial<Acosh>(builder, "acosh", "Number whose hyperbolic cosine is x; x is at least 1.", "acosh(1)", "0");
  AddPartial<Atanh>(builder, "atanh", "Number whose hyperbolic tangent is x; x is from -1 to 1.", "atanh(0)", "0");
  AddUnary<Cot>(builder, "cot", "Cotangent of an angle in radians.", "round(cot(pi() / 4), 6)", "1");
  AddUnary<Erf>(builder, "erf", "Error function.", "erf(0)", "0");
  AddUnary<Erfc>(builder, "erfc", "1 - erf(x), without its loss of digits.", "erfc(0)", "1");
  AddPartial<Gamma>(builder, "gamma", "Gamma function: gamma(n) is the factorial of n - 1.", "gamma(5)", "24");
  AddPartial<LogGamma>(builder, "lgamma", "Natural logarithm of the magnitude of gamma(x).", "lgamma(2)", "0");
  AddUnary<Even>(builder, "even", "The next even number away from zero.", "even(2.5)", "4");
  builder.Describe({"log",
                    "math",
                    "log(x DOUBLE), log(base DOUBLE, x DOUBLE) → DOUBLE",
                    "Logarithm to base 10, or to the base given.",
                    "log(2, 64)",
                    "6",
                    {}});
  AddFunction(builder, "log", {number, number}, number, FallibleRowKernel<double, LogBase>, {.traits = kFallible});
  AddQuestion<IsNan<double>, IsNan<float>>(builder, "isnan", "Is it NaN?", "isnan('nan'::DOUBLE)", "true");
  AddQuestion<IsInfinite<double>, IsInfinite<float>>(builder, "isinf", "Is it an infinity?", "isinf('-inf'::DOUBLE)",
                                                     "true");
  AddQuestion<IsFinite<double>, IsFinite<float>>(builder, "isfinite", "Is it neither NaN nor an infinity?",
                                                 "isfinite(1e300)", "true");
  AddQuestion<SignBit<double>, SignBit<float>>(builder, "signbit", "Is the sign bit set, as in -0.0?",
                                               "signbit('-0.0'::DOUBLE)", "true");
  builder.Describe({"nextafter",
                    "math",
                    "nextafter(x DOUBLE, towards DOUBLE) → DOUBLE",
                    "The next DOUBLE in that direction.",
                    "nextafter(1, 2) > 1",
                    "true",
                    {}});
  AddFunction(builder, "nextafter", {number, number}, number, RowKernel<double, Next>);
  builder.Describe({"width_bucket",
                    "math",
                    "width_bucket(x DOUBLE, low DOUBLE, high DOUBLE, count INTEGER) → INTEGER",
                    "Number of the bucket that x lies in, of so many of equal width; 0 before them, count + 1 behind.",
                    "width_bucket(5.35, 0.024, 10.06, 5)",
                    "3",
                    {}});
  AddFunction(builder, "width_bucket", {number, number, number, TypeId::kInt32}, TypeId::kInt32,
              FallibleRowKernel<int32_t, WidthBucket>, {.traits = kFallible});
}

}  // namespace laminar
