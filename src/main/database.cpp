#include "main/database.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/machine_memory.h"
#include "main/durable/checkpointer.h"
#include "main/durable/definition.h"
#include "main/durable/recovery.h"
#include "main/file/open_files.h"
#include "main/length_check.h"
#include "main/now.h"
#include "main/result_rep.h"
#include "main/statement_runner.h"
#include "planner/ddl.h"
#include "sql/parser.h"

namespace laminar {

namespace {

LogSync SyncOf(Durability durability) {
  return durability == Durability::kCommit     ? LogSync::kCommit
         : durability == Durability::kInterval ? LogSync::kInterval
                                               : LogSync::kNone;
}

EngineOptions OptionsOf(const Config& config, const TestOptions& test, const Folder* folder) {
  EngineOptions options;
  options.durable = folder != nullptr;
  options.buffer_size = config.buffer_size;
  options.backpressure_timeout = config.backpressure_timeout;
  options.manual_steps = test.manual_steps;
  if (folder != nullptr) options.files = &folder->files();
  if (folder != nullptr) options.spill_directory = folder->spill();
  options.memory_limit = config.memory_limit != 0 ? config.memory_limit : MachineMemoryBytes() / 4 * 3;
  options.spill_threshold = config.table_spill_threshold;
  return options;
}

}  // namespace

Database::Database(std::string label, const Config& config, const TestOptions& test, std::unique_ptr<Folder> folder)
    : label_(std::move(label)),
      config_(config),
      test_(test),
      folder_(std::move(folder)),
      engine_(OptionsOf(config, test, folder_.get())),
      sink_records_(folder_ ? std::make_unique<SinkRecords>(folder_->files(), folder_->path()) : nullptr),
      sinks_(engine_, sink_records_.get()) {
  catalog_.SetSystemTables(&facts_);
  catalog_.SetFiles(&OpenFiles::Get());
}

Database::~Database() = default;

void Database::Recover() {
  if (folder_ == nullptr) return;
  LogOptions options;
  options.sync = SyncOf(config_.durability);
  options.segment_bytes = test_.log_segment_bytes;
  // Not before it is there: the log is quiet until the database has been recovered.
  options.on_segment = [this] {
    if (checkpointer_ != nullptr) checkpointer_->Notify();
  };
  Recovery::Recovered recovered = Recovery(*this, *folder_).Run(options);
  log_ = std::move(recovered.log);
  const auto freeze = [this](const Engine::WholeImage& whole) -> Result<Checkpointer::Frozen> {
    sinks_.FinishRetiredFiles();  // those that are not in the image any more carry out what they have
    // No definition is under way: it is in the log and in the engine, or in neither.
    std::lock_guard create(create_mutex_);
    std::shared_lock relations(relations_mutex_);
    Checkpointer::Frozen frozen;
    LAMINAR_ASSIGN_OR_RETURN(frozen.engine, engine_.TakeImage(whole));
    frozen.sinks = sinks_.Backlogs();
    return frozen;
  };
  checkpointer_ = std::make_unique<Checkpointer>(
      *folder_, *log_, freeze, CheckpointOptions{config_.checkpoint_interval_secs, test_.checkpoint_log_bytes},
      std::move(recovered.manifest), recovered.news);
}

void Database::LoadCheckpoint() {
  loaded_ = Recovery(*this, *folder_).Load();
  engine_.CloseIntake({ErrorCode::kIngestionFailed, "the database is open for reading only: it takes no input"});
}

void Database::CheckWritable() const {
  if (!config_.read_only) return;
  throw Error(ErrorCode::kQueryFailed,
              "the database is open for reading only, as its config says: nothing in it can be changed");
}

uint64_t Database::Checkpoint() {
  CheckWritable();
  if (checkpointer_ == nullptr) {
    throw Error(ErrorCode::kQueryFailed, "a database in memory has no checkpoints: open a directory");
  }
  return ValueOrThrow(checkpointer_->Run("asked for"));
}

std::vector<CheckpointInfo> Database::Checkpoints() const {
  return checkpointer_ == nullptr ? loaded_ : checkpointer_->List();
}

DirectoryCheck Database::Check() {
  DirectoryCheck check = Recovery(*this, *folder_).Check();
  for (const CatalogEntry* entry : catalog_.All()) {
    ++check.relations;
    if (engine_.IsSuspended(entry->name)) ++check.suspended;
  }
  return check;
}

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
    // Checked again at the commit; now, so that who kept a builder for longer is told by the call that brings the rows.
    CheckSame(source);
    within->Append(source, batches);
  } else {
    // Shared: the source cannot go, or become another of the same name, between the check and the hand-over.
    std::shared_lock relations(relations_mutex_);
    CheckSame(source);
    ThrowIfError(engine_.Accept(source.name, batches));
  }
  return CountRows(batches);
}

