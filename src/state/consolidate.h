// The net change of a batch: equal rows merged, zero weights gone, deletions first. And the reverse for rows that come
// without weights.
#pragma once

#include <cstdint>
#include <vector>

#include "state/row_batch.h"

namespace laminar {

enum class RowEquality : uint8_t {
  kOfValues,  // what is delivered: a -0.0 that takes the place of a 0.0 is no change to see
  kOfBits,    // what is read to be taken back, or to compute with
};

/// Returns `rows` itself when it already is one of distinct rows in that order.
Ref<RowBatch> Consolidate(const Ref<RowBatch>& rows, const std::vector<DataType>& types,
                          RowEquality equality = RowEquality::kOfValues);
/// A row of weight n becomes n rows. No weight is negative. Returns `rows` itself when each row is one already.
Ref<RowBatch> Unfold(const Ref<RowBatch>& rows, const std::vector<DataType>& types);

}  // namespace laminar
