// Working memory of aggregate tables: the rows of one slice, brought side by side for kernels. Included by its users'
// .cpp.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "common/cell_order.h"
#include "exec/aggregate_table.h"
#include "state/column_copy.h"

namespace laminar {

struct AggregateScratch::Rep {
  static constexpr uint32_t kRows = kSliceRows;

  struct Cells {
    Ref<Buffer> values = Buffer::Allocate(size_t{kRows} * 16);
    Ref<Buffer> validity = Buffer::AllocateZeroed(kRows / 8);
  };

  // Of every row of the slice, in its order.
  std::vector<Column> keys;
  uint32_t slots[kRows];
  uint8_t* rows[kRows];
  int64_t weights[kRows];
  int64_t event_times[kRows];
  uint64_t numbers[kRows];
  RowOrder order{nullptr, nullptr};
  std::optional<MarkCursor> cursor;

  // Of the rows that a filter (or NULL arguments of a DISTINCT) left.
  uint32_t kept[kRows];           // position in the slice
  uint32_t kept_physical[kRows];  // row of the delta
  uint32_t kept_count = 0;
  uint32_t kept_slots[kRows];
  uint8_t* kept_rows[kRows];
  int64_t kept_weights[kRows];
  int64_t kept_event_times[kRows];
  uint64_t kept_numbers[kRows];

  // Of DISTINCT: the values' rows, and the positions (among the kept) where one came or went.
  uint32_t value_slots[kRows];
  uint8_t* value_rows[kRows];
  uint32_t turned[kRows];
  int64_t turned_weights[kRows];

  std::vector<Cells> cells;
  std::vector<Cells> turned_cells;
  std::vector<Vector> vectors;
  std::vector<Vector> turned_vectors;

  /// Keeps the rows of the slice where boolean column `filter` (-1: none) is true and no column of `not_null` is NULL.
  RowRange Keep(const Delta& delta, const RowRange& slice, int filter, std::span<const int> not_null);
  RowRange Kept() const { return {kept, 0, kept_count}; }
  void FillOrder(const Delta& delta, const RowRange& slice, const AggregatePlan& plan);
  RowOrder KeptOrder();
  /// Argument columns, position i being the i-th row of the range; views of the delta where that needs no copy.
  std::span<const Vector> Arguments(const Delta& delta, const RowRange& range, std::span<const int> columns,
                                    std::span<const DataType> types);
  /// Likewise, always copied.
  std::span<const Vector> GatherArguments(const Delta& delta, const RowRange& range, std::span<const int> columns,
                                          std::span<const DataType> types);
  /// The gathered arguments of a DISTINCT at the first `count` positions of `turned`.
  std::span<const Vector> Turned(uint32_t count, const AggregatePlan::Distinct& distinct,
                                 std::span<const DataType> types);

 private:
  void Gather(size_t i, const Column& column, const RowRange& range, const DataType& type);
};

}  // namespace laminar