void Database::AddFileSource(const std::string& name, FileSourceOptions options) {
  const ResolvedSource source = Resolve(name);
  FileSourceDoors doors;
  doors.accept = [this, source](const Ref<RowBatch>& rows, const FilePosition& position) {
    return AcceptFromFile(source, rows, position);
  };
  doors.left_out = [this, name](const LeftOutRecords& records) {
    engine_.counters().errors.fetch_add(records.count);
    for (const std::string& message : records.first)
      engine_.errors().Add({name, engine_.epoch(), NowMicros(), message});
    const auto more = records.count - static_cast<int64_t>(records.first.size());
    if (more == 0) return;
    engine_.errors().Add({name, engine_.epoch(), NowMicros(), fmt::format("{} more records were set aside", more)});
  };
  file_sources_.Add(
      name, std::make_unique<FileSource>(name, std::move(options), file_sources_.PositionsOf(name), std::move(doors)));
}

bool Database::AcceptFromFile(const ResolvedSource& source, const Ref<RowBatch>& rows, const FilePosition& position) {
  std::vector<Ref<RowBatch>> batches;
  if (rows) batches.push_back(rows);
  const RelationAccess& access = *source.access;
  if (rows && access.completion) {
    batches = RunOver(CloneSpec(*access.completion), std::move(batches), NowMicros());
    CheckNotNull(batches, access.schema, source.name);
  }
  CheckLengths(batches, access, source.name);
  const std::string definition = FileRead(position);
  while (true) {
    std::shared_lock relations(relations_mutex_);
    CheckSame(source);
    const CallPart part{source.name, batches};
    const auto begun = std::chrono::steady_clock::now();
    const Status status = engine_.AcceptAll({&part, 1}, definition);
    if (status.ok()) {
      file_sources_.SetPosition(position);
      return true;
    }
    // No room within the time that an insert waits: whoever brings the rows of files waits for longer.
    const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - begun;
    const bool no_room = waited.count() > config_.backpressure_timeout / 2;
    if (status.error().code() != ErrorCode::kIngestionFailed || !no_room) throw Error(status.error());
    if (state() != PipelineState::kRunning) return false;
  }
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
  CheckWritable();
  {
    std::lock_guard create(create_mutex_);
    CreateSourceLocked(std::move(entry));
  }
  ThrowIfError(engine_.AwaitDurable());
}

void Database::CreateSourceLocked(std::unique_ptr<SourceEntry> entry, std::string replaced, uint32_t id) {
  std::unique_lock catalog(catalog_mutex_);
  catalog_.CheckFree(entry->name);
  SourceDefinition definition;
  definition.name = entry->name;
  definition.id = id != 0 ? id : engine_.NewSourceId();
  for (const Field& field : entry->schema.fields()) definition.types.push_back(field.type);
  definition.retention = entry->retention;
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
  const std::string logged = std::move(replaced) + SourceCreated(*entry, definition.id);
  ThrowIfError(engine_.AddSource(std::move(definition), logged));
  intakes_[entry->name] = {next_source_id_++, std::move(access)};
  catalog_.Add(std::move(entry));
}

