// What the aggregate kernels of this folder share: accumulators by type, rows with a value, declarations by argument
// type.
#pragma once

#include <cstdint>
#include <new>
#include <span>

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

/// Clears the validity of result i.
inline void SetNull(MutableVector& result, uint32_t i) {
  ClearBit(result.validity, i);
  result.has_nulls = true;
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

inline DataType ResultIsArgument(std::span<const DataType> arguments) { return arguments[0]; }

}  // namespace laminar
