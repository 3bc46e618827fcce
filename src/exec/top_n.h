// The first rows per key, in an order: ORDER BY … LIMIT, row_number() <= n, DISTINCT ON.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/sort_order.h"
#include "common/type.h"
#include "exec/operator.h"

namespace laminar {

struct TopNSpec {
  std::vector<int> partition;  // columns of the key; none: all rows are of one
  std::vector<SortKey> order;  // ties: the whole row, columns from left to right, ascending, NULLs last
  int64_t limit = -1;          // -1: all
  int64_t offset = 0;
  bool numbered = false;    // the row's number within its key, from 1, is a last column (BIGINT)
  bool append_only = true;  // of the input: no negative weight ever comes
  std::vector<DataType> input_types;
};

/// Shows, of each key, the rows at positions (offset, offset + limit]. A row of weight w takes w positions, and may be
/// shown with a part of it; numbered, it is shown w times.
///
/// Over append-only input a key holds offset + limit rows: others can never come back. A row behind the last of them is
/// turned away by comparing one word with the key's. Otherwise all rows are held. A change costs O(log n), and as much
/// again for each row that crosses the bounds of what is shown; numbered, what is shown is gone through once a step.
class TopN final : public Operator {
 public:
  explicit TopN(TopNSpec spec);
  ~TopN() override;

  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  Status Flush(Step& step, Output& output) override;
  bool stateless() const override { return false; }
  std::unique_ptr<Operator> Clone() const override;
  /// In batch mode and from a snapshot, rows of a key come in order.
  std::unique_ptr<OperatorSnapshot> Snapshot() override;
  std::string Describe() const override;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace laminar
