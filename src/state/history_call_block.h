// Calls of a history, as many as are allocated at once.
#pragma once

#include <array>
#include <cstddef>

#include "state/history.h"

namespace laminar {

struct HistorySnapshot::CallBlock final : RefCounted {
  static constexpr size_t kCalls = 1024;
  std::array<HistoryCall, kCalls> calls;  // written once each, in order; readers look below their call_count_ only
};

}  // namespace laminar
