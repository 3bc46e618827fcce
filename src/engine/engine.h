// The engine: takes input in, steps it through every stream, publishes epochs.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/status.h"
#include "engine/contents.h"
#include "engine/error_log.h"
#include "engine/fair_mutex.h"
#include "engine/memory_press.h"
#include "engine/shared_nodes.h"
#include "engine/source.h"
#include "engine/stream.h"
#include "engine/waiter.h"
#include "state/keyed_rows.h"

namespace laminar {

class Log;
struct EngineImage;
struct LogEntry;
struct SavedEngine;
struct SavedSource;
struct SavedStream;

struct EngineOptions {
  int64_t buffer_size = 65'536;
  double backpressure_timeout = 10.0;
  bool manual_steps = false;
  bool durable = false;                      // begins with Replay, until EndReplay
  FileSystem* files = &FileSystem::Posix();  // of what leaves memory
  std::string spill_directory;               // SpillFile::Create
  int64_t memory_limit = 0;                  // bytes; 0: none
  int64_t spill_threshold = 1'000'000;       // rows of one source or state below which it never leaves memory
};

struct EngineCounters {
  std::atomic<int64_t> ingested{0};
  std::atomic<int64_t> processed{0};
  std::atomic<int64_t> steps{0};
  // Of streams that are gone, subscriptions' too.
  std::atomic<int64_t> late{0};
  std::atomic<int64_t> errors{0};
  // Left out for subscribers that were too slow. Outlives the engine, as changelogs may.
  const std::shared_ptr<std::atomic<int64_t>> overflow = std::make_shared<std::atomic<int64_t>>(0);
  std::atomic<int64_t> calls{0};
};

/// What an ad-hoc query reads: each input frozen at one epoch.
struct QueryInputs {
  struct Input {
    std::unique_ptr<HistorySnapshot> history;  // one of the two, or none for constants
    std::unique_ptr<ContentsSnapshot> stream;
    // Rows with weights: alone, they are the input; of a table, what the open transaction that asks has done to it.
    std::vector<Ref<RowBatch>> rows;
    std::vector<DataType> types;  // of `rows` beside a stream
  };
  std::vector<Input> inputs;
  struct LineHistory {
    LineSource at;  // `source` may be gone by the time this is read; only the scale is
    HistorySnapshot history;
  };
  std::vector<std::vector<LineHistory>> lines;  // per watermark line
  uint64_t epoch = 0;
};

/// What a call brings to one source or table.
struct CallPart {
  std::string_view source;
  std::span<const Ref<RowBatch>> batches;
};

/// Moves the lines as the calls of their sources' histories did. Consumes the snapshots.
void ReplayLines(std::vector<std::vector<QueryInputs::LineHistory>>& histories, std::vector<WatermarkLine>* lines);

/// All methods may be called from any thread; none is called with a lock held that the engine takes.
///
/// Locks, outermost first: step lock (one step at a time; also reading and changing the graph) → intake lock (sequence
/// numbers, staged rows) → a changelog's lock. See docs/threads.md.
class Engine {
 public:
  explicit Engine(const EngineOptions& options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Graph. Names are the catalog's spelling. A `definition` is what the log is to say of the change, in words that only
  // whoever replays it understands: it is written where the change happens in the order of calls and epochs, or the
  // change fails and has not happened. Durable once AwaitDurable returns.

  /// For the SourceDefinition of one that is to come.
  uint32_t NewSourceId() { return next_source_id_.fetch_add(1); }
  Status AddSource(SourceDefinition definition, std::string_view logged);
  /// Likewise, of an engine without a log.
  void AddSource(SourceDefinition definition);
  /// Streams of subscriptions that read it get what is in flight and then `reason`; named ones must be gone.
  void RemoveSource(const std::string& name, const Error& reason);
  /// A table: an intake without history and a stream of its rows, both of that name. `key`: positions of the primary
  /// key, if it has one. `id`: NewSourceId. Nothing is logged: see AcceptAll.
  Status AddTable(const std::string& name, const Schema& schema, std::vector<int> key, uint32_t id = 0);
  /// As RemoveSource.
  void RemoveTable(const std::string& name, const Error& reason);
  /// Gives a source or table a last column; `fill` makes its values for rows that are there, as a batch of one column,
  /// from all their columns. Streams that read it keep the columns they have. Nobody may be inserting. After an error
  /// nothing has changed.
  Status AddColumn(const std::string& name, const Field& field,
                   const std::function<Result<Ref<RowBatch>>(const Delta&)>& fill, std::string_view definition = {});
  /// Of a source, table or stream; nothing named reads it.
  Status Rename(const std::string& name, const std::string& to, std::string_view definition = {});
  /// Runs the dataflow over the history of its inputs in the calling thread, catches up, attaches it at an epoch
  /// boundary. Nodes that are running already, for whatever stream, are not run again (shared_nodes.h). On return the
  /// stream is current. `cursor`, when given, is opened at that epoch, as `request` says. One that is to begin behind
  /// an earlier epoch needs inputs that retain their changes, and operators without state.
  Result<std::shared_ptr<Stream>> AddStream(StreamOptions options, DataflowSpec spec,
                                            std::shared_ptr<ChangelogCursor>* cursor = nullptr,
                                            const SubscribeRequest& request = {.snapshot = false},
                                            std::string_view definition = {});
  /// Nothing named may read it any more; subscriptions get what is in flight and then the error `reason` (none: they
  /// just end).
  void RemoveStream(const std::shared_ptr<Stream>& stream, const std::optional<Error>& reason);
  std::shared_ptr<Stream> FindStream(const std::string& name) const;
  /// A stream of that name is in the catalog and does not run; whoever wants to read it is told why.
  void Suspend(const std::string& name, std::string why);
  /// It is gone, or runs.
  void Resume(const std::string& name);
  bool IsSuspended(const std::string& name) const;

  // Intake.

  /// Accepts the batches as one call: on return they have a sequence number and every later Synchronize sees them.
  /// Waits for room at most the backpressure timeout, then kIngestionFailed; kShutdown after Shutdown. Without rows
  /// nothing happens. The columns must be the source's. A signal during the wait throws what Waiter::CheckInterrupt
  /// throws; nothing is accepted then.
  Status Accept(const std::string& source, const std::vector<Ref<RowBatch>>& batches);
  /// Likewise for several at once: one call, one sequence number, and so one epoch. All of it or nothing. With a
  /// `definition`, which is logged before the rows and with them: both are there after a crash, or neither. With
  /// `logged` the call does not wait for the disk: the caller does, by Acknowledge, once it has let go of its locks.
  Status AcceptAll(std::span<const CallPart> parts, std::string_view definition = {}, uint64_t* logged = nullptr);
  /// Waits until the log is durable to there, as its mode has it.
  Status Acknowledge(uint64_t logged);
  /// The watermark of one writer; likewise a call of its own.
  Status Announce(const std::string& source, uint64_t writer, Timestamp watermark);
  void CloseWriter(const std::string& source, uint64_t writer);

  // Reading.

  /// Every call accepted before is in the returned epoch.
  uint64_t Synchronize();
  /// Likewise even where steps are run by hand: who changes a table must see what was done to it before.
  uint64_t Settle();
  /// Calls `visit` with the rows of a table, between two steps. What was accepted may wait for the next: Settle.
  Status ReadTable(const std::string& name, const std::function<void(const KeyedRows&)>& visit) const;
  /// Freezes what a one-shot dataflow reads, after Synchronize.
  Result<QueryInputs> FreezeInputs(const DataflowSpec& spec);
  Result<std::shared_ptr<ChangelogCursor>> Subscribe(const std::shared_ptr<Stream>& stream,
                                                     const SubscribeRequest& request = {});
  /// Likewise, with a `definition` that is logged where the cursor begins, between two ends of epochs: replaying it
  /// there gives a cursor with the same changes. After an error it has been logged exactly when there is a cursor.
  Status Subscribe(const std::shared_ptr<Stream>& stream, const SubscribeRequest& request, std::string_view definition,
                   std::shared_ptr<ChangelogCursor>* cursor);
  /// Waits until `reached` answers true: asked by the calling thread without a lock, again after every step and every
  /// WakeWaiters. False at the deadline.
  bool WaitForSteps(const std::function<bool()>& reached, const Waiter::Deadline& deadline);
  void WakeWaiters();

  // Durability (engine_log.cpp).

  /// A change of the catalog alone.
  Status Define(std::string_view definition);
  /// Until every definition logged so far is durable, as the mode has it.
  Status AwaitDurable();
  /// While the log is read: carries out what a record says, in the order of the records. `define` carries out a
  /// definition. Steps run where the log has the ends of epochs, and nowhere else.
  Status Replay(const LogEntry& entry, const std::function<void(std::string_view definition)>& define);
  /// From here on what is accepted goes into the log, which must outlive the engine. What was accepted behind the last
  /// end of an epoch is stepped now.
  void EndReplay(Log* log);
  /// After BeginRestore, instead of replaying: nothing is ever accepted or stepped, for this reason.
  void CloseIntake(Status why);
  /// Of what has been accepted last.
  uint64_t sequence() const;

  // Images (engine_image.cpp).

  /// Of which streams all is wanted, and not only what has changed since the image before; `changed`: whether anything
  /// has. Of one that was in none, all must be.
  using WholeImage = std::function<bool(uint64_t stream, bool changed)>;
  /// Steps what was accepted, and freezes what there is then.
  Result<EngineImage> TakeImage(const WholeImage& whole);
  /// In an engine that has seen nothing, instead of replaying from the beginning: it stands there from now on. Until
  /// EndRestore, streams are added without being filled.
  void BeginRestore(const SavedEngine& saved);
  /// `load` fills its history. One that is not there is passed over.
  Status RestoreSource(const SavedSource& saved,
                       const std::function<Status(std::span<const DataType> types, History& history)>& load);
  using StateLoader = std::function<Status(const SavedStream& saved, Stream& stream)>;
  /// `load` is called for each that is there and had not failed: its dataflow and its retained changes are to be
  /// loaded.
  Status RestoreStreams(const std::vector<SavedStream>& all, const StateLoader& load);
  void EndRestore();

  // Lifecycle.

  /// One step over everything accepted; the last epoch.
  uint64_t StepNow();
  /// Tests: from now on the clock stands at this time, in microseconds since the epoch, until it is set again. What is
  /// due by then fires, each timer as a call of its own.
  uint64_t SetTime(int64_t micros);
  /// Further Accepts fail with kShutdown; what was accepted is carried through, then every changelog is finished.
  void Shutdown();

  // Facts.

  const EngineOptions& options() const { return options_; }
  struct SourceFacts {
    int64_t total_rows;    // accepted
    int64_t pending_rows;  // of those, not carried through by a step yet
    int64_t capacity;
    Timestamp watermark;  // milliseconds, or kNoWatermark
    bool is_full;
  };
  std::optional<SourceFacts> FactsOf(const std::string& source) const;
  /// Memory that the rows of a source take, and what is on disk of them.
  int64_t HistoryBytes(const std::string& source) const;
  int64_t RetainedRows(const std::string& source) const;
  MemoryFacts Memory() const;
  /// The least watermark of the sources the stream follows, in milliseconds; kNoWatermark when there is none.
  Timestamp MillisReachedBy(const Stream& stream) const;
  /// The plan of a stream that has a name, as it was before it was cut at the nodes it shares, which say so, and what
  /// its operators have done up to the last step; the shared ones since they were made, whoever reads them.
  struct StreamFacts {
    DataflowSpec outline;  // without operators
    DataflowFacts facts;
  };
  StreamFacts FactsOf(const Stream& stream) const;
  /// How many nodes are run that streams share or may share.
  size_t shared_nodes() const;
  const EngineCounters& counters() const { return counters_; }
  EngineCounters& counters() { return counters_; }
  /// What all streams have left out, also those that are gone, and those of subscriptions.
  struct DroppedFacts {
    int64_t late, errors, overflow;
  };
  DroppedFacts Dropped() const;
  /// Rows of change that the slowest subscriber of the stream has not read, who may read it through a query.
  int64_t LagOf(const Stream& stream) const;
  ErrorLog& errors() { return errors_; }
  uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }

