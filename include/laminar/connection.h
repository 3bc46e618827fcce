// The database and connections to it: everything a program does starts here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "laminar/batch_builder.h"
#include "laminar/checkpoint.h"
#include "laminar/config.h"
#include "laminar/error.h"
#include "laminar/function.h"
#include "laminar/metrics.h"
#include "laminar/parameters.h"
#include "laminar/program_tables.h"
#include "laminar/result.h"
#include "laminar/subscription.h"

namespace laminar {

/// A result that is handed out batch by batch, made while it is read; ends when the result does. Copies share one
/// stream. Any thread may call any method; two threads calling Next share the batches between them.
class QueryStream {
 public:
  struct Rep;
  explicit QueryStream(std::shared_ptr<Rep> rep);
  enum class State : uint8_t {
    kActive,     // more may come
    kFinished,   // the result ended, or a row of it failed
    kCancelled,  // Cancel was called, or Connection::CancelQuery with its id
  };

  /// The next batch, of at least one row; nothing at the end and once cancelled. Throws Error kQueryFailed for a row
  /// that cannot be computed; nothing comes after it.
  std::optional<QueryResult> Next();
  /// The same: a batch is made by the caller, so there is nothing to wait for.
  std::optional<QueryResult> TryNext();
  /// Idempotent; a Next that runs in another thread returns soon.
  void Cancel();
  State state() const;
  /// Known before the first batch.
  ResultSchema schema() const;

 private:
  std::shared_ptr<Rep> rep_;
};

/// Buffers rows for one source or table and hands them over in batches. Copies share one writer; any thread may call
/// any method. All but name, schema, current_watermark, Close and is_closed throw Error kWriterClosed after Close.
class Writer {
 public:
  struct Rep;
  explicit Writer(std::shared_ptr<Rep> rep);

  const std::string& name() const;
  ResultSchema schema() const;
  /// Takes the builder's rows and leaves it empty; how many those were. Hands over what is buffered when that is much,
  /// and then fails as Connection::Insert does; the rows of the call are then not in, those of earlier ones still are.
  int64_t Insert(BatchBuilder& rows);
  /// Rows of an Arrow stream, which is consumed; how many those were. `copy`: the memory may be changed by its owner
  /// later. Throws Error kBatchSchemaMismatch for what does not fit.
  int64_t InsertArrow(ArrowArrayStream* stream, bool copy = false);
  /// Hands over what is buffered; how many rows that was. When they are refused they stay buffered.
  int64_t Flush();
  /// Announces that no row before `time` (raw unit of the event-time column; milliseconds when there is none) will come
  /// through this writer. Flushes first. Never goes back: an earlier time changes nothing.
  void Watermark(int64_t time);
  /// The last announced; kNoWatermarkMillis before any.
  int64_t current_watermark() const;
  /// Flushes. Idempotent. When rows are refused the writer stays open, with its rows.
  void Close();
  bool is_closed() const;

 private:
  std::shared_ptr<Rep> rep_;
};

/// What WaitFor waits for: all that is set. Nothing set: what was accepted before the call.
struct WaitTarget {
  std::optional<uint64_t> epoch;
  std::optional<int64_t> watermark;  // milliseconds since the epoch
  std::optional<double> timeout;     // seconds; none: as long as it takes
};

/// Called with one epoch's change after the other, by a thread of the sink's own.
using SinkFunction = std::function<void(const QueryResult&)>;

/// A handle on a database. Copies refer to the same connection. Every method may be called from any thread, throws
/// Error, and fails with kConnectionClosed after Close.
class Connection {
 public:
  struct Rep;
  explicit Connection(std::shared_ptr<Rep> rep);

  // SQL
  /// Runs every statement of `sql` in order; the result of the last. The first error stops, and what ran before stays.
  /// Throws Error kSqlParseError, kQueryFailed, or what the statement's own call here would.
  ExecuteResult Execute(std::string_view sql, const Parameters& parameters = {});
  /// One INSERT, UPDATE or DELETE for each set of parameters, all of them as one epoch, or none.
  ExecuteResult ExecuteMany(std::string_view sql, const std::vector<Parameters>& sets);
  /// One statement that returns rows. Throws Error kQueryFailed for whatever is wrong with it, kQueryCancelled.
  QueryResult Query(std::string_view sql, const Parameters& parameters = {});
  /// Likewise, handed out batch by batch.
  QueryStream Stream(std::string_view sql, const Parameters& parameters = {});
  /// The plan as text. Nothing runs, unless the statement is an EXPLAIN ANALYZE.
  std::string Explain(std::string_view sql, const Parameters& parameters = {});
  /// The current contents of a stream, filtered by a SQL condition when one is given. Throws Error kTableNotFound.
  QueryResult QueryStreamByName(std::string_view name, std::string_view filter = "", const Parameters& parameters = {});
  /// What SQL may name beside the relations of the catalog. Before the connection is used, once.
  void SetProgramTables(std::shared_ptr<ProgramTables> tables);
  /// Stops a running query or subscription, wherever it runs. Throws Error kTableNotFound for an unknown id.
  void CancelQuery(uint64_t id);

