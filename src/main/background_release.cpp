#include "main/background_release.h"

#include <utility>

namespace laminar {

BackgroundRelease::~BackgroundRelease() {
  {
    std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void BackgroundRelease::Take(std::shared_ptr<const void> garbage) {
  {
    std::lock_guard guard(mutex_);
    garbage_.push_back(std::move(garbage));
    if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
  }
  changed_.notify_one();
}

void BackgroundRelease::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_ || !garbage_.empty()) {
    changed_.wait(lock, [&] { return stopping_ || !garbage_.empty(); });
    std::vector<std::shared_ptr<const void>> taken = std::exchange(garbage_, {});
    lock.unlock();
    taken.clear();
    lock.lock();
  }
}

}  // namespace laminar
