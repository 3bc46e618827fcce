#include "main/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "main/file/open_files.h"
#include "main/length_check.h"
#include "main/now.h"
#include "main/result_rep.h"
#include "main/statement_runner.h"
#include "main/subscription_rep.h"
#include "planner/ddl.h"

namespace laminar {

namespace {

EngineOptions OptionsOf(const Config& config, const TestOptions& test) {
  EngineOptions options;
  options.buffer_size = config.buffer_size;
  options.backpressure_timeout = config.backpressure_timeout;
  options.manual_steps = test.manual_steps;
  return options;
}

}  // namespace

Database::Database(std::string label, const Config& config, const TestOptions& test)
    : label_(std::move(label)), config_(config), test_(test), engine_(OptionsOf(config, test)) {
  catalog_.SetSystemTables(&facts_);
  catalog_.SetFiles(&OpenFiles::Get());
}

Database::~Database() = default;

PlanOptions Database::Options(PlanOptions base) const {
  base.partitions = test_.partitions;
  base.rules = !test_.disable_rules;
  return base;
}

ResolvedSource Database::ResolveLocked(const WritableEntry& entry) const {
  const Intake& intake = intakes_.at(entry.name);
  return {entry.name, GivenSchema(entry), intake.id, intake.access};
}

ResolvedSource Database::Resolve(std::string_view relation) {
  std::shared_lock catalog(catalog_mutex_);
  const CatalogEntry& entry = catalog_.Get(relation);
  if (!entry.is_source() && !entry.is_table()) {
    throw Error(ErrorCode::kTableNotFound, fmt::format("\"{}\" is a {}: rows are inserted into sources and tables",
                                                       entry.name, RelationKindName(entry.kind)));
  }
  return ResolveLocked(static_cast<const WritableEntry&>(entry));
}

ResolvedSource Database::ResolveKeyed(std::string_view relation) {
  ResolvedSource table = Resolve(relation);
  if (table.access->key.empty()) {
    throw Error(ErrorCode::kBatchSchemaMismatch, fmt::format("{} \"{}\" has no primary key to find rows by",
                                                             table.is_table() ? "table" : "source", table.name));
  }
  return table;
}

Schema Database::KeyOf(const ResolvedSource& table) {
  std::vector<Field> fields;
  for (const int column : table.access->key) fields.push_back(table.access->schema.field(column));
  return Schema(std::move(fields));
}

void Database::CheckSame(const ResolvedSource& relation) {
  std::shared_lock catalog(catalog_mutex_);
  const std::string_view kind = relation.access != nullptr && relation.is_table() ? "table" : "source";
  const auto found = intakes_.find(relation.name);
  if (found == intakes_.end()) {
    throw Error(ErrorCode::kTableNotFound, fmt::format("{} \"{}\" was dropped", kind, relation.name));
  }
  if (found->second.id != relation.id) {
    throw Error(ErrorCode::kTableNotFound,
                fmt::format("{} \"{}\" was replaced after these rows were begun", kind, relation.name));
  }
}

namespace {

int64_t CountRows(const std::vector<Ref<RowBatch>>& batches) {
  int64_t rows = 0;
  for (const Ref<RowBatch>& batch : batches) rows += batch->rows();
  return rows;
}

}  // namespace

int64_t Database::Accept(const ResolvedSource& relation, std::vector<Ref<RowBatch>> batches, WriteSet* within,
                         OnConflict on_conflict) {
  if (CountRows(batches) == 0) return 0;
  const RelationAccess& access = *relation.access;
  if (access.completion) {
    batches = RunOver(CloneSpec(*access.completion), std::move(batches), NowMicros());
    CheckNotNull(batches, access.schema, relation.name);
  }
  CheckLengths(batches, access, relation.name);
  if (!relation.is_table()) return AcceptWhole(relation, batches, within);
  std::optional<WriteSet> alone;
  if (within == nullptr) within = &alone.emplace(*this, false);
  TableDraft& draft = within->Open(relation);
  const RowChange change = InsertRows(draft, std::move(batches), on_conflict, NowMicros());
  draft.Apply(change);
  if (alone) alone->Commit();
  return change.affected;
}

int64_t Database::AcceptWhole(const ResolvedSource& source, const std::vector<Ref<RowBatch>>& batches,
                              WriteSet* within) {
  if (within != nullptr) {
    within->Append(source, batches);
  } else {
    // Shared: the source cannot go, or become another of the same name, between the check and the hand-over.
    std::shared_lock relations(relations_mutex_);
    CheckSame(source);
    ThrowIfError(engine_.Accept(source.name, batches));
  }
  return CountRows(batches);
}

int64_t Database::Delete(const ResolvedSource& table, const std::vector<Ref<RowBatch>>& keys, WriteSet* within) {
  std::optional<WriteSet> alone;
  if (within == nullptr) within = &alone.emplace(*this, false);
  TableDraft& draft = within->Open(table);
  // One batch: a key that stands in two of them is deleted once.
  std::vector<DataType> types;
  for (const int column : table.access->key) types.push_back(table.access->schema.field(column).type);
  RowBatchBuilder all(std::move(types));
  for (const Ref<RowBatch>& batch : keys) all.Append(batch->delta());
  const RowChange change = DeleteKeys(draft, all.Finish());
  draft.Apply(change);
  if (alone) alone->Commit();
  return change.affected;
}

void Database::Announce(const ResolvedSource& source, uint64_t writer, int64_t watermark) {
  std::shared_lock relations(relations_mutex_);
  CheckSame(source);
  ThrowIfError(engine_.Announce(source.name, writer, watermark));
}

void Database::CreateSource(std::unique_ptr<SourceEntry> entry) {
  std::lock_guard create(create_mutex_);
  CreateSourceLocked(std::move(entry));
}

void Database::CreateSourceLocked(std::unique_ptr<SourceEntry> entry) {
  std::unique_lock catalog(catalog_mutex_);
  catalog_.CheckFree(entry->name);
  SourceDefinition definition;
  definition.name = entry->name;
  for (const Field& field : entry->schema.fields()) definition.types.push_back(field.type);
  if (entry->watermark) {
    definition.watermark_column = entry->watermark->column;
    definition.slack = entry->watermark->slack;
    const DataType& type = entry->schema.field(entry->watermark->column).type;
    definition.nanos_per_unit = NanosPerUnit(type, entry->time_unit).value_or(kNanosPerMilli);
  }
  auto access = std::make_shared<RelationAccess>();
  access->schema = entry->schema;
  access->max_lengths = entry->max_lengths();
  access->completion = PlanCompletion(*entry);
  intakes_[entry->name] = {next_source_id_++, std::move(access)};
  catalog_.Add(std::move(entry));
  engine_.AddSource(std::move(definition));
}

void Database::CreateTable(std::unique_ptr<TableEntry> entry) {
  std::lock_guard create(create_mutex_);
  CreateTableLocked(std::move(entry), {});
}

void Database::CreateTableLocked(std::unique_ptr<TableEntry> entry, std::vector<Ref<RowBatch>> rows) {
  auto access = std::make_shared<RelationAccess>();
  access->schema = entry->schema;
  access->is_table = true;
  access->key = entry->primary_key;
  access->max_lengths = entry->max_lengths();
  access->completion = PlanCompletion(*entry);
  {
    std::unique_lock catalog(catalog_mutex_);
    catalog_.CheckFree(entry->name);
  }
  // Nobody can name it yet, so no lock is held while its first rows wait for room.
  const std::string name = entry->name;
  ThrowIfError(engine_.AddTable(name, entry->schema, entry->primary_key));
  try {
    ThrowIfError(engine_.Accept(name, rows));
    std::unique_lock catalog(catalog_mutex_);
    intakes_[name] = {next_source_id_++, std::move(access)};
    catalog_.Add(std::move(entry));
  } catch (...) {
    engine_.RemoveTable(name, Error(ErrorCode::kSubscriptionClosed, fmt::format("\"{}\" was dropped", name)));
    throw;
  }
}

std::shared_ptr<Subscription::Rep> Database::MakeSubscription(std::shared_ptr<ChangelogCursor> cursor, Schema schema,
                                                              bool with_weight, std::shared_ptr<Stream> own_stream,
                                                              std::string sql) {
  auto rep = std::make_shared<Subscription::Rep>(shared_from_this(), std::move(cursor), std::move(schema), with_weight,
                                                 std::move(own_stream));
  // Known to the subscription before anybody can cancel it by its number.
  rep->query_id = queries_.NewId();
  queries_.Start(rep->query_id, std::move(sql), [weak = std::weak_ptr(rep)] {
    if (const auto subscription = weak.lock()) subscription->Cancel();
  });
  return rep;
}

namespace {

bool WeightShown(bool append_only, bool always_weight, const std::string& reason, const SubscribeOptions& options) {
  if (options.weights == false && !append_only) {
    throw Error(ErrorCode::kSubscriptionFailed,
                fmt::format("weights=False was asked for, but the result can retract: {}", reason));
  }
  return !append_only || always_weight || options.weights == true;
}

}  // namespace

std::shared_ptr<Subscription::Rep> Database::Subscribe(const SqlCall& call, const SubscribeOptions& options) {
  if (state() == PipelineState::kStopped) throw Error(ErrorCode::kShutdown, "the database is shut down");
  const std::string_view sql = call.sql;
  const sql::StatementPtr statement = ParseCall(call);
  const ProgramNames program = NamesOf(call.tables, *statement);
  std::shared_lock relations(relations_mutex_);
  PlannedQuery planned;
  {
    std::shared_lock catalog(catalog_mutex_);
    PlanOptions plan_options = Options(PlanOptions::Stream());
    plan_options.program = &program;
    if (const auto* subscribe = statement->If<sql::SubscribeStatement>()) {
      planned = PlanSubscribe(catalog_, *subscribe, sql, plan_options);
    } else if (const auto* query = statement->If<sql::QueryStatement>()) {
      planned = PlanQuery(catalog_, *query->query, sql, plan_options);
    } else {
      throw Error(ErrorCode::kQueryFailed, "only a SELECT, VALUES or SUBSCRIBE can be subscribed to");
    }
  }
  const bool with_weight = WeightShown(planned.append_only, planned.always_weight, planned.retracts_because, options);
  std::shared_ptr<ChangelogCursor> cursor;
  std::shared_ptr<Stream> stream = ValueOrThrow(
      engine_.AddStream({std::string(sql), false}, std::move(planned.dataflow), &cursor, options.snapshot));
  return MakeSubscription(std::move(cursor), std::move(planned.schema), with_weight, std::move(stream),
                          std::string(sql));
}

std::shared_ptr<Subscription::Rep> Database::SubscribeStream(std::string_view name, const SubscribeOptions& options) {
  if (state() == PipelineState::kStopped) throw Error(ErrorCode::kShutdown, "the database is shut down");
  std::shared_lock relations(relations_mutex_);
  Schema schema;
  bool with_weight;
  std::string sql;
  std::shared_ptr<Stream> stream;
  {
    std::shared_lock catalog(catalog_mutex_);
    const StreamEntry& entry = catalog_.GetStream(name);
    schema = entry.schema;
    with_weight = WeightShown(entry.append_only, entry.always_weight, entry.retracts_because, options);
    sql = fmt::format("SUBSCRIBE {}", entry.name);
    stream = engine_.FindStream(entry.name);
  }
  if (!stream) throw Error(ErrorCode::kSubscriptionFailed, fmt::format("stream \"{}\" is not running", name));
  std::shared_ptr<ChangelogCursor> cursor = ValueOrThrow(engine_.Subscribe(stream, options.snapshot));
  return MakeSubscription(std::move(cursor), std::move(schema), with_weight, nullptr, std::move(sql));
}

ResultSchema Database::SchemaOf(std::string_view name) {
  std::shared_lock catalog(catalog_mutex_);
  return ResultSchema(MakeSchemaRep(catalog_.Get(name).schema, false));
}

std::vector<SourceInfo> Database::Sources() {
  std::shared_lock catalog(catalog_mutex_);
  std::vector<SourceInfo> sources;
  for (const CatalogEntry* entry : catalog_.List(RelationKind::kSource)) {
    const auto& source = static_cast<const SourceEntry&>(*entry);
    std::optional<std::string> column;
    if (source.watermark) column = source.schema.field(source.watermark->column).name;
    sources.push_back({source.name, ResultSchema(MakeSchemaRep(source.schema, false)), std::move(column)});
  }
  return sources;
}

std::vector<std::string> Database::Tables() {
  std::shared_lock catalog(catalog_mutex_);
  std::vector<std::string> names;
  for (const CatalogEntry* entry : catalog_.All()) {
    if (entry->is_table()) names.push_back(entry->name);
  }
  return names;
}

std::vector<StreamInfo> Database::Streams() {
  std::shared_lock catalog(catalog_mutex_);
  std::vector<StreamInfo> streams;
  for (const CatalogEntry* entry : catalog_.All()) {
    if (!entry->is_stream()) continue;
    streams.push_back({entry->name, static_cast<const StreamEntry*>(entry)->query_sql,
                       entry->kind == RelationKind::kMaterializedView});
  }
  return streams;
}

PipelineMetrics Database::Metrics() {
  PipelineMetrics metrics;
  int64_t watermark = std::numeric_limits<int64_t>::max();
  std::shared_lock catalog(catalog_mutex_);
  for (const CatalogEntry* entry : catalog_.All()) {
    if (entry->is_source()) {
      ++metrics.source_count;
      const auto& source = static_cast<const SourceEntry&>(*entry);
      const auto facts = engine_.FactsOf(source.name);
      if (facts && source.watermark) watermark = std::min(watermark, facts->watermark);
    } else if (entry->is_stream()) {
      ++metrics.stream_count;
      if (const auto stream = engine_.FindStream(entry->name)) {
        metrics.total_events_emitted += stream->total_rows.load();
        metrics.total_events_dropped += stream->late_rows() + stream->error_rows();
      }
    }
  }
  metrics.sink_count = static_cast<int64_t>(catalog_.List(RelationKind::kSink).size());
  const EngineCounters& counters = engine_.counters();
  metrics.total_events_ingested = counters.ingested.load();
  metrics.total_cycles = counters.steps.load();
  metrics.total_batches = counters.calls.load();
  metrics.uptime_secs = std::chrono::duration<double>(std::chrono::steady_clock::now() - opened_).count();
  metrics.state = state();
  metrics.pipeline_watermark = watermark == std::numeric_limits<int64_t>::max() ? kNoWatermarkMillis : watermark;
  return metrics;
}

std::optional<SourceMetrics> Database::MetricsOfSource(std::string_view name) {
  std::shared_lock catalog(catalog_mutex_);
  const SourceEntry* source = catalog_.FindSource(name);
  if (source == nullptr) return std::nullopt;
  const auto facts = engine_.FactsOf(source->name);
  if (!facts) return std::nullopt;
  SourceMetrics metrics;
  metrics.name = source->name;
  metrics.total_events = facts->total_rows;
  metrics.pending = facts->pending_rows;
  metrics.capacity = facts->capacity;
  metrics.is_backpressured = facts->is_full;
  metrics.watermark = facts->watermark;
  metrics.utilization = static_cast<double>(facts->pending_rows) / static_cast<double>(facts->capacity);
  return metrics;
}

std::optional<StreamMetrics> Database::MetricsOfStream(std::string_view name) {
  std::shared_lock catalog(catalog_mutex_);
  const StreamEntry* entry = catalog_.FindStream(name);
  if (entry == nullptr) return std::nullopt;
  const std::shared_ptr<Stream> stream = engine_.FindStream(entry->name);
  if (!stream) return std::nullopt;
  StreamMetrics metrics;
  metrics.name = entry->name;
  metrics.sql = entry->query_sql;
  metrics.total_events = stream->total_rows.load();
  metrics.late_events = stream->late_rows();
  metrics.error_events = stream->error_rows();
  metrics.pending = stream->changelog()->pending_rows();
  metrics.capacity = config_.buffer_size;
  metrics.is_backpressured = metrics.pending > metrics.capacity;
  metrics.watermark = engine_.MillisReachedBy(*stream);
  return metrics;
}

void Database::Start() {
  PipelineState created = PipelineState::kCreated;
  state_.compare_exchange_strong(created, PipelineState::kRunning);
}

void Database::Shutdown() {
  if (state_.exchange(PipelineState::kShuttingDown) == PipelineState::kStopped) {
    state_ = PipelineState::kStopped;
    return;
  }
  engine_.Shutdown();
  sinks_.FinishAll();
  state_ = PipelineState::kStopped;
  engine_.WakeWaiters();
}

void Database::Leave() {
  if (connections_.fetch_sub(1) == 1) Shutdown();
}

}  // namespace laminar
