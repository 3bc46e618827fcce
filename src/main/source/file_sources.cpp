#include "main/source/file_sources.h"

#include <utility>

namespace laminar {

FileSources::~FileSources() { StopAll(); }

void FileSources::Add(const std::string& name, std::unique_ptr<FileSource> source) {
  std::lock_guard guard(mutex_);
  if (started_) source->Start();
  running_[name] = std::move(source);
}

void FileSources::AddFailed(const std::string& name, std::string why) {
  FileSourceFacts facts;
  facts.status = "failed";
  facts.last_error = std::move(why);
  std::lock_guard guard(mutex_);
  failed_[name] = std::move(facts);
}

void FileSources::StartAll() {
  std::lock_guard guard(mutex_);
  started_ = true;
  for (const auto& [name, source] : running_) source->Start();
}

void FileSources::Retire(const std::string& name) {
  std::lock_guard guard(mutex_);
  failed_.erase(name);
  positions_.erase(name);
  const auto found = running_.find(name);
  if (found == running_.end()) return;
  found->second->Stop();
  retired_.push_back(std::move(found->second));
  running_.erase(found);
}

void FileSources::FinishRetired() {
  std::vector<std::unique_ptr<FileSource>> retired;
  {
    std::lock_guard guard(mutex_);
    retired = std::exchange(retired_, {});
  }
  retired.clear();  // each waits for its thread
}

void FileSources::StopAll() {
  {
    std::lock_guard guard(mutex_);
    for (const auto& [name, source] : running_) source->Stop();
  }
  FinishRetired();
  std::vector<FileSource*> running;
  {
    std::lock_guard guard(mutex_);
    for (const auto& [name, source] : running_) running.push_back(source.get());
  }
  for (FileSource* source : running) source->Join();
}

void FileSources::SetPosition(const FilePosition& position) {
  std::lock_guard guard(mutex_);
  positions_[position.source][position.path] = position;
}

std::vector<FilePosition> FileSources::PositionsOf(const std::string& name) const {
  std::lock_guard guard(mutex_);
  std::vector<FilePosition> positions;
  if (const auto found = positions_.find(name); found != positions_.end()) {
    for (const auto& [path, position] : found->second) positions.push_back(position);
  }
  return positions;
}

std::vector<FilePosition> FileSources::Positions() const {
  std::lock_guard guard(mutex_);
  std::vector<FilePosition> positions;
  for (const auto& [source, files] : positions_) {
    for (const auto& [path, position] : files) positions.push_back(position);
  }
  return positions;
}

std::optional<FileSourceFacts> FileSources::FactsOf(const std::string& name) const {
  std::lock_guard guard(mutex_);
  if (const auto found = running_.find(name); found != running_.end()) return found->second->facts();
  if (const auto failed = failed_.find(name); failed != failed_.end()) return failed->second;
  return std::nullopt;
}

}  // namespace laminar
