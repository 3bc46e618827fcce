#include "main/sink/sinks.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/engine.h"

namespace laminar {

Sinks::~Sinks() {
  {
    std::lock_guard guard(mutex_);
    for (auto& [name, worker] : running_) {
      worker->Stop();
      retired_.push_back(std::move(worker));
    }
    running_.clear();
  }
  FinishRetired();
}

void Sinks::Add(const std::string& name, std::shared_ptr<SinkWorker> worker) {
  worker->Start();
  std::lock_guard guard(mutex_);
  running_[name] = std::move(worker);
}

void Sinks::AddFailed(const std::string& name, std::string why) {
  SinkFacts facts;
  facts.failed = true;
  facts.last_error = std::move(why);
  std::lock_guard guard(mutex_);
  failed_[name] = std::move(facts);
}

void Sinks::Retire(const std::string& name) {
  std::lock_guard guard(mutex_);
  failed_.erase(name);
  const auto found = running_.find(name);
  if (found == running_.end()) return;
  found->second->Stop();
  retired_.push_back(std::move(found->second));
  running_.erase(found);
}

void Sinks::FinishRetired() {
  std::vector<std::shared_ptr<SinkWorker>> retired;
  {
    std::lock_guard guard(mutex_);
    retired = std::exchange(retired_, {});
  }
  Finish(std::move(retired));
}

void Sinks::FinishRetiredFiles() {
  std::vector<std::shared_ptr<SinkWorker>> files;
  {
    std::lock_guard guard(mutex_);
    const auto first = std::ranges::stable_partition(retired_, [](const auto& worker) { return worker->id() == 0; });
    files.assign(first.begin(), first.end());
    retired_.erase(first.begin(), first.end());
  }
  Finish(std::move(files));
}

void Sinks::Finish(std::vector<std::shared_ptr<SinkWorker>> workers) {
  for (const std::shared_ptr<SinkWorker>& worker : workers) {
    worker->Join();
    if (worker->own_stream()) engine_.RemoveStream(worker->own_stream(), std::nullopt);
    if (worker->id() == 0) continue;
    std::lock_guard guard(mutex_);
    gone_.push_back(worker->id());
  }
}

void Sinks::ForgetRetired() {
  std::vector<uint64_t> gone;
  {
    std::lock_guard guard(mutex_);
    gone = std::exchange(gone_, {});
  }
  for (const uint64_t id : gone) records_->Remove(id);
}

void Sinks::Release(uint64_t epoch, const std::vector<uint64_t>& ids) {
  if (records_ != nullptr) records_->RemoveAllBut(ids);
  std::lock_guard guard(mutex_);
  for (const auto& [name, worker] : running_) worker->Release(epoch);
}

void Sinks::Finish(const std::string& name) {
  {
    std::lock_guard guard(mutex_);
    // Its own stream may have told it of epochs behind the DROP: nothing was lost.
    if (const auto found = running_.find(name); found != running_.end()) {
      found->second->Release(std::numeric_limits<uint64_t>::max());
    }
  }
  Retire(name);
  FinishRetired();
}

std::vector<SinkBacklog> Sinks::Backlogs() const {
  std::vector<std::shared_ptr<SinkWorker>> workers;
  {
    std::lock_guard guard(mutex_);
    for (const auto& [name, worker] : running_) {
      if (worker->id() != 0) workers.push_back(worker);
    }
  }
  std::vector<SinkBacklog> backlogs;
  for (const std::shared_ptr<SinkWorker>& worker : workers) backlogs.push_back(worker->backlog());
  return backlogs;
}

void Sinks::FinishAll() {
  std::vector<std::shared_ptr<SinkWorker>> workers;
  {
    std::lock_guard guard(mutex_);
    for (const auto& [name, worker] : running_) workers.push_back(worker);
  }
  for (const std::shared_ptr<SinkWorker>& worker : workers) {
    worker->Stop();
    worker->Join();
  }
}

std::optional<SinkFacts> Sinks::FactsOf(const std::string& name) const {
  std::lock_guard guard(mutex_);
  const auto found = running_.find(name);
  if (found != running_.end()) return found->second->facts();
  const auto failed = failed_.find(name);
  return failed == failed_.end() ? std::nullopt : std::optional(failed->second);
}

}  // namespace laminar
