// What is behind a QueryStream: a run that is pulled.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "common/fork_mark.h"
#include "engine/query_run.h"
#include "laminar/connection.h"
#include "main/database.h"

namespace laminar {

/// Thread-safe: two threads share the batches. SHOW and the like have their rows from the start.
struct QueryStream::Rep {
  Rep(std::shared_ptr<Database> database, std::unique_ptr<QueryRun> run, std::string sql);
  Rep(std::shared_ptr<Database> database, QueryResult whole);
  ~Rep();

  std::optional<QueryResult> Next();
  void Cancel();
  State state() const { return state_.load(); }

  const std::shared_ptr<Database> database;
  std::shared_ptr<const ResultSchema::Rep> schema;
  const ForkMark made_in;

 private:
  void End(State state);

  std::mutex mutex_;  // held while a batch is made
  std::shared_ptr<QueryRun> run_;
  std::optional<QueryResult> whole_;
  uint64_t query_id_ = 0;
  std::atomic<State> state_{State::kActive};
};

}  // namespace laminar
