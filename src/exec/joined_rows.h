// Rows of a join's result, made from rows that its sides keep.
#pragma once

#include <cstdint>
#include <span>

#include "common/delta.h"
#include "exec/join_plan.h"
#include "state/arrangement.h"

namespace laminar {

/// The rows that stand beside one another in a result: `count` of each side that is there.
struct JoinedSides {
  const ArrangedRows* arranged[2] = {nullptr, nullptr};
  const uint8_t* const* rows[2] = {nullptr, nullptr};  // null: the side is padded with NULLs
  uint32_t count = 0;
};

/// A delta of the columns that `sources` name, with memory of its own; it owns that and holds the strings. `weights`
/// are copied, and left out when all are 1.
Delta MakeJoinedRows(std::span<const JoinPlan::Source> sources, const JoinedSides& sides, const int64_t* weights);

/// Room for a column of scratch rows.
struct ScratchColumn {
  Ref<Buffer> values;
  Ref<Buffer> validity;
};
/// The same for one column, in memory that is used again.
Column ReadJoinedColumn(const JoinPlan::Source& source, const JoinedSides& sides, ScratchColumn* scratch);

}  // namespace laminar
