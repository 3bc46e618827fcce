// round, trunc, ceil, floor: of floats to the nearest, ties to even as the processor does and PostgreSQL with it; of
// decimals away from zero; integers are already there.
#include <algorithm>
#include <cmath>

#include "common/decimal.h"
#include "function/scalar/register.h"
#include "function/scalar/simple_function.h"

namespace laminar {
namespace {

enum class Mode { kRound, kTrunc, kCeil, kFloor };

template <Mode kMode>
double ToWhole(double x) {
  switch (kMode) {
    case Mode::kRound:
      return std::nearbyint(x);
    case Mode::kTrunc:
      return std::trunc(x);
    case Mode::kCeil:
      return std::ceil(x);
    case Mode::kFloor:
      return std::floor(x);
  }
}

// value / divisor as a whole number, in the mode's direction.
template <Mode kMode>
int128_t DivideTo(int128_t value, int128_t divisor) {
  const int128_t quotient = value / divisor;
  const int128_t rest = value % divisor;
  if (rest == 0) return quotient;
  switch (kMode) {
    case Mode::kRound: {
      const int128_t magnitude = rest < 0 ? -rest : rest;
      if (magnitude < divisor - magnitude) return quotient;
      return value < 0 ? quotient - 1 : quotient + 1;
    }
    case Mode::kTrunc:
      return quotient;
    case Mode::kCeil:
      return rest > 0 ? quotient + 1 : quotient;
    case Mode::kFloor:
      return rest < 0 ? quotient - 1 : quotient;
  }
}

template <Mode kMode>
struct WholeFloat {
  template <typename T>
  static T Apply(T x) {
    return static_cast<T>(ToWhole<kMode>(static_cast<double>(x)));
  }
};

struct Same {
  template <typename T>
  static T Apply(T x) {
    return x;
  }
};

struct DecimalDigits final : CallState {
  int128_t divisor = 1;  // drops the digits that are not kept
  int128_t factor = 1;   // puts zeros in their place, for negative digit counts
};

template <Mode kMode>
void DecimalKernel(KernelContext&, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
                   MutableVector& result) {
  const auto& state = *static_cast<const DecimalDigits*>(call_state);
  const int128_t* in = arguments[0].data<int128_t>();
  int128_t* out = result.data<int128_t>();
  for (uint32_t i = 0; i < rows; ++i) out[i] = DivideTo<kMode>(in[i], state.divisor) * state.factor;
}

std::unique_ptr<CallState> KeepDigits(const DataType& type, int64_t digits, DataType* result) {
  const int scale = static_cast<int>(std::clamp<int64_t>(digits, 0, type.scale()));
  // A carry may need one digit more: round(9.9) is 10.
  const int precision = std::min(kMaxDecimalPrecision, type.precision() - type.scale() + scale + 1);
  *result = DataType::Decimal(precision, scale);
  auto state = std::make_unique<DecimalDigits>();
  const auto dropped = std::clamp<int64_t>(type.scale() - digits, 0, kMaxDecimalPrecision);
  state->divisor = PowerOfTen(static_cast<int>(dropped));
  state->factor = PowerOfTen(static_cast<int>(std::clamp<int64_t>(-digits, 0, kMaxDecimalPrecision)));
  if (dropped > type.precision()) state->factor = 0;
  return state;
}

std::unique_ptr<CallState> BindWhole(std::span<const ExpressionPtr> arguments, DataType* result) {
  return KeepDigits(arguments[0]->type, 0, result);
}

std::unique_ptr<CallState> BindDigits(std::span<const ExpressionPtr> arguments, DataType* result) {
  const Value* digits = ConstantArgument(arguments, 1);
  if (digits == nullptr) {
    throw Error(ErrorCode::kQueryFailed,
                "the number of digits to round a DECIMAL to must be a constant, as it decides the result's type; "
                "cast the number to DOUBLE otherwise");
  }
  return KeepDigits(arguments[0]->type, digits->get<int64_t>(), result);
}

// To `digits` after the point. Scaling by a power of ten is exact enough only while the number keeps its integers:
// beyond 2^52 there is nothing to round.
template <Mode kMode>
double ToDigits(double x, int32_t digits) {
  if (digits == 0) return ToWhole<kMode>(x);
  if (!std::isfinite(x) || digits > 308) return x;
  if (digits < -308) return 0.0;
  const double scale = std::pow(10.0, std::abs(digits));
  const double scaled = digits > 0 ? x * scale : x / scale;
  if (std::fabs(scaled) >= 0x1p52) return x;
  const double whole = kMode == Mode::kRound ? std::round(scaled) : ToWhole<kMode>(scaled);
  return digits > 0 ? whole / scale : whole * scale;
}

template <Mode kMode>
void DigitsKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  ForEachPair<double, int32_t>(arguments, rows, result.data<double>(),
                               [](double x, int32_t digits) { return ToDigits<kMode>(x, digits); });
}

template <Mode kMode>
void RegisterMode(RegistryBuilder& builder, const char* name, bool with_digits) {
  AddFunction(builder, name, {TypeId::kDouble}, TypeId::kDouble, UnaryKernel<WholeFloat<kMode>, double, double>);
  AddFunction(builder, name, {TypeId::kFloat}, TypeId::kFloat, UnaryKernel<WholeFloat<kMode>, float, float>);
  AddFunction(builder, name, {TypeId::kDecimal}, TypeId::kDecimal, DecimalKernel<kMode>, {.bind = BindWhole});
  for (const TypeId type : kIntegerTypes) {
    VisitPhysical(DataType(type).physical(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      AddFunction(builder, name, {type}, type, UnaryKernel<Same, T, T>);
    });
  }
  if (!with_digits) return;
  AddFunction(builder, name, {TypeId::kDouble, TypeId::kInt32}, TypeId::kDouble, DigitsKernel<kMode>);
  AddFunction(builder, name, {TypeId::kDecimal, TypeId::kInt32}, TypeId::kDecimal, DecimalKernel<kMode>,
              {.bind = BindDigits});
}

}  // namespace

void RegisterRounding(RegistryBuilder& builder) {
  builder.Describe({"round",
                    "math",
                    "round(x [, digits INTEGER]) → type of x",
                    "Nearest number with so many digits after the point, none unless given.",
                    "round(42.4382, 2)",
                    "42.44",
                    {}});
  builder.Describe({"trunc",
                    "math",
                    "trunc(x [, digits INTEGER]) → type of x",
                    "Cuts digits off, towards zero.",
                    "trunc(-42.8)",
                    "-42",
                    {}});
  builder.Describe({"ceil",
                    "math",
                    "ceil(x) → type of x",
                    "Least whole number that is not less.",
                    "ceil(-42.8)",
                    "-42",
                    {"ceiling"}});
  builder.Describe({"floor",
                    "math",
                    "floor(x) → type of x",
                    "Greatest whole number that is not greater.",
                    "floor(-42.8)",
                    "-43",
                    {}});
  RegisterMode<Mode::kRound>(builder, "round", true);
  RegisterMode<Mode::kTrunc>(builder, "trunc", true);
  RegisterMode<Mode::kCeil>(builder, "ceil", false);
  RegisterMode<Mode::kFloor>(builder, "floor", false);
}

}  // namespace laminar
