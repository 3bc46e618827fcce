// Blocks that came back from disk, kept for whoever reads them next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <unordered_map>

#include "common/ref.h"
#include "common/status.h"
#include "state/spill_space.h"

namespace laminar {

/// Keeps what was read last, up to `capacity` bytes on disk, and the last few whatever their size: who reads a block
/// piece by piece reads it once. What is pushed out goes when nobody holds it any more. Any thread.
class BufferPool {
 public:
  explicit BufferPool(size_t capacity) : capacity_(capacity) {}

  /// What `decode` makes of the block's bytes, which are its own; the same object for everybody while it is kept.
  using Decode = std::function<Result<Ref<RefCounted>>(const Ref<Buffer>& bytes)>;
  Result<Ref<RefCounted>> Get(const SpilledBlock& block, const Decode& decode);
  /// The block goes.
  void Forget(const SpilledBlock& block);

  size_t capacity() const { return capacity_; }
  size_t bytes() const;
  uint64_t reads() const;  // from disk

 private:
  static constexpr size_t kLeastBlocks = 4;
  struct Kept {
    const SpilledBlock* block;
    Ref<RefCounted> content;
    size_t bytes;
  };

  const size_t capacity_;
  mutable std::mutex mutex_;  // innermost; nothing is read under it
  std::list<Kept> kept_;      // last used first
  std::unordered_map<const SpilledBlock*, std::list<Kept>::iterator> places_;
  size_t bytes_ = 0;
  uint64_t reads_ = 0;
};

}  // namespace laminar
