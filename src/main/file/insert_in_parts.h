// INSERT from files: too much to be one call.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "common/ref.h"
#include "engine/query_run.h"
#include "laminar/result.h"
#include "state/row_batch.h"

namespace laminar {

class Database;

/// Hands every batch of the query over as a call of its own as soon as it is read, so that a file larger than memory
/// flows through; `accept` returns its rows. Listed among the running queries as `sql`. An error says how many rows are
/// in by then.
ExecuteResult InsertInParts(Database& database, std::string_view sql, std::shared_ptr<QueryRun> run,
                            const std::function<int64_t(const Ref<RowBatch>&)>& accept);

}  // namespace laminar