  /// Within a step: schedules the stream's Finish and prepares its Step.
  void Activate(Stream* stream);

 private:
  struct Taken {
    Source* source;
    TakenInput input;
  };
  /// With the step lock held; false when there was nothing to do. Does not throw: see Collapse. While the log is
  /// replayed nothing is stepped but what it says.
  bool RunStep(bool replayed = false);
  /// With the step lock held: when a timer is due, what was accepted before is stepped, and then the timer's call.
  void FireTimers();
  /// False when the log did not take it.
  bool FireUpTo(int64_t due);
  /// The call `firing`, of this logged time: the timers that were due by `due`.
  void Fire(uint64_t firing, int64_t time, int64_t due);
  void FindNextTimer();
  int64_t NowMicros() const;
  void RunStepOver(const std::vector<Taken>& taken);
  /// Memory ran out between operators: rows may be in one history and not in another, so nothing that is kept can be
  /// trusted. Every stream fails, and so does every call from now on.
  void Collapse(const std::string& why);
  std::vector<Taken> TakeAll();
  std::vector<Taken> TakeAllLocked();
  /// The end of a step: what its operators have gathered becomes an epoch.
  void Publish();
  void AdvanceLines(const std::vector<Taken>& taken);
  void PushTaken(const std::vector<Taken>& taken);
  void FinishActive(std::vector<std::pair<Stream*, Change>>* changes);
  /// With the step lock held: the stream's readers get the error, and so do the streams that read it and theirs.
  void FailStream(Stream* stream, const Status& status);
  void MarkDirty(Source* source);
  /// With the intake lock held: null when there is none.
  Source* SourceOf(std::string_view name) const;
  /// Waits, with the intake lock, until there is room or the patience has ended; false then.
  template <typename HasRoom>
  bool WaitForRoom(std::unique_lock<std::mutex>& intake, HasRoom has_room);
  /// Steps or has stepped what was accepted, and waits for the log to be durable to `logged`, if it is given.
  Status AfterAccept(std::unique_lock<std::mutex> intake, int64_t rows, std::optional<uint64_t> logged);
  void WakeWaitingForRoom();
  void EngineThread();
  /// With the intake lock held and everything checked: rows of the call `sequence_`.
  void StageCall(std::span<const CallPart> parts, int64_t time);

