// INSERT from files: too much to be one call.
#pragma once

#include <functional>

#include "common/ref.h"
#include "laminar/result.h"
#include "state/row_batch.h"

namespace laminar {

class RunningQuery;

/// Hands every batch of the query over as a call of its own as soon as it is read, so that a file larger than memory
/// flows through; `accept` returns its rows. An error says how many rows are in by then.
ExecuteResult InsertInParts(RunningQuery& query, const std::function<int64_t(const Ref<RowBatch>&)>& accept);

}  // namespace laminar
