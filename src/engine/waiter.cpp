#include "engine/waiter.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <system_error>

namespace laminar {

namespace {

std::atomic<void (*)()> interrupt_check{nullptr};

}  // namespace

Waiter::Waiter(Private) : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Waiter::~Waiter() { close(fd_); }

Waiter& Waiter::OfThisThread() {
  thread_local std::optional<Waiter> waiter;
  // A forked process shares descriptors with the one it comes from, and must not take its signals.
  if (!waiter || waiter->made_in_.foreign()) {
    waiter.reset();
    waiter.emplace(Private());
  }
  return *waiter;
}

void Waiter::Signal() {
  const uint64_t one = 1;
  // The counter can only be full after 2^64 - 2 signals nobody took; then the waiter is signalled already.
  [[maybe_unused]] const ssize_t written = write(fd_, &one, sizeof(one));
}

Waiter::Outcome Waiter::Wait(const Deadline& deadline) {
  pollfd descriptor{fd_, POLLIN, 0};
  timespec timeout{};
  const timespec* timeout_pointer = nullptr;
  if (deadline) {
    const auto left =
        std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(*deadline - std::chrono::steady_clock::now()));
    timeout.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000);
    timeout.tv_nsec = static_cast<long>(left.count() % 1'000'000'000);
    timeout_pointer = &timeout;
  }
  const int ready = ppoll(&descriptor, 1, timeout_pointer, nullptr);
  if (ready < 0) return Outcome::kInterrupted;
  if (ready == 0) return Outcome::kTimeout;
  uint64_t count;
  [[maybe_unused]] const ssize_t taken = read(fd_, &count, sizeof(count));
  return Outcome::kSignalled;
}

void Waiter::SetInterruptCheck(void (*check)()) { interrupt_check = check; }

void Waiter::CheckInterrupt() {
  if (void (*check)() = interrupt_check.load()) check();
}

void WaiterList::Remove(Waiter* waiter) {
  const auto found = std::find(waiters_.begin(), waiters_.end(), waiter);
  if (found == waiters_.end()) return;
  *found = waiters_.back();
  waiters_.pop_back();
}

}  // namespace laminar
