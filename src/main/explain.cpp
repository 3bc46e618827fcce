// EXPLAIN: of what would run, of a query that is run for it, and of a stream that is running.
#include "planner/explain/explain.h"

#include <fmt/format.h>

#include <utility>

#include "common/sql_error.h"
#include "main/facts.h"
#include "main/now.h"
#include "main/statement_runner.h"

namespace laminar {

std::string StatementRunner::PlanText(const sql::Statement& statement, sql::ExplainFormat format) {
  std::shared_lock catalog(database_.catalog_mutex_);
  const Catalog& names = database_.catalog_;
  const auto text = [&](const PlannedQuery& planned) {
    return laminar::Explain({planned.dataflow, Delivery::Of(planned), planned.warnings}, format);
  };
  const auto streamed = [&](PlannedQuery planned, bool alone) {
    const Delivery delivery = Delivery::Of(planned);
    if (alone) return laminar::Explain({planned.dataflow, delivery, planned.warnings}, format);
    const DataflowSpec outline = database_.engine_.OutlineOfPlanned(std::move(planned.dataflow));
    return laminar::Explain({outline, delivery, planned.warnings}, format);
  };
  if (const auto* query = statement.If<sql::QueryStatement>()) {
    // The continuous plan, unless the query has only a one-shot form.
    const sql::Query& body = *query->query;
    PlannedQuery once = PlanQuery(names, body, sql_, Options(PlanOptions::Query()));
    if (once.once_only || !body.order_by.empty() || body.order_by_all || body.limit || body.offset) return text(once);
    return streamed(PlanQuery(names, body, sql_, Options(PlanOptions::Stream())), false);
  }
  if (const auto* stream = statement.If<sql::CreateStreamStatement>()) {
    PlannedStream planned = PlanCreateStream(names, *stream, sql_, Options(PlanOptions::Stream()));
    // A row in error is the end of such a stream, and no affair of others with an equal node.
    const bool alone = StreamOptionsOf(*planned.entry).stop_on_error;
    return streamed(std::move(planned.query), alone);
  }
  if (const auto* insert = statement.If<sql::InsertStatement>()) {
    return text(PlanInsert(names, *insert, sql_, Options(PlanOptions::Query())).query);
  }
  if (const auto* update = statement.If<sql::UpdateStatement>()) {
    return text(PlanUpdate(names, *update, sql_, Options(PlanOptions::Query())).query);
  }
  if (const auto* remove = statement.If<sql::DeleteStatement>()) {
    return text(PlanDelete(names, *remove, sql_, Options(PlanOptions::Query())).query);
  }
  throw MakeSqlError(ErrorCode::kQueryFailed, sql_, statement.span,
                     "only a query, a change of rows, a stream or a materialized view has a plan");
}

std::string StatementRunner::ExplainRun(const sql::Statement& statement, sql::ExplainFormat format) {
  const auto* query = statement.If<sql::QueryStatement>();
  if (query == nullptr) {
    throw MakeSqlError(ErrorCode::kQueryFailed, sql_, statement.span,
                       "ANALYZE runs what it explains: only a query, or, by its name, a stream that is there already");
  }
  std::unique_ptr<QueryRun> run;
  Delivery delivery;
  const std::vector<std::string> warnings;  // about what is kept: nothing is
  {
    std::shared_lock catalog(database_.catalog_mutex_);
    PlannedQuery planned = PlanQuery(database_.catalog_, *query->query, sql_, Options(PlanOptions::Query()));
    delivery = Delivery::Of(planned);
    QueryInputs inputs = ValueOrThrow(database_.engine_.FreezeInputs(planned.dataflow));
    run = std::make_unique<QueryRun>(std::move(planned.dataflow), std::move(inputs), NowMicros());
  }
  run->TimeEverything();
  RunningQuery running(database_, TextOf(query->query->span), std::move(run));
  running.Collect();
  const DataflowFacts facts = running.run().Facts();
  return laminar::Explain({running.run().spec(), std::move(delivery), warnings, &facts}, format);
}

std::string StatementRunner::ExplainStream(const sql::QualifiedName& qualified, bool analyze,
                                           sql::ExplainFormat format) {
  const std::string& name = RelationName(qualified, sql_);
  std::shared_lock catalog(database_.catalog_mutex_);
  const StreamEntry* entry = database_.catalog_.FindStream(name);
  const std::shared_ptr<Stream> stream = entry == nullptr ? nullptr : database_.engine_.FindStream(entry->name);
  if (!stream) {
    std::vector<std::string> known;
    for (const CatalogEntry* other : database_.catalog_.All()) {
      if (other->is_stream()) known.push_back(other->name);
    }
    throw MakeSqlError(ErrorCode::kQueryFailed, sql_, qualified.span,
                       fmt::format("there is no stream named \"{}\"", name), NearestNames(name, known));
  }
  const std::vector<std::string> warnings;  // CREATE has given them
  // As a query of it would: what was accepted before is in.
  if (analyze) database_.engine_.Synchronize();
  const Engine::StreamFacts running = database_.engine_.FactsOf(*stream);
  return laminar::Explain({running.outline, Delivery::Of(*entry), warnings, analyze ? &running.facts : nullptr},
                          format);
}

std::string StatementRunner::ExplainText(const sql::ExplainStatement& statement) {
  if (statement.stream) return ExplainStream(*statement.stream, statement.analyze, statement.format);
  if (statement.analyze) return ExplainRun(*statement.statement, statement.format);
  return PlanText(*statement.statement, statement.format);
}

QueryResult StatementRunner::Explain(const sql::ExplainStatement& statement) {
  std::string plan = ExplainText(statement);
  MetadataTable table({{"plan", TypeId::kVarchar}});
  // One cell in every format: a program has it whole, and a table that has one column is drawn over its lines.
  table.AddRow({Text(std::move(plan))});
  return table.Finish();
}

}  // namespace laminar
