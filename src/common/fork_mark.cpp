#include "common/fork_mark.h"

#include <pthread.h>

#include <atomic>

#include "laminar/error.h"

namespace laminar {

namespace {

std::atomic<uint32_t> generation{0};

[[maybe_unused]] const int registered =
    pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1, std::memory_order_relaxed); });

}  // namespace

uint32_t ForkGeneration() { return generation.load(std::memory_order_relaxed); }

void ForkMark::Check() const {
  if (!foreign()) return;
  throw Error(ErrorCode::kConnectionFailed,
              "this database was opened by a process that the present one was forked from, and does not follow a fork: "
              "open one here, or start processes by 'spawn' instead of 'fork'");
}

}  // namespace laminar
