// Gives back memory behind the back of who has no time for it.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace laminar {

/// Freeing gigabytes takes tenths of a second, and the caller of a cancelled query is to be back at once. The thread is
/// there from the first Take on. What is taken must not lead back to the database. Thread-safe.
class BackgroundRelease {
 public:
  BackgroundRelease() = default;
  /// After what was taken has gone.
  ~BackgroundRelease();

  void Take(std::shared_ptr<const void> garbage);

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<const void>> garbage_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace laminar
