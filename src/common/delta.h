// The delta: what flows between operators. A batch of rows, each with a weight: +1 and more for rows that come,
// negative for rows that go.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/buffer.h"
#include "common/ref.h"
#include "common/string_ref.h"
#include "common/type.h"

namespace laminar {

/// Values of one column, in the physical form of its type, one per physical row of the delta.
struct Column {
  const void* values = nullptr;
  const uint64_t* validity = nullptr;  // bit r set: row r is not NULL; null pointer: no NULLs. Values under a NULL are
                                       // initialised memory of no meaning (strings: an empty StringRef)

  template <typename T>
  const T* data() const {
    return static_cast<const T*>(values);
  }
  bool IsValid(size_t row) const { return validity == nullptr || GetBit(validity, row); }
};

/// Where the rows of one accepted call begin inside a delta. Order and lateness are those of calls, so a batch that
/// holds several keeps where each begins.
struct Mark {
  uint32_t row;       // first physical row of the call
  uint64_t sequence;  // the call's global sequence number
  int64_t time;  // when it was accepted: microseconds since the epoch, what now() and PROCTIME() answer for its rows
  uint64_t first_number = 0;  // number of its first row, counted over all rows ever accepted: row r of the call is
                              // first_number + (r - row). The order that SQL leaves open
};

/// A batch of weighted rows, viewed, not owned, unless `owner` says so.
///
/// Contract:
/// 1. Row r of the batch is column[c].values[r] for each c; there are `rows` physical rows, at most 2^32 - 1.
/// 2. With a selection, only the rows it lists take part, in the ascending order it lists them; weights and marks are
/// still
///    indexed by physical row. Without one, all rows do.
/// 3. `weights` null: every row weighs +1 (the append-only short path). A weight is never 0 in a selected row.
/// 4. An owner covers values, validity, string bytes and weights, but never the selection and the marks, which live
/// only for the call:
///    whoever keeps a delta copies those. A column in an operator's scratch memory means no owner.
/// 5. Whoever receives a `const Delta&` may read it during the call. To keep it longer: if `owner` is set, copying the
///    Delta keeps the memory alive (copying is cheap); if not, the rows must be copied (state/row_batch.h).
/// 6. Everything reachable from a delta with an owner is immutable from then on.
/// 7. `marks` is empty for rows that no call brought (results of stateful operators): such rows are never late and
///    compare after every row with a mark. Otherwise the first mark has row 0 and rows ascend; sequences need not.
struct Delta {
  std::vector<Column> columns;
  uint32_t rows = 0;
  const uint32_t* selection = nullptr;
  uint32_t selected = 0;
  const int64_t* weights = nullptr;
  std::span<const Mark> marks;
  Ref<RefCounted> owner;

  uint32_t size() const { return selection != nullptr ? selected : rows; }
  bool empty() const { return size() == 0; }
  uint32_t RowAt(uint32_t i) const { return selection != nullptr ? selection[i] : i; }
  int64_t WeightAt(uint32_t row) const { return weights != nullptr ? weights[row] : 1; }
  bool append_only() const { return weights == nullptr; }
  void Select(const uint32_t* rows_selected, uint32_t count) {
    selection = rows_selected;
    selected = count;
  }
};

/// Walks the marks beside ascending physical rows: `At(row)` is the mark that row belongs to.
class MarkCursor {
 public:
  explicit MarkCursor(std::span<const Mark> marks) : marks_(marks) {}
  /// Rows must not descend between calls. Must not be called without marks.
  const Mark& At(uint32_t row) {
    while (next_ < marks_.size() && marks_[next_].row <= row) ++next_;
    return marks_[next_ - 1];
  }

 private:
  std::span<const Mark> marks_;
  size_t next_ = 1;
};

}  // namespace laminar
