// Append-only bytes behind long StringRefs.
#pragma once

#include <cstddef>
#include <vector>

#include "common/buffer.h"
#include "common/ref.h"
#include "common/string_ref.h"

namespace laminar {

/// Blocks never move and are never written below their fill, so whoever holds `holder()` may read every reference that
/// was given out before it was taken. One writer; holders are dropped from any thread.
class Arena {
 public:
  /// Short strings come back as they are; long ones are copied.
  StringRef Intern(const StringRef& text);
  /// Accounting only: the bytes stay until the owner of all references compacts.
  void Forget(const StringRef& text) {
    if (!text.is_inline()) live_bytes_ -= text.size();
  }
  size_t live_bytes() const { return live_bytes_; }
  size_t total_bytes() const { return total_bytes_; }
  /// True when compaction would free at least half of a worthwhile amount (> 1 MiB).
  bool wants_compaction() const { return total_bytes_ > (1u << 20) && live_bytes_ * 2 < total_bytes_; }
  /// Keeps alive every byte interned until the next Clear. Null while there are none.
  Ref<RefCounted> holder() const;
  /// Starts afresh. References given out so far stay good for holders only.
  void Clear();

 private:
  struct Blocks final : RefCounted {
    std::vector<Ref<Buffer>> list;  // touched by the writer only
  };
  char* AddBlock(size_t at_least);

  Ref<Blocks> blocks_;
  uint8_t* open_ = nullptr;  // the block being filled
  size_t fill_ = 0;
  size_t open_size_ = 0;
  size_t live_bytes_ = 0;
  size_t total_bytes_ = 0;
};

}  // namespace laminar
