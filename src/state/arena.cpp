#include "state/arena.h"

#include <algorithm>
#include <cstring>

namespace laminar {

namespace {
constexpr size_t kSmallestBlock = 1024;
constexpr size_t kLargestBlock = size_t{1} << 20;
}  // namespace

StringRef Arena::Intern(const StringRef& text) {
  if (text.is_inline()) return text;
  const size_t size = text.size();
  char* bytes;
  if (fill_ + size <= open_size_) {
    bytes = reinterpret_cast<char*>(open_) + fill_;
    fill_ += size;
  } else {
    bytes = AddBlock(size);
  }
  std::memcpy(bytes, text.data(), size);
  live_bytes_ += size;
  return StringRef(bytes, static_cast<uint32_t>(size));
}

char* Arena::AddBlock(size_t at_least) {
  if (!blocks_) blocks_ = MakeRef<Blocks>();
  // A string that would waste most of an open block gets one of its own, and the open one goes on being filled.
  const size_t usual = std::clamp(total_bytes_, kSmallestBlock, kLargestBlock);
  const bool alone = at_least > usual / 2;
  Ref<Buffer> block = Buffer::Allocate(alone ? at_least : usual);
  blocks_->list.push_back(block);
  total_bytes_ += block->size();
  if (!alone) {
    open_ = block->data();
    open_size_ = block->size();
    fill_ = at_least;
  }
  return reinterpret_cast<char*>(block->data());
}

Ref<RefCounted> Arena::holder() const { return blocks_; }

void Arena::Clear() {
  blocks_ = nullptr;
  open_ = nullptr;
  fill_ = open_size_ = live_bytes_ = total_bytes_ = 0;
}

}  // namespace laminar
