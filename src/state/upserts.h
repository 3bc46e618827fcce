// A net change as upserts: of a key that has a new row only that, of one that has none the key alone.
#pragma once

#include <vector>

#include "state/row_batch.h"

namespace laminar {

/// `rows` is a net change of rows that `key` identifies, deletions first. Rows that come are kept as they are; a row
/// that goes is left out when another comes for its key, and otherwise keeps its weight and its key, and nothing else:
/// its other columns are NULL.
Ref<RowBatch> Upserts(const Ref<RowBatch>& rows, const std::vector<DataType>& types, const std::vector<int>& key);

}  // namespace laminar
