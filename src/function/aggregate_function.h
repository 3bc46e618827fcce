// An aggregate function as it is declared once. Its accumulator is a fixed number of trivially copyable bytes inside a
// group's row, so that pins, spill and checkpoints copy rows and never call a function.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "common/type.h"
#include "common/value.h"
#include "function/scalar_function.h"

namespace laminar {

/// Ordered multisets of values, one per group, for aggregates whose answer after a deletion is the next value in some
/// order (min, max, first_value, last_value under retraction). Implemented over state/ordered_multisets.h, which has
/// the contract; named by handle inside accumulators.
class OrderedValues {
 public:
  static constexpr uint32_t kEmpty = 0xffffffffu;  // handle of a multiset without values

  virtual void Add(uint32_t* values, int64_t event_time, uint64_t number, const void* value, int64_t weight) = 0;
  virtual void AddAll(uint32_t* values, uint32_t other) = 0;
  virtual void Release(uint32_t* values) = 0;
  /// The cell of the outermost value, or null.
  virtual const uint8_t* First(uint32_t values) const = 0;
  virtual const uint8_t* Last(uint32_t values) const = 0;

 protected:
  ~OrderedValues() = default;
};

/// What an update may touch besides accumulators. Owned by the operator, one per aggregate and partition.
class AggregateContext {
 public:
  virtual ~AggregateContext() = default;
  /// A reference to a copy of the bytes that lives as long as the group table.
  virtual StringRef Intern(StringRef text) = 0;
  /// Releases what Intern gave (accounting for compaction).
  virtual void Forget(StringRef text) = 0;
  /// Null unless the kernel declares `needs_order`.
  virtual OrderedValues* ordered() = 0;
};

/// Position of a row in the order that SQL leaves open: event time, then the number it was accepted under (Mark,
/// common/delta.h). Rows that no call brought have no number; they come last, and among themselves in the order of
/// values.
struct RowOrder {
  static constexpr uint64_t kNoNumber = ~uint64_t{0};

  const int64_t* event_times;  // null: the relation has none
  const uint64_t* numbers;     // one per row
};

/// What the binder decided for one call of an aggregate.
struct AggregateCall {
  std::vector<DataType> arguments;
  DataType result;
};

/// One way to keep the aggregate: append-only inputs get the short one, retracting inputs the other.
struct AggregateKernel {
  uint32_t state_size = 0;
  uint32_t state_alignment = 1;
  bool needs_order = false;   // wants OrderedValues of its first argument
  bool is_row_count = false;  // the accumulator is the number of rows (int64), which every group keeps anyway: without
                              // FILTER or DISTINCT the operator updates nothing and finalizes from its own count
  bool fallible = false;      // finalize may Fail
  void (*initialize)(uint8_t* state) = nullptr;
  /// states[i] + offset is the accumulator of row i. `weights` null: all +1. Arguments are never constant vectors nor
  /// in error. NULL arguments are passed and must be skipped.
  void (*update)(AggregateContext& context, std::span<const Vector> arguments, const int64_t* weights,
                 const RowOrder* order, uint8_t* const* states, uint32_t offset, uint32_t rows) = nullptr;
  /// Merges accumulators of `from` into `into` (session windows, partitions).
  void (*combine)(AggregateContext& context, uint8_t* into, const uint8_t* from) = nullptr;
  /// Writes result i from states[i] + offset. Reads nothing but the accumulator and interned bytes: safe on a pinned
  /// copy.
  void (*finalize)(KernelContext& context, const AggregateCall& call, const uint8_t* const* states, uint32_t offset,
                   uint32_t rows, MutableVector& result) = nullptr;
  /// Frees multisets and interned bytes when a group goes; null when there are none.
  void (*release)(AggregateContext& context, uint8_t* state) = nullptr;
  /// Interns its bytes again, into a fresh arena; null when the accumulator refers to none. Multisets have moved
  /// before.
  void (*relocate)(AggregateContext& context, uint8_t* state) = nullptr;
};

class AggregateFunction {
 public:
  std::string name;
  std::vector<DataType> parameters;  // patterns, as in ScalarFunction
  DataType result;
  /// Optional: the result's type when it depends on the arguments' (min over DECIMAL(10,2), sum over DECIMAL).
  DataType (*result_of)(std::span<const DataType> arguments) = nullptr;
  bool uses_row_order = false;    // first_value, last_value: `order` is given to update
  bool ignores_distinct = false;  // min, max, …: DISTINCT changes nothing
  bool result_nullable = true;
  AggregateKernel append_only;
  AggregateKernel retractable;  // update == nullptr: refused over retracting input
};

}  // namespace laminar
