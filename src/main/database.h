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
#include "main/sink/sinks.h"
#include "main/writer_first_mutex.h"
#include "planner/planner.h"

namespace laminar {

/// A source as an insert sees it. `id` tells a source from a later one of the same name.
struct ResolvedSource {
  std::string name;
  Schema schema;
  uint64_t id = 0;
};

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

/// Locks, outermost first: create lock → relations lock → catalog lock → the engine's. The relations lock is shared by
/// whoever uses relations for longer than a catalog look-up (a stream being filled from history) and exclusive for what
/// takes relations away.
class Database : public std::enable_shared_from_this<Database> {
 public:
  Database(std::string label, const Config& config, const TestOptions& test);
  ~Database();

  const Config& config() const { return config_; }
  const std::string& label() const { return label_; }
  Engine& engine() { return engine_; }
  QueryRegistry& queries() { return queries_; }
  PlanOptions Options(PlanOptions base) const;

  // Statements (statements.cpp).
  ExecuteResult Execute(std::string_view sql);
  /// One statement with rows: SELECT, VALUES, SHOW, DESCRIBE, EXPLAIN. Parse errors as kQueryFailed.
  QueryResult Query(std::string_view sql);
  std::shared_ptr<QueryStream::Rep> OpenQueryStream(std::string_view sql);
  std::string ExplainText(std::string_view sql);

  // Ingestion.
  ResolvedSource Resolve(std::string_view relation);
  int64_t Accept(const ResolvedSource& source, const std::vector<Ref<RowBatch>>& batches);
  void Announce(const ResolvedSource& source, uint64_t writer, int64_t watermark);
  void CreateSource(std::unique_ptr<SourceEntry> entry);

  // Subscriptions.
  std::shared_ptr<Subscription::Rep> Subscribe(std::string_view sql, const SubscribeOptions& options);
  std::shared_ptr<Subscription::Rep> SubscribeStream(std::string_view name, const SubscribeOptions& options);

  /// `source`: a stream's name, or a SELECT. The function is called by a thread of the sink's own.
  void CreateSink(std::string_view name, std::string_view source, SinkFunction function, bool snapshot);

  // Facts.
  ResultSchema SchemaOf(std::string_view name);
  std::vector<SourceInfo> Sources();
  std::vector<StreamInfo> Streams();
  std::vector<SinkInfo> ListSinks();
  PipelineMetrics Metrics();
  std::optional<SourceMetrics> MetricsOfSource(std::string_view name);
  std::optional<StreamMetrics> MetricsOfStream(std::string_view name);

  // Lifecycle.
  void Start();
  void Shutdown();
  PipelineState state() const { return state_.load(); }
  /// Connections open now; the last one to leave a database ends its subscriptions.
  void Enter() { connections_.fetch_add(1); }
  void Leave();

 private:
  friend class StatementRunner;

  /// With the relations lock shared: throws unless the source is still the one that was resolved.
  void CheckSame(const ResolvedSource& source);
  /// With the create lock held.
  void CreateSourceLocked(std::unique_ptr<SourceEntry> entry);

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
  Catalog catalog_;
  std::map<std::string, uint64_t> source_ids_;  // guarded by catalog_mutex_
  uint64_t next_source_id_ = 1;

  QueryRegistry queries_;
  std::atomic<PipelineState> state_{PipelineState::kCreated};
  std::atomic<int> connections_{0};
  Engine engine_;  // behind what its thread may touch: that goes after the thread
  Sinks sinks_{engine_};
};

/// Databases open in this process, by directory.
std::shared_ptr<Database> OpenDatabase(std::string_view path, const Config& config, const TestOptions& test);

}  // namespace laminar