  class LoggedCall;
  /// With the intake lock held.
  Status DefineLocked(std::string_view definition);
  /// Likewise, for a change that can no longer be undone: the log must take it, or nothing more is accepted.
  Status MustDefineLocked(std::string_view definition);
  /// Likewise: the call in which timers fire, and the end of its epoch.
  Status LogFiringLocked(uint64_t firing, int64_t time, int64_t due);
  Status ReplayFiring(const LogEntry& entry);
  /// Likewise: what an error of the log means for those who come.
  Status LogFailedLocked(Status status);
  /// Within a step: the end of the epoch is as durable as it must be before anybody hears of it.
  Status HardenEpoch();
  /// While the log is read: has a definition carried out, and keeps it for the next image.
  void Redefine(std::string_view definition, const std::function<void(std::string_view)>& define);
  Status ReplayCall(const LogEntry& entry, const std::function<void(std::string_view)>& define);
  Status ReplayEpoch(uint64_t epoch);

  Result<Source*> FindSourceLocked(const std::string& name) const;
  Result<std::shared_ptr<Stream>> FindStreamLocked(const std::string& name) const;
  /// `shared`: the nodes of the plan's parts.
  Status Bind(Stream* stream, const std::vector<std::shared_ptr<Stream>>& shared);
  Result<std::vector<LineSource>> ResolveLine(const DataflowLine& line) const;
  Change SnapshotChange(ContentsSnapshot& contents, const Stream& stream, uint64_t epoch, Status* status);

