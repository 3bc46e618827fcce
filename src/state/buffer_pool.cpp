#include "state/buffer_pool.h"

#include <utility>
#include <vector>

namespace laminar {

Result<Ref<RefCounted>> BufferPool::Get(const SpilledBlock& block, const Decode& decode) {
  {
    std::lock_guard guard(mutex_);
    if (const auto found = places_.find(&block); found != places_.end()) {
      kept_.splice(kept_.begin(), kept_, found->second);
      return kept_.front().content;
    }
    ++reads_;
  }
  LAMINAR_ASSIGN_OR_RETURN(const Ref<Buffer> bytes, block.Read());
  LAMINAR_ASSIGN_OR_RETURN(Ref<RefCounted> content, decode(bytes));
  std::vector<Ref<RefCounted>> pushed_out;  // freed behind the lock
  std::lock_guard guard(mutex_);
  if (const auto found = places_.find(&block); found != places_.end()) {
    // Somebody was quicker.
    pushed_out.push_back(std::move(content));
    return found->second->content;
  }
  kept_.push_front({&block, content, bytes->size()});
  places_.emplace(&block, kept_.begin());
  bytes_ += bytes->size();
  while (bytes_ > capacity_ && kept_.size() > kLeastBlocks) {
    Kept& oldest = kept_.back();
    bytes_ -= oldest.bytes;
    places_.erase(oldest.block);
    pushed_out.push_back(std::move(oldest.content));
    kept_.pop_back();
  }
  return content;
}

void BufferPool::Forget(const SpilledBlock& block) {
  Ref<RefCounted> content;
  std::lock_guard guard(mutex_);
  const auto found = places_.find(&block);
  if (found == places_.end()) return;
  content = std::move(found->second->content);
  bytes_ -= found->second->bytes;
  kept_.erase(found->second);
  places_.erase(found);
}

size_t BufferPool::bytes() const {
  std::lock_guard guard(mutex_);
  return bytes_;
}

uint64_t BufferPool::reads() const {
  std::lock_guard guard(mutex_);
  return reads_;
}

}  // namespace laminar
