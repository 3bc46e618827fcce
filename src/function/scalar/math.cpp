// Functions of DOUBLE, and abs and sign of every number.
#include <cmath>
#include <limits>
#include <numbers>

#include "function/scalar/register.h"
#include "function/scalar/simple_function.h"

namespace laminar {
namespace {

using Unary = double (*)(double);
using Binary = double (*)(double, double);

template <Unary kFunction>
void UnaryMath(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
               MutableVector& result) {
  const double* in = arguments[0].data<double>();
  double* out = result.data<double>();
  for (uint32_t i = 0; i < rows; ++i) out[i] = kFunction(in[i]);
}

template <Binary kFunction>
void BinaryMath(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                MutableVector& result) {
  ForEachPair<double, double>(arguments, rows, result.data<double>(),
                              [](double a, double b) { return kFunction(a, b); });
}

// With a domain: `kInside(x)` false fails the row with `kMessage`.
template <Unary kFunction, bool (*kInside)(double), const char* kMessage>
void PartialMath(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                 MutableVector& result) {
  const double* in = arguments[0].data<double>();
  double* out = result.data<double>();
  bool all = true;
  for (uint32_t i = 0; i < rows; ++i) all &= kInside(in[i]);
  for (uint32_t i = 0; i < rows; ++i) out[i] = kFunction(in[i]);
  if (all) return;
  ForEachValid(result, rows, [&](uint32_t i) {
    if (!kInside(in[i])) context.Fail(i, ErrorCode::kQueryFailed, kMessage);
  });
}

constexpr char kNegativeRoot[] = "cannot take the square root of a negative number";
constexpr char kBadLogarithm[] = "cannot take the logarithm of a number that is not positive";
constexpr char kOutsideOne[] = "input is out of range: the argument must lie between -1 and 1";

bool NotNegative(double x) { return !(x < 0); }
bool Positive(double x) { return !(x <= 0); }
bool WithinOne(double x) { return !(x < -1 || x > 1); }

double Sqrt(double x) { return std::sqrt(x); }
// The library's cube root may be one unit off, so that cbrt(27) were not 3; a step of Newton's method puts it right.
double Cbrt(double x) {
  const double root = std::cbrt(x);
  if (root == 0 || !std::isfinite(root)) return root;
  return root - (root * root * root - x) / (3 * root * root);
}
double Exp(double x) { return std::exp(x); }
double Ln(double x) { return std::log(x); }
double Log10(double x) { return std::log10(x); }
double Log2(double x) { return std::log2(x); }
double Sin(double x) { return std::sin(x); }
double Cos(double x) { return std::cos(x); }
double Tan(double x) { return std::tan(x); }
double Asin(double x) { return std::asin(x); }
double Acos(double x) { return std::acos(x); }
double Atan(double x) { return std::atan(x); }
double Degrees(double x) { return x * (180.0 / std::numbers::pi); }
double Radians(double x) { return x * (std::numbers::pi / 180.0); }
double Atan2(double y, double x) { return std::atan2(y, x); }
double Power(double x, double y) { return std::pow(x, y); }

template <typename T>
struct Absolute {
  static T Apply(T x) { return x < T{0} ? static_cast<T>(-x) : x; }
};
template <>
struct Absolute<double> {
  static double Apply(double x) { return std::fabs(x); }
};
template <>
struct Absolute<float> {
  static float Apply(float x) { return std::fabs(x); }
};

template <typename T>
void CheckedAbsolute(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                     MutableVector& result) {
  const T* in = arguments[0].data<T>();
  bool all = true;
  for (uint32_t i = 0; i < rows; ++i) all &= in[i] != std::numeric_limits<T>::min();
  // Unsigned arithmetic wraps, so that the row about to fail is computed without undefined behaviour.
  T* out = result.data<T>();
  using U = std::make_unsigned_t<T>;
  for (uint32_t i = 0; i < rows; ++i) out[i] = in[i] < 0 ? static_cast<T>(U{0} - static_cast<U>(in[i])) : in[i];
  static_cast<void>(state);
  if (all) return;
  ForEachValid(result, rows, [&](uint32_t i) {
    if (in[i] != std::numeric_limits<T>::min()) return;
    context.Fail(i, ErrorCode::kQueryFailed, "integer overflow in abs(" + std::to_string(in[i]) + ")");
  });
}

template <typename T>
struct Sign {
  static T Apply(T x) { return x < T{0} ? static_cast<T>(-1) : x > T{0} ? T{1} : x; }
};

template <typename T, typename Out>
struct SignAs {
  static Out Apply(T x) { return static_cast<Out>(x < T{0} ? -1 : x > T{0} ? 1 : 0); }
};

void PiKernel(KernelContext&, const CallState*, std::span<const Vector>, uint32_t rows, MutableVector& result) {
  for (uint32_t i = 0; i < rows; ++i) result.data<double>()[i] = std::numbers::pi;
}

template <Unary kFunction>
void AddUnary(RegistryBuilder& builder, const char* name) {
  AddFunction(builder, name, {TypeId::kDouble}, TypeId::kDouble, UnaryMath<kFunction>);
}

template <Unary kFunction, bool (*kInside)(double), const char* kMessage>
void AddPartial(RegistryBuilder& builder, const char* name) {
  AddFunction(builder, name, {TypeId::kDouble}, TypeId::kDouble, PartialMath<kFunction, kInside, kMessage>,
              {.traits = kFallible});
}

void Describe(RegistryBuilder& builder, const char* name, const char* help, const char* example,
              const char* example_result, std::vector<std::string> aliases = {}) {
  const std::string signature = std::string(name) + "(x DOUBLE) → DOUBLE";
  builder.Describe({name, "math", signature, help, example, example_result, std::move(aliases)});
}

template <typename T>
void AddSigned(RegistryBuilder& builder, TypeId type) {
  AddFunction(builder, "abs", {type}, type, CheckedAbsolute<T>, {.traits = kFallible});
  AddFunction(builder, "sign", {type}, TypeId::kInt32, UnaryKernel<SignAs<T, int32_t>, T, int32_t>);
}

void RegisterAbsAndSign(RegistryBuilder& builder) {
  builder.Describe({"abs", "math", "abs(x) → type of x", "Absolute value.", "abs(-17.4)", "17.4", {}});
  builder.Describe({"sign", "math", "sign(x) → INTEGER, of floats DOUBLE", "-1, 0 or 1.", "sign(-8)", "-1", {}});
  AddSigned<int32_t>(builder, TypeId::kInt32);
  AddSigned<int64_t>(builder, TypeId::kInt64);
  AddSigned<int16_t>(builder, TypeId::kInt16);
  AddSigned<int8_t>(builder, TypeId::kInt8);
  AddFunction(builder, "abs", {TypeId::kDecimal}, TypeId::kDecimal, UnaryKernel<Absolute<int128_t>, int128_t, int128_t>,
              {.bind = SameTypeAsFirst});
  AddFunction(builder, "abs", {TypeId::kDouble}, TypeId::kDouble, UnaryKernel<Absolute<double>, double, double>);
  AddFunction(builder, "abs", {TypeId::kFloat}, TypeId::kFloat, UnaryKernel<Absolute<float>, float, float>);
  AddFunction(builder, "sign", {TypeId::kDecimal}, TypeId::kInt32,
              UnaryKernel<SignAs<int128_t, int32_t>, int128_t, int32_t>);
  AddFunction(builder, "sign", {TypeId::kDouble}, TypeId::kDouble, UnaryKernel<Sign<double>, double, double>);
}

}  // namespace

void RegisterMath(RegistryBuilder& builder) {
  RegisterAbsAndSign(builder);
  Describe(builder, "sqrt", "Square root.", "sqrt(16)", "4");
  Describe(builder, "cbrt", "Cube root.", "cbrt(27)", "3");
  Describe(builder, "exp", "e to the power of x.", "exp(0)", "1");
  Describe(builder, "ln", "Natural logarithm.", "ln(1)", "0");
  Describe(builder, "log10", "Logarithm to base 10.", "log10(1000)", "3");
  Describe(builder, "log2", "Logarithm to base 2.", "log2(8)", "3");
  Describe(builder, "sin", "Sine of an angle in radians.", "sin(0)", "0");
  Describe(builder, "cos", "Cosine of an angle in radians.", "cos(0)", "1");
  Describe(builder, "tan", "Tangent of an angle in radians.", "tan(0)", "0");
  Describe(builder, "asin", "Angle in radians whose sine is x.", "asin(0)", "0");
  Describe(builder, "acos", "Angle in radians whose cosine is x.", "acos(1)", "0");
  Describe(builder, "atan", "Angle in radians whose tangent is x.", "atan(0)", "0");
  Describe(builder, "degrees", "Radians to degrees.", "degrees(pi())", "180");
  Describe(builder, "radians", "Degrees to radians.", "radians(180)", "3.141592653589793");
  builder.Describe({"power",
                    "math",
                    "power(x DOUBLE, y DOUBLE) → DOUBLE",
                    "x to the power of y.",
                    "power(2, 10)",
                    "1024",
                    {"pow", "^"}});
  builder.Describe({"atan2",
                    "math",
                    "atan2(y DOUBLE, x DOUBLE) → DOUBLE",
                    "Angle in radians of the point (x, y).",
                    "atan2(0, 1)",
                    "0",
                    {}});
  builder.Describe({"pi",
                    "math",
                    "pi() → DOUBLE",
                    "The ratio of a circle's circumference to its diameter.",
                    "pi()",
                    "3.141592653589793",
                    {}});
  AddPartial<Sqrt, NotNegative, kNegativeRoot>(builder, "sqrt");
  AddPartial<Ln, Positive, kBadLogarithm>(builder, "ln");
  AddPartial<Log10, Positive, kBadLogarithm>(builder, "log10");
  AddPartial<Log10, Positive, kBadLogarithm>(builder, "log");
  AddPartial<Log2, Positive, kBadLogarithm>(builder, "log2");
  AddPartial<Asin, WithinOne, kOutsideOne>(builder, "asin");
  AddPartial<Acos, WithinOne, kOutsideOne>(builder, "acos");
  AddUnary<Cbrt>(builder, "cbrt");
  AddUnary<Exp>(builder, "exp");
  AddUnary<Sin>(builder, "sin");
  AddUnary<Cos>(builder, "cos");
  AddUnary<Tan>(builder, "tan");
  AddUnary<Atan>(builder, "atan");
  AddUnary<Degrees>(builder, "degrees");
  AddUnary<Radians>(builder, "radians");
  AddFunction(builder, "power", {TypeId::kDouble, TypeId::kDouble}, TypeId::kDouble, BinaryMath<Power>);
  AddFunction(builder, "atan2", {TypeId::kDouble, TypeId::kDouble}, TypeId::kDouble, BinaryMath<Atan2>);
  AddFunction(builder, "pi", {}, TypeId::kDouble, PiKernel);
}

}  // namespace laminar
