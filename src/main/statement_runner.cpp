#include "main/statement_runner.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <map>
#include <utility>

#include "common/sql_error.h"
#include "main/durable/definition.h"
#include "main/listed_query.h"
#include "main/now.h"
#include "main/parameters.h"
#include "main/program_tables.h"
#include "main/result_rep.h"
#include "main/row_change.h"
#include "main/sink/sink_runner.h"
#include "main/source/file_source_options.h"
#include "planner/binder/file_table_binder.h"
#include "sql/parser.h"
#include "storage/log.h"

namespace laminar {

namespace {

ExecuteResult Ddl(std::string type, std::string object) {
  ExecuteResult result;
  result.type = ExecuteResult::Type::kDdl;
  result.ddl_type = std::move(type);
  result.ddl_object = std::move(object);
  return result;
}

/// Whether the statement changes what is in the database.
bool Changes(const sql::Statement& statement) {
  using Kind = sql::StatementKind;
  switch (statement.kind) {
    case Kind::kCreateSource:
    case Kind::kCreateStream:
    case Kind::kCreateView:
    case Kind::kCreateTable:
    case Kind::kCreateSink:
    case Kind::kCreateLookupTable:
    case Kind::kCreateFunction:
    case Kind::kDrop:
    case Kind::kAlter:
    case Kind::kInsert:
    case Kind::kUpdate:
    case Kind::kDelete:
    case Kind::kTruncate:
      return true;
    case Kind::kCopy:
      return !statement.As<sql::CopyStatement>().to_file;
    case Kind::kTransaction:
    case Kind::kQuery:
    case Kind::kShow:
    case Kind::kShowCreate:
    case Kind::kDescribe:
    case Kind::kExplain:
    case Kind::kSubscribe:
    case Kind::kDeclareCursor:
    case Kind::kFetch:
    case Kind::kCloseCursor:
    case Kind::kSet:
      return false;
  }
  return true;
}

/// "CREATE MATERIALIZED VIEW" from a verb and a kind.
std::string DdlType(std::string_view verb, RelationKind kind) {
  std::string type = fmt::format("{} {}", verb, RelationKindName(kind));
  for (char& c : type) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return type;
}

}  // namespace

void StatementRunner::NotSupported(std::string_view what, SourceSpan span) const {
  throw MakeSqlError(ErrorCode::kQueryFailed, sql_, span, fmt::format("{} is not supported yet", what));
}

Error StatementRunner::Placed(const Error& error, SourceSpan span) const {
  if (error.position()) return error;
  // The message names the candidates already.
  return MakeSqlError(error.code(), sql_, span, error.what()).WithCandidates(error.candidates());
}

ExecuteResult StatementRunner::Run(sql::StatementPtr statement) {
  using Kind = sql::StatementKind;
  if (Changes(*statement)) AtPlace(statement->span, [&] { database_.CheckWritable(); });
  switch (statement->kind) {
    case Kind::kCreateSource:
      return CreateSource(statement->As<sql::CreateSourceStatement>());
    case Kind::kCreateStream:
      return CreateStream(statement->As<sql::CreateStreamStatement>());
    case Kind::kCreateView:
      return CreateView(std::move(statement));
    case Kind::kDrop:
      return Drop(statement->As<sql::DropStatement>());
    case Kind::kInsert:
      return Insert(statement->As<sql::InsertStatement>());
    case Kind::kUpdate:
      return Update(statement->As<sql::UpdateStatement>());
    case Kind::kDelete:
      return Delete(statement->As<sql::DeleteStatement>());
    case Kind::kTruncate:
      return Truncate(statement->As<sql::TruncateStatement>());
    case Kind::kCreateTable:
      return CreateTable(statement->As<sql::CreateTableStatement>());
    case Kind::kTransaction:
      NotSupported("BEGIN, COMMIT or ROLLBACK here", statement->span);
    case Kind::kQuery:
    case Kind::kShow:
    case Kind::kShowCreate:
    case Kind::kDescribe:
    case Kind::kExplain: {
      ExecuteResult result;
      result.type = statement->kind == Kind::kQuery ? ExecuteResult::Type::kQuery : ExecuteResult::Type::kMetadata;
      result.result = Rows(*statement);
      return result;
    }
    case Kind::kCreateSink:
      return CreateSink(statement->As<sql::CreateSinkStatement>());
    case Kind::kCreateLookupTable:
      NotSupported("CREATE LOOKUP TABLE", statement->span);
    case Kind::kCreateFunction:
      return CreateFunction(statement->As<sql::CreateFunctionStatement>());
    case Kind::kAlter:
      return Alter(statement->As<sql::AlterStatement>());
    case Kind::kCopy:
      return Copy(statement->As<sql::CopyStatement>());
    case Kind::kSubscribe:
      throw MakeSqlError(ErrorCode::kQueryFailed, sql_, statement->span,
                         "SUBSCRIBE delivers changes without end: use subscribe(), not execute()");
    case Kind::kDeclareCursor:
    case Kind::kFetch:
    case Kind::kCloseCursor:
      NotSupported("a cursor that no connection has", statement->span);
    case Kind::kSet:
      return Set(statement->As<sql::SetStatement>());
  }
  NotSupported("this statement", statement->span);
}

QueryResult StatementRunner::Rows(const sql::Statement& statement) {
  using Kind = sql::StatementKind;
  switch (statement.kind) {
    case Kind::kQuery:
      return RunQuery(*statement.As<sql::QueryStatement>().query);
    case Kind::kShow:
      return Show(statement.As<sql::ShowStatement>());
    case Kind::kShowCreate:
      return ShowCreate(statement.As<sql::ShowCreateStatement>());
    case Kind::kDescribe:
      return Describe(statement.As<sql::DescribeStatement>());
    case Kind::kExplain:
      return Explain(statement.As<sql::ExplainStatement>());
    default:
      throw MakeSqlError(ErrorCode::kQueryFailed, sql_, statement.span,
                         "this statement returns no rows: use execute()");
  }
}

std::unique_ptr<QueryRun> StatementRunner::OpenQuery(const sql::Query& query) {
  std::shared_lock catalog(database_.catalog_mutex_);
  PlannedQuery planned = PlanQuery(database_.catalog_, query, sql_, Options(PlanOptions::Query()));
  QueryInputs inputs = ValueOrThrow(database_.engine_.FreezeInputs(planned.dataflow));
  if (within_ != nullptr) within_->AddChanges(planned.dataflow, &inputs);
  return std::make_unique<QueryRun>(std::move(planned.dataflow), std::move(inputs), NowMicros());
}

QueryResult StatementRunner::RunQuery(const sql::Query& query) {
  const std::shared_ptr<QueryRun> run = OpenQuery(query);
  std::vector<Ref<RowBatch>> batches = Drain(run, query);
  return MakeQueryResult(MakeSchemaRep(run->schema(), false), std::move(batches), run->epoch(), false);
}

std::vector<Ref<RowBatch>> StatementRunner::Drain(const std::shared_ptr<QueryRun>& run, const sql::Query& query) {
  const ListedQuery listed(database_.queries_, TextOf(query.span), [run] { run->Cancel(); });
  std::vector<Ref<RowBatch>> batches;
  while (Ref<RowBatch> batch = ValueOrThrow(run->NextBatch())) batches.push_back(std::move(batch));
  for (const std::string& warning : run->warnings()) spdlog::warn("{}", warning);
  return batches;
}

PlanOptions StatementRunner::Options(PlanOptions base) const {
  base.program = program_;
  return database_.Options(base);
}

void StatementRunner::FillInStatement(CatalogEntry* entry, SourceSpan span) {
  if (entry->sql.empty()) entry->sql = TextOf(span);
}

void StatementRunner::EraseLocked(const std::string& name) {
  const CatalogEntry& entry = database_.catalog_.Get(name);
  const std::string spelled = entry.name;
  if (entry.is_stream()) {
    if (const std::shared_ptr<Stream> stream = database_.engine_.FindStream(spelled)) {
      database_.engine_.RemoveStream(stream,
                                     Error(ErrorCode::kSubscriptionClosed, fmt::format("\"{}\" was dropped", spelled)));
    }
    database_.engine_.Resume(spelled);
  } else if (entry.is_source()) {
    database_.file_sources_.Retire(spelled);
    database_.engine_.RemoveSource(
        spelled, Error(ErrorCode::kSubscriptionClosed, fmt::format("source \"{}\" was dropped", spelled)));
    database_.intakes_.erase(spelled);
  } else if (entry.is_table()) {
    database_.engine_.RemoveTable(
        spelled, Error(ErrorCode::kSubscriptionClosed, fmt::format("table \"{}\" was dropped", spelled)));
    database_.intakes_.erase(spelled);
  } else if (entry.is_sink()) {
    database_.sinks_.Retire(spelled);
  }
  database_.catalog_.Erase(spelled);
  database_.engine_.WakeWaiters();
}

std::string StatementRunner::DropDefinition(const std::string& name) const {
  const CatalogEntry& entry = database_.catalog_.Get(name);
  const bool unlogged = entry.is_sink() && static_cast<const SinkEntry&>(entry).connector == "callback";
  return unlogged ? std::string() : Dropped(entry.name);
}

void StatementRunner::OpenDoomed(WriteSet& writer, const sql::QualifiedName& name) {
  if (const std::optional<ResolvedSource> table = TableNamed(name)) writer.Open(*table);
}

bool StatementRunner::PrepareName(const sql::CreateHead& head, RelationKind kind) {
  const std::string& name = RelationName(head.name, sql_);
  std::unique_lock relations(database_.relations_mutex_, std::defer_lock);
  if (head.or_replace) relations.lock();
  std::unique_lock catalog(database_.catalog_mutex_);
  const CatalogEntry* existing = database_.catalog_.Find(name);
  if (existing == nullptr) return false;
  if (head.if_not_exists) return true;
  if (!head.or_replace) AtPlace(head.name.span, [&] { database_.catalog_.CheckFree(name); });
  AtPlace(head.name.span, [&] { database_.catalog_.CheckReplace(name, kind); });
  const std::string gone = existing->name;
  std::string definition = DropDefinition(gone);
  EraseLocked(gone);
  replaced_ = std::move(definition);
  return false;
}

StatementRunner::~StatementRunner() {
  if (replaced_.empty()) return;
  // What was to come instead has failed; the old one is gone all the same.
  if (const Status logged = database_.engine_.Define(replaced_); !logged.ok()) {
    spdlog::error("a DROP is not in the log: {}", logged.message());
  }
}

ExecuteResult StatementRunner::CreateSource(const sql::CreateSourceStatement& statement) {
  std::unique_ptr<SourceEntry> entry = BindCreateSource(statement, sql_);
  FillInStatement(entry.get(), statement.span);
  const std::string name = entry->name;
  std::optional<FileSourceOptions> files;
  if (!entry->connector.empty()) {
    files = CheckFileSource(statement, GivenSchema(*entry), sql_);
    // One that will not wait for files is told at once that there are none.
    if (!files->watch) ThrowIfError(FindFiles(files->pattern).status().Clone());
    entry->options.emplace_back("path", files->pattern);  // whatever the working directory is at the next opening
  }
  std::unique_lock create(database_.create_mutex_);
  if (PrepareName(statement.head, RelationKind::kSource)) return Ddl("CREATE SOURCE", name);
  database_.CreateSourceLocked(std::move(entry), replaced_);
  replaced_.clear();
  if (files) database_.AddFileSource(name, *std::move(files));
  return Ddl("CREATE SOURCE", name);
}

ExecuteResult StatementRunner::CreateTable(const sql::CreateTableStatement& statement) {
  WriteSet writer(database_, true);
  if (statement.head.or_replace) OpenDoomed(writer, statement.head.name);
  std::unique_lock create(database_.create_mutex_);
  PlannedTable planned;
  std::shared_ptr<QueryRun> run;
  {
    std::shared_lock catalog(database_.catalog_mutex_);
    planned = PlanCreateTable(database_.catalog_, statement, sql_, Options(PlanOptions::Query()));
    const std::string& name = planned.entry->name;
    const bool skipped = statement.head.if_not_exists && database_.catalog_.Find(name) != nullptr;
    if (planned.rows && !skipped) {
      QueryInputs inputs = ValueOrThrow(database_.engine_.FreezeInputs(planned.rows->dataflow));
      run = std::make_shared<QueryRun>(std::move(planned.rows->dataflow), std::move(inputs), NowMicros());
    }
  }
  FillInStatement(planned.entry.get(), statement.span);
  const std::string name = planned.entry->name;
  std::vector<Ref<RowBatch>> rows;
  if (run) {
    auto access = std::make_shared<RelationAccess>();
    access->schema = planned.entry->schema;
    access->key = planned.entry->primary_key;
    {
      const ListedQuery listed(database_.queries_, TextOf(statement.span), [run] { run->Cancel(); });
      rows = CollectRows(*run);
    }
    CheckNotNull(rows, access->schema, name);
    rows = DistinctKeys({name, access->schema, 0, access}, std::move(rows));
  }
  if (PrepareName(statement.head, RelationKind::kTable)) return Ddl("CREATE TABLE", name);
  database_.CreateTableLocked(std::move(planned.entry), std::move(rows), replaced_);
  replaced_.clear();
  return Ddl("CREATE TABLE", name);
}

ExecuteResult StatementRunner::CreateStream(const sql::CreateStreamStatement& statement) {
  const RelationKind kind = statement.materialized_view ? RelationKind::kMaterializedView : RelationKind::kStream;
  const std::string type = DdlType("CREATE", kind);
  std::unique_lock create(database_.create_mutex_);
  const auto plan = [&] {
    std::shared_lock catalog(database_.catalog_mutex_);
    return PlanCreateStream(database_.catalog_, statement, sql_, Options(PlanOptions::Stream()));
  };
  // Planned before anything is replaced: a query that is refused leaves the old stream as it was.
  PlannedStream planned = plan();
  if (PrepareName(statement.head, kind)) return Ddl(type, planned.entry->name);
  if (statement.head.or_replace) planned = plan();  // it may have read what was replaced
  FillInStatement(planned.entry.get(), statement.span);
  const std::string name = planned.entry->name;
  ExecuteResult result = Ddl(type, name);
  result.warnings = planned.query.warnings;

  std::shared_lock relations(database_.relations_mutex_);
  const auto added =
      database_.engine_.AddStream(StreamOptionsOf(*planned.entry), std::move(planned.query.dataflow), nullptr,
                                  {.snapshot = false}, replaced_ + StreamCreated(*planned.entry));
  if (!added.ok() && added.status().error().code() == ErrorCode::kSubscriptionFailed) {
    // Over the history already it comes to a row at which it is to stop.
    throw Error(ErrorCode::kQueryFailed, added.status().message());
  }
  ThrowIfError(added.status());
  replaced_.clear();
  std::unique_lock catalog(database_.catalog_mutex_);
  database_.catalog_.Add(std::move(planned.entry));
  return result;
}

ExecuteResult StatementRunner::CreateView(sql::StatementPtr statement) {
  const SourceSpan span = statement->span;
  std::unique_lock create(database_.create_mutex_);
  const auto& head = statement->As<sql::CreateViewStatement>().head;  // the entry keeps the statement
  std::unique_ptr<ViewEntry> entry;
  {
    // Bound before anything is replaced: a query that is refused leaves the old view as it was.
    std::shared_lock catalog(database_.catalog_mutex_);
    entry = BindCreateView(database_.catalog_, std::move(statement), sql_, program_);
  }
  FillInStatement(entry.get(), span);
  const std::string name = entry->name;
  if (PrepareName(head, RelationKind::kView)) return Ddl("CREATE VIEW", name);
  std::unique_lock catalog(database_.catalog_mutex_);
  ThrowIfError(database_.engine_.Define(replaced_ + ViewCreated(*entry)));
  replaced_.clear();
  database_.catalog_.Add(std::move(entry));
  return Ddl("CREATE VIEW", name);
}

ExecuteResult StatementRunner::Drop(const sql::DropStatement& statement) {
  if (statement.object == sql::ObjectKind::kFunction) return DropFunction(statement);
  const RelationKind kind = RelationKindOf(statement.object, sql_, statement.span);
  WriteSet writer(database_, true);
  if (kind == RelationKind::kTable) {
    for (const sql::QualifiedName& name : statement.names) OpenDoomed(writer, name);
  }
  database_.engine_.Synchronize();  // a sink that goes has been given what was accepted before
  // Behind the locks: a function that a sink still calls may want them.
  struct Finish {
    Database& database;
    bool logged = false;
    ~Finish() {
      database.file_sources_.FinishRetired();
      database.sinks_.FinishRetired();
      if (logged && database.engine_.AwaitDurable().ok()) database.sinks_.ForgetRetired();
    }
  } finish{database_};
  std::unique_lock create(database_.create_mutex_);
  std::unique_lock relations(database_.relations_mutex_);
  std::unique_lock catalog(database_.catalog_mutex_);
  std::string last;
  for (const sql::QualifiedName& qualified : statement.names) {
    const std::string& name = RelationName(qualified, sql_);
    last = name;
    if (statement.if_exists && database_.catalog_.Find(name) == nullptr) continue;
    std::vector<std::string> doomed;
    AtPlace(qualified.span, [&] { doomed = database_.catalog_.PlanDrop(name, kind, statement.cascade); });
    std::string definitions;
    for (const std::string& dropped : doomed) definitions += DropDefinition(dropped);
    ThrowIfError(database_.engine_.Define(definitions));
    for (const std::string& dropped : doomed) EraseLocked(dropped);
  }
  finish.logged = true;
  return Ddl(DdlType("DROP", kind), last);
}

ExecuteResult StatementRunner::Set(const sql::SetStatement& statement) {
  const std::string& name = RelationName(statement.name, sql_);
  if (!NamesEqual(name, "durability")) {
    throw MakeSqlError(ErrorCode::kQueryFailed, sql_, statement.name.span,
                       fmt::format("the setting \"{}\" is not supported yet; there is durability", name),
                       NearestNames(name, {"durability"}));
  }
  const SourceSpan span = statement.value->span;
  const std::string mode = LowerCased(TextOption(BindFileOption(name, *statement.value, span, sql_), sql_));
  static const std::map<std::string, LogSync> kModes = {
      {"commit", LogSync::kCommit}, {"interval", LogSync::kInterval}, {"none", LogSync::kNone}};
  const auto found = kModes.find(mode);
  if (found == kModes.end()) {
    throw MakeSqlError(ErrorCode::kQueryFailed, sql_, span,
                       fmt::format("durability is 'commit', 'interval' or 'none', not '{}'", mode));
  }
  if (database_.log_ == nullptr) {
    throw MakeSqlError(ErrorCode::kQueryFailed, sql_, statement.name.span,
                       "this database is in memory: nothing of it is durable");
  }
  database_.log_->SetSync(found->second);
  return Ddl("SET", "durability");
}

// ------------------------------------------------------------------------------------------------ Database

namespace {

ExecuteResult RunInTransaction(Database& database, std::string_view sql, sql::StatementPtr statement,
                               WriteSet& transaction, const ProgramNames* program) {
  using Kind = sql::StatementKind;
  switch (statement->kind) {
    case Kind::kInsert:
    case Kind::kUpdate:
    case Kind::kDelete:
    case Kind::kTruncate:
    case Kind::kCopy:
    case Kind::kQuery:
    case Kind::kShow:
    case Kind::kShowCreate:
    case Kind::kDescribe:
    case Kind::kExplain:
      return StatementRunner(database, sql, &transaction, program).Run(std::move(statement));
    default:
      throw MakeSqlError(ErrorCode::kQueryFailed, sql, statement->span,
                         "only rows change in a transaction: COMMIT or ROLLBACK it before a statement that defines "
                         "something");
  }
}

ExecuteResult EndOrBegin(Database& database, std::string_view sql, const sql::TransactionStatement& statement,
                         Session& session) {
  std::string verb = "BEGIN";
  try {
    if (statement.action == sql::TransactionAction::kBegin) {
      session.Begin(database);
    } else if (statement.action == sql::TransactionAction::kCommit) {
      verb = "COMMIT";
      session.Commit();
    } else {
      verb = "ROLLBACK";
      session.Rollback();
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kQueryFailed) throw;
    throw MakeSqlError(ErrorCode::kQueryFailed, sql, statement.span, error.what());
  }
  return Ddl(std::move(verb), "");
}

ExecuteResult RunStatement(Database& database, const SqlCall& call, sql::StatementPtr statement, Session& session) {
  const std::string_view sql = call.sql;
  if (const auto* declare = statement->If<sql::DeclareCursorStatement>()) {
    session.cursors().Declare(database, *declare, sql);
    return Ddl("DECLARE CURSOR", declare->cursor.name);
  }
  if (const auto* close = statement->If<sql::CloseCursorStatement>()) {
    session.cursors().Close(*close, sql);
    return Ddl("CLOSE CURSOR", close->cursor.name);
  }
  if (const auto* fetch = statement->If<sql::FetchStatement>()) {
    ExecuteResult result;
    result.type = ExecuteResult::Type::kQuery;
    result.result = session.cursors().Fetch(*fetch, sql);
    return result;
  }
  if (const auto* transaction = statement->If<sql::TransactionStatement>()) {
    return EndOrBegin(database, call.sql, *transaction, session);
  }
  const ProgramNames program = database.NamesOf(call.tables, *statement);
  return session.Within([&](WriteSet* within) {
    if (within != nullptr) return RunInTransaction(database, sql, std::move(statement), *within, &program);
    ExecuteResult result = StatementRunner(database, sql, nullptr, &program).Run(std::move(statement));
    // Behind all locks: what the statement defined is as durable as it must be before it is acknowledged.
    if (result.type == ExecuteResult::Type::kDdl) ThrowIfError(database.engine().AwaitDurable());
    return result;
  });
}

}  // namespace

ExecuteResult Database::Execute(const SqlCall& call, Session& session) {
  const std::string_view sql = call.sql;
  if (state() == PipelineState::kStopped) throw Error(ErrorCode::kShutdown, "the database is shut down");
  std::vector<sql::StatementPtr> statements = sql::ParseStatements(sql);
  if (statements.empty()) throw Error(ErrorCode::kSqlParseError, "there is no statement in the SQL text");
  GiveParameters(statements, sql, call.parameters);
  ExecuteResult result;
  std::vector<std::string> warnings;
  for (size_t i = 0; i < statements.size(); ++i) {
    try {
      result = RunStatement(*this, call, std::move(statements[i]), session);
    } catch (const Error& error) {
      if (statements.size() == 1) throw;
      Error numbered(error.code(), fmt::format("statement {} of {}: {}", i + 1, statements.size(), error.what()));
      if (error.position()) throw std::move(numbered).At(*error.position()).WithCandidates(error.candidates());
      throw std::move(numbered).WithCandidates(error.candidates());
    }
    warnings.insert(warnings.end(), result.warnings.begin(), result.warnings.end());
  }
  result.warnings = std::move(warnings);
  return result;
}

void ThrowAsQueryError(const Error& error) {
  Error as_query(ErrorCode::kQueryFailed, error.what());
  if (!error.position()) throw std::move(as_query).WithCandidates(error.candidates());
  throw std::move(as_query).At(*error.position()).WithCandidates(error.candidates());
}

sql::StatementPtr ParseCall(const SqlCall& call) {
  sql::StatementPtr statement;
  try {
    statement = sql::ParseStatement(call.sql);
  } catch (const Error& error) {
    ThrowAsQueryError(error);
  }
  GiveParameters(*statement, call.sql, call.parameters);
  return statement;
}

QueryResult Database::Query(const SqlCall& call, Session& session) {
  const sql::StatementPtr statement = ParseCall(call);
  if (const auto* fetch = statement->If<sql::FetchStatement>()) return session.cursors().Fetch(*fetch, call.sql);
  return Rows(*statement, call, session);
}

QueryResult Database::Rows(const sql::Statement& statement, const SqlCall& call, Session& session) {
  const ProgramNames program = NamesOf(call.tables, statement);
  return session.Within(
      [&](WriteSet* within) { return StatementRunner(*this, call.sql, within, &program).Rows(statement); });
}

std::string Database::ExplainText(const SqlCall& call) {
  const sql::StatementPtr statement = ParseCall(call);
  const ProgramNames program = NamesOf(call.tables, *statement);
  StatementRunner runner(*this, call.sql, nullptr, &program);
  if (const auto* explain = statement->If<sql::ExplainStatement>()) return runner.ExplainText(*explain);
  return runner.PlanText(*statement, sql::ExplainFormat::kText);
}

}  // namespace laminar
