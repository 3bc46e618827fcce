// What the aggregate kernels of this folder share: accumulators by type, rows with a value, declarations by argument
// type.
#pragma once

#include <cstdint>
#include <new>
#include <span>
#include <type_traits>

#include "common/cell_order.h"
#include "function/aggregate_function.h"
#include "function/registry_builder.h"

namespace laminar {

template <typename State>
State& StateAt(uint8_t* const* states, uint32_t i, uint32_t offset) {
  return *reinterpret_cast<State*>(states[i] + offset);
}
template <typename State>
const State& StateAt(const uint8_t* const* states, uint32_t i, uint32_t offset) {
  return *reinterpret_cast<const State*>(states[i] + offset);
}

template <typename State>
void InitializeState(uint8_t* state) {
  new (state) State();
}

/// A kernel whose accumulator is a State: `combine` and the rest are added by name.
template <typename State>
AggregateKernel KernelOf() {
  static_assert(std::is_trivially_copyable_v<State> && alignof(State) <= 8);
  AggregateKernel kernel;
  kernel.state_size = sizeof(State);
  kernel.state_alignment = alignof(State);
  kernel.initialize = InitializeState<State>;
  return kernel;
}

/// Calls apply(i, weight) for the rows where the argument is not NULL; the loop without NULLs and weights has no
/// branch.
template <typename Apply>
void ForEachValue(const Vector& argument, const int64_t* weights, uint32_t rows, Apply&& apply) {
  if (argument.validity == nullptr && weights == nullptr) {
    for (uint32_t i = 0; i < rows; ++i) apply(i, int64_t{1});
    return;
  }
  for (uint32_t i = 0; i < rows; ++i) {
    if (argument.IsValid(i)) apply(i, weights != nullptr ? weights[i] : 1);
  }
}

/// Likewise for the rows where neither of two arguments is NULL.
template <typename Apply>
void ForEachPairOfValues(std::span<const Vector> arguments, const int64_t* weights, uint32_t rows, Apply&& apply) {
  for (uint32_t i = 0; i < rows; ++i) {
    if (arguments[0].IsValid(i) && arguments[1].IsValid(i)) apply(i, weights != nullptr ? weights[i] : 1);
  }
}

/// Clears the validity of result i.
inline void SetNull(MutableVector& result, uint32_t i) {
  ClearBit(result.validity, i);
  result.has_nulls = true;
}

/// What became of a group's result.
enum class Outcome : uint8_t { kValue, kNull, kOutOfRange };

/// `update` of an accumulator that has Add(value, weight), or Add(value, value, weight), for any weight.
template <typename State, typename T>
void UpdateState(AggregateContext&, std::span<const Vector> arguments, const int64_t* weights, const RowOrder*,
                 uint8_t* const* states, uint32_t offset, uint32_t rows) {
  const T* values = arguments[0].data<T>();
  ForEachValue(arguments[0], weights, rows,
               [&](uint32_t i, int64_t weight) { StateAt<State>(states, i, offset).Add(values[i], weight); });
}
template <typename State, typename T>
void UpdatePairState(AggregateContext&, std::span<const Vector> arguments, const int64_t* weights, const RowOrder*,
                     uint8_t* const* states, uint32_t offset, uint32_t rows) {
  const T* first = arguments[0].data<T>();
  const T* second = arguments[1].data<T>();
  ForEachPairOfValues(arguments, weights, rows, [&](uint32_t i, int64_t weight) {
    StateAt<State>(states, i, offset).Add(first[i], second[i], weight);
  });
}
/// `combine` of one that has Merge, `settle` of one that has Settle.
template <typename State>
void CombineState(AggregateContext&, uint8_t* into, const uint8_t* from) {
  reinterpret_cast<State*>(into)->Merge(*reinterpret_cast<const State*>(from));
}
template <typename State>
void SettleState(AggregateContext&, const AggregateCall&, uint8_t* state) {
  reinterpret_cast<State*>(state)->Settle();
}
/// `finalize` by `Outcome kResult(const State&, R*)`; kOutOfRange fails the group with `kMessage`.
template <typename State, typename R, Outcome (*kResult)(const State&, R*), const char* kMessage = nullptr>
void FinalizeState(KernelContext& context, const AggregateCall&, const uint8_t* const* states, uint32_t offset,
                   uint32_t rows, MutableVector& result) {
  R* values = result.data<R>();
  for (uint32_t i = 0; i < rows; ++i) {
    values[i] = R{};
    const Outcome outcome = kResult(StateAt<State>(states, i, offset), &values[i]);
    if (outcome == Outcome::kValue) continue;
    ClearBit(result.validity, i);
    result.has_nulls = true;
    if constexpr (kMessage != nullptr) {
      if (outcome == Outcome::kOutOfRange) context.Fail(i, ErrorCode::kQueryFailed, kMessage);
    }
  }
}

/// 128-bit cells stand at 8-byte alignment inside group rows.
struct Int128Cell {
  uint64_t low = 0;
  int64_t high = 0;

  int128_t Get() const {
    return static_cast<int128_t>((static_cast<uint128_t>(static_cast<uint64_t>(high)) << 64) | low);
  }
  void Set(int128_t value) {
    low = static_cast<uint64_t>(value);
    high = static_cast<int64_t>(value >> 64);
  }
};

/// How a value of physical type T is kept in an accumulator.
template <typename T>
struct CellOf {
  T value{};
  T Get() const { return value; }
  void Set(const T& other) { value = other; }
};
template <>
struct CellOf<int128_t> {
  Int128Cell cell;
  int128_t Get() const { return cell.Get(); }
  void Set(int128_t other) { cell.Set(other); }
};

/// Types whose values have an order, and all types there are values of.
inline constexpr TypeId kOrderedCells[] = {TypeId::kInt64,     TypeId::kInt32,  TypeId::kDouble, TypeId::kVarchar,
                                           TypeId::kTimestamp, TypeId::kDate,   TypeId::kTime,   TypeId::kDecimal,
                                           TypeId::kFloat,     TypeId::kInt16,  TypeId::kInt8,   TypeId::kUInt64,
                                           TypeId::kUInt32,    TypeId::kUInt16, TypeId::kUInt8,  TypeId::kBoolean,
                                           TypeId::kInterval,  TypeId::kUuid,   TypeId::kBlob};
inline constexpr TypeId kAllCells[] = {
    TypeId::kInt64,  TypeId::kInt32,   TypeId::kDouble, TypeId::kVarchar, TypeId::kTimestamp, TypeId::kDate,
    TypeId::kTime,   TypeId::kDecimal, TypeId::kFloat,  TypeId::kInt16,   TypeId::kInt8,      TypeId::kUInt64,
    TypeId::kUInt32, TypeId::kUInt16,  TypeId::kUInt8,  TypeId::kBoolean, TypeId::kInterval,  TypeId::kUuid,
    TypeId::kBlob,   TypeId::kJson,    TypeId::kList,   TypeId::kStruct,  TypeId::kMap};

inline DataType ResultIsArgument(std::span<const DataType> arguments) { return arguments[0]; }

}  // namespace laminar
