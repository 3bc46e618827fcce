// One database: catalog, engine, running queries. Shared by its connections; the façade's classes call it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "engine/engine.h"
#include "engine/query_run.h"
#include "laminar/check.h"
#include "laminar/checkpoint.h"
#include "laminar/connection.h"
#include "laminar/parameters.h"
#include "laminar/program_tables.h"
#include "main/facts.h"
#include "main/relation.h"
#include "main/row_change.h"
#include "main/sink/sinks.h"
#include "main/source/file_sources.h"
#include "main/write_set.h"
#include "main/writer_first_mutex.h"
#include "planner/ddl.h"
#include "planner/planner.h"

namespace laminar {

class Checkpointer;
class Folder;
class Log;

/// Ad-hoc queries and subscriptions: the running ones and the last finished. Thread-safe.
class QueryRegistry {
 public:
  static constexpr size_t kFinishedKept = 1000;

  uint64_t NewId();
  /// `cancel` is called at most once, from the thread of `Cancel`, and must not block.
  void Start(uint64_t id, std::string sql, std::function<void()> cancel);
  void Finish(uint64_t id);
  /// False for an unknown id. Cancelling a finished query does nothing.
  bool Cancel(uint64_t id);
  std::vector<QueryInfo> List() const;

 private:
  struct Running {
    std::string sql;
    std::function<void()> cancel;
  };
  mutable std::mutex mutex_;
  uint64_t next_id_ = 1;
  std::map<uint64_t, Running> running_;
  std::deque<QueryInfo> finished_;
};

/// SQL text, and what a program gives with it.
struct SqlCall {
  std::string_view sql;
  const Parameters& parameters;
  ProgramTables* tables = nullptr;  // what it may name besides the catalog's; null: nothing
};
/// How the engine is to run it.
StreamOptions StreamOptionsOf(const StreamEntry& entry);

/// Locks, outermost first: a connection's transaction → write locks of tables → create lock → relations lock → catalog
/// lock → the engine's. The relations lock is shared by whoever uses relations for longer than a catalog look-up (a
/// stream being filled from history) and exclusive for what takes relations away.
class Database : public std::enable_shared_from_this<Database> {
 public:
  /// `folder`: the directory of a durable database, its lock held; null in memory. Recover comes before anything else.
  Database(std::string label, const Config& config, const TestOptions& test, std::unique_ptr<Folder> folder = nullptr);
  ~Database();
  /// Brings back what the directory holds. Throws kConnectionFailed.
  void Recover();
  /// Instead of it: what its last checkpoint holds, to be looked at and not to be changed.
  void LoadCheckpoint();
  /// Instead of it: what the directory holds, if it is sound. Nothing may be done with the database afterwards.
  DirectoryCheck Check();

  /// The state as of now, on disk; the checkpoint's id. Throws kInternalError when it cannot be written, kQueryFailed
  /// in memory.
  uint64_t Checkpoint();
  /// The last ones, oldest first; none in memory.
  std::vector<CheckpointInfo> Checkpoints() const;

  const Config& config() const { return config_; }
  const std::string& label() const { return label_; }
  /// The config's, unless SET has said otherwise.
  Durability durability() const;
  const FileSources& file_sources() const { return file_sources_; }
  Engine& engine() { return engine_; }
  QueryRegistry& queries() { return queries_; }
  /// To be read with the catalog lock held.
  const Catalog& catalog() const { return catalog_; }
  PlanOptions Options(PlanOptions base) const;

  /// Throws kQueryFailed for a database that is open for reading only.
  void CheckWritable() const;

  // Statements (statement_runner.cpp).
  ExecuteResult Execute(const SqlCall& call, Session& session);
  /// One INSERT, UPDATE or DELETE for each set of parameters, as one call or not at all.
  ExecuteResult ExecuteMany(std::string_view sql, const std::vector<Parameters>& sets, ProgramTables* tables,
                            Session& session);
  /// One statement with rows: SELECT, VALUES, SHOW, DESCRIBE, EXPLAIN. Parse errors as kQueryFailed.
  QueryResult Query(const SqlCall& call, Session& session);
  /// The rows of a relation that a condition, which is all of `call.sql`, lets through.
  QueryResult QueryRelation(std::string_view name, const SqlCall& call, Session& session);
  std::shared_ptr<QueryStream::Rep> OpenQueryStream(const SqlCall& call);
  std::string ExplainText(const SqlCall& call);
  /// What the statement names that is not in the catalog, looked up in the program. With no lock held.
  ProgramNames NamesOf(ProgramTables* tables, const sql::Statement& statement);

