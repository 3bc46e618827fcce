// bit_and, bit_or and bit_xor of integers.
#include <limits>
#include <string>

#include "function/aggregate/kernel.h"
#include "function/aggregate/register.h"

namespace laminar {

namespace {

enum class Operator : uint8_t { kAnd, kOr, kXor };

template <typename T>
struct Folded {
  uint64_t bits = 0;
  int64_t count = 0;
};

template <typename T, Operator kOperator>
struct AppendOnly : Folded<T> {
  void Fold(uint64_t bits) {
    if constexpr (kOperator == Operator::kAnd) this->bits = this->count == 0 ? bits : this->bits & bits;
    if constexpr (kOperator == Operator::kOr) this->bits |= bits;
  }
  void Add(T value, int64_t weight) {
    Fold(static_cast<uint64_t>(value));
    this->count += weight;
  }
  void Merge(const AppendOnly& other) {
    if (other.count == 0) return;
    Fold(other.bits);
    this->count += other.count;
  }
};

/// An even number of equal values cancels out, whichever way they come and go.
template <typename T>
struct Xor : Folded<T> {
  void Add(T value, int64_t weight) {
    if (weight % 2 != 0) this->bits ^= static_cast<uint64_t>(value);
    this->count += weight;
  }
  void Merge(const Xor& other) {
    this->bits ^= other.bits;
    this->count += other.count;
  }
};

template <typename T, typename State>
Outcome FoldedResult(const State& state, T* result) {
  if (state.count == 0) return Outcome::kNull;
  *result = static_cast<T>(state.bits);
  return Outcome::kValue;
}

/// How many values have each bit.
template <typename T, Operator kOperator>
struct BitCounts {
  static constexpr int kBits = std::numeric_limits<std::make_unsigned_t<T>>::digits;
  int64_t count = 0;
  int64_t set[kBits] = {};

  void Add(T value, int64_t weight) {
    count += weight;
    const auto bits = static_cast<uint64_t>(value);
    for (int i = 0; i < kBits; ++i) set[i] += (bits >> i & 1) != 0 ? weight : 0;
  }
  void Merge(const BitCounts& other) {
    count += other.count;
    for (int i = 0; i < kBits; ++i) set[i] += other.set[i];
  }
  static Outcome Conclude(const BitCounts& state, T* result) {
    if (state.count == 0) return Outcome::kNull;
    uint64_t bits = 0;
    for (int i = 0; i < kBits; ++i) {
      const bool is_set = kOperator == Operator::kAnd ? state.set[i] == state.count : state.set[i] != 0;
      bits |= static_cast<uint64_t>(is_set) << i;
    }
    *result = static_cast<T>(bits);
    return Outcome::kValue;
  }
};

template <typename State, typename T, Outcome (*kResult)(const State&, T*)>
AggregateKernel KernelWith() {
  AggregateKernel kernel = KernelOf<State>();
  kernel.update = UpdateState<State, T>;
  kernel.combine = CombineState<State>;
  kernel.finalize = FinalizeState<State, T, kResult>;
  return kernel;
}

AggregateFunction Declare(const char* name, TypeId type) {
  AggregateFunction function;
  function.name = name;
  function.parameters = {type};
  function.result = type;
  return function;
}

template <typename T, Operator kOperator>
void AddCounted(RegistryBuilder& builder, const char* name, TypeId type) {
  AggregateFunction function = Declare(name, type);
  function.ignores_distinct = true;
  using Quick = AppendOnly<T, kOperator>;
  using Counts = BitCounts<T, kOperator>;
  function.append_only = KernelWith<Quick, T, FoldedResult<T, Quick>>();
  function.retractable = KernelWith<Counts, T, Counts::Conclude>();
  builder.Add(std::move(function));
}

template <typename T>
void AddAll(RegistryBuilder& builder, TypeId type) {
  AddCounted<T, Operator::kAnd>(builder, "bit_and", type);
  AddCounted<T, Operator::kOr>(builder, "bit_or", type);
  AggregateFunction exclusive = Declare("bit_xor", type);
  exclusive.append_only = exclusive.retractable = KernelWith<Xor<T>, T, FoldedResult<T, Xor<T>>>();
  builder.Add(std::move(exclusive));
}

void Describe(RegistryBuilder& builder, const char* name, const char* help, const char* example_result) {
  builder.Describe({.name = name,
                    .category = "aggregate",
                    .signature = std::string(name) + "([DISTINCT] x) → type of x, an integer",
                    .help = help,
                    .example = std::string(name) + "(x) FROM (VALUES (12), (10)) AS t(x)",
                    .example_result = example_result,
                    .aliases = {}});
}

}  // namespace

void RegisterBitAggregates(RegistryBuilder& builder) {
  Describe(builder, "bit_and", "Bits that all values have; NULL when there are none.", "8");
  Describe(builder, "bit_or", "Bits that some value has; NULL when there are none.", "14");
  Describe(builder, "bit_xor", "Bits that an odd number of values have; NULL when there are none.", "6");
  AddAll<int64_t>(builder, TypeId::kInt64);
  AddAll<int32_t>(builder, TypeId::kInt32);
  AddAll<int16_t>(builder, TypeId::kInt16);
  AddAll<int8_t>(builder, TypeId::kInt8);
  AddAll<uint64_t>(builder, TypeId::kUInt64);
  AddAll<uint32_t>(builder, TypeId::kUInt32);
  AddAll<uint16_t>(builder, TypeId::kUInt16);
  AddAll<uint8_t>(builder, TypeId::kUInt8);
}

}  // namespace laminar
