// VARCHAR(n): what comes in is not longer than its column says.
#pragma once

#include <string_view>
#include <vector>

#include "common/ref.h"
#include "main/relation.h"
#include "state/row_batch.h"

namespace laminar {

/// Throws kBatchSchemaMismatch naming column, row (counted from 1 over all batches) and value for the first text that
/// is too long. Costs nothing for a relation without such columns. The batches have all its columns.
void CheckLengths(const std::vector<Ref<RowBatch>>& batches, const RelationAccess& access, std::string_view relation);

}  // namespace laminar
