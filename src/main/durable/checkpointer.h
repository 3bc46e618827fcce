// Checkpoints of a durable database: when they are made, and what is written, in which order.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "engine/engine_image.h"
#include "laminar/checkpoint.h"
#include "main/durable/definition_journal.h"
#include "main/durable/manifest.h"
#include "main/sink/sink_worker.h"
#include "storage/folder.h"
#include "storage/log.h"

namespace laminar {

struct CheckpointOptions {
  std::optional<double> interval_secs;  // none: by the size of the log alone
  uint64_t log_bytes = uint64_t{128} << 20;
};

/// One of a database. A checkpoint freezes the engine between two steps (`freeze`, which takes the locks that keep
/// definitions away), writes what it holds while steps go on, and then switches the manifest; until then the one before
/// counts, and nothing that it names has been touched. The log before it is then no longer needed.
///
/// Thread-safe. Locks: its own before all others.
class Checkpointer {
 public:
  struct Frozen {
    EngineImage engine;
    std::vector<SinkBacklog> sinks;
  };
  using Freeze = std::function<Result<Frozen>(const Engine::WholeImage& whole)>;

  /// `last`: that the database was opened with, or none; `news`: whether the log had anything behind it. What is
  /// referred to must outlive it.
  Checkpointer(Folder& folder, Log& log, Freeze freeze, CheckpointOptions options, std::optional<Manifest> last,
               bool news);
  /// Stops its thread.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// Makes one now, in the calling thread; its id. When one is being made, that is waited for first. kInternalError
  /// naming the file and the reason: what was there before is as it was. kShutdown once it is closed.
  Result<uint64_t> Run(std::string_view reason);
  /// No further ones; before that `last_one`, when anything has come since the one before.
  Status Close(bool last_one);
  /// The last ones, oldest first.
  std::vector<CheckpointInfo> List() const;
  /// The log has grown: to be called with any lock.
  void Notify();

  /// What a crash has left in the directory and no manifest names, removed. Before the first checkpoint.
  static Status RemoveOrphans(Folder& folder, const std::optional<Manifest>& manifest);
  static std::string ImagePath(const Folder& folder, uint64_t checkpoint);
  static std::string HistoryPath(const Folder& folder, uint64_t number);

 private:
  class Writing;
  void Thread();
  /// With `mutex_` held.
  Status Make(std::string_view reason);
  /// Streams whose chain of images is to be begun anew, and the others there is one of.
  std::map<uint64_t, bool> Chains() const;
  bool IsDue(std::chrono::steady_clock::time_point now) const;

  Folder& folder_;
  Log& log_;
  const Freeze freeze_;
  const CheckpointOptions options_;

  mutable std::mutex mutex_;  // held while a checkpoint is made
  // Guarded by mutex_.
  Manifest manifest_;
  DefinitionJournal journal_;
  bool closed_ = false;
  std::set<uint64_t> imaged_;  // streams of which this process has written an image that counts
  bool failed_ = false;        // the last one: what changed before it is no longer marked

  mutable std::mutex wake_mutex_;  // inside mutex_
  std::condition_variable wake_;
  // Guarded by wake_mutex_.
  bool stopping_ = false;
  bool grown_ = false;
  uint64_t saved_position_;  // of the log: what a checkpoint need not be made for
  uint64_t due_bytes_;       // of the log behind it, for which one is
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
  std::vector<CheckpointInfo> list_;
  std::thread thread_;
};

}  // namespace laminar
