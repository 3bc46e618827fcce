// An aggregate function as it is declared once. Its accumulator is a fixed number of trivially copyable bytes inside a
// group's row, so that pins, spill and checkpoints copy rows and never call a function.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/string_ref.h"
#include "common/type.h"
#include "common/value.h"
#include "function/scalar_function.h"

namespace laminar {

/// One value given to an ordered multiset, and where it stands among the others: by sort key, then by event time and
/// number of arrival, then by the value itself. What the form leaves out is the same for all.
struct OrderedEntry {
  const void* value = nullptr;
  int64_t event_time = 0;
  uint64_t number = 0;
  StringRef key = {};
};

/// Ordered multisets of values, one per group, for aggregates whose answer after a deletion is the next value in some
/// order (min, median, string_agg). Implemented over state/ordered_multisets.h, which has the contract; named by handle
/// inside accumulators.
class OrderedValues {
 public:
  static constexpr uint32_t kEmpty = 0xffffffffu;  // handle of a multiset without values

  virtual void Add(uint32_t* values, const OrderedEntry& entry, int64_t weight) = 0;
  virtual void AddAll(uint32_t* values, uint32_t other) = 0;
  virtual void Release(uint32_t* values) = 0;
  /// The cell of the outermost value, or null.
  virtual const uint8_t* First(uint32_t values) const = 0;
  virtual const uint8_t* Last(uint32_t values) const = 0;
  /// For OrderedForm::Summary::kTotalWeight: how many values there are, and the cell of the one at `rank` from 0.
  virtual int64_t Count(uint32_t values) const = 0;
  virtual const uint8_t* At(uint32_t values, int64_t rank) const = 0;
  /// For OrderedForm::Summary::kGreatestWeight: the cell of the first of those that stand there most often, or null.
  virtual const uint8_t* MostFrequent(uint32_t values) const = 0;
  /// Calls each(to, cell, weight) for every distinct entry, in order.
  virtual void Visit(uint32_t values, void* to, void (*each)(void* to, const uint8_t* cell, int64_t weight)) const = 0;

 protected:
  ~OrderedValues() = default;
};

/// The multisets a kernel wants: of its first argument.
struct OrderedForm {
  enum class Summary : uint8_t { kNothing, kTotalWeight, kGreatestWeight };

  bool wanted = false;
  bool rows = false;        // of texts, whatever the first argument: rows of arguments that the kernel has encoded
  bool positioned = false;  // rows are told apart by event time and number of arrival
  bool keyed = false;       // rows are told apart by the sort key, which is the last argument
  Summary summary = Summary::kNothing;
};

struct AggregateCall;

/// What an update may touch besides accumulators. Owned by the operator, one per aggregate and partition.
class AggregateContext {
 public:
  virtual ~AggregateContext() = default;
  /// A reference to a copy of the bytes that lives as long as the group table.
  virtual StringRef Intern(StringRef text) = 0;
  /// Releases what Intern gave (accounting for compaction).
  virtual void Forget(StringRef text) = 0;
  /// Null unless the kernel's `ordered` is wanted.
  virtual OrderedValues* ordered() = 0;
  /// The call the context belongs to.
  virtual const AggregateCall& call() const = 0;
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
  std::vector<Value> constants;                      // none is NULL
  bool descending = false;                           // WITHIN GROUP (ORDER BY … DESC)
  std::shared_ptr<const CallState> state = nullptr;  // the function's own: the code of a program's aggregate
};

/// One way to keep the aggregate: append-only inputs get the short one, retracting inputs the other.
struct AggregateKernel {
  uint32_t state_size = 0;
  uint32_t state_alignment = 1;
  OrderedForm ordered;
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
  /// Brings into the accumulator what finalize reads, where that is too dear for every row: a median, a joined text.
  /// Called at the end of a step for each group it has touched, when no weight is negative; null when update does all.
  void (*settle)(AggregateContext& context, const AggregateCall& call, uint8_t* state) = nullptr;
  /// Writes result i from states[i] + offset. Reads nothing but the accumulator and interned bytes: safe on a pinned
  /// copy.
  void (*finalize)(KernelContext& context, const AggregateCall& call, const uint8_t* const* states, uint32_t offset,
                   uint32_t rows, MutableVector& result) = nullptr;
  /// Frees multisets and interned bytes when a group goes; null when there are none.
  void (*release)(AggregateContext& context, uint8_t* state) = nullptr;
  /// Interns its bytes again, into a fresh arena; null when the accumulator refers to none. Multisets have moved
  /// before.
  void (*relocate)(AggregateContext& context, const AggregateCall& call, uint8_t* state) = nullptr;
};

/// What ORDER BY does inside a call of an aggregate.
enum class AggregateOrder : uint8_t {
  kIrrelevant,  // nothing: the answer does not depend on the order of rows
  kByKey,       // the call is made with the kernels `by_key`
  kLeast,       // the last argument is itself what rows are ordered by, NULLs left out: arg_min. ORDER BY is refused
  kGreatest,    // likewise, descending: arg_max
  kWithin,      // nothing, but it may be written WITHIN GROUP (ORDER BY x): x is then the first argument
};

class AggregateFunction {
 public:
  std::string name;
  std::vector<DataType> parameters;  // patterns, as in ScalarFunction
  /// So many of the last parameters are constants: they go to AggregateCall::constants, and are no columns.
  size_t constants = 0;
  /// Optional: refuses constants that make no sense. Throws Error without position.
  void (*check)(std::span<const Value> constants) = nullptr;
  DataType result;
  /// Optional: the result's type when it depends on the arguments' (min over DECIMAL(10,2), sum over DECIMAL).
  DataType (*result_of)(std::span<const DataType> arguments) = nullptr;
  AggregateOrder order = AggregateOrder::kIrrelevant;
  bool uses_row_order = false;    // first_value, last_value: `order` is given to update, but for DISTINCT values
  bool ignores_distinct = false;  // min, max, …: DISTINCT changes nothing
  bool always_distinct = false;   // approx_count_distinct: as if DISTINCT were there
  bool result_nullable = true;
  std::shared_ptr<const CallState> state = nullptr;  // for AggregateCall::state
  AggregateKernel append_only;
  AggregateKernel retractable;  // update == nullptr: refused over retracting input
  /// With ORDER BY in the call: the last argument, more than `parameters`, is the sort key (a BLOB). Update null: none.
  AggregateKernel by_key;

  bool fallible() const { return append_only.fallible || retractable.fallible || by_key.fallible; }
};

}  // namespace laminar
