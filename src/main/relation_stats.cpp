// What is in a relation, and waiting for what is to come.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "main/database.h"
#include "main/now.h"
#include "main/row_change.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace laminar {

RelationStats Database::StatsOf(std::string_view name) {
  RelationStats stats;
  std::shared_ptr<QueryRun> count;
  {
    std::shared_lock catalog(catalog_mutex_);
    const CatalogEntry& entry = catalog_.Get(name);
    if (entry.is_sink()) {
      throw Error(ErrorCode::kTableNotFound,
                  fmt::format("\"{}\" is a sink: what it has delivered is in sinks()", entry.name));
    }
    stats.name = entry.name;
    stats.kind = RelationKindName(entry.kind);
    const std::string sql = fmt::format("SELECT count(*) FROM {}", sql::PrintName(entry.name));
    const sql::StatementPtr statement = sql::ParseStatement(sql);
    PlannedQuery planned =
        PlanQuery(catalog_, *statement->As<sql::QueryStatement>().query, sql, Options(PlanOptions::Query()));
    QueryInputs inputs = ValueOrThrow(engine_.FreezeInputs(planned.dataflow));
    count = std::make_shared<QueryRun>(std::move(planned.dataflow), std::move(inputs), NowMicros());
    if (const std::shared_ptr<Stream> stream = engine_.FindStream(entry.name)) {
      const Engine::StreamFacts facts = engine_.FactsOf(*stream);
      for (const OperatorFacts& op : facts.facts.operators) stats.size_bytes += op.state_bytes + op.state_disk_bytes;
      if (entry.is_stream()) stats.watermark = engine_.MillisReachedBy(*stream);
    } else if (const auto facts = engine_.FactsOf(entry.name)) {
      stats.size_bytes = engine_.HistoryBytes(entry.name);
      stats.watermark = facts->watermark;
    }
  }
  stats.epoch = count->epoch();
  const std::vector<Ref<RowBatch>> rows = CollectRows(*count);
  stats.row_count = static_cast<const int64_t*>(rows[0]->delta().columns[0].values)[0];
  return stats;
}

uint64_t Database::WaitFor(std::string_view name, const WaitTarget& what, const std::function<void()>& check) {
  Waiter::Deadline deadline;
  if (what.timeout) {
    constexpr double kForever = 1e9;  // seconds; more does not fit the clock
    deadline = std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                                      std::chrono::duration<double>(std::min(*what.timeout, kForever)));
  }
  const uint64_t accepted = engine_.Synchronize();
  bool known = false;
  const auto reached = [&] {
    check();
    const bool stopped = state() == PipelineState::kStopped;
    {
      std::shared_lock catalog(catalog_mutex_);
      if (known && catalog_.Find(name) == nullptr) {
        throw Error(ErrorCode::kSubscriptionClosed, fmt::format("\"{}\" was dropped", name));
      }
      const CatalogEntry& entry = catalog_.Get(name);
      known = true;
      if (what.watermark) {
        Timestamp watermark = kNoWatermark;
        if (entry.is_stream()) {
          const std::shared_ptr<Stream> stream = engine_.FindStream(entry.name);
          if (stream) watermark = engine_.MillisReachedBy(*stream);
        } else if (entry.is_source()) {
          if (const auto facts = engine_.FactsOf(entry.name)) watermark = facts->watermark;
        } else {
          throw Error(ErrorCode::kQueryFailed,
                      fmt::format("{} \"{}\" has no watermark to wait for: sources and streams have one",
                                  RelationKindName(entry.kind), entry.name));
        }
        if (watermark == kNoWatermark || watermark < *what.watermark) {
          if (stopped) throw Error(ErrorCode::kShutdown, "the database is shut down: no more input will come");
          return false;
        }
      }
    }
    if (what.epoch && engine_.epoch() < *what.epoch) {
      if (stopped) throw Error(ErrorCode::kShutdown, "the database is shut down: no more input will come");
      return false;
    }
    return true;
  };
  if (!engine_.WaitForSteps(reached, deadline)) {
    throw Error(ErrorCode::kSubscriptionTimeout,
                fmt::format("timeout: \"{}\" did not get there within {} s; epoch {} is in", name, *what.timeout,
                            engine_.epoch()));
  }
  // A source's watermark moves when rows are accepted; on return they are in.
  return std::max(accepted, engine_.Synchronize());
}

}  // namespace laminar
