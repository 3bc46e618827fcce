// The loops that most kernels are: one templated pass over dense values, with operands that may be constants.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "common/int128.h"
#include "common/interval.h"
#include "common/string_ref.h"
#include "function/registry_builder.h"
#include "function/scalar_function.h"
#include "function/visit_physical.h"

namespace laminar {

/// `Op::Apply(In) → Out`, over every row, NULL ones included: Op must be defined on any initialised value.
template <typename Op, typename In, typename Out>
void UnaryKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                 MutableVector& result) {
  const In* in = arguments[0].data<In>();
  Out* out = result.data<Out>();
  for (uint32_t i = 0; i < rows; ++i) out[i] = Op::Apply(in[i]);
}

/// `visit(left value, right value) → Out` over every row. Three loops, so that a constant stays in a register.
template <typename Left, typename Right, typename Out, typename Visit>
inline void ForEachPair(std::span<const Vector> arguments, uint32_t rows, Out* out, Visit visit) {
  const Left* left = arguments[0].data<Left>();
  const Right* right = arguments[1].data<Right>();
  if (arguments[1].constant) {
    const Right constant = *right;
    for (uint32_t i = 0; i < rows; ++i) out[i] = visit(left[i], constant);
  } else if (arguments[0].constant) {
    const Left constant = *left;
    for (uint32_t i = 0; i < rows; ++i) out[i] = visit(constant, right[i]);
  } else {
    for (uint32_t i = 0; i < rows; ++i) out[i] = visit(left[i], right[i]);
  }
}

template <typename Op, typename Left, typename Right, typename Out>
void BinaryKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  ForEachPair<Left, Right>(arguments, rows, result.data<Out>(),
                           [](const Left& a, const Right& b) { return static_cast<Out>(Op::Apply(a, b)); });
}

/// Rows that have a value, for kernels that must not touch or fail for the others.
template <typename Visit>
inline void ForEachValid(const MutableVector& result, uint32_t rows, Visit visit) {
  for (uint32_t i = 0; i < rows; ++i) {
    if (!result.has_nulls || GetBit(result.validity, i)) visit(i);
  }
}

inline void SetNull(MutableVector& result, uint32_t row) {
  ClearBit(result.validity, row);
  result.has_nulls = true;
}

/// Row `i` of operand `vector`, constant or not.
template <typename T>
inline const T& At(const Vector& vector, uint32_t i) {
  return vector.data<T>()[vector.constant ? 0 : i];
}
inline std::string_view TextAt(const Vector& vector, uint32_t i) { return At<StringRef>(vector, i).view(); }

/// A result string whose bytes live as long as the run's results.
inline StringRef MakeString(KernelContext& context, std::string_view text) {
  if (text.size() <= StringRef::kInlineSize) return StringRef(text);
  char* bytes = context.AllocateBytes(text.size());
  std::memcpy(bytes, text.data(), text.size());
  return {bytes, static_cast<uint32_t>(text.size())};
}

/// A call's constant argument; null when it is none or NULL.
inline const Value* ConstantArgument(std::span<const ExpressionPtr> arguments, size_t i) {
  return i < arguments.size() && arguments[i]->is_constant() && !arguments[i]->value.is_null() ? &arguments[i]->value
                                                                                               : nullptr;
}

inline constexpr TypeId kIntegerTypes[] = {TypeId::kInt8,  TypeId::kInt16,  TypeId::kInt32,  TypeId::kInt64,
                                           TypeId::kUInt8, TypeId::kUInt16, TypeId::kUInt32, TypeId::kUInt64};

/// `coerce` for functions whose arguments from `first` on all get their common type, when that has this physical form.
inline auto CoerceToCommon(PhysicalType physical, size_t first = 0) {
  return [physical, first](std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
    DataType common;
    if (arguments.size() <= first || !CommonTypeOf(arguments.subspan(first), &common)) return false;
    if (common.id() == TypeId::kNull) common = TypeId::kVarchar;
    if (common.physical() != physical) return false;
    types->clear();
    for (size_t i = 0; i < first; ++i) types->push_back(arguments[i]->type);
    types->resize(arguments.size(), common);
    return true;
  };
}

}  // namespace laminar
