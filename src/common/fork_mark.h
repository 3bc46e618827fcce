// Which process an object was made in: threads and locks do not follow a fork.
#pragma once

#include <cstdint>

namespace laminar {

/// How many forks this process has behind it, counted in the line of its parents. A number, not a system call.
uint32_t ForkGeneration();

/// A member of whatever needs threads that a forked process does not have, or locks that one of them may hold for ever
/// there.
class ForkMark {
 public:
  ForkMark() : generation_(ForkGeneration()) {}
  /// Made by a process that this one was forked from: nothing of the object may be touched any more.
  bool foreign() const { return generation_ != ForkGeneration(); }
  /// Throws Error kConnectionFailed when it is.
  void Check() const;

 private:
  uint32_t generation_;
};

/// Keeps what is behind a pointer for ever: in a forked process its destructor would wait for threads that are not
/// there.
template <typename Pointer>
void Abandon(const Pointer& pointer) {
  new Pointer(pointer);
}

}  // namespace laminar
