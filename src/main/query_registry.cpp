#include <utility>

#include "main/database.h"

namespace laminar {

uint64_t QueryRegistry::NewId() {
  std::lock_guard guard(mutex_);
  return next_id_++;
}

void QueryRegistry::Start(uint64_t id, std::string sql, std::function<void()> cancel) {
  std::lock_guard guard(mutex_);
  running_.emplace(id, Running{std::move(sql), std::move(cancel)});
}

void QueryRegistry::Finish(uint64_t id) {
  std::lock_guard guard(mutex_);
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  if (finished_.size() == kFinishedKept) finished_.pop_front();
  finished_.push_back({id, std::move(found->second.sql), false});
  running_.erase(found);
}

bool QueryRegistry::Cancel(uint64_t id) {
  std::function<void()> cancel;
  {
    std::lock_guard guard(mutex_);
    const auto found = running_.find(id);
    if (found == running_.end()) {
      for (const QueryInfo& query : finished_) {
        if (query.id == id) return true;
      }
      return false;
    }
    cancel = std::exchange(found->second.cancel, nullptr);
  }
  if (cancel) cancel();
  return true;
}

std::vector<QueryInfo> QueryRegistry::List() const {
  std::lock_guard guard(mutex_);
  std::vector<QueryInfo> queries(finished_.begin(), finished_.end());
  for (const auto& [id, query] : running_) queries.push_back({id, query.sql, true});
  return queries;
}

}  // namespace laminar
