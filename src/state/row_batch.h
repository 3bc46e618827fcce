// Owned rows: what a delta becomes when it is kept (history, changelogs, query results), and how rows are built one by
// one.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "common/delta.h"
#include "common/int128.h"
#include "common/interval.h"
#include "common/type.h"
#include "common/value.h"
#include "state/arena.h"

namespace laminar {

/// Immutable once shared; `delta()` views it with itself as owner, without selection.
class RowBatch final : public RefCounted {
 public:
  /// The rows of a delta, owned: without copying when it has an owner and no selection, otherwise through a builder.
  /// Marks are kept.
  static Ref<RowBatch> FromDelta(const Delta& delta, std::span<const DataType> types);

  Delta delta() const;
  uint32_t rows() const { return rows_; }
  int columns() const { return static_cast<int>(columns_.size()); }
  /// Bytes of values, validity, weights and long strings. What was taken over without copying counts as if it were
  /// copied.
  size_t memory_bytes() const { return memory_bytes_; }

 private:
  friend class RowBatchBuilder;
  std::vector<Column> columns_;
  const int64_t* weights_ = nullptr;  // null: all +1
  std::vector<Mark> marks_;
  uint32_t rows_ = 0;
  size_t memory_bytes_ = 0;
  std::vector<Ref<RefCounted>> held_;  // owners of everything pointed to above
};

/// Collects rows. Single-threaded. Grows geometrically; `Finish` hands the batch over and leaves the builder empty and
/// reusable.
class RowBatchBuilder {
 public:
  explicit RowBatchBuilder(std::vector<DataType> types);
  ~RowBatchBuilder();
  RowBatchBuilder(RowBatchBuilder&&) noexcept;
  RowBatchBuilder& operator=(RowBatchBuilder&&) noexcept;

  const std::vector<DataType>& types() const { return types_; }
  uint32_t rows() const { return rows_; }
  /// Room for that many rows in all.
  void Reserve(uint32_t rows);

  // Cell by cell: columns of a row in any order, each at most once (a missing one is NULL); then FinishRow.
  void SetBool(int column, bool value);
  void SetInt(int column,
              int64_t value);  // any signed integer, DATE, TIME, TIMESTAMP; the caller has checked the range
  void SetUInt(int column, uint64_t value);
  void SetDouble(int column, double value);  // FLOAT, DOUBLE
  void SetDecimal(int column, int128_t value);
  void SetInterval(int column, const Interval& value);
  void SetString(int column, std::string_view bytes);
  /// Of the column's type; NULL leaves the cell out.
  void SetValue(int column, const Value& value);
  /// The weight is not 0. Throws std::length_error past 2^32 - 1 rows.
  void FinishRow(int64_t weight = 1);
  /// Forgets the cells set since the last FinishRow.
  void AbandonRow();

  /// Appends the selected rows of a delta, copying values; long strings are copied too unless the delta has an owner,
  /// which is then held. Not in the middle of a row. Copies marks only when `with_marks` (rows keep their numbers, so a
  /// selection with gaps has more marks than calls); a batch has marks for all rows or none, so it must be given for
  /// every Append to a batch or for none.
  void Append(const Delta& delta, bool with_marks = false);
  /// The rows from here on are of this call.
  void AppendMark(uint64_t sequence, int64_t time, uint64_t first_number);

  Ref<RowBatch> Finish();
  void Clear();

 private:
  struct ColumnBuilder;
  /// The place of the cell in the row being built, marked as set.
  template <typename T>
  T& Cell(int column);
  void Grow(uint32_t rows);
  void Hold(const Ref<RefCounted>& owner);

  std::vector<DataType> types_;
  std::vector<ColumnBuilder> columns_;
  Ref<Buffer> weights_;  // null while all are +1
  std::vector<Mark> marks_;
  std::vector<Ref<RefCounted>> held_;
  Arena text_;            // bytes of long strings
  size_t held_text_ = 0;  // of long strings that were not copied
  uint32_t rows_ = 0;
  uint32_t capacity_ = 0;
};

}  // namespace laminar
