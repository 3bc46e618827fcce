// + - * % over DECIMAL, exact; / gives DOUBLE. Result types as in DuckDB: one digit more for sums, all digits for
// products, 38 at most; a result with more digits than that is an error.
#include <algorithm>

#include "common/decimal.h"
#include "common/text_format.h"
#include "function/scalar/arithmetic_types.h"
#include "function/scalar/kernel.h"
#include "function/scalar/register.h"

namespace laminar {
namespace {

struct DecimalState final : CallState {
  int left_scale = 0;
  int right_scale = 0;
  int128_t left_factor = 1;  // brings the operand to the scale computed in
  int128_t right_factor = 1;
};

struct Sum {
  static constexpr const char* kSymbol = "+";
  static bool Apply(int128_t a, int128_t b, int128_t* out) { return !__builtin_add_overflow(a, b, out); }
};
struct Difference {
  static constexpr const char* kSymbol = "-";
  static bool Apply(int128_t a, int128_t b, int128_t* out) { return !__builtin_sub_overflow(a, b, out); }
};
struct Product {
  static constexpr const char* kSymbol = "*";
  static bool Apply(int128_t a, int128_t b, int128_t* out) { return MultiplyDecimal(a, b, out); }
};
struct Remainder {
  static constexpr const char* kSymbol = "%";
  static bool Apply(int128_t a, int128_t b, int128_t* out) {
    *out = b == 0 ? 0 : a % b;
    return b != 0;
  }
};

std::string Text(int128_t value, int scale) {
  char buffer[kFormattedSize];
  return std::string(buffer, FormatDecimal(buffer, value, scale));
}

template <typename Op>
bool Compute(const DecimalState& state, int128_t a, int128_t b, int128_t* out) {
  int128_t left = 0;
  int128_t right = 0;
  const bool fits = !__builtin_mul_overflow(a, state.left_factor, &left) &&
                    !__builtin_mul_overflow(b, state.right_factor, &right) && Op::Apply(left, right, out) &&
                    FitsPrecision(*out, kMaxDecimalPrecision);
  if (!fits) *out = 0;
  return fits;
}

template <typename Op>
void DecimalKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments,
                   uint32_t rows, MutableVector& result) {
  const auto& state = *static_cast<const DecimalState*>(call_state);
  bool all = true;
  ForEachPair<int128_t, int128_t>(arguments, rows, result.data<int128_t>(), [&](int128_t a, int128_t b) {
    int128_t out = 0;
    all &= Compute<Op>(state, a, b, &out);
    return out;
  });
  if (all) return;
  ForEachValid(result, rows, [&](uint32_t i) {
    const int128_t a = At<int128_t>(arguments[0], i);
    const int128_t b = At<int128_t>(arguments[1], i);
    int128_t ignored = 0;
    if (Compute<Op>(state, a, b, &ignored)) return;
    context.Fail(i, ErrorCode::kQueryFailed,
                 *Op::kSymbol == '%' && b == 0 ? "division by zero"
                                               : "decimal overflow in " + Text(a, state.left_scale) + " " +
                                                     Op::kSymbol + " " + Text(b, state.right_scale));
  });
}

void NegateDecimalKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                         MutableVector& result) {
  for (uint32_t i = 0; i < rows; ++i) result.data<int128_t>()[i] = -arguments[0].data<int128_t>()[i];
}

DataType DecimalOf(const DataType& type, const DataType& common) {
  DataType decimal = common;
  if (type.id() == TypeId::kDecimal) return type;
  if (type.is_integer()) CommonType(type, DataType::Decimal(1, 0), &decimal);
  return decimal;
}

// Each operand keeps its own precision and scale; an integer becomes a decimal without fraction.
bool CoerceToDecimals(std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
  DataType common;
  if (!ArithmeticType(arguments, &common) || common.id() != TypeId::kDecimal) return false;
  *types = {DecimalOf(arguments[0]->type, common), DecimalOf(arguments[1]->type, common)};
  return true;
}