  // Ingestion.
  ResolvedSource Resolve(std::string_view relation);
  /// Rows in the columns that can be given; how many. `within`: the transaction they belong to, or null.
  int64_t Accept(const ResolvedSource& relation, std::vector<Ref<RowBatch>> batches, WriteSet* within = nullptr,
                 OnConflict on_conflict = OnConflict::kRefuse);
  /// Likewise rows for a source that have all its columns.
  int64_t AcceptWhole(const ResolvedSource& source, const std::vector<Ref<RowBatch>>& batches, WriteSet* within);
  /// A source that is there gets its rows from files; they are read once the database is started.
  void AddFileSource(const std::string& name, FileSourceOptions options);
  /// A table with a primary key, or kBatchSchemaMismatch: upserts and deletions go by key.
  ResolvedSource ResolveKeyed(std::string_view relation);
  /// The columns of its key.
  static Schema KeyOf(const ResolvedSource& table);
  int64_t Delete(const ResolvedSource& table, const std::vector<Ref<RowBatch>>& keys, WriteSet* within);
  void Announce(const ResolvedSource& source, uint64_t writer, int64_t watermark);
  void CreateSource(std::unique_ptr<SourceEntry> entry);
  void CreateTable(std::unique_ptr<TableEntry> entry);

  // For writers.
  uint64_t NewWriter() { return next_writer_.fetch_add(1); }
  WriterFirstMutex& relations_mutex() { return relations_mutex_; }
  /// Throws unless the relation is still the one that was resolved. It stays so while the relations lock is shared, or
  /// a table's write lock is held.
  void CheckSame(const ResolvedSource& relation);

  // Subscriptions.
  std::shared_ptr<Subscription::Rep> Subscribe(const SqlCall& call, const SubscribeOptions& options);
  /// Of a statement whose spans point into `sql`: a SELECT or SUBSCRIBE. `program`: what it may not name, to say so.
  std::shared_ptr<Subscription::Rep> SubscribeStatement(const sql::Statement& statement, std::string_view sql,
                                                        const SubscribeOptions& options,
                                                        const ProgramNames* program = nullptr);
  std::shared_ptr<Subscription::Rep> SubscribeStream(std::string_view name, const SubscribeOptions& options);

  /// `source`: a stream's name, or a SELECT. The function is called by a thread of the sink's own.
  void CreateSink(std::string_view name, std::string_view source, SinkFunction function, bool snapshot);

  // Functions (function_statements.cpp).
  /// What SHOW FUNCTIONS lists: the built-in ones, then those of the database.
  std::vector<FunctionDoc> FunctionDocs();
  /// With the catalog lock held.
  std::vector<FunctionDoc> FunctionDocsLocked() const;
  /// Adds an overload. Throws kTableExists when the name is taken, or its overload of these parameters and not
  /// `replace`; kQueryFailed when what would be replaced is used.
  void AddFunction(FunctionPtr function, bool replace);
  /// Of all overloads; throws kTableNotFound, and kQueryFailed naming who uses it.
  void RemoveFunction(std::string_view name);

  // Facts.
  ResultSchema SchemaOf(std::string_view name);
  std::vector<SourceInfo> Sources();
  std::vector<std::string> Tables();
  std::vector<StreamInfo> Streams();
  Topology ReadTopology();  // topology.cpp
  std::vector<SinkInfo> ListSinks();
  /// With the catalog lock held.
  std::vector<SinkInfo> SinksLocked();
  PipelineMetrics Metrics();
  std::optional<SourceMetrics> MetricsOfSource(std::string_view name);
  std::optional<StreamMetrics> MetricsOfStream(std::string_view name);
  // relation_stats.cpp
  RelationStats StatsOf(std::string_view name);
  /// `check`: asked with every look, throws to end the wait.
  uint64_t WaitFor(std::string_view name, const WaitTarget& what, const std::function<void()>& check);

  // Lifecycle.
  void Start();
  void Shutdown();
  PipelineState state() const { return state_.load(); }
  /// Connections open now; the last one to leave a database ends its subscriptions, and closes its directory. False:
  /// it has ended, and cannot be entered any more.
  bool Enter();
  void Leave();
  /// Until the directory of one that has ended is free again, or that takes too long.
  void AwaitClosed(std::chrono::duration<double> patience);
  /// Tries to start what Recover had to suspend: something that was missing has come. How many run now.
  size_t ResumeSuspended();

