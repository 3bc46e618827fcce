// Functions of whole numbers.
#include <bit>
#include <numeric>

#include "function/scalar/register.h"
#include "function/scalar/row_function.h"

namespace laminar {
namespace {

constexpr char kOverflow[] = "the result does not fit BIGINT";

uint64_t Magnitude(int64_t x) { return x < 0 ? uint64_t{0} - static_cast<uint64_t>(x) : static_cast<uint64_t>(x); }

const char* Fit(uint128_t value, int64_t* result) {
  *result = static_cast<int64_t>(value);
  return value > static_cast<uint128_t>(std::numeric_limits<int64_t>::max()) ? kOverflow : nullptr;
}

const char* Gcd(std::span<const Vector> arguments, uint32_t i, int64_t* result) {
  return Fit(std::gcd(Magnitude(At<int64_t>(arguments[0], i)), Magnitude(At<int64_t>(arguments[1], i))), result);
}
const char* Lcm(std::span<const Vector> arguments, uint32_t i, int64_t* result) {
  const uint64_t a = Magnitude(At<int64_t>(arguments[0], i));
  const uint64_t b = Magnitude(At<int64_t>(arguments[1], i));
  if (a == 0 || b == 0) return nullptr;
  return Fit(static_cast<uint128_t>(a / std::gcd(a, b)) * b, result);
}

/// 33! is the last that DECIMAL(38,0) holds.
const char* Factorial(std::span<const Vector> arguments, uint32_t i, int128_t* result) {
  const int64_t n = At<int64_t>(arguments[0], i);
  if (n < 0) return "the factorial of a negative number is not defined";
  if (n > 33) return "the factorial does not fit DECIMAL(38,0): its argument is at most 33";
  *result = 1;
  for (int64_t k = 2; k <= n; ++k) *result *= k;
  return nullptr;
}

template <typename T>
int32_t BitCount(std::span<const Vector> arguments, uint32_t i) {
  return std::popcount(static_cast<std::make_unsigned_t<T>>(At<T>(arguments[0], i)));
}

/// Towards zero.
const char* Divide(std::span<const Vector> arguments, uint32_t i, int64_t* result) {
  const int64_t a = At<int64_t>(arguments[0], i);
  const int64_t b = At<int64_t>(arguments[1], i);
  if (b == 0) return "division by zero";
  if (b == -1) return __builtin_sub_overflow(0, a, result) ? kOverflow : nullptr;
  *result = a / b;
  return nullptr;
}

std::unique_ptr<CallState> WholeDecimal(std::span<const ExpressionPtr>, DataType* result) {
  *result = DataType::Decimal(38, 0);
  return nullptr;
}

}  // namespace

void RegisterIntegerMath(RegistryBuilder& builder) {
  const DataType bigint = TypeId::kInt64;
  const auto describe = [&builder](const char* name, const char* signature, const char* help, const char* example,
                                   const char* example_result, std::vector<std::string> aliases = {}) {
    builder.Describe({name, "math", signature, help, example, example_result, std::move(aliases)});
  };
  describe("gcd", "gcd(x BIGINT, y BIGINT) → BIGINT", "Greatest common divisor.", "gcd(42, 57)", "3",
           {"greatest_common_divisor"});
  AddFunction(builder, "gcd", {bigint, bigint}, bigint, FallibleRowKernel<int64_t, Gcd>, {.traits = kFallible});
  describe("lcm", "lcm(x BIGINT, y BIGINT) → BIGINT", "Least common multiple.", "lcm(4, 6)", "12",
           {"least_common_multiple"});
  AddFunction(builder, "lcm", {bigint, bigint}, bigint, FallibleRowKernel<int64_t, Lcm>, {.traits = kFallible});
  describe("factorial", "factorial(n BIGINT) → DECIMAL(38,0)", "1 * 2 * … * n, for n up to 33.", "factorial(20)",
           "2432902008176640000");
  AddFunction(builder, "factorial", {bigint}, TypeId::kDecimal, FallibleRowKernel<int128_t, Factorial>,
              {.traits = kFallible, .bind = WholeDecimal});
  describe("bit_count", "bit_count(x) → INTEGER, of integers", "Number of bits that are set.", "bit_count(255)", "8");
  AddFunction(builder, "bit_count", {TypeId::kInt32}, TypeId::kInt32, RowKernel<int32_t, BitCount<int32_t>>);
  AddFunction(builder, "bit_count", {TypeId::kInt64}, TypeId::kInt32, RowKernel<int32_t, BitCount<int64_t>>);
  AddFunction(builder, "bit_count", {TypeId::kInt16}, TypeId::kInt32, RowKernel<int32_t, BitCount<int16_t>>);
  AddFunction(builder, "bit_count", {TypeId::kInt8}, TypeId::kInt32, RowKernel<int32_t, BitCount<int8_t>>);
  AddFunction(builder, "bit_count", {TypeId::kUInt64}, TypeId::kInt32, RowKernel<int32_t, BitCount<uint64_t>>);
  describe("div", "div(x BIGINT, y BIGINT) → BIGINT", "Whole part of the quotient, towards zero.", "div(-7, 2)", "-3",
           {"divide"});
  AddFunction(builder, "div", {bigint, bigint}, bigint, FallibleRowKernel<int64_t, Divide>, {.traits = kFallible});
}

}  // namespace laminar
