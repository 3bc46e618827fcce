// One sink: a cursor on a changelog, and the thread that carries its changes out.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
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
  /// Nothing more is there for now: what was delivered becomes visible.
  virtual Status Flush() = 0;
  /// The last call.
  virtual Status Close() = 0;
  /// Whether a change that could not be delivered is passed over; otherwise it is the end of the sink.
  virtual bool outlives_errors() const { return false; }
};

struct SinkFacts {
  int64_t rows = 0;
  int64_t errors = 0;
  bool failed = false;     // nothing is delivered any more
  bool finished = false;   // its stream ended
  std::string last_error;  // empty: none
};

/// What fails is logged and told by `facts`; it never stops the engine. Thread-safe.
class SinkWorker final : public std::enable_shared_from_this<SinkWorker> {
 public:
  /// `net`: equal rows of an epoch are merged before they are delivered. `own_stream`: exists for this sink alone.
  SinkWorker(std::string name, std::shared_ptr<ChangelogCursor> cursor, std::unique_ptr<SinkOutput> output,
             std::vector<DataType> types, bool net, std::shared_ptr<Stream> own_stream);

  void Start();
  /// What the changelog holds by now is still delivered, then the output is closed. Returns at once.
  void Stop();
  /// Until that is done. At once from the sink's own thread, which may drop itself, and when another thread waits.
  void Join();

  SinkFacts facts() const;
  const std::shared_ptr<Stream>& own_stream() const { return own_stream_; }

 private:
  void Run();
  /// Until nothing is left for now; true when nothing will come.
  bool Drain();
  void Fail(const std::string& why, bool for_good);
  void Wake();

  const std::string name_;
  const std::shared_ptr<ChangelogCursor> cursor_;
  const std::unique_ptr<SinkOutput> output_;
  const std::vector<DataType> types_;
  const bool net_;
  const std::shared_ptr<Stream> own_stream_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool ready_ = false;
  bool stopping_ = false;
  SinkFacts facts_;
  std::thread thread_;
};

}  // namespace laminar
