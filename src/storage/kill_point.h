// Places where a test may have the process killed, as by `kill -9`.
#pragma once

#include <string_view>

namespace laminar {

/// Whether the environment asks for the end of the process here: LAMINAR_KILL_AT="name" or "name:3", the third time it
/// is passed. For points that do half of something first; they end with KillNow. Never, in a build without tests.
bool KillPointReached(std::string_view name);
[[noreturn]] void KillNow();

inline void KillPoint(std::string_view name) {
  if (KillPointReached(name)) KillNow();
}

}  // namespace laminar
