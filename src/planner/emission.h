// EMIT: what a query's clause, its default and its windows come to.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "planner/logical_plan.h"
#include "planner/planner.h"
#include "sql/ast_query.h"

namespace laminar {

struct Emission {
  bool on_close = false;       // windows are emitted when they close
  bool always_weight = false;  // EMIT CHANGES, EMIT ON UPDATE
  bool on_update = false;      // the new row of a key, or the key that is gone
  std::vector<int> key;        // then: of the result
  int64_t every = 0;           // microseconds between two firings; 0: no timer
};

/// Decides, writes ALLOW LATENESS into the windows of `plan`, and infers its properties. `clause` may be null. Throws
/// for what cannot be done, with the reason:
///
/// * EMIT ON WINDOW CLOSE needs windows, a watermark on what they are over, and nothing above them that changes rows
/// again;
/// * EMIT ON UPDATE needs columns that identify a row of the result;
/// * without EMIT, windows are emitted on close exactly if the default says so, every window follows a declared
/// WATERMARK,
///   and the result is then append-only.
Emission ApplyEmission(LogicalNode& plan, const sql::EmitClause* clause, const PlanOptions& options,
                       std::string_view sql);

}  // namespace laminar
