// How a subscription comes about: from SQL or a stream's name to a cursor on a changelog.
#include <fmt/format.h>

#include <utility>

#include "common/sql_error.h"
#include "main/database.h"
#include "main/statement_runner.h"
#include "main/subscription_rep.h"
#include "planner/ddl.h"

namespace laminar {

namespace {

Overflow OverflowOf(OnOverflow on_overflow) {
  switch (on_overflow) {
    case OnOverflow::kSpill:
      return Overflow::kSpill;
    case OnOverflow::kBlock:
      return Overflow::kBlock;
    case OnOverflow::kDropOldest:
      return Overflow::kDropOldest;
    case OnOverflow::kError:
      return Overflow::kError;
  }
  return Overflow::kSpill;
}

bool WeightShown(bool append_only, bool always_weight, const std::string& reason, const SubscribeOptions& options) {
  if (options.weights == false && !append_only) {
    throw Error(ErrorCode::kSubscriptionFailed,
                fmt::format("weights=False was asked for, but the result can retract: {}", reason));
  }
  return !append_only || always_weight || options.weights == true;
}

/// AS OF EPOCH is from_epoch, said in SQL.
void ResumeAsOf(const sql::SubscribeStatement& statement, std::string_view sql, SubscribeOptions* options) {
  const std::optional<uint64_t> epoch = EpochOf(statement, sql);
  if (!epoch) return;
  if (options->from_epoch && options->from_epoch != epoch) {
    throw MakeSqlError(
        ErrorCode::kQueryFailed, sql, statement.as_of_epoch->span,
        fmt::format("AS OF EPOCH {} and from_epoch={} contradict each other", *epoch, *options->from_epoch));
  }
  options->from_epoch = epoch;
}

/// The stream that SUBSCRIBE n is about when it asks for nothing but its changes, as they are delivered to everybody.
std::optional<StreamEntry> WholeStream(const Catalog& catalog, const sql::SubscribeStatement& statement,
                                       std::string_view sql) {
  if (statement.where != nullptr || statement.emit != nullptr || statement.name.parts.size() != 1) return std::nullopt;
  const StreamEntry* entry = catalog.FindStream(RelationName(statement.name, sql));
  return entry == nullptr ? std::nullopt : std::optional(*entry);
}

}  // namespace

Database::NewSubscription Database::BeginSubscription(std::string sql, const SubscribeOptions& options) {
  NewSubscription made{queries_.NewId(), std::move(sql), {}};
  made.request.snapshot = options.snapshot;
  made.request.from_epoch = options.from_epoch;
  made.request.overflow = OverflowOf(options.on_overflow);
  made.request.subscriber = fmt::format("subscription {} ({})", made.id, made.sql);
  return made;
}

std::shared_ptr<Subscription::Rep> Database::MakeSubscription(NewSubscription made,
                                                              std::shared_ptr<ChangelogCursor> cursor, Schema schema,
                                                              bool with_weight, std::shared_ptr<Stream> own_stream) {
  auto rep = std::make_shared<Subscription::Rep>(shared_from_this(), std::move(cursor), std::move(schema), with_weight,
                                                 std::move(own_stream));
  // Known to the subscription before anybody can cancel it by its number.
  rep->query_id = made.id;
  queries_.Start(made.id, std::move(made.sql), [weak = std::weak_ptr(rep)] {
    if (const auto subscription = weak.lock()) subscription->Cancel();
  });
  return rep;
}

std::shared_ptr<Subscription::Rep> Database::Subscribe(const SqlCall& call, const SubscribeOptions& options) {
  const sql::StatementPtr statement = ParseCall(call);
  const ProgramNames program = NamesOf(call.tables, *statement);
  return SubscribeStatement(*statement, call.sql, options, &program);
}

std::shared_ptr<Subscription::Rep> Database::SubscribeStatement(const sql::Statement& statement, std::string_view sql,
                                                                const SubscribeOptions& given,
                                                                const ProgramNames* program) {
  if (state() == PipelineState::kStopped) throw Error(ErrorCode::kShutdown, "the database is shut down");
  SubscribeOptions options = given;
  const std::string text(sql.substr(statement.span.begin, statement.span.end - statement.span.begin));
  std::shared_lock relations(relations_mutex_);
  PlannedQuery planned;
  {
    std::shared_lock catalog(catalog_mutex_);
    PlanOptions plan_options = Options(PlanOptions::Stream());
    plan_options.program = program;
    if (const auto* subscribe = statement.If<sql::SubscribeStatement>()) {
      ResumeAsOf(*subscribe, sql, &options);
      if (const std::optional<StreamEntry> whole = WholeStream(catalog_, *subscribe, sql)) {
        catalog.unlock();
        return SubscribeLocked(*whole, text, options);
      }
      planned = PlanSubscribe(catalog_, *subscribe, sql, plan_options);
    } else if (const auto* query = statement.If<sql::QueryStatement>()) {
      planned = PlanQuery(catalog_, *query->query, sql, plan_options);
    } else {
      throw Error(ErrorCode::kQueryFailed, "only a SELECT, VALUES or SUBSCRIBE can be subscribed to");
    }
  }
  const bool with_weight = WeightShown(planned.append_only, planned.always_weight, planned.retracts_because, options);
  NewSubscription made = BeginSubscription(text, options);
  std::shared_ptr<ChangelogCursor> cursor;
  std::shared_ptr<Stream> stream = ValueOrThrow(
      engine_.AddStream({.name = made.sql, .named = false}, std::move(planned.dataflow), &cursor, made.request));
  return MakeSubscription(std::move(made), std::move(cursor), planned.delivered(), with_weight, std::move(stream));
}

std::shared_ptr<Subscription::Rep> Database::SubscribeStream(std::string_view name, const SubscribeOptions& options) {
  if (state() == PipelineState::kStopped) throw Error(ErrorCode::kShutdown, "the database is shut down");
  std::shared_lock relations(relations_mutex_);
  std::shared_lock catalog(catalog_mutex_);
  const StreamEntry entry = catalog_.GetStream(name);
  catalog.unlock();
  return SubscribeLocked(entry, fmt::format("SUBSCRIBE {}", entry.name), options);
}

std::shared_ptr<Subscription::Rep> Database::SubscribeLocked(const StreamEntry& entry, std::string sql,
                                                             const SubscribeOptions& options) {
  const bool with_weight = WeightShown(entry.append_only, entry.always_weight, entry.retracts_because, options);
  const std::shared_ptr<Stream> stream = engine_.FindStream(entry.name);
  if (!stream) throw Error(ErrorCode::kSubscriptionFailed, fmt::format("stream \"{}\" is not running", entry.name));
  NewSubscription made = BeginSubscription(std::move(sql), options);
  std::shared_ptr<ChangelogCursor> cursor = ValueOrThrow(engine_.Subscribe(stream, made.request));
  return MakeSubscription(std::move(made), std::move(cursor),
                          DeliveredSchema(entry.schema, entry.on_update, entry.update_key), with_weight, nullptr);
}

}  // namespace laminar