void Database::CreateTable(std::unique_ptr<TableEntry> entry) {
  CheckWritable();
  {
    std::lock_guard create(create_mutex_);
    CreateTableLocked(std::move(entry), {});
  }
  ThrowIfError(engine_.AwaitDurable());
}

void Database::CreateTableLocked(std::unique_ptr<TableEntry> entry, std::vector<Ref<RowBatch>> rows,
                                 std::string replaced, uint32_t id) {
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
  if (id == 0) id = engine_.NewSourceId();
  ThrowIfError(engine_.AddTable(name, entry->schema, entry->primary_key, id));
  try {
    const CallPart first_rows{name, rows};
    ThrowIfError(engine_.AcceptAll({&first_rows, 1}, std::move(replaced) + TableCreated(*entry, id)));
    std::unique_lock catalog(catalog_mutex_);
    intakes_[name] = {next_source_id_++, std::move(access)};
    catalog_.Add(std::move(entry));
  } catch (...) {
    engine_.RemoveTable(name, Error(ErrorCode::kSubscriptionClosed, fmt::format("\"{}\" was dropped", name)));
    throw;
  }
}

StreamOptions StreamOptionsOf(const StreamEntry& entry) {
  StreamOptions options{.name = entry.name, .named = true};
  options.retain_bytes = entry.retain_bytes;
  options.stop_on_error = entry.stop_on_error;
  options.forgets = entry.retention.bounded();
  return options;
}

void Database::StartStream(const StreamEntry& logged) {
  PlannedStream planned = PlanLogged(logged);
  ValueOrThrow(engine_.AddStream(StreamOptionsOf(*planned.entry), std::move(planned.query.dataflow)));
  catalog_.Add(std::move(planned.entry));
}

size_t Database::ResumeSuspended() {
  std::lock_guard create(create_mutex_);
  std::shared_lock relations(relations_mutex_);
  std::vector<std::string> names;
  size_t resumed = 0;
  {
    std::unique_lock catalog(catalog_mutex_);
    for (const CatalogEntry* entry : catalog_.All()) {
      if (entry->is_stream() && engine_.IsSuspended(entry->name)) names.push_back(entry->name);
    }
    for (const CatalogEntry* entry : catalog_.List(RelationKind::kView)) {
      if (entry->schema.size() != 0) continue;  // bound
      try {
        catalog_.Replace(entry->name, BindCreateView(catalog_, sql::ParseStatement(entry->sql), entry->sql));
        ++resumed;
      } catch (const Error&) {
        // Not yet: asking for it says why.
      }
    }
  }
  for (const std::string& name : names) {
    try {
      PlannedStream planned;
      {
        std::shared_lock catalog(catalog_mutex_);
        planned = PlanLogged(static_cast<const StreamEntry&>(catalog_.Get(name)));
      }
      ValueOrThrow(engine_.AddStream(StreamOptionsOf(*planned.entry), std::move(planned.query.dataflow)));
      engine_.Resume(name);
      std::unique_lock catalog(catalog_mutex_);
      catalog_.Replace(name, std::move(planned.entry));
      ++resumed;
    } catch (const Error& error) {
      engine_.Suspend(name, error.what());
    }
  }
  return resumed;
}

PlannedStream Database::PlanLogged(const StreamEntry& logged) const {
  const sql::StatementPtr statement = sql::ParseStatement(logged.sql);
  return PlanCreateStream(catalog_, statement->As<sql::CreateStreamStatement>(), logged.sql,
                          Options(PlanOptions::Stream()));
}