  CursorOptions CursorFor(const SubscribeRequest& request);
  /// With the step lock held: sources of the stream wait for its subscriber.
  void HoldBack(const Stream& stream, const ChangelogCursor& cursor);
  Result<std::shared_ptr<Stream>> ResumeStream(StreamOptions options, DataflowSpec spec,
                                               std::shared_ptr<ChangelogCursor>* cursor,
                                               const SubscribeRequest& request);

  struct CatchUp;
  class Holds;
  /// The node that computes what the part does, held: the running one, or one that is filled for it.
  Result<std::shared_ptr<Stream>> AcquireShared(PlanPart part, Holds* held);
  /// Runs a bound stream over what has been so far; `attach`, with the step lock held, when it is current.
  Status Fill(Stream* stream, const std::function<Status(uint64_t epoch)>& attach);
  Status CatchUpRound(Stream* stream, CatchUp* progress, uint64_t epoch, int64_t now, bool first);
  /// With the step lock held: whether a stream may be attached, and its bindings are sound.
  Status CheckAlive(const Stream& stream) const;
  Status ClosedLocked() const;
  void Attach(const std::shared_ptr<Stream>& stream);
  using Streams = std::vector<std::shared_ptr<Stream>>;
  /// With the step lock held: the stream, whatever reads it, and the shared nodes that nobody reads any more. `gone`
  /// keeps them until the lock is released: freeing state takes its time.
  void Detach(const std::shared_ptr<Stream>& stream, const std::optional<Error>& reason, Streams* gone);
  void DropUnused(const std::shared_ptr<Stream>& node, Streams* gone);

