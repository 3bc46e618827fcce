// & | # (exclusive or) ~ << >> over integers.
#include <type_traits>

#include "function/scalar/arithmetic_types.h"
#include "function/scalar/kernel.h"
#include "function/scalar/register.h"

namespace laminar {
namespace {

struct BitAnd {
  template <typename T>
  static T Apply(T a, T b) {
    return static_cast<T>(a & b);
  }
};
struct BitOr {
  template <typename T>
  static T Apply(T a, T b) {
    return static_cast<T>(a | b);
  }
};
struct BitXor {
  template <typename T>
  static T Apply(T a, T b) {
    return static_cast<T>(a ^ b);
  }
};
struct BitNot {
  template <typename T>
  static T Apply(T a) {
    return static_cast<T>(~a);
  }
};

// Bits shifted out are lost; by a whole width or more, or by a negative count, nothing sensible is left: 0.
struct ShiftLeft {
  template <typename T>
  static T Apply(T a, int32_t count) {
    if (count < 0 || count >= static_cast<int32_t>(8 * sizeof(T))) return T{0};
    return static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) << count);
  }
};
// The sign is kept.
struct ShiftRight {
  template <typename T>
  static T Apply(T a, int32_t count) {
    if (count < 0) return T{0};
    if (count >= static_cast<int32_t>(8 * sizeof(T))) return a < T{0} ? static_cast<T>(-1) : T{0};
    return static_cast<T>(a >> count);
  }
};

template <typename T>
void RegisterFor(RegistryBuilder& builder, TypeId type) {
  const auto add = [&builder, type](const char* name, std::vector<DataType> parameters, ScalarKernel kernel,
                                    bool common) {
    builder.Add(ScalarFunction{.name = name,
                               .parameters = std::move(parameters),
                               .result = type,
                               .traits = {},
                               .kernel = kernel,
                               .coerce = common ? CoerceToNumber(type) : nullptr,
                               .bind = nullptr});
  };
  add("&", {type, type}, BinaryKernel<BitAnd, T, T, T>, true);
  add("|", {type, type}, BinaryKernel<BitOr, T, T, T>, true);
  add("#", {type, type}, BinaryKernel<BitXor, T, T, T>, true);
  add("~", {type}, UnaryKernel<BitNot, T, T>, false);
  add("<<", {type, TypeId::kInt32}, BinaryKernel<ShiftLeft, T, int32_t, T>, false);
  add(">>", {type, TypeId::kInt32}, BinaryKernel<ShiftRight, T, int32_t, T>, false);
}

}  // namespace

void RegisterBitOperators(RegistryBuilder& builder) {
  builder.Describe({"&", "operator", "x & y: integers", "Bitwise and.", "12 & 10", "8", {}});
  builder.Describe({"|", "operator", "x | y: integers", "Bitwise or.", "12 | 10", "14", {}});
  builder.Describe({"#", "operator", "x # y: integers", "Bitwise exclusive or.", "12 # 10", "6", {"xor"}});
  builder.Describe({"~",
                    "operator",
                    "~ x: integers; text ~ pattern → BOOLEAN",
                    "Bitwise not; between texts: does the regular expression match a part?",
                    "~ 0",
                    "-1",
                    {}});
  builder.Describe({"<<",
                    "operator",
                    "x << count INTEGER: integers",
                    "Shifts left; bits shifted out are lost.",
                    "1 << 4",
                    "16",
                    {}});
  builder.Describe(
      {">>", "operator", "x >> count INTEGER: integers", "Shifts right, keeping the sign.", "-16 >> 2", "-4", {}});
  RegisterFor<int32_t>(builder, TypeId::kInt32);
  RegisterFor<int64_t>(builder, TypeId::kInt64);
  RegisterFor<int16_t>(builder, TypeId::kInt16);
  RegisterFor<int8_t>(builder, TypeId::kInt8);
  RegisterFor<uint8_t>(builder, TypeId::kUInt8);
  RegisterFor<uint16_t>(builder, TypeId::kUInt16);
  RegisterFor<uint32_t>(builder, TypeId::kUInt32);
  RegisterFor<uint64_t>(builder, TypeId::kUInt64);
}

}  // namespace laminar
