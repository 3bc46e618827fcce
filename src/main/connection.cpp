#include "laminar/connection.h"

#include <fmt/format.h>

#include <utility>

#include "main/arrow_import.h"
#include "main/batch_builder_rep.h"
#include "main/callback_rep.h"
#include "main/connection_rep.h"
#include "main/csv_ingest.h"
#include "main/function/user_code.h"
#include "main/function/user_function.h"
#include "main/json_ingest.h"
#include "main/query_stream_rep.h"
#include "main/result_rep.h"
#include "main/subscription_rep.h"
#include "main/table_definition.h"
#include "main/writer_rep.h"
#include "planner/ddl.h"

namespace laminar {

Connection::Rep::~Rep() {
  Close();
  if (made_in.foreign()) Abandon(database_);
}

Database& Connection::Rep::database() const {
  if (closed.load(std::memory_order_acquire)) throw Error(ErrorCode::kConnectionClosed, "the connection is closed");
  made_in.Check();
  UserCode::Check(*database_);
  return *database_;
}

void Connection::Rep::Close() {
  if (closed.exchange(true) || made_in.foreign()) return;
  session.Abandon();
  database_->engine().WakeWaiters();
  session.cursors().CloseAll();
  database_->Leave();
}

int64_t Connection::Rep::Accept(const ResolvedSource& target, std::vector<Ref<RowBatch>> rows, OnConflict on_conflict) {
  Database& open = database();
  return session.Within([&](WriteSet* within) { return open.Accept(target, std::move(rows), within, on_conflict); });
}

int64_t Connection::Rep::Delete(const ResolvedSource& table, const std::vector<Ref<RowBatch>>& keys) {
  Database& open = database();
  return session.Within([&](WriteSet* within) { return open.Delete(table, keys, within); });
}

void Connection::Rep::Create(std::string_view name, Schema schema,
                             const std::optional<std::vector<std::string>>& primary_key) {
  Database& open = database();
  if (session.is_open()) {
    throw Error(ErrorCode::kQueryFailed,
                "only rows change in a transaction: COMMIT or ROLLBACK it before create_table");
  }
  if (primary_key) {
    open.CreateTable(MakeTable(std::string(name), std::move(schema), *primary_key));
  } else {
    open.CreateSource(MakeSource(std::string(name), std::move(schema)));
  }
}

Connection::Connection(std::shared_ptr<Rep> rep) : rep_(std::move(rep)) {}

ExecuteResult Connection::Execute(std::string_view sql, const Parameters& parameters) {
  return rep_->database().Execute({sql, parameters, rep_->tables.get()}, rep_->session);
}

ExecuteResult Connection::ExecuteMany(std::string_view sql, const std::vector<Parameters>& sets) {
  return rep_->database().ExecuteMany(sql, sets, rep_->tables.get(), rep_->session);
}

QueryResult Connection::Query(std::string_view sql, const Parameters& parameters) {
  return rep_->database().Query({sql, parameters, rep_->tables.get()}, rep_->session);
}

QueryStream Connection::Stream(std::string_view sql, const Parameters& parameters) {
  return QueryStream(rep_->database().OpenQueryStream({sql, parameters, rep_->tables.get()}));
}

std::string Connection::Explain(std::string_view sql, const Parameters& parameters) {
  return rep_->database().ExplainText({sql, parameters, rep_->tables.get()});
}

QueryResult Connection::QueryStreamByName(std::string_view name, std::string_view filter,
                                          const Parameters& parameters) {
  return rep_->database().QueryRelation(name, {filter, parameters, rep_->tables.get()}, rep_->session);
}

void Connection::SetProgramTables(std::shared_ptr<ProgramTables> tables) { rep_->tables = std::move(tables); }

void Connection::CancelQuery(uint64_t id) {
  if (!rep_->database().queries().Cancel(id)) {
    throw Error(ErrorCode::kTableNotFound, fmt::format("query {} not found", id));
  }
}

BatchBuilder Connection::NewBatch(std::string_view relation) {
  return BatchBuilder(std::make_unique<BatchBuilder::Rep>(rep_->database().Resolve(relation)));
}

int64_t Connection::Insert(BatchBuilder& rows) {
  if (rows.num_rows() == 0) return 0;
  return rep_->Accept(rows.rep().target, {rows.rep().Finish()}, OnConflict::kRefuse);
}

int64_t Connection::InsertArrow(std::string_view relation, ArrowArrayStream* stream, bool copy) {
  const ResolvedSource target = rep_->database().Resolve(relation);
  return rep_->Accept(target, ValueOrThrow(ImportStream(stream, target.schema, target.name, copy)),
                      OnConflict::kRefuse);
}

int64_t Connection::InsertJson(std::string_view relation, std::string_view text) {
  const ResolvedSource target = rep_->database().Resolve(relation);
  return rep_->Accept(target, {ValueOrThrow(JsonToRows(text, target.schema, target.name))}, OnConflict::kRefuse);
}

int64_t Connection::InsertCsv(std::string_view relation, std::string_view text) {
  const ResolvedSource target = rep_->database().Resolve(relation);
  return rep_->Accept(target, {ValueOrThrow(CsvToRows(text, target.schema, target.name))}, OnConflict::kRefuse);
}

BatchBuilder Connection::NewKeyBatch(std::string_view table) {
  ResolvedSource target = rep_->database().ResolveKeyed(table);
  target.schema = Database::KeyOf(target);
  return BatchBuilder(std::make_unique<BatchBuilder::Rep>(std::move(target)));
}

int64_t Connection::Upsert(BatchBuilder& rows) {
  if (rows.num_rows() == 0) return 0;
  rep_->database().ResolveKeyed(rows.relation());
  return rep_->Accept(rows.rep().target, {rows.rep().Finish()}, OnConflict::kReplace);
}

int64_t Connection::UpsertArrow(std::string_view table, ArrowArrayStream* stream, bool copy) {
  const ResolvedSource target = rep_->database().ResolveKeyed(table);
  return rep_->Accept(target, ValueOrThrow(ImportStream(stream, target.schema, target.name, copy)),
                      OnConflict::kReplace);
}

int64_t Connection::Delete(BatchBuilder& keys) {
  if (keys.num_rows() == 0) return 0;
  return rep_->Delete(keys.rep().target, {keys.rep().Finish()});
}

int64_t Connection::DeleteArrow(std::string_view table, ArrowArrayStream* stream, bool copy) {
  const ResolvedSource target = rep_->database().ResolveKeyed(table);
  return rep_->Delete(target, ValueOrThrow(ImportStream(stream, Database::KeyOf(target), target.name, copy)));
}

void Connection::Begin() { rep_->session.Begin(rep_->database()); }
void Connection::Commit() {
  rep_->database();  // throws once closed
  rep_->session.Commit();
}
void Connection::Rollback() {
  rep_->database();
  rep_->session.Rollback();
}
bool Connection::in_transaction() const { return rep_->session.is_open(); }

Writer Connection::NewWriter(std::string_view relation) {
  ResolvedSource source = rep_->database().Resolve(relation);
  return Writer(std::make_shared<Writer::Rep>(rep_->database_, std::move(source)));
}

void Connection::CreateTable(std::string_view name, ArrowSchema* schema,
                             const std::optional<std::vector<std::string>>& primary_key) {
  rep_->Create(name, ValueOrThrow(ImportSchema(schema)), primary_key);
}

void Connection::CreateTable(std::string_view name, const std::vector<ColumnInfo>& columns,
                             const std::optional<std::vector<std::string>>& primary_key) {
  rep_->Create(name, SchemaFromTypeNames(columns), primary_key);
}

Subscription Connection::Subscribe(std::string_view sql, const SubscribeOptions& options,
                                   const Parameters& parameters) {
  return Subscription(rep_->database().Subscribe({sql, parameters, rep_->tables.get()}, options));
}

Subscription Connection::SubscribeStream(std::string_view name, const SubscribeOptions& options) {
  return Subscription(rep_->database().SubscribeStream(name, options));
}

CallbackSubscription Connection::SubscribeCallback(std::string_view sql, CallbackSubscription::OnData on_data,
                                                   CallbackSubscription::OnError on_error,
                                                   const SubscribeOptions& options, const Parameters& parameters) {
  return CallbackSubscription(
      CallbackSubscription::Rep::Start(rep_->database().Subscribe({sql, parameters, rep_->tables.get()}, options),
                                       std::move(on_data), std::move(on_error)));
}

CallbackSubscription Connection::SubscribeStreamCallback(std::string_view name, CallbackSubscription::OnData on_data,
                                                         CallbackSubscription::OnError on_error,
                                                         const SubscribeOptions& options) {
  return CallbackSubscription(CallbackSubscription::Rep::Start(rep_->database().SubscribeStream(name, options),
                                                               std::move(on_data), std::move(on_error)));
}

ResultSchema Connection::SchemaOf(std::string_view name) { return rep_->database().SchemaOf(name); }

std::vector<std::string> Connection::ListTables() {
  std::vector<std::string> names;
  for (SourceInfo& source : Sources()) names.push_back(std::move(source.name));
  for (std::string& table : rep_->database().Tables()) names.push_back(std::move(table));
  return names;
}

std::vector<std::string> Connection::ListStreams() {
  std::vector<std::string> names;
  for (StreamInfo& stream : Streams()) names.push_back(std::move(stream.name));
  return names;
}

Topology Connection::ReadTopology() { return rep_->database().ReadTopology(); }
std::vector<SourceInfo> Connection::Sources() { return rep_->database().Sources(); }
std::vector<StreamInfo> Connection::Streams() { return rep_->database().Streams(); }
std::vector<SinkInfo> Connection::Sinks() { return rep_->database().ListSinks(); }
void Connection::CreateSink(std::string_view name, std::string_view source, SinkFunction function, bool snapshot) {
  rep_->database().CreateSink(name, source, std::move(function), snapshot);
}
void Connection::RegisterFunction(std::string_view name, const FunctionSignature& signature, FunctionBody body,
                                  const FunctionOptions& options) {
  Database& database = rep_->database();
  database.AddFunction(MakeUserFunction(database, name, signature, std::move(body), options), options.replace);
}
void Connection::RegisterAggregate(std::string_view name, const FunctionSignature& signature, FunctionBody body,
                                   const FunctionOptions& options) {
  Database& database = rep_->database();
  database.AddFunction(MakeUserAggregate(database, name, signature, std::move(body), options), options.replace);
}
void Connection::UnregisterFunction(std::string_view name) { rep_->database().RemoveFunction(name); }
std::vector<QueryInfo> Connection::Queries() { return rep_->database().queries().List(); }
PipelineMetrics Connection::Metrics() { return rep_->database().Metrics(); }
std::optional<SourceMetrics> Connection::MetricsOfSource(std::string_view name) {
  return rep_->database().MetricsOfSource(name);
}
std::optional<StreamMetrics> Connection::MetricsOfStream(std::string_view name) {
  return rep_->database().MetricsOfStream(name);
}

RelationStats Connection::StatsOf(std::string_view name) { return rep_->database().StatsOf(name); }

uint64_t Connection::WaitFor(std::string_view name, const WaitTarget& what) {
  return rep_->database().WaitFor(name, what, [this] { rep_->database(); });
}

void Connection::Start() { rep_->database().Start(); }
uint64_t Connection::Checkpoint() { return rep_->database().Checkpoint(); }

std::vector<CheckpointInfo> Connection::Checkpoints() { return rep_->database().Checkpoints(); }

void Connection::Shutdown() { rep_->database().Shutdown(); }
void Connection::Close() {
  if (is_closed()) return;
  UserCode::Check(*rep_->database_);
  rep_->Close();
}
bool Connection::is_closed() const { return rep_->closed.load(std::memory_order_acquire); }

}  // namespace laminar
