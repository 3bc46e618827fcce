// What a stream's subscribers receive: the net change of one epoch.
#pragma once

#include <cstdint>

#include "common/ref.h"
#include "state/row_batch.h"

namespace laminar {

struct Change {
  uint64_t epoch = 0;
  bool is_snapshot = false;
  Ref<RowBatch> rows;
  bool merged = false;  // equal rows are one row with their weights summed, deletions first
};

}  // namespace laminar
