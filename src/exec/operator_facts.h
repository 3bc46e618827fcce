// What a dataflow has counted about its operators: EXPLAIN ANALYZE.
#pragma once

#include <cstdint>
#include <vector>

namespace laminar {

/// Of one operator since it was made, backfill included. Rows are entries of deltas: an update is two of them, a row of
/// weight 3 one.
struct OperatorFacts {
  int64_t rows_in = 0;
  int64_t rows_out = 0;  // what nobody wanted was not made and is not counted
  int64_t nanos = 0;     // in the operator itself, without what it feeds; estimated from samples unless all was timed
  int64_t state_rows = 0;
  int64_t state_bytes = 0;       // in memory
  int64_t state_disk_bytes = 0;  // beside it

  OperatorFacts& operator+=(const OperatorFacts& other) {
    rows_in += other.rows_in;
    rows_out += other.rows_out;
    nanos += other.nanos;
    state_rows += other.state_rows;
    state_bytes += other.state_bytes;
    state_disk_bytes += other.state_disk_bytes;
    return *this;
  }
};

struct DataflowFacts {
  std::vector<int64_t> input_rows;  // beside DataflowSpec::inputs
  std::vector<OperatorFacts> operators;
};

}  // namespace laminar
