// The sinks of a database, running ones and those that are being closed.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "main/sink/sink_record.h"
#include "main/sink/sink_worker.h"

namespace laminar {

class Engine;

/// Thread-safe. Names are the catalog's spelling.
class Sinks {
 public:
  /// `records`: null in memory. Both must outlive it.
  Sinks(Engine& engine, SinkRecords* records) : engine_(engine), records_(records) {}
  /// Stops what runs.
  ~Sinks();

  void Add(const std::string& name, std::shared_ptr<SinkWorker> worker);
  /// One that could not go on after the database was opened again.
  void AddFailed(const std::string& name, std::string why);
  /// Takes a sink off the list and lets it deliver what it has. Does not wait: may be called with any lock.
  void Retire(const std::string& name);
  /// Waits for the retired ones; no lock may be held that a callback could want. Their records stay until
  /// ForgetRetired.
  void FinishRetired();
  /// Likewise for those into files, which want no lock of anybody.
  void FinishRetiredFiles();
  /// The log says that those which FinishRetired has waited for are gone: nobody will go on with their records.
  void ForgetRetired();
  /// Recovery is done: sinks that were held go on (SinkWorker::Release), and records of sinks that are not in `ids` go.
  void Release(uint64_t epoch, const std::vector<uint64_t>& ids);
  /// Recovery drops one: it delivers what its stream had by then, and no more.
  void Finish(const std::string& name);
  /// Every changelog has ended: waits until all of it is delivered.
  void FinishAll();

  std::optional<SinkFacts> FactsOf(const std::string& name) const;
  /// Of all that survive a crash, for a checkpoint.
  std::vector<SinkBacklog> Backlogs() const;
  SinkRecords* records() const { return records_; }

 private:
  void Finish(std::vector<std::shared_ptr<SinkWorker>> workers);
  Engine& engine_;
  SinkRecords* const records_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<SinkWorker>> running_;
  std::map<std::string, SinkFacts> failed_;
  std::vector<std::shared_ptr<SinkWorker>> retired_;
  std::vector<uint64_t> gone_;  // records of retired ones that have finished
};

}  // namespace laminar