void Database::RenameLocked(const std::string& from, const std::string& to) {
  ThrowIfError(engine_.Rename(from, to, Renamed(from, to)));
  catalog_.Replace(from, RenamedEntry(catalog_.Get(from), to));
  if (auto intake = intakes_.extract(from)) {
    intake.key() = to;
    intake.mapped().id = next_source_id_++;
    intakes_.insert(std::move(intake));
  }
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
    const auto& stream = static_cast<const StreamEntry&>(*entry);
    streams.push_back({stream.name, stream.query_sql, stream.kind == RelationKind::kMaterializedView, {}});
    if (stream.keys.empty()) continue;
    std::vector<std::string>& key = streams.back().key.emplace();
    for (const int column : std::ranges::min(stream.keys, {}, &std::vector<int>::size)) {
      key.push_back(stream.schema.field(column).name);
    }
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
      }
    }
  }
  metrics.sink_count = static_cast<int64_t>(catalog_.List(RelationKind::kSink).size());
  const EngineCounters& counters = engine_.counters();
  metrics.total_events_processed = counters.processed.load();
  metrics.total_events_ingested = counters.ingested.load();
  const Engine::DroppedFacts dropped = engine_.Dropped();
  metrics.dropped = {{"late", dropped.late}, {"error", dropped.errors}, {"overflow", dropped.overflow}};
  for (const auto& [reason, rows] : metrics.dropped) metrics.total_events_dropped += rows;
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
  metrics.dropped = {{"late", metrics.late_events},
                     {"error", metrics.error_events},
                     {"overflow", stream->changelog()->dropped_rows()}};
  metrics.pending = engine_.LagOf(*stream);
  metrics.capacity = config_.buffer_size;
  metrics.is_backpressured = metrics.pending >= metrics.capacity;
  metrics.watermark = engine_.MillisReachedBy(*stream);
  return metrics;
}

void Database::Start() {
  PipelineState created = PipelineState::kCreated;
  state_.compare_exchange_strong(created, PipelineState::kRunning);
  if (state_ == PipelineState::kRunning) file_sources_.StartAll();
}

void Database::Shutdown() {
  if (state_.exchange(PipelineState::kShuttingDown) == PipelineState::kStopped) {
    state_ = PipelineState::kStopped;
    return;
  }
  file_sources_.StopAll();
  engine_.Shutdown();
  sinks_.FinishAll();
  CloseDirectory();
  state_ = PipelineState::kStopped;
  engine_.WakeWaiters();
}

void Database::CloseDirectory() {
  if (checkpointer_ != nullptr) {
    if (const Status made = checkpointer_->Close(test_.checkpoint_on_close); !made.ok()) {
      spdlog::error("\"{}\": the last checkpoint failed, and opening it will take longer: {}", label_, made.message());
    }
  }
  std::lock_guard guard(lifetime_mutex_);
  if (folder_ == nullptr || log_ == nullptr) return;
  if (const Status closed = log_->Close(engine_.sequence()); !closed.ok()) {
    spdlog::error("\"{}\" was not closed in order: {}", folder_->path(), closed.message());
  }
  // The log stays for calls that still wait for it; the directory is free for whoever opens it next.
  folder_.reset();
  closed_.notify_all();
}

void Database::AwaitClosed(std::chrono::duration<double> patience) {
  std::unique_lock guard(lifetime_mutex_);
  closed_.wait_for(guard, patience, [this] { return folder_ == nullptr; });
}

Durability Database::durability() const {
  if (log_ == nullptr) return config_.durability;
  const LogSync sync = log_->sync();
  return sync == LogSync::kCommit     ? Durability::kCommit
         : sync == LogSync::kInterval ? Durability::kInterval
                                      : Durability::kNone;
}

bool Database::Enter() {
  std::lock_guard guard(lifetime_mutex_);
  if (ended_ || state() == PipelineState::kStopped || state() == PipelineState::kShuttingDown) return false;
  ++connections_;
  return true;
}

void Database::Leave() {
  {
    std::lock_guard guard(lifetime_mutex_);
    if (--connections_ != 0) return;
    ended_ = true;
  }
  Shutdown();
  // What functions hold may hold connections of this database: nothing else would ever take them away. They go when the
  // lock is given back.
  std::vector<FunctionPtr> erased;
  std::unique_lock catalog(catalog_mutex_);
  erased = catalog_.functions().EraseAll();
}

}  // namespace laminar
