// ReadyQueue: an eventfd that is readable exactly while tags are queued.
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <system_error>
#include <utility>

#include "laminar/subscription.h"

namespace laminar {

struct ReadyQueue::Rep {
  std::mutex mutex;  // also orders the descriptor's state after the queue's
  std::vector<uint64_t> queued;
};

ReadyQueue::ReadyQueue() : rep_(std::make_unique<Rep>()), fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

ReadyQueue::~ReadyQueue() { close(fd_); }

std::vector<uint64_t> ReadyQueue::Drain() {
  std::lock_guard guard(rep_->mutex);
  if (!rep_->queued.empty()) {
    eventfd_t ignored;
    eventfd_read(fd_, &ignored);
  }
  return std::exchange(rep_->queued, {});
}

void ReadyQueue::Post(uint64_t tag) {
  std::lock_guard guard(rep_->mutex);
  rep_->queued.push_back(tag);
  // The counter is 0 here, so that the write cannot overflow it.
  if (rep_->queued.size() == 1) eventfd_write(fd_, 1);
}

}  // namespace laminar
