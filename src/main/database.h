// One database: catalog, engine, running queries. Shared by its connections; the façade's classes call it.
#pragma once

#include <atomic>
#include <chrono>
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
#include "laminar/connection.h"
#include "laminar/parameters.h"
#include "laminar/program_tables.h"
#include "main/facts.h"
#include "main/relation.h"
#include "main/row_change.h"
#include "main/sink/sinks.h"
#include "main/write_set.h"
#include "main/writer_first_mutex.h"
#include "planner/planner.h"

namespace laminar {

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

/// Locks, outermost first: a connection's transaction → write locks of tables → create lock → relations lock → catalog
/// lock → the engine's. The relations lock is shared by whoever uses relations for longer than a catalog look-up (a
/// stream being filled from history) and exclusive for what takes relations away.
class Database : public std::enable_shared_from_this<Database> {
 public:
  Database(std::string label, const Config& config, const TestOptions& test);
  ~Database();

  const Config& config() const { return config_; }
  const std::string& label() const { return label_; }
  Engine& engine() { return engine_; }
  QueryRegistry& queries() { return queries_; }
  /// To be read with the catalog lock held.
  const Catalog& catalog() const { return catalog_; }
  PlanOptions Options(PlanOptions base) const;

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
  std::shared_ptr<Subscription::Rep> SubscribeStream(std::string_view name, const SubscribeOptions& options);

  /// `source`: a stream's name, or a SELECT. The function is called by a thread of the sink's own.
  void CreateSink(std::string_view name, std::string_view source, SinkFunction function, bool snapshot);

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
  /// Connections open now; the last one to leave a database ends its subscriptions.
  void Enter() { connections_.fetch_add(1); }
  void Leave();

 private:
  friend class StatementRunner;

  QueryResult Rows(const sql::Statement& statement, const SqlCall& call, Session& session);
  /// With the catalog lock held.
  ResolvedSource ResolveLocked(const WritableEntry& entry) const;
  /// With the create lock held.
  void CreateSourceLocked(std::unique_ptr<SourceEntry> entry);
  /// Likewise; the table begins with `rows`, which are in its columns.
  void CreateTableLocked(std::unique_ptr<TableEntry> entry, std::vector<Ref<RowBatch>> rows);

  /// Registers a subscription's stream so that it is detached when its subscriber goes.
  std::shared_ptr<Subscription::Rep> MakeSubscription(std::shared_ptr<ChangelogCursor> cursor, Schema schema,
                                                      bool with_weight, std::shared_ptr<Stream> own_stream,
                                                      std::string sql);

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
  std::atomic<int> connections_{0};
  Engine engine_;  // behind what its thread may touch: that goes after the thread
  Sinks sinks_{engine_};
};

/// Databases open in this process, by directory.
std::shared_ptr<Database> OpenDatabase(std::string_view path, const Config& config, const TestOptions& test);

}  // namespace laminar
