// VARCHAR(n): what comes in is not longer than its column says.
#pragma once

#include <vector>

#include "catalog/entry.h"
#include "common/ref.h"
#include "state/row_batch.h"

namespace laminar {

/// Throws kBatchSchemaMismatch naming column, row (counted from 1 over all batches) and value for the first text that
/// is too long. Costs nothing for a source without such columns.
void CheckLengths(const std::vector<Ref<RowBatch>>& batches, const SourceEntry& source);

}  // namespace laminar
