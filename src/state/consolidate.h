// The net change of a batch: equal rows merged, zero weights gone, deletions first. And the reverse for rows that come
// without weights.
#pragma once

#include <vector>

#include "state/row_batch.h"

namespace laminar {

/// Returns `rows` itself when it already is one of distinct rows in that order.
Ref<RowBatch> Consolidate(const Ref<RowBatch>& rows, const std::vector<DataType>& types);
/// A row of weight n becomes n rows. No weight is negative. Returns `rows` itself when each row is one already.
Ref<RowBatch> Unfold(const Ref<RowBatch>& rows, const std::vector<DataType>& types);

}  // namespace laminar
