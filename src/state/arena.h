// Append-only bytes behind long StringRefs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/buffer.h"
#include "common/ref.h"
#include "common/string_ref.h"
#include "state/image_stream.h"

namespace laminar {

/// What an arena holds, or what came since it was looked at last, to be written by any thread.
class ArenaImage {
 public:
  void Write(ImageWriter& out) const;

 private:
  friend class Arena;
  struct Piece {
    uint32_t block;
    Ref<Buffer> bytes;
    size_t from, to;
  };
  std::vector<Piece> pieces_;
};

/// Bytes of an arena read back, from a whole image and what was saved after it.
class SavedArena {
 public:
  void Read(ImageReader& in);
  void Clear() {
    blocks_.clear();
    apart_.clear();
  }
  /// Texts that stood in no arena, at an address that is theirs alone; in place of those read for it before.
  void ReadApart(uint64_t address, uint64_t size, ImageReader& in);

 private:
  friend class Arena;
  struct Block {
    uint64_t address = 0;  // where it stood when it was saved
    std::vector<char> bytes;
  };
  std::vector<Block> blocks_;
  std::vector<Block> apart_;
};

/// Blocks never move and are never written below their fill, so whoever holds `holder()` may read every reference that
/// was given out before it was taken. One writer; holders are dropped from any thread.
///
/// References hold addresses, which a restart does not bring back. So what was saved is adopted together with rows
/// whose references are of the time of saving, and until EndAdoption Intern takes such a reference and gives the one of
/// now:
///
///     arena.Adopt(std::move(saved));
///     for each reference: text = arena.Intern(text);      // what Compact does as well
///     arena.EndAdoption()                                  // false: some led nowhere
class Arena {
 public:
  /// Short strings come back as they are; long ones are copied.
  StringRef Intern(const StringRef& text);
  /// Accounting only: the bytes stay until the owner of all references compacts.
  void Forget(const StringRef& text) {
    if (!text.is_inline()) live_bytes_ -= text.size();
  }
  /// Likewise of texts that left with what refers to them.
  void Forget(size_t bytes) { live_bytes_ -= bytes; }
  size_t live_bytes() const { return live_bytes_; }
  size_t total_bytes() const { return total_bytes_; }
  /// True when compaction would free at least half of a worthwhile amount (> 1 MiB).
  bool wants_compaction() const { return total_bytes_ > (1u << 20) && live_bytes_ * 2 < total_bytes_; }
  /// Keeps alive every byte interned until the next Clear. Null while there are none.
  Ref<RefCounted> holder() const;
  /// Starts afresh. References given out so far stay good for holders only.
  void Clear();

  /// `whole`: not only what came since the last image. False when it is whole all the same: the arena was cleared.
  ArenaImage TakeImage(bool* whole);
  /// In an empty arena.
  void Adopt(SavedArena saved);
  bool EndAdoption();

 private:
  struct Block {
    Ref<Buffer> bytes;
    size_t used;  // of the block being filled: when it was opened
    size_t saved;
  };
  struct Blocks final : RefCounted {
    std::vector<Block> list;  // touched by the writer only
  };
  /// Adopted blocks by where they stood.
  struct Adoption {
    struct Place {
      uint64_t address;
      size_t size;
      const char* now;
    };
    std::vector<Place> places;  // ascending
    bool failed = false;
  };
  char* AddBlock(size_t at_least);
  void CloseBlock();
  StringRef Translate(const StringRef& text);

  Ref<Blocks> blocks_;
  std::unique_ptr<Adoption> adoption_;
  uint8_t* open_ = nullptr;  // the block being filled
  size_t open_index_ = 0;
  size_t fill_ = 0;
  size_t open_size_ = 0;
  size_t live_bytes_ = 0;
  size_t total_bytes_ = 0;
  bool cleared_ = false;  // since the last image
};

}  // namespace laminar