  const EngineOptions options_;
  EngineCounters counters_;
  ErrorLog errors_;
  std::atomic<uint64_t> epoch_{0};

  mutable FairMutex step_mutex_;
  // Guarded by step_mutex_; the maps also by intake_mutex_ for writing.
  std::map<std::string, std::unique_ptr<Source>, std::less<>> sources_;
  std::map<uint32_t, Source*> sources_by_id_;
  std::map<std::string, std::shared_ptr<Stream>> named_streams_;
  std::map<std::string, std::string> suspended_;  // why
  std::vector<std::shared_ptr<Stream>> streams_;  // in order of creation, shared nodes too
  SharedNodes shared_nodes_;
  MemoryPress memory_;
  uint64_t next_order_ = 0;
  uint64_t next_reader_ = 0;
  uint64_t next_stream_number_ = 1;
  std::vector<Stream*> active_;  // heap by order, least first
  uint64_t step_epoch_ = 0;
  int64_t step_time_ = 0;
  bool shut_down_ = false;
  Status collapse_;  // written with the intake lock too

  mutable std::mutex intake_mutex_;
  // Guarded by intake_mutex_.
  WaiterList room_;
  std::condition_variable work_;
  uint64_t sequence_ = 0;
  uint64_t next_row_number_ = 0;
  int64_t last_time_ = 0;
  std::vector<Source*> dirty_;  // with staged input
  bool intake_closed_ = false;
  bool stopping_ = false;
  bool replaying_ = false;  // written with the step lock too
  bool restoring_ = false;  // likewise
  Log* log_ = nullptr;      // likewise; its writing half is used under the intake lock
  Status log_failure_;
  uint64_t defined_to_ = 0;               // position in the log behind the last definition
  std::vector<std::string> definitions_;  // that were logged, or replayed, since the last image

  std::atomic<uint32_t> next_source_id_{1};

  std::vector<Stream*> timed_;                           // streams with timers; guarded by step_mutex_
  std::atomic<int64_t> next_timer_{Operator::kNoTimer};  // when the first of them is due
  std::atomic<int64_t> set_time_{0};                     // 0: the time of day

  std::mutex stepped_mutex_;  // innermost
  WaiterList stepped_;        // guarded by it
  std::atomic<int> step_waiters_{0};

  std::atomic<bool> engine_asleep_{false};
  std::thread thread_;
};

}  // namespace laminar