 private:
  /// Rows of a file, and the position behind them, as one call. False when the database stops.
  bool AcceptFromFile(const ResolvedSource& source, const Ref<RowBatch>& rows, const FilePosition& position);
  friend class StatementRunner;
  friend class Recovery;

  QueryResult Rows(const sql::Statement& statement, const SqlCall& call, Session& session);
  /// With the catalog lock held.
  ResolvedSource ResolveLocked(const WritableEntry& entry) const;
  /// With the create lock held. What was replaced, to go when no lock is held.
  FunctionPtr AddFunctionLocked(FunctionPtr function, bool replace);
  /// With the create lock held. `replaced`: definitions (main/durable/definition.h) of what went before it, to be
  /// logged with it. `id`: the one the log has; 0: a new one.
  void CreateSourceLocked(std::unique_ptr<SourceEntry> entry, std::string replaced = {}, uint32_t id = 0);
  /// Likewise; the table begins with `rows`, which are in its columns.
  void CreateTableLocked(std::unique_ptr<TableEntry> entry, std::vector<Ref<RowBatch>> rows, std::string replaced = {},
                         uint32_t id = 0);
  /// Plans a stream that the log has, fills it and puts it into the catalog.
  void StartStream(const StreamEntry& logged);
  /// With the catalog lock held.
  PlannedStream PlanLogged(const StreamEntry& logged) const;
  /// With the catalog lock held; `from` exists, is read by nothing, and `to` is free.
  void RenameLocked(const std::string& from, const std::string& to);
  /// Nothing will be accepted any more.
  void CloseDirectory();

  // subscribe.cpp
  /// A subscription that is being made: it has its number before it has a cursor, for messages.
  struct NewSubscription {
    uint64_t id;
    std::string sql;
    SubscribeRequest request;
  };
  NewSubscription BeginSubscription(std::string sql, const SubscribeOptions& options);
  /// Lists it among the running queries. `own_stream` is detached when its subscriber goes.
  std::shared_ptr<Subscription::Rep> MakeSubscription(NewSubscription made, std::shared_ptr<ChangelogCursor> cursor,
                                                      Schema schema, bool with_weight,
                                                      std::shared_ptr<Stream> own_stream);
  /// With the relations lock shared.
  std::shared_ptr<Subscription::Rep> SubscribeLocked(const StreamEntry& entry, std::string sql,
                                                     const SubscribeOptions& options);

  const std::string label_;
  const Config config_;
  const TestOptions test_;
  const std::chrono::steady_clock::time_point opened_ = std::chrono::steady_clock::now();

  std::mutex create_mutex_;
  WriterFirstMutex relations_mutex_;
  WriterFirstMutex catalog_mutex_;
  Facts facts_{*this};
  Catalog catalog_;
  struct Intake {
    uint64_t id;
    std::shared_ptr<const RelationAccess> access;
  };
  std::map<std::string, Intake> intakes_;  // of sources and tables, by name; guarded by catalog_mutex_
  uint64_t next_source_id_ = 1;
  std::atomic<uint64_t> next_writer_{1};

  QueryRegistry queries_;
  std::atomic<PipelineState> state_{PipelineState::kCreated};
  std::mutex lifetime_mutex_;
  std::condition_variable closed_;
  // Guarded by lifetime_mutex_.
  int connections_ = 0;
  bool ended_ = false;
  std::unique_ptr<Folder> folder_;             // null in memory, and once it is closed
  std::unique_ptr<Log> log_;                   // of a durable database, once it has been recovered
  Engine engine_;                              // behind what its thread may touch: that goes after the thread
  std::unique_ptr<SinkRecords> sink_records_;  // null in memory
  Sinks sinks_;
  std::unique_ptr<Checkpointer> checkpointer_;  // of a durable database, once it has been recovered
  std::vector<CheckpointInfo> loaded_;          // of one that is open for reading only
  FileSources file_sources_;                    // their threads insert: they go first
};

/// Databases open in this process, by directory. What it answers has been entered.
std::shared_ptr<Database> OpenDatabase(std::string_view path, const Config& config, const TestOptions& test);

}  // namespace laminar
