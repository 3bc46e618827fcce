// A query as a statement runs it: listed, and cancelled by its number on the list.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/cancel_token.h"
#include "engine/query_run.h"
#include "main/database.h"

namespace laminar {

/// On the list of running queries for as long as this lives; what its thread does meanwhile is cancelled with it. Of a
/// query that was cancelled, memory goes in the background: nobody else may hold the run or its rows then.
class RunningQuery {
 public:
  RunningQuery(Database& database, std::string sql, std::unique_ptr<QueryRun> run);
  ~RunningQuery();
  RunningQuery(const RunningQuery&) = delete;
  RunningQuery& operator=(const RunningQuery&) = delete;

  QueryRun& run() { return *run_; }
  /// The next rows, null at the end; throws what went wrong.
  Ref<RowBatch> Next();
  /// All that are left; whoever wants them for longer than this lives copies the references.
  const std::vector<Ref<RowBatch>>& Collect();

 private:
  Database& database_;
  std::shared_ptr<QueryRun> run_;
  std::vector<Ref<RowBatch>> rows_;  // collected so far
  const uint64_t id_;
  std::optional<CancelScope> scope_;
};

}  // namespace laminar
