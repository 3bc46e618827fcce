// The rows set aside by errors in data: the last 1,000, with why.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace laminar {

struct ErrorEntry {
  std::string stream;
  uint64_t epoch = 0;
  int64_t time = 0;  // logged time of the step, microseconds since the epoch
  std::string message;

  /// The same error, counted for another stream.
  ErrorEntry Of(std::string name) const { return {std::move(name), epoch, time, message}; }
};

/// Thread-safe; takes no other lock.
class ErrorLog {
 public:
  static constexpr size_t kCapacity = 1000;

  void Add(ErrorEntry entry) {
    std::lock_guard guard(mutex_);
    if (entries_.size() == kCapacity) entries_.pop_front();
    entries_.push_back(std::move(entry));
  }
  std::vector<ErrorEntry> entries() const {
    std::lock_guard guard(mutex_);
    return {entries_.begin(), entries_.end()};
  }

 private:
  mutable std::mutex mutex_;
  std::deque<ErrorEntry> entries_;
};

}  // namespace laminar
