// The rows of an append-only stream, kept for whoever asks for its contents.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "common/retention.h"
#include "exec/operator.h"
#include "state/row_store.h"

namespace laminar {

/// Passes every row on, and keeps it: what lies below forgets rows that this stream has shown. With a bounded
/// retention the rows at the front go: they are gone for snapshots at once, and their memory goes with the last row of
/// their piece. That is no retraction.
///
/// Rows count in the order they come. By time, a row is as old as its call, or, behind an operator that gives its
/// result no marks, as the step it came in; what is retained is measured from the last row.
class KeepRows final : public Operator {
 public:
  KeepRows(std::vector<DataType> types, Retention retention);
  ~KeepRows() override;

  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  bool stateless() const override { return false; }
  std::unique_ptr<Operator> Clone() const override;
  std::unique_ptr<OperatorSnapshot> Snapshot() override;
  std::string Describe() const override;

 private:
  class RowsStore;
  /// Rows that go together; slots are in the order of the rows.
  struct Piece {
    uint64_t first_row = 0;
    int64_t first_time = 0;
    RowStore rows;
  };
  /// Rows from here on, up to the next mark, are of this time.
  struct TimeMark {
    uint64_t first_row;
    int64_t time;
  };

  void Append(const Delta& delta, int64_t time);
  void NoteTime(uint64_t row, int64_t time);
  void Retain();

  const std::vector<DataType> types_;
  const Retention retention_;
  std::deque<std::unique_ptr<Piece>> pieces_;
  std::deque<TimeMark> times_;  // with a retention by time
  uint64_t begin_ = 0;          // the first row that is retained
  uint64_t end_ = 0;            // rows there ever were
  std::unique_ptr<RowsStore> store_;
};

}  // namespace laminar
