// + - * / % over integers and floats. Integers check for overflow; floats follow IEEE 754, division by zero included.
#include <cmath>
#include <limits>
#include <type_traits>

#include "function/scalar/arithmetic_types.h"
#include "function/scalar/kernel.h"
#include "function/scalar/register.h"

namespace laminar {
namespace {

// Integer operations answer a word that is negative when the result is wrong: or-ing these words is a reduction that
// the compiler vectorises, where a branch or a flag a row would not be.
template <typename T>
int64_t Misfit(int64_t exact, T* out) {
  *out = static_cast<T>(exact);
  return -static_cast<int64_t>(static_cast<int64_t>(*out) != exact);
}

struct Add {
  static constexpr const char* kSymbol = "+";
  template <typename T>
  static int64_t Apply(T a, T b, T* out) {
    if constexpr (sizeof(T) < 8) {
      return Misfit(int64_t{a} + int64_t{b}, out);
    } else {
      const uint64_t sum = static_cast<uint64_t>(a) + static_cast<uint64_t>(b);
      *out = static_cast<T>(sum);
      if constexpr (std::is_signed_v<T>) {
        return static_cast<int64_t>((static_cast<uint64_t>(a) ^ sum) & (static_cast<uint64_t>(b) ^ sum));
      } else {
        return -static_cast<int64_t>(sum < a);
      }
    }
  }
};

struct Subtract {
  static constexpr const char* kSymbol = "-";
  template <typename T>
  static int64_t Apply(T a, T b, T* out) {
    if constexpr (sizeof(T) < 8) {
      return Misfit(int64_t{a} - int64_t{b}, out);
    } else {
      const uint64_t difference = static_cast<uint64_t>(a) - static_cast<uint64_t>(b);
      *out = static_cast<T>(difference);
      if constexpr (std::is_signed_v<T>) {
        return static_cast<int64_t>((static_cast<uint64_t>(a) ^ static_cast<uint64_t>(b)) &
                                    (static_cast<uint64_t>(a) ^ difference));
      } else {
        return -static_cast<int64_t>(a < b);
      }
    }
  }
};

struct Multiply {
  static constexpr const char* kSymbol = "*";
  template <typename T>
  static int64_t Apply(T a, T b, T* out) {
    return -static_cast<int64_t>(__builtin_mul_overflow(a, b, out));
  }
};

struct Divide {
  static constexpr const char* kSymbol = "/";
  template <typename T>
  static int64_t Apply(T a, T b, T* out) {
    const bool impossible =
        b == 0 || (std::is_signed_v<T> && a == std::numeric_limits<T>::min() && b == static_cast<T>(-1));
    *out = static_cast<T>(a / (impossible ? T{1} : b));
    return -static_cast<int64_t>(impossible);
  }
};

struct Modulo {
  static constexpr const char* kSymbol = "%";
  template <typename T>
  static int64_t Apply(T a, T b, T* out) {
    if constexpr (std::is_signed_v<T>) {
      // The remainder by -1 is 0, also of the least value, which the processor would trap at.
      *out = static_cast<T>(a % (b == 0 || b == static_cast<T>(-1) ? T{1} : b));
    } else {
      *out = static_cast<T>(a % (b == 0 ? T{1} : b));
    }
    return -static_cast<int64_t>(b == 0);
  }
};

template <typename Op, typename T>
void CheckedKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                   MutableVector& result) {
  int64_t misfits = 0;
  ForEachPair<T, T>(arguments, rows, result.data<T>(), [&misfits](T a, T b) {
    T out;
    misfits |= Op::Apply(a, b, &out);
    return out;
  });
  if (misfits >= 0) return;
  ForEachValid(result, rows, [&](uint32_t i) {
    const T a = At<T>(arguments[0], i);
    const T b = At<T>(arguments[1], i);
    T ignored;
    if (Op::Apply(a, b, &ignored) >= 0) return;
    const bool division = *Op::kSymbol == '/' || *Op::kSymbol == '%';
    if (division && b == 0) {
      context.Fail(i, ErrorCode::kQueryFailed, "division by zero");
    } else {
      context.Fail(i, ErrorCode::kQueryFailed,
                   "integer overflow in " + std::to_string(a) + " " + Op::kSymbol + " " + std::to_string(b));
    }
  });
}

struct FloatAdd {
  template <typename T>
  static T Apply(T a, T b) {
    return a + b;
  }
};
struct FloatSubtract {
  template <typename T>
  static T Apply(T a, T b) {
    return a - b;
  }
};
struct FloatMultiply {
  template <typename T>
  static T Apply(T a, T b) {
    return a * b;
  }
};
struct FloatDivide {
  template <typename T>
  static T Apply(T a, T b) {
    return a / b;
  }
};
struct FloatModulo {
  template <typename T>
  static T Apply(T a, T b) {
    return std::fmod(a, b);
  }
};
struct FloatNegate {
  template <typename T>
  static T Apply(T a) {
    return -a;
  }
};

template <typename T>
void NegateKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  const T* in = arguments[0].data<T>();
  T* out = result.data<T>();
  int64_t misfits = 0;
  for (uint32_t i = 0; i < rows; ++i) misfits |= Subtract::Apply(T{0}, in[i], &out[i]);
  if (misfits >= 0) return;
  ForEachValid(result, rows, [&](uint32_t i) {
    T ignored;
    if (Subtract::Apply(T{0}, in[i], &ignored) >= 0) return;
    context.Fail(i, ErrorCode::kQueryFailed, "integer overflow in -(" + std::to_string(in[i]) + ")");
  });
}

