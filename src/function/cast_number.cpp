// Conversions between numbers. Floats round to the nearest even integer, decimals half away from zero, as in
// PostgreSQL.
#include <cmath>
#include <limits>
#include <type_traits>

#include "common/decimal.h"
#include "function/cast_kernels.h"

namespace laminar {
namespace {

template <typename In, typename Out>
struct Convert {
  static Out Apply(In value, const CastState&) { return static_cast<Out>(value); }
};

// BOOLEAN and UTINYINT share a C++ type; what a number means as BOOLEAN differs.
template <typename In>
struct ToBoolean {
  static uint8_t Apply(In value, const CastState&) { return value != 0 ? 1 : 0; }
};

template <typename In, typename Out>
struct NarrowInteger {
  static bool Apply(In value, const CastState&, Out* out) {
    *out = static_cast<Out>(value);
    return static_cast<In>(*out) == value && (*out < Out{0}) == (value < In{0});
  }
};

template <typename In, typename Out>
struct FloatToInteger {
  static bool Apply(In value, const CastState&, Out* out) {
    // Both bounds are powers of two (or zero), so the float is exact. NaN fails both comparisons.
    constexpr double kLeast = static_cast<double>(std::numeric_limits<Out>::min());
    constexpr double kBeyond = 2.0 * static_cast<double>(std::numeric_limits<Out>::max() / 2 + 1);
    const double rounded = std::nearbyint(static_cast<double>(value));
    const bool fits = rounded >= kLeast && rounded < kBeyond;
    *out = fits ? static_cast<Out>(rounded) : Out{0};
    return fits;
  }
};

struct DoubleToFloat {
  static bool Apply(double value, const CastState&, float* out) {
    *out = static_cast<float>(value);
    return !std::isinf(*out) || std::isinf(value);
  }
};

template <typename In>
struct IntegerToDecimal {
  static bool Apply(In value, const CastState& state, int128_t* out) {
    if (RescaleDecimal(value, 0, state.to.scale(), state.to.precision(), out)) return true;
    *out = 0;
    return false;
  }
};

template <typename In>
struct FloatToDecimal {
  static bool Apply(In value, const CastState& state, int128_t* out) {
    if (DecimalFromDouble(static_cast<double>(value), state.to.precision(), state.to.scale(), out)) return true;
    *out = 0;
    return false;
  }
};

struct DecimalToDecimal {
  static bool Apply(int128_t value, const CastState& state, int128_t* out) {
    if (RescaleDecimal(value, state.from.scale(), state.to.scale(), state.to.precision(), out)) return true;
    *out = 0;
    return false;
  }
};

template <typename Out>
struct DecimalToInteger {
  static bool Apply(int128_t value, const CastState& state, Out* out) {
    int128_t whole = 0;
    const bool fits = RescaleDecimal(value, state.from.scale(), 0, kMaxDecimalPrecision, &whole) &&
                      whole >= std::numeric_limits<Out>::min() && whole <= std::numeric_limits<Out>::max();
    *out = fits ? static_cast<Out>(whole) : Out{0};
    return fits;
  }
};

template <typename Out>
struct DecimalToFloat {
  static Out Apply(int128_t value, const CastState& state) {
    return static_cast<Out>(DecimalToDouble(value, state.from.scale()));
  }
};

template <typename In, typename Out>
constexpr bool Widens() {
  return std::is_signed_v<In> == std::is_signed_v<Out> ? sizeof(Out) >= sizeof(In)
                                                       : std::is_signed_v<Out> && sizeof(Out) > sizeof(In);
}

template <typename In, typename Out>
CastKernel Pair() {
  if constexpr (std::is_integral_v<In> && std::is_integral_v<Out>) {
    if constexpr (Widens<In, Out>()) {
      return {PlainCast<Convert<In, Out>, In, Out>, false};
    } else {
      return {CheckedCast<NarrowInteger<In, Out>, In, Out>, true};
    }
  } else if constexpr (std::is_floating_point_v<In> && std::is_integral_v<Out>) {
    return {CheckedCast<FloatToInteger<In, Out>, In, Out>, true};
  } else if constexpr (std::is_same_v<In, double> && std::is_same_v<Out, float>) {
    return {CheckedCast<DoubleToFloat, In, Out>, true};
  } else {
    return {PlainCast<Convert<In, Out>, In, Out>, false};
  }
}

template <typename In>
CastKernel From(const DataType& from, const DataType& to) {
  switch (to.id()) {
    case TypeId::kBoolean:
      if (!from.is_integer()) return {};
      return {PlainCast<ToBoolean<In>, In, uint8_t>, false};
    case TypeId::kInt8:
      return Pair<In, int8_t>();
    case TypeId::kInt16:
      return Pair<In, int16_t>();
    case TypeId::kInt32:
      return Pair<In, int32_t>();
    case TypeId::kInt64:
      return Pair<In, int64_t>();
    case TypeId::kUInt8:
      return Pair<In, uint8_t>();
    case TypeId::kUInt16:
      return Pair<In, uint16_t>();
    case TypeId::kUInt32:
      return Pair<In, uint32_t>();
    case TypeId::kUInt64:
      return Pair<In, uint64_t>();
    case TypeId::kFloat:
      return Pair<In, float>();
    case TypeId::kDouble:
      return Pair<In, double>();
    case TypeId::kDecimal:
      if constexpr (std::is_integral_v<In>) {
        return {CheckedCast<IntegerToDecimal<In>, In, int128_t>, true};
      } else {
        return {CheckedCast<FloatToDecimal<In>, In, int128_t>, true};
      }
    default:
      return {};
  }
}

template <typename Out>
CastKernel ToInteger() {
  return {CheckedCast<DecimalToInteger<Out>, int128_t, Out>, true};
}

CastKernel FromDecimal(const DataType& from, const DataType& to) {
  switch (to.id()) {
    case TypeId::kInt8:
      return ToInteger<int8_t>();
    case TypeId::kInt16:
      return ToInteger<int16_t>();
    case TypeId::kInt32:
      return ToInteger<int32_t>();
    case TypeId::kInt64:
      return ToInteger<int64_t>();
    case TypeId::kUInt8:
      return ToInteger<uint8_t>();
    case TypeId::kUInt16:
      return ToInteger<uint16_t>();
    case TypeId::kUInt32:
      return ToInteger<uint32_t>();
    case TypeId::kUInt64:
      return ToInteger<uint64_t>();
    case TypeId::kFloat:
      return {PlainCast<DecimalToFloat<float>, int128_t, float>, false};
    case TypeId::kDouble:
      return {PlainCast<DecimalToFloat<double>, int128_t, double>, false};
    case TypeId::kDecimal: {
      const bool widens = to.scale() >= from.scale() && to.precision() - to.scale() >= from.precision() - from.scale();
      return {CheckedCast<DecimalToDecimal, int128_t, int128_t>, !widens};
    }
    default:
      return {};
  }
}

// Does every value of an integer type fit? Then the cast counts as infallible, and filters may move across it.
bool AlwaysFits(const DataType& from, const DataType& to) {
  DataType common;
  return from.is_integer() && to.id() == TypeId::kDecimal && CommonType(from, to, &common) && common == to;
}

}  // namespace

CastKernel FindNumberCast(const DataType& from, const DataType& to) {
  CastKernel found;
  switch (from.id()) {
    case TypeId::kBoolean:
      if (!to.is_integer()) return {};
      found = From<uint8_t>(from, to);
      // A BOOLEAN is 0 or 1.
      found.fallible = false;
      break;
    case TypeId::kInt8:
      found = From<int8_t>(from, to);
      break;
    case TypeId::kInt16:
      found = From<int16_t>(from, to);
      break;
    case TypeId::kInt32:
      found = From<int32_t>(from, to);
      break;
    case TypeId::kInt64:
      found = From<int64_t>(from, to);
      break;
    case TypeId::kUInt8:
      found = From<uint8_t>(from, to);
      break;
    case TypeId::kUInt16:
      found = From<uint16_t>(from, to);
      break;
    case TypeId::kUInt32:
      found = From<uint32_t>(from, to);
      break;
    case TypeId::kUInt64:
      found = From<uint64_t>(from, to);
      break;
    case TypeId::kFloat:
      found = From<float>(from, to);
      break;
    case TypeId::kDouble:
      found = From<double>(from, to);
      break;
    case TypeId::kDecimal:
      return FromDecimal(from, to);
    default:
      return {};
  }
  if (AlwaysFits(from, to)) found.fallible = false;
  return found;
}

}  // namespace laminar
