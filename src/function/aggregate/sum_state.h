// Accumulators that sum and avg share: exact for integers and decimals, compensated for floats that may be retracted.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "function/aggregate/kernel.h"

namespace laminar {

/// 128 bits hold any sum of 2^63 values of 64 bits.
struct IntegerSum {
  Int128Cell sum;
  int64_t count = 0;

  void Add(int128_t value, int64_t weight) {
    sum.Set(sum.Get() + value * weight);
    count += weight;
  }
  void Merge(const IntegerSum& other) {
    sum.Set(sum.Get() + other.sum.Get());
    count += other.count;
  }
};

/// Decimals have 127 bits themselves, so their sums are kept in 192.
struct DecimalSum {
  Int128Cell low;    // modulo 2^128, read as signed
  int64_t high = 0;  // what is missing: multiples of 2^128
  int64_t count = 0;

  void AddPart(int128_t part) {
    int128_t total;
    if (__builtin_add_overflow(low.Get(), part, &total)) high += part < 0 ? -1 : 1;
    low.Set(total);
  }
  void Add(int128_t value, int64_t weight) {
    count += weight;
    if (weight == 1) return AddPart(value);
    if (weight == -1 && value != std::numeric_limits<int128_t>::min()) return AddPart(-value);
    // value * weight by halves: (upper * weight) * 2^64 + lower * weight, each product within 128 bits.
    const int128_t upper = (value >> 64) * weight;
    AddPart(static_cast<int128_t>(static_cast<uint64_t>(value)) * weight);
    AddPart(static_cast<int128_t>(static_cast<uint128_t>(upper) << 64));
    // The bits of `upper` that the shift pushed out, seen from the sign the shifted part was read with.
    const bool read_negative = (static_cast<uint64_t>(upper) >> 63) != 0;
    high += static_cast<int64_t>(upper >> 64) + (read_negative ? 1 : 0);
  }
  void Merge(const DecimalSum& other) {
    AddPart(other.low.Get());
    high += other.high;
    count += other.count;
  }
  double ToDouble() const { return std::ldexp(static_cast<double>(high), 128) + static_cast<double>(low.Get()); }
};

struct FloatSum {
  double sum = 0;
  int64_t count = 0;

  void Add(double value, int64_t weight) {
    sum += weight == 1 ? value : value * static_cast<double>(weight);
    count += weight;
  }
  void Merge(const FloatSum& other) {
    sum += other.sum;
    count += other.count;
  }
  double Total() const { return sum; }
};

/// Neumaier's compensated sum (Zeitschrift für angewandte Mathematik und Mechanik 54, 1974), so that what is taken back
/// leaves nothing behind; NaN and infinities are counted apart, because they could never be taken back.
struct RetractableFloatSum {
  double sum = 0;
  double lost = 0;
  int64_t count = 0;
  int64_t nans = 0;
  int64_t positive_infinities = 0;
  int64_t negative_infinities = 0;

  void Add(double value, int64_t weight) {
    count += weight;
    if (std::isnan(value)) {
      nans += weight;
    } else if (std::isinf(value)) {
      (value > 0 ? positive_infinities : negative_infinities) += weight;
    } else {
      AddFinite(value * static_cast<double>(weight));
    }
  }
  /// Between steps: what rounding left behind goes with the last number. Within one, deletions may come first.
  void Settle() {
    if (count == nans + positive_infinities + negative_infinities) sum = lost = 0;
  }
  void AddFinite(double value) {
    const double total = sum + value;
    lost += std::abs(sum) >= std::abs(value) ? (sum - total) + value : (value - total) + sum;
    sum = total;
  }
  void Merge(const RetractableFloatSum& other) {
    AddFinite(other.sum);
    lost += other.lost;
    count += other.count;
    nans += other.nans;
    positive_infinities += other.positive_infinities;
    negative_infinities += other.negative_infinities;
  }
  double Total() const {
    if (nans > 0 || (positive_infinities > 0 && negative_infinities > 0))
      return std::numeric_limits<double>::quiet_NaN();
    if (positive_infinities > 0) return std::numeric_limits<double>::infinity();
    if (negative_infinities > 0) return -std::numeric_limits<double>::infinity();
    return std::isinf(sum) ? sum : sum + lost;
  }
};

template <typename State, typename T>
AggregateKernel SumKernel() {
  AggregateKernel kernel = KernelOf<State>();
  kernel.update = UpdateState<State, T>;
  kernel.combine = CombineState<State>;
  if constexpr (requires(State state) { state.Settle(); }) kernel.settle = SettleState<State>;
  return kernel;
}

/// Calls declare(type id, append-only kernel, retractable kernel) for every type that can be summed; the kernels lack
/// `finalize`.
template <typename Declare>
void ForEachSummable(Declare&& declare) {
  const auto integer = [&](TypeId id, auto sample) {
    const AggregateKernel kernel = SumKernel<IntegerSum, decltype(sample)>();
    declare(id, kernel, kernel);
  };
  integer(TypeId::kInt64, int64_t{});
  integer(TypeId::kInt32, int32_t{});
  integer(TypeId::kInt16, int16_t{});
  integer(TypeId::kInt8, int8_t{});
  integer(TypeId::kUInt64, uint64_t{});
  integer(TypeId::kUInt32, uint32_t{});
  integer(TypeId::kUInt16, uint16_t{});
  integer(TypeId::kUInt8, uint8_t{});
  const AggregateKernel decimal = SumKernel<DecimalSum, int128_t>();
  declare(TypeId::kDecimal, decimal, decimal);
  declare(TypeId::kDouble, SumKernel<FloatSum, double>(), SumKernel<RetractableFloatSum, double>());
  declare(TypeId::kFloat, SumKernel<FloatSum, float>(), SumKernel<RetractableFloatSum, float>());
}

}  // namespace laminar