  // Ingestion. Each call is taken whole or not at all, and returns how many rows were accepted; on return a query sees
  // them. Waits for room in the source, at most Config::backpressure_timeout. Throws Error kTableNotFound,
  // kBatchSchemaMismatch for rows that do not fit, kIngestionFailed for malformed text and when there is no room,
  // kShutdown.
  /// A builder of rows of this source or table.
  BatchBuilder NewBatch(std::string_view relation);
  /// Takes the builder's rows and leaves it empty, also when they are refused.
  int64_t Insert(BatchBuilder& rows);
  /// All batches of the stream as one call, or none of them. `copy`: the memory may be changed by its owner later.
  int64_t InsertArrow(std::string_view relation, ArrowArrayStream* stream, bool copy = false);
  /// An object, an array of objects, or one object a line.
  int64_t InsertJson(std::string_view relation, std::string_view text);
  /// RFC 4180 with a header row.
  int64_t InsertCsv(std::string_view relation, std::string_view text);
  /// Rows gathered over many small inserts, and a watermark. Throws Error kTableNotFound.
  Writer NewWriter(std::string_view relation);
  /// A source with the columns of an Arrow schema, which is consumed. With a primary key: a table. Throws Error
  /// kTableExists, kInvalidSchema.
  void CreateTable(std::string_view name, ArrowSchema* schema,
                   const std::optional<std::vector<std::string>>& primary_key = std::nullopt);
  /// Likewise from names and SQL or Arrow type names.
  void CreateTable(std::string_view name, const std::vector<ColumnInfo>& columns,
                   const std::optional<std::vector<std::string>>& primary_key = std::nullopt);

  // Tables with a primary key.
  /// Inserts rows and puts them in the place of those with their keys; of several with one key the last counts. How
  /// many rows were written.
  int64_t Upsert(BatchBuilder& rows);
  /// Likewise rows of an Arrow stream, which is consumed.
  int64_t UpsertArrow(std::string_view table, ArrowArrayStream* stream, bool copy = false);
  /// A builder of keys: its columns are those of the primary key.
  BatchBuilder NewKeyBatch(std::string_view table);
  /// Deletes the rows of these keys; how many there were.
  int64_t Delete(BatchBuilder& keys);
  /// Likewise keys of an Arrow stream, which is consumed.
  int64_t DeleteArrow(std::string_view table, ArrowArrayStream* stream, bool copy = false);

  // Transactions: what changes rows through this connection between Begin and Commit becomes one epoch.
  // Begin in an open one, and Commit and Rollback without one, throw Error kQueryFailed.
  void Begin();
  void Commit();
  void Rollback();
  bool in_transaction() const;

  // Subscriptions. Throw Error kQueryFailed for a query that cannot be or cannot be kept current, kTableNotFound for an
  // unknown stream, kSubscriptionFailed for weights that are refused.
  /// To a query: the current result, then its changes.
  Subscription Subscribe(std::string_view sql, const SubscribeOptions& options = {}, const Parameters& parameters = {});
  /// To a stream, source or table by its name.
  Subscription SubscribeStream(std::string_view name, const SubscribeOptions& options = {});
  /// The same with functions that a thread of the subscription's own calls; see CallbackSubscription.
  CallbackSubscription SubscribeCallback(std::string_view sql, CallbackSubscription::OnData on_data,
                                         CallbackSubscription::OnError on_error = nullptr,
                                         const SubscribeOptions& options = {}, const Parameters& parameters = {});
  CallbackSubscription SubscribeStreamCallback(std::string_view name, CallbackSubscription::OnData on_data,
                                               CallbackSubscription::OnError on_error = nullptr,
                                               const SubscribeOptions& options = {});

  // Sinks
  /// Every change of `source` (a stream's name, or a SELECT) into a function, in order, with __weight where it can
  /// retract; the current contents first when `snapshot`. What the function throws is counted and logged, and the next
  /// change is delivered. DROP SINK takes it away. Other sinks: CREATE SINK.
  void CreateSink(std::string_view name, std::string_view source, SinkFunction function, bool snapshot = true);

