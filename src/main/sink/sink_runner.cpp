#include "main/sink/sink_runner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <mutex>
#include <random>
#include <utility>

#include "common/sql_error.h"
#include "main/durable/definition.h"
#include "main/sink/callback_sink.h"
#include "main/statement_runner.h"
#include "planner/binder/file_table_binder.h"
#include "sql/parser.h"

namespace laminar {

namespace {

std::vector<FileOption> BindOptions(const std::vector<sql::Option>& options, std::string_view sql) {
  std::vector<FileOption> bound;
  for (const sql::Option& option : options) {
    bound.push_back(BindFileOption(option.key, *option.value, option.span, sql));
  }
  return bound;
}

const FileOption* Find(const std::vector<FileOption>& options, std::string_view key) {
  const auto found = std::ranges::find(options, key, &FileOption::key);
  return found == options.end() ? nullptr : &*found;
}

/// INTO connector (…), or WITH (connector = '…', …).
struct ConnectorCall {
  std::string name;
  SourceSpan span;
  std::vector<FileOption> options;
};

ConnectorCall BindConnector(const sql::CreateSinkStatement& statement, std::string_view sql) {
  ConnectorCall call;
  call.options = BindOptions(statement.options, sql);
  if (statement.connector != nullptr) {
    call.name = statement.connector->name.name;
    call.span = statement.connector->span;
    for (FileOption& option : BindOptions(statement.connector->options, sql)) call.options.push_back(std::move(option));
  } else if (const FileOption* connector = Find(call.options, "connector")) {
    call.name = TextOption(*connector, sql);
    call.span = connector->span;
  } else {
    throw MakeSqlError(ErrorCode::kQueryFailed, sql, statement.span,
                       "a sink needs a connector: INTO FILE (…), or WITH (connector = 'file', …)");
  }
  if (!NamesEqual(call.name, "file")) {
    throw MakeSqlError(ErrorCode::kQueryFailed, sql, call.span,
                       fmt::format("a sink into \"{}\" is not supported yet; there is FILE", call.name),
                       NearestNames(call.name, {"file"}));
  }
  return call;
}

bool TakesSnapshot(const ConnectorCall& connector, std::string_view sql) {
  const FileOption* option = Find(connector.options, "snapshot");
  return option == nullptr || BooleanOption(*option, sql);
}

/// Never given twice, and not 0.
uint64_t NewSinkId() {
  static std::random_device random;
  static std::mutex mutex;
  std::lock_guard guard(mutex);
  return (uint64_t{random()} << 32 | random()) | 1;
}

std::vector<DataType> TypesOf(const Schema& schema) {
  std::vector<DataType> types;
  for (const Field& field : schema.fields()) types.push_back(field.type);
  return types;
}

}  // namespace

std::vector<ConnectorFacts> Connectors(bool durable) {
  return {
      {"file", "sink", durable ? "exactly_once" : "at_most_once",
       durable ? "rows into CSV, JSON or Parquet files, local or in an object store; each once, whatever crashes"
               : "rows into CSV, JSON or Parquet files, local or in an object store; each once while the process lives "
                 "(exactly_once in a database with a directory)"},
      {"callback", "sink", "at_most_once",
       "changes into a function of the program (create_sink); each once, one that fails is counted and passed over"},
  };
}

PlannedSink PlanSink(const Database& database, const Catalog& catalog, sql::CreateSinkStatement& statement,
                     std::string_view sql) {
  PlannedSink sink;
  if (statement.from && statement.emit == nullptr) {
    const CatalogEntry* entry = catalog.Find(RelationName(*statement.from, sql));
    if (entry != nullptr && entry->is_stream()) {
      const auto& stream = static_cast<const StreamEntry&>(*entry);
      sink.stream = stream.name;
      sink.input = {stream.schema, stream.append_only && !stream.always_weight, stream.retracts_because, stream.keys};
      if (stream.always_weight) sink.input.retracts_because = "EMIT CHANGES delivers weights";
      sink.reads = {stream.name};
      return sink;
    }
  }
  const PlanOptions options = database.Options(PlanOptions::Stream());
  if (statement.from) {
    sql::SubscribeStatement subscribe;
    subscribe.span = statement.from->span;
    subscribe.name = *statement.from;
    subscribe.emit = std::move(statement.emit);
    sink.query = PlanSubscribe(catalog, subscribe, sql, options);
  } else {
    sink.query = PlanQuery(catalog, *statement.query, sql, options);
  }
  sink.input = {sink.query.schema, sink.query.append_only && !sink.query.always_weight, sink.query.retracts_because,
                sink.query.keys};
  if (sink.query.append_only && sink.query.always_weight) {
    sink.input.retracts_because = "EMIT CHANGES delivers weights";
  }
  sink.reads = sink.query.reads;
  sink.calls = sink.query.calls;
  return sink;
}

void StatementRunner::StartSink(SinkEntry given, PlannedSink planned, bool snapshot, bool net, const SinkOpener& open) {
  auto entry = std::make_unique<SinkEntry>(std::move(given));
  entry->schema = planned.input.schema;
  entry->reads = planned.reads;
  entry->calls = planned.calls;

  std::shared_lock relations(database_.relations_mutex_);
  {
    std::shared_lock catalog(database_.catalog_mutex_);
    database_.catalog_.CheckFree(entry->name);
  }
  // A function of the program ends with it, and so does its sink.
  const std::string definition = entry->connector == "callback" ? std::string() : SinkCreated(*entry);
  SinkStart start;
  start.id = database_.sink_records_ ? entry->id : 0;
  StartWorker(*entry, std::move(planned), snapshot, net, open, replaced_ + definition, std::move(start));
  replaced_.clear();
  std::unique_lock catalog(database_.catalog_mutex_);
  database_.catalog_.Add(std::move(entry));
}

void StatementRunner::StartWorker(const SinkEntry& sink, PlannedSink planned, bool snapshot, bool net,
                                  const SinkOpener& open, std::string_view definition, SinkStart start) {
  std::unique_ptr<SinkOutput> output = open();
  std::vector<DataType> types = TypesOf(planned.input.schema);
  std::shared_ptr<Stream> own_stream;
  Engine& engine = database_.engine_;
  try {
    if (planned.stream) {
      const std::shared_ptr<Stream> stream = engine.FindStream(*planned.stream);
      if (!stream) throw Error(ErrorCode::kQueryFailed, fmt::format("stream \"{}\" is not running", *planned.stream));
      ThrowIfError(engine.Subscribe(stream, {.snapshot = snapshot}, definition, &start.cursor));
    } else {
      own_stream = ValueOrThrow(engine.AddStream({.name = "", .named = false}, std::move(planned.query.dataflow),
                                                 &start.cursor, {.snapshot = snapshot}, definition));
    }
  } catch (...) {
    // Logged, and then its first rows could not be made.
    if (start.cursor && !definition.empty()) {
      replaced_.clear();
      ThrowIfError(engine.Define(Dropped(sink.name)));
    }
    throw;
  }
  start.cursor->DeliverFirst(std::exchange(start.earlier, {}));
  database_.sinks_.Add(sink.name, std::make_shared<SinkWorker>(sink.name, std::move(start), std::move(output),
                                                               std::move(types), net, std::move(own_stream)));
}

void StatementRunner::ResumeSink(const SinkEntry& sink, SinkMissed missed) {
  const std::optional<SinkRecord> record = ValueOrThrow(database_.sink_records_->Load(sink.id));
  if (!record) return;
  if (missed.lost && !record->ended) {
    throw Error(
        ErrorCode::kQueryFailed,
        "it had failed when a checkpoint was made, and what it had not carried out by then is lost: DROP it, and "
        "CREATE it with another path");
  }
  const sql::StatementPtr parsed = sql::ParseStatement(sql_);
  auto& statement = parsed->As<sql::CreateSinkStatement>();
  const ConnectorCall connector = BindConnector(statement, sql_);
  PlannedSink planned = PlanSink(database_, database_.catalog_, statement, sql_);
  const SinkInput input = planned.input;
  const FileSinkOptions options = CheckFileSink(connector.options, connector.span, input, sql_, true);
  SinkStart start;
  start.id = sink.id;
  start.behind = record->epoch;
  start.held = true;
  if (missed.changes) start.earlier = missed.changes(TypesOf(input.schema));
  const bool snapshot = !missed.restored && TakesSnapshot(connector, sql_);
  const SinkIdentity identity{database_.sink_records_.get(), sink.id};
  StartWorker(
      sink, std::move(planned), snapshot, options.write.form != RowForm::kRows,
      [&] { return ValueOrThrow(OpenFileSink(options, input, identity, &*record)); }, {}, std::move(start));
}

ExecuteResult StatementRunner::CreateSink(sql::CreateSinkStatement& statement) {
  const ConnectorCall connector = BindConnector(statement, sql_);
  const bool snapshot = TakesSnapshot(connector, sql_);
  std::unique_lock create(database_.create_mutex_);
  PlannedSink planned;
  {
    std::shared_lock catalog(database_.catalog_mutex_);
    planned = PlanSink(database_, database_.catalog_, statement, sql_);
  }
  ExecuteResult result;
  result.type = ExecuteResult::Type::kDdl;
  result.ddl_type = "CREATE SINK";
  result.ddl_object = RelationName(statement.head.name, sql_);
  result.warnings = planned.query.warnings;
  if (PrepareName(statement.head, RelationKind::kSink)) return result;
  // One that is replaced lets go of its file first. Its function may want the create lock, a file's writer does not.
  create.unlock();
  database_.sinks_.FinishRetired();
  create.lock();
  const SinkInput input = planned.input;
  const FileSinkOptions options = CheckFileSink(connector.options, connector.span, input, sql_);
  SinkEntry entry;
  entry.name = result.ddl_object;
  entry.sql = TextOf(statement.span);
  entry.connector = "file";
  entry.id = NewSinkId();
  const SinkIdentity identity{database_.sink_records_.get(), entry.id};
  StartSink(std::move(entry), std::move(planned), snapshot, options.write.form != RowForm::kRows,
            [&] { return ValueOrThrow(OpenFileSink(options, input, identity)); });
  if (database_.engine_.AwaitDurable().ok()) database_.sinks_.ForgetRetired();
  return result;
}

void Database::CreateSink(std::string_view name, std::string_view source, SinkFunction function, bool snapshot) {
  if (state() == PipelineState::kStopped) throw Error(ErrorCode::kShutdown, "the database is shut down");
  // A query, or the name of what is read whole.
  sql::CreateSinkStatement statement;
  const std::string sql(source);
  const bool is_query = source.find_first_of(" \t\n(") != std::string_view::npos;
  sql::StatementPtr parsed;
  if (is_query) {
    parsed = ParseCall({sql, {}});
    if (parsed->kind != sql::StatementKind::kQuery) {
      throw Error(ErrorCode::kQueryFailed, "a sink reads a stream, by its name, or a SELECT");
    }
    statement.query = std::move(parsed->As<sql::QueryStatement>().query);
  } else {
    statement.from.emplace();
    sql::Identifier identifier;
    identifier.name = sql;
    statement.from->span = identifier.span = {0, static_cast<uint32_t>(sql.size())};
    statement.from->parts.push_back(std::move(identifier));
  }
  std::unique_lock create(create_mutex_);
  PlannedSink planned;
  {
    std::shared_lock catalog(catalog_mutex_);
    catalog_.CheckFree(name);
    planned = PlanSink(*this, catalog_, statement, sql);
  }
  const SinkInput input = planned.input;
  SinkEntry entry;
  entry.name = name;
  entry.sql = fmt::format("create_sink({})", sql);
  entry.connector = "callback";
  StatementRunner(*this, sql).StartSink(std::move(entry), std::move(planned), snapshot, !input.append_only, [&] {
    return MakeCallbackSink(std::move(function), input);
  });
}

std::vector<SinkInfo> Database::ListSinks() {
  std::shared_lock catalog(catalog_mutex_);
  return SinksLocked();
}

std::vector<SinkInfo> Database::SinksLocked() {
  std::vector<SinkInfo> sinks;
  for (const CatalogEntry* entry : catalog_.List(RelationKind::kSink)) {
    const auto& sink = static_cast<const SinkEntry&>(*entry);
    const SinkFacts facts = sinks_.FactsOf(sink.name).value_or(SinkFacts{});
    SinkInfo info;
    info.name = sink.name;
    info.connector = sink.connector;
    info.reads = sink.reads;
    info.sql = sink.sql;
    info.rows = facts.rows;
    info.errors = facts.errors;
    info.status = facts.failed ? "failed" : facts.finished ? "finished" : "running";
    info.last_error = facts.last_error;
    sinks.push_back(std::move(info));
  }
  return sinks;
}

}  // namespace laminar
