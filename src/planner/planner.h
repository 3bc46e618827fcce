// From a query's syntax tree to a dataflow: binds, infers, rewrites, builds. The one entry for queries; DDL is in
// ddl.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "exec/dataflow_spec.h"
#include "sql/ast_query.h"

namespace laminar {

struct ProgramNames;

struct PlanOptions {
  enum class Mode : uint8_t {
    kOnce,        // stepped once over a snapshot and thrown away: ORDER BY and LIMIT end it
    kContinuous,  // attached: what has no continuous form is refused
  };
  /// Whose default applies to windows when the query has no EMIT (contract, Emission).
  enum class DefaultEmission : uint8_t {
    kEveryCommit,    // query, MATERIALIZED VIEW
    kOnWindowClose,  // STREAM, subscribe: once a window closes, if its sources declare a WATERMARK
  };

  Mode mode = Mode::kOnce;
  DefaultEmission default_emission = DefaultEmission::kEveryCommit;
  int partitions = 1;                     // of keyed operators
  bool rules = true;                      // false: the plan as bound (tests: no rule may change an answer)
  const ProgramNames* program = nullptr;  // tables of the program that may be named; null: none

  static PlanOptions Query() { return {}; }
  static PlanOptions Stream() { return {Mode::kContinuous, DefaultEmission::kOnWindowClose}; }
  static PlanOptions MaterializedView() { return {Mode::kContinuous, DefaultEmission::kEveryCommit}; }
};

/// Of a key that is gone, EMIT ON UPDATE delivers no other column.
Schema DeliveredSchema(const Schema& schema, bool on_update, const std::vector<int>& update_key);

/// A plan ready to run, and what was found out about its result.
struct PlannedQuery {
  DataflowSpec dataflow;
  Schema schema;  // without __weight
  bool append_only = true;
  std::string retracts_because;  // empty when append_only
  bool on_window_close = false;  // rows come once, when their window closes
  bool always_weight = false;    // EMIT CHANGES, EMIT ON UPDATE: deliver __weight even if append_only
  bool on_update = false;        // EMIT ON UPDATE: the new row of a key, or the key alone when it is gone
  std::vector<int> update_key;   // then
  int64_t every = 0;             // EMIT EVERY: microseconds

  /// Columns of what subscribers get, without __weight.
  Schema delivered() const { return DeliveredSchema(schema, on_update, update_key); }
  std::vector<TimeColumn> time_columns;
  std::vector<std::vector<int>> keys;  // sets of result columns that identify a row, when known
  std::vector<std::string> reads;      // relations named, directly or through views; views included
  std::vector<std::string> calls;      // functions of the database called, likewise
  bool once_only = false;              // reads what has no changes: there is no continuous plan
  std::vector<std::string> warnings;   // "the state of … grows without bound: …"
};

/// Plans `query`, whose spans point into `sql`. The catalog is read only during the call. Throws Error kQueryFailed
/// with the place and, for misspelt names, candidates.
PlannedQuery PlanQuery(const Catalog& catalog, const sql::Query& query, std::string_view sql,
                       const PlanOptions& options);

/// The dataflow as a tree, result first: operators, keys, append-only or retracting and why, state held and when it is
/// dropped.
///
///     Result append-only: each row once, when its window closes
///     └─ WindowAggregate [origin, window_end] count(*), avg(dep_delay)
///           append-only: a window is emitted once, when the watermark of flights has passed its end
///           state: one row per (origin) and window, dropped when the watermark of flights closes the window
///        └─ WindowAssign TUMBLE(time_hour, 01:00:00)
///           └─ Source flights (origin, dep_delay, time_hour)
std::string Explain(const PlannedQuery& planned);

}  // namespace laminar