  // Functions
  /// Makes a function callable in SQL, in queries and streams of this database; those of one name differ in the types
  /// of their arguments. Throws kTableExists for the name of a built-in function, or of one that is there unless
  /// `replace`; kInvalidSchema for types that cannot be.
  void RegisterFunction(std::string_view name, const FunctionSignature& signature, FunctionBody body,
                        const FunctionOptions& options = {});
  /// Likewise an aggregate. All rows of a group are kept, and the code is called with all of them whenever they have
  /// changed in a step: in the order of ORDER BY in the call, then of event time, then of arrival.
  void RegisterAggregate(std::string_view name, const FunctionSignature& signature, FunctionBody body,
                         const FunctionOptions& options = {});
  /// Takes all functions of that name away, macros too: DROP FUNCTION. Throws kTableNotFound, and kQueryFailed naming
  /// the streams, views, sinks and functions that use it. Subscriptions that do keep it.
  void UnregisterFunction(std::string_view name);

  // Catalog and metrics: facts as of the call.
  /// The columns of a source, table, stream or view. Throws Error kTableNotFound.
  ResultSchema SchemaOf(std::string_view name);
  /// Names: sources first, then tables.
  std::vector<std::string> ListTables();
  std::vector<std::string> ListStreams();
  std::vector<SourceInfo> Sources();
  /// What flows where.
  Topology ReadTopology();
  std::vector<StreamInfo> Streams();
  std::vector<SinkInfo> Sinks();
  /// Ad-hoc queries and subscriptions: the running ones and the last 1,000 finished.
  std::vector<QueryInfo> Queries();
  PipelineMetrics Metrics();
  /// Nothing for an unknown name.
  std::optional<SourceMetrics> MetricsOfSource(std::string_view name);
  std::optional<StreamMetrics> MetricsOfStream(std::string_view name);
  /// Of any relation but a sink. Counts its rows. Throws Error kTableNotFound.
  RelationStats StatsOf(std::string_view name);
  /// Waits until the relation has taken in what `what` says; the epoch it then has. Throws Error kTableNotFound,
  /// kSubscriptionTimeout, kSubscriptionClosed when it is dropped, kShutdown when no more input will come,
  /// kConnectionClosed.
  uint64_t WaitFor(std::string_view name, const WaitTarget& what);

  // Checkpoints, of a database in a directory
  /// Writes the state as of now, while input goes on, so that opening the directory begins with it; the checkpoint's
  /// id, which is larger than any before. A database makes checkpoints by itself: by the size of its log, at the
  /// config's interval, and when it is closed. Throws Error kQueryFailed in memory, kInternalError when it cannot be
  /// written (what was there before still counts), kShutdown, kConnectionClosed.
  uint64_t Checkpoint();
  /// The last 100, oldest first; none in memory.
  std::vector<CheckpointInfo> Checkpoints();

  // Lifecycle
  /// Starts connectors. Idempotent; inserts and streams work without.
  void Start();
  /// Takes no more input, carries what was accepted to every subscriber's queue, then ends the subscriptions: queues
  /// stay readable to their end. Inserting afterwards fails with kShutdown.
  void Shutdown();
  /// Idempotent. The last connection to a volatile database takes it along: subscriptions end, waiters wake.
  void Close();
  bool is_closed() const;

  Rep& rep() { return *rep_; }

 private:
  std::shared_ptr<Rep> rep_;
};

/// ":memory:" is a database of its own each time; any other path is a directory, shared when opened again with an equal
/// config. Throws Error kConnectionFailed, kConnectionInUse, and std::invalid_argument for a config that cannot be.
Connection Open(std::string_view path, const Config& config = {});

/// For programs that answer signals: asked, in the thread that waits, when a signal interrupts a call that waits for
/// room in a source. What it throws comes out of the call, and nothing of the call is accepted. Null: signals are
/// passed over.
void SetInterruptCheck(void (*check)());

/// Engine settings that exist for tests only: adversarial configurations that must not change any result.
struct TestOptions {
  int partitions = 1;                                   // logical partitions that keyed operators are split into
  bool disable_rules = false;                           // plan without optimizer rules
  bool manual_steps = false;                            // input is accepted, but steps run only by StepNow
  uint64_t log_segment_bytes = uint64_t{64} << 20;      // of a durable database: when the log begins a new file
  uint64_t checkpoint_log_bytes = uint64_t{128} << 20;  // likewise: of the log, when a checkpoint is made by itself
  bool checkpoint_on_close = true;
};
Connection OpenForTest(std::string_view path, const Config& config, const TestOptions& options);
/// All key hashes equal, in the whole process.
void SetDegenerateHashing(bool on);
/// manual_steps: runs one step over everything accepted; its epoch (the last one again when there was nothing).
uint64_t StepNow(Connection& connection);
/// The clock of the engine stands at this time (microseconds since the epoch, more than 0) until it is set again. What
/// is due by then fires before this returns; the last epoch.
uint64_t SetTime(Connection& connection, int64_t micros);
/// The parsed statements as JSON, for tools and the reference evaluator.
std::string ParseToJson(std::string_view sql);

}  // namespace laminar
