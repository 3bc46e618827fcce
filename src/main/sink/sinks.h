// The sinks of a database, running ones and those that are being closed.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "main/sink/sink_worker.h"

namespace laminar {

class Engine;

/// Thread-safe. Names are the catalog's spelling.
class Sinks {
 public:
  explicit Sinks(Engine& engine) : engine_(engine) {}
  /// Stops what runs.
  ~Sinks();

  void Add(const std::string& name, std::shared_ptr<SinkWorker> worker);
  /// One that could not go on after the database was opened again.
  void AddFailed(const std::string& name, std::string why);
  /// Takes a sink off the list and lets it deliver what it has. Does not wait: may be called with any lock.
  void Retire(const std::string& name);
  /// Waits for the retired ones; no lock may be held that a callback could want.
  void FinishRetired();
  /// Every changelog has ended: waits until all of it is delivered.
  void FinishAll();

  std::optional<SinkFacts> FactsOf(const std::string& name) const;

 private:
  Engine& engine_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<SinkWorker>> running_;
  std::map<std::string, SinkFacts> failed_;
  std::vector<std::shared_ptr<SinkWorker>> retired_;
};

}  // namespace laminar