template <typename T>
void IdentityKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                    MutableVector& result) {
  std::memcpy(result.values, arguments[0].values, size_t{rows} * sizeof(T));
}

void AddBinary(RegistryBuilder& builder, const char* symbol, TypeId type, ScalarKernel kernel, bool fallible) {
  builder.Add(ScalarFunction{.name = symbol,
                             .parameters = {type, type},
                             .result = type,
                             .traits = {.fallible = fallible},
                             .kernel = kernel,
                             .coerce = CoerceToNumber(type),
                             .bind = nullptr});
}

void AddUnary(RegistryBuilder& builder, const char* symbol, TypeId type, ScalarKernel kernel, bool fallible) {
  builder.Add(ScalarFunction{.name = symbol,
                             .parameters = {type},
                             .result = type,
                             .traits = {.fallible = fallible},
                             .kernel = kernel,
                             .coerce = nullptr,
                             .bind = nullptr});
}

template <typename T>
void RegisterInteger(RegistryBuilder& builder, TypeId type) {
  AddBinary(builder, "+", type, CheckedKernel<Add, T>, true);
  AddBinary(builder, "-", type, CheckedKernel<Subtract, T>, true);
  AddBinary(builder, "*", type, CheckedKernel<Multiply, T>, true);
  AddBinary(builder, "/", type, CheckedKernel<Divide, T>, true);
  AddBinary(builder, "%", type, CheckedKernel<Modulo, T>, true);
  AddUnary(builder, "-", type, NegateKernel<T>, true);
  AddUnary(builder, "+", type, IdentityKernel<T>, false);
}

template <typename T>
void RegisterFloat(RegistryBuilder& builder, TypeId type) {
  AddBinary(builder, "+", type, BinaryKernel<FloatAdd, T, T, T>, false);
  AddBinary(builder, "-", type, BinaryKernel<FloatSubtract, T, T, T>, false);
  AddBinary(builder, "*", type, BinaryKernel<FloatMultiply, T, T, T>, false);
  AddBinary(builder, "/", type, BinaryKernel<FloatDivide, T, T, T>, false);
  AddBinary(builder, "%", type, BinaryKernel<FloatModulo, T, T, T>, false);
  AddUnary(builder, "-", type, UnaryKernel<FloatNegate, T, T>, false);
  AddUnary(builder, "+", type, IdentityKernel<T>, false);
}

}  // namespace

void RegisterArithmetic(RegistryBuilder& builder) {
  builder.Describe({"+",
                    "operator",
                    "x + y: numbers; DATE + INTEGER; DATE, TIME, TIMESTAMP or INTERVAL + INTERVAL",
                    "Sum. Of integers it fails when it does not fit the wider type.",
                    "2 + 3",
                    "5",
                    {}});
  builder.Describe({"-",
                    "operator",
                    "x - y: numbers; DATE - INTEGER; DATE - DATE; TIMESTAMP - TIMESTAMP; … - INTERVAL; - x",
                    "Difference; with one operand, the negative.",
                    "2 - 3",
                    "-1",
                    {}});
  builder.Describe({"*", "operator", "x * y: numbers; INTERVAL * DOUBLE", "Product.", "6 * 7", "42", {}});
  builder.Describe({"/",
                    "operator",
                    "x / y: numbers; INTERVAL / DOUBLE",
                    "Quotient; of integers it is cut towards zero, of decimals it is DOUBLE.",
                    "7 / 2",
                    "3",
                    {}});
  builder.Describe({"%", "operator", "x % y: numbers", "Remainder, with the sign of x.", "-7 % 3", "-1", {"mod"}});
  RegisterInteger<int32_t>(builder, TypeId::kInt32);
  RegisterInteger<int64_t>(builder, TypeId::kInt64);
  RegisterInteger<int16_t>(builder, TypeId::kInt16);
  RegisterInteger<int8_t>(builder, TypeId::kInt8);
  RegisterInteger<uint8_t>(builder, TypeId::kUInt8);
  RegisterInteger<uint16_t>(builder, TypeId::kUInt16);
  RegisterInteger<uint32_t>(builder, TypeId::kUInt32);
  RegisterInteger<uint64_t>(builder, TypeId::kUInt64);
  RegisterFloat<double>(builder, TypeId::kDouble);
  RegisterFloat<float>(builder, TypeId::kFloat);
}

}  // namespace laminar
