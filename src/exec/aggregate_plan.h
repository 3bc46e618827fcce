// A grouped aggregation worked out once: which kernel runs over which columns and where its accumulator stands.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/delta.h"
#include "exec/aggregate_spec.h"
#include "function/vector.h"
#include "state/group_table.h"

namespace laminar {

/// Bounds of the window whose groups a table holds; they are output columns but no key cells.
struct WindowBounds {
  int64_t start = 0;
  int64_t end = 0;
};

/// Output rows made from group rows. Immutable once emitted: the owner of the deltas that view it.
struct ResultRows final : RefCounted {
  std::vector<Column> columns;
  uint32_t rows = 0;
  RowErrors errors;  // of rows that have no result
  bool selected = false;
  std::vector<uint32_t> selection;  // when `selected`: the rows that count
  std::vector<Ref<RefCounted>> held;

  /// Selects all rows but those in error.
  void LeaveOutErrors();
  /// The rows that count, weighing +1, with this as owner; nothing above may change any more.
  Delta delta();
};

/// Immutable and shared: by tables of partitions and windows, by their snapshots.
class AggregatePlan {
 public:
  struct Item {
    const AggregateFunction* function = nullptr;
    std::shared_ptr<const AggregateFunction> kept_function;
    const AggregateKernel* kernel = nullptr;
    AggregateCall call;
    std::vector<int> arguments;
    int filter = -1;
    int distinct = -1;       // index into distincts(); -1: every row counts
    uint32_t offset = 0;     // of the accumulator in the group row
    bool is_weight = false;  // the accumulator is the group's weight: nothing to update
  };
  /// Which argument values of a group have been seen, shared by all items that ask for the same.
  struct Distinct {
    std::vector<int> arguments;
    int filter = -1;
    std::shared_ptr<const GroupLayout> layout;  // key: slot of the group, then the arguments
  };

  /// Keys at the positions `window_start` and `window_end` of the specification (-1: none) are not looked at: they come
  /// from WindowBounds.
  explicit AggregatePlan(const HashAggregateSpec& spec, int window_start = -1, int window_end = -1);

  const std::vector<int>& keys() const { return keys_; }
  const std::vector<Item>& items() const { return items_; }
  const std::vector<Distinct>& distincts() const { return distincts_; }
  /// The items whose kernels settle.
  const std::vector<size_t>& settled() const { return settled_; }
  const std::vector<DataType>& input_types() const { return input_types_; }
  const std::vector<DataType>& output_types() const { return output_types_; }
  const std::shared_ptr<const GroupLayout>& layout() const { return layout_; }
  int event_time() const { return event_time_; }
  bool append_only() const { return append_only_; }
  bool uses_row_order() const { return uses_row_order_; }
  bool fallible() const { return fallible_; }

  /// Results of `count` group rows. `held` keeps alive the strings they refer to. With `errors_only`, values are made
  /// only for aggregates that can fail: then only `errors` is of use.
  Ref<ResultRows> Finalize(const uint8_t* const* rows, uint32_t count, const WindowBounds& bounds, Ref<RefCounted> held,
                           int64_t now, bool errors_only = false) const;
  /// differs[i] is set to 1 when aggregates of row i are not identical in both, and left alone otherwise.
  void CompareResults(const ResultRows& a, const ResultRows& b, uint8_t* differs) const;

  /// "keys=[0, 1] aggregates=[count(), sum(2) FILTER 3]"
  std::string Describe() const;

 private:
  enum class OutputKind : uint8_t { kKey, kWindowStart, kWindowEnd };
  struct KeyColumn {
    OutputKind kind;
    int key;  // kKey: which key of the layout
  };

  std::vector<int> keys_;
  std::vector<KeyColumn> key_columns_;
  std::vector<Item> items_;
  std::vector<Distinct> distincts_;
  std::vector<size_t> settled_;
  std::vector<DataType> input_types_;
  std::vector<DataType> output_types_;
  std::shared_ptr<const GroupLayout> layout_;
  int event_time_ = -1;
  bool append_only_ = true;
  bool uses_row_order_ = false;
  bool fallible_ = false;
};

}  // namespace laminar
