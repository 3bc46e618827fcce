// Rows of a group table whose keys are their cells, on their way out of an operator.
#pragma once

#include <cstdint>
#include <vector>

#include "common/ref.h"
#include "exec/operator.h"
#include "state/group_table.h"

namespace laminar {

/// Gathers rows and emits them as deltas with an owner, in the order they are added; on the stack of whoever emits.
///
///     StoredRowsWriter writer(table.layout(), table.chunks().arena().holder(), false, &output);
///     for (…) writer.Add(table.Row(slot), weight);
///     writer.Finish();
class StoredRowsWriter {
 public:
  /// `held` keeps alive the strings the rows refer to. With `numbered`, a BIGINT column follows those of the rows.
  StoredRowsWriter(const GroupLayout& layout, Ref<RefCounted> held, bool numbered, Output* output)
      : layout_(layout), held_(std::move(held)), numbered_(numbered), output_(*output) {}

  /// The row must stand still until it is emitted.
  void Add(const uint8_t* row, int64_t weight, int64_t number = 0) {
    rows_.push_back(row);
    weights_.push_back(weight);
    if (numbered_) numbers_.push_back(number);
    if (rows_.size() == kPieceRows) Finish();
  }
  /// Emits what has been gathered. kDone once the receiver wants no more; what is added then is dropped.
  Answer Finish();
  /// A row of its own for each of a positive weight: for receivers that were promised no weights.
  void AddCopies(const uint8_t* row, int64_t weight) {
    for (; weight > 0 && !done_; --weight) Add(row, 1);
  }
  bool done() const { return done_; }

 private:
  static constexpr size_t kPieceRows = 4096;

  const GroupLayout& layout_;
  Ref<RefCounted> held_;
  bool numbered_;
  Output& output_;
  bool done_ = false;
  std::vector<const uint8_t*> rows_;
  std::vector<int64_t> weights_;
  std::vector<int64_t> numbers_;
};

}  // namespace laminar