std::unique_ptr<CallState> BindAtCommonScale(std::span<const ExpressionPtr> arguments, DataType* result,
                                             int extra_digits) {
  const DataType& a = arguments[0]->type;
  const DataType& b = arguments[1]->type;
  const int scale = std::max(a.scale(), b.scale());
  const int whole = std::max(a.precision() - a.scale(), b.precision() - b.scale()) + extra_digits;
  *result = DataType::Decimal(std::min(whole + scale, kMaxDecimalPrecision), scale);
  auto state = std::make_unique<DecimalState>();
  state->left_scale = a.scale();
  state->right_scale = b.scale();
  state->left_factor = PowerOfTen(scale - a.scale());
  state->right_factor = PowerOfTen(scale - b.scale());
  return state;
}

std::unique_ptr<CallState> BindSum(std::span<const ExpressionPtr> arguments, DataType* result) {
  return BindAtCommonScale(arguments, result, 1);
}
std::unique_ptr<CallState> BindRemainder(std::span<const ExpressionPtr> arguments, DataType* result) {
  return BindAtCommonScale(arguments, result, 0);
}
std::unique_ptr<CallState> BindProduct(std::span<const ExpressionPtr> arguments, DataType* result) {
  const DataType& a = arguments[0]->type;
  const DataType& b = arguments[1]->type;
  const int scale = a.scale() + b.scale();
  if (scale > kMaxDecimalPrecision) {
    throw Error(ErrorCode::kQueryFailed,
                "the product of " + a.ToString() + " and " + b.ToString() +
                    " would have more than 38 digits after the point; cast one of them to DOUBLE");
  }
  *result = DataType::Decimal(std::min(a.precision() + b.precision(), kMaxDecimalPrecision), scale);
  auto state = std::make_unique<DecimalState>();
  state->left_scale = a.scale();
  state->right_scale = b.scale();
  return state;
}

struct DivideDoubles {
  static double Apply(double a, double b) { return a / b; }
};

bool CoerceToQuotient(std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
  if (!CoerceToDecimals(arguments, types)) return false;
  types->assign(2, TypeId::kDouble);
  return true;
}

template <typename Op>
void AddExact(RegistryBuilder& builder, std::unique_ptr<CallState> (*bind)(std::span<const ExpressionPtr>, DataType*)) {
  builder.Add(ScalarFunction{.name = Op::kSymbol,
                             .parameters = {TypeId::kDecimal, TypeId::kDecimal},
                             .result = TypeId::kDecimal,
                             .traits = {.fallible = true},
                             .kernel = DecimalKernel<Op>,
                             .coerce = CoerceToDecimals,
                             .bind = bind});
}

}  // namespace

void RegisterDecimalArithmetic(RegistryBuilder& builder) {
  AddExact<Sum>(builder, BindSum);
  AddExact<Difference>(builder, BindSum);
  AddExact<Product>(builder, BindProduct);
  AddExact<Remainder>(builder, BindRemainder);
  builder.Add(ScalarFunction{.name = "/",
                             .parameters = {TypeId::kDecimal, TypeId::kDecimal},
                             .result = TypeId::kDouble,
                             .traits = {},
                             .kernel = BinaryKernel<DivideDoubles, double, double, double>,
                             .coerce = CoerceToQuotient,
                             .bind = nullptr});
  builder.Add(ScalarFunction{.name = "-",
                             .parameters = {TypeId::kDecimal},
                             .result = TypeId::kDecimal,
                             .traits = {},
                             .kernel = NegateDecimalKernel,
                             .coerce = nullptr,
                             .bind = [](std::span<const ExpressionPtr> arguments, DataType* result) {
                               *result = arguments[0]->type;
                               return std::unique_ptr<CallState>();
                             }});
}

}  // namespace laminar
