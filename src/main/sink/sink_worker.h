// One sink: a cursor on a changelog, and the thread that carries its changes out.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/status.h"
#include "common/type.h"
#include "engine/changelog.h"
#include "engine/stream.h"

namespace laminar {

/// Where the changes of a sink go. Used by the sink's thread alone, once it has started.
class SinkOutput {
 public:
  virtual ~SinkOutput() = default;
  /// One epoch, in order.
  virtual Status Deliver(const Change& change) = 0;
  /// Nothing more is there for now, or `due` has come: what was delivered becomes visible, and durable, as far as the
  /// output's format allows.
  virtual Status Flush() = 0;
  /// The last call.
  virtual Status Close() = 0;
  /// Whether a change that could not be delivered is passed over; otherwise it is the end of the sink.
  virtual bool outlives_errors() const { return false; }
  /// Up to which epoch what was delivered survives a crash, to be gone on with behind it.
  virtual std::optional<uint64_t> durable() const { return std::nullopt; }
  /// When Flush is to be called though nothing has come.
  virtual std::optional<std::chrono::steady_clock::time_point> due() const { return std::nullopt; }
};

struct SinkFacts {
  int64_t rows = 0;
  int64_t errors = 0;
  bool failed = false;     // nothing is delivered any more
  bool finished = false;   // its stream ended
  std::string last_error;  // empty: none
};

/// Where a sink begins.
struct SinkStart {
  std::shared_ptr<ChangelogCursor> cursor;
  uint64_t id = 0;                 // of its record; 0: it has none
  std::optional<uint64_t> behind;  // the output has everything up to this epoch already: it is passed over
  bool held = false;               // until Release, nothing is delivered
  std::vector<Change> earlier;     // what the cursor is to deliver first
};

/// What a checkpoint must keep for a sink: its changes behind the epoch that it is durable to, which its stream, once
/// it begins at the checkpoint, does not tell again. With them delivered first (ChangelogCursor::DeliverFirst), and
/// with SinkStart's `behind` passing over what a later record has made durable meanwhile, nothing is missing or twice.
struct SinkBacklog {
  uint64_t id = 0;
  std::optional<uint64_t> durable;
  std::vector<DataType> types;  // of the rows
  /// A cursor of the caller's own, at the first change that may not be durable. Null: the sink does not survive a
  /// crash, or needs nothing any more.
  std::shared_ptr<ChangelogCursor> changes;
};

/// What fails is logged and told by `facts`; it never stops the engine. Thread-safe.
class SinkWorker final : public std::enable_shared_from_this<SinkWorker> {
 public:
  /// `net`: equal rows of an epoch are merged before they are delivered. `own_stream`: exists for this sink alone.
  SinkWorker(std::string name, SinkStart start, std::unique_ptr<SinkOutput> output, std::vector<DataType> types,
             bool net, std::shared_ptr<Stream> own_stream);

  void Start();
  /// Recovery has done everything again, up to `epoch`: what the output does not have yet is delivered now.
  void Release(uint64_t epoch);
  /// What the changelog holds by now is still delivered, then the output is closed. One that is held is abandoned: its
  /// output stays where its record says. Returns at once.
  void Stop();
  /// Until that is done. At once from the sink's own thread, which may drop itself, and when another thread waits.
  void Join();

  SinkFacts facts() const;
  /// At one moment; changes of an epoch are in it once the step that made them has ended.
  SinkBacklog backlog() const;
  uint64_t id() const { return id_; }
  const std::shared_ptr<Stream>& own_stream() const { return own_stream_; }

 private:
  using Clock = std::chrono::steady_clock;
  enum class Drained : uint8_t { kForNow, kForGood, kEnough };

  void Run();
  /// Waits until there is something to do; false when it is the last time.
  bool AwaitWork();
  /// Until nothing is left for now, or so much has been delivered that it should be made durable.
  Drained Drain();
  void Deliver(Change change);
  void Flush();
  void Fail(const std::string& why, bool for_good);
  void Wake();

  const std::string name_;
  const uint64_t id_;
  const std::shared_ptr<ChangelogCursor> cursor_;
  const std::unique_ptr<SinkOutput> output_;
  const std::vector<DataType> types_;
  const bool net_;
  const std::shared_ptr<Stream> own_stream_;
  // The thread's own.
  std::optional<Change> kept_;       // taken while held
  std::optional<uint64_t> reached_;  // epoch of the last change that was delivered, or passed over

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  std::optional<uint64_t> passed_over_;  // changes up to this epoch are in the output already
  std::optional<uint64_t> durable_;
  std::shared_ptr<ChangelogCursor> not_durable_;  // what backlog() tells
  bool held_;
  bool ready_ = false;
  bool stopping_ = false;
  SinkFacts facts_;
  std::thread thread_;
};

}  // namespace laminar
