// Rows in chunks: the one memory layout under every store.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/buffer.h"
#include "common/ref.h"
#include "state/arena.h"
#include "state/image_stream.h"
#include "state/spill_space.h"

namespace laminar {

/// One block of a chunk: `width` bytes for each of its rows, or one bit. A columnar store has a block per column and a
/// bitmap per validity; a group table has a single block whose element is the whole group row, because a group is
/// always touched at random and as a whole (see docs/decisions.md).
struct BlockLayout {
  static constexpr uint32_t kBitmap = 0;
  uint32_t width;                   // bytes, or kBitmap
  std::vector<uint32_t> strings{};  // where StringRefs into the arena stand in an element; needed to spill
  size_t BytesFor(uint32_t rows) const { return width == kBitmap ? rows / 8 : size_t{rows} * width; }
};

/// A chunk that is read where it stands, or was read back from disk. Good while `owner`, and the pin, are held.
struct PinnedChunk {
  Ref<RefCounted> owner;
  std::vector<const uint8_t*> blocks;
};

/// What a reader holds: the blocks and the arena as they were between two steps. Rows freed since are still there.
/// Immutable; any thread. Dropping the last reference unpins.
class ChunkPin final : public RefCounted {
 public:
  uint32_t slot_count() const { return slot_count_; }
  uint32_t live_count() const { return live_count_; }
  uint32_t chunk_count() const { return static_cast<uint32_t>(blocks_.empty() ? 0 : blocks_[0].size()); }
  bool IsLive(uint32_t slot) const { return GetBit(live_.data(), slot); }
  /// Live bits of a chunk, 64 words; bits at and past slot_count are 0.
  const uint64_t* live_words(uint32_t chunk) const;
  /// Of a list that is never spilled.
  const Ref<Buffer>& block(int block, uint32_t chunk) const { return blocks_[static_cast<size_t>(block)][chunk]; }
  /// Whether it is on disk: then At reads it, through the buffer pool.
  bool IsSpilled(uint32_t chunk) const { return chunk < spilled_.size() && spilled_[chunk]; }
  Result<PinnedChunk> At(uint32_t chunk) const;
  const std::vector<BlockLayout>& layout() const { return *layout_; }

 private:
  friend class ChunkList;
  explicit ChunkPin(std::shared_ptr<std::atomic<uint32_t>> pins) : pins_(std::move(pins)) {}
  ~ChunkPin() override;

  std::vector<std::vector<Ref<Buffer>>> blocks_;  // null: on disk
  std::vector<Ref<SpilledBlock>> spilled_;        // empty while nothing is
  std::shared_ptr<const std::vector<BlockLayout>> layout_;
  std::vector<uint64_t> live_;
  std::vector<Ref<RefCounted>> held_;
  uint32_t slot_count_ = 0;
  uint32_t live_count_ = 0;
  std::shared_ptr<std::atomic<uint32_t>> pins_;
};

/// A chunk list at one epoch, or what changed of it since the image before, to be written by any thread while steps go
/// on. Few changed rows are copied; otherwise it pins the list.
class ChunkImage {
 public:
  /// The same in all images that build on one whole one.
  uint64_t id() const { return id_; }
  const std::vector<uint32_t>& widths() const { return widths_; }
  void Write(ImageWriter& out) const;
  /// Copies what has changed, and pins no longer: a step that changes rows copies their blocks until then, which is much
  /// more when they are scattered.
  void CopyOut();

 private:
  friend class ChunkList;
  /// Of rows that are to be written.
  uint64_t RowBytes() const;
  void WriteChunks(ImageWriter& out) const;
  void WriteChunk(uint32_t chunk, ImageWriter& out) const;
  void WriteSpilledChunk(uint32_t chunk, ImageWriter& out) const;

  uint64_t id_ = 0;
  bool whole_ = false;
  std::vector<uint32_t> widths_;
  uint32_t slot_count_ = 0;
  std::vector<uint64_t> live_;
  std::vector<uint64_t> dirty_;
  Ref<ChunkPin> pin_;   // null when
  std::string copied_;  // WriteChunks has written here
  ArenaImage arena_;
};

/// Chunks read back: of a whole image and then of those that were made after it, in order.
class SavedChunks {
 public:
  /// `widths`: of the list that will take them. Fails on what does not fit it or does not follow what was read before.
  void Read(std::span<const uint32_t> widths, ImageReader& in);

 private:
  friend class ChunkList;
  void ReadChunk(uint32_t chunk, std::span<const uint32_t> widths, ImageReader& in);

  uint64_t id_ = 0;
  uint32_t slot_count_ = 0;
  std::vector<uint64_t> live_;
  std::vector<std::vector<Ref<Buffer>>> blocks_;  // per block, per chunk
  SavedArena arena_;
};

/// Fixed-capacity chunks with a free list. Addresses rows by slot: slot / kRows is the chunk.
///
/// Contract:
/// 1. Only the step (one thread at a time) calls anything but ChunkPin's methods.
/// 2. Slots are stable until freed. A freed slot is reused. Slots that were never allocated are not read.
/// 3. While a pin exists, the first write to a block copies it; with none, writes are in place. Pins are taken between
/// steps
///    and dropped from any thread; a drop is visible at the next `pinned()`.
/// 4. Addresses from Row are good until the next Allocate, PrepareWrite or Pin: the first chunk starts small and grows.
/// 5. Writers report rows as dirty (`MarkDirty`); new rows and freed ones are. TakeImage clears.
/// 6. Chunks go to disk between steps alone (Spill). Rows are looked at, written and erased only in chunks that are in
///    memory: of slots just allocated, or after MakeResident. A list that was never spilled has all of them there.
///
///     uint32_t slot = list.Allocate();
///     list.PrepareWrite({&slot, 1});            // copies pinned blocks under these slots
///     memcpy(list.Row(0, slot), …);             // raw until the next Pin
class ChunkList {
 public:
  static constexpr uint32_t kRows = 4096;
  static constexpr uint32_t kNoSlot = 0xffffffffu;

  explicit ChunkList(std::vector<BlockLayout> layout);
  ~ChunkList();
  ChunkList(ChunkList&&) noexcept;
  ChunkList& operator=(ChunkList&&) noexcept;

  /// Throws std::bad_alloc, std::length_error past 2^32 - 2 rows; nothing has changed then.
  uint32_t Allocate();
  void Free(uint32_t slot);
  /// Frees every row; keeps the memory of the chunks that nobody has pinned.
  void Clear();
  /// Frees every row and gives the memory back.
  void Release();

  /// Of a chunk that is on disk it leads to where no memory is: who forgot MakeResident crashes at once.
  uint8_t* Row(int block, uint32_t slot) {
    const BlockTable& table = tables_[static_cast<size_t>(block)];
    return table.base[slot / kRows] + size_t{slot % kRows} * table.width;
  }
  /// The chunks' beginnings, for loops that address many rows of one block; good as long as addresses are.
  uint8_t* const* Bases(int block) const { return tables_[static_cast<size_t>(block)].base.data(); }
  const uint8_t* Row(int block, uint32_t slot) const { return const_cast<ChunkList*>(this)->Row(block, slot); }
  /// Of a bitmap block: the words of the chunk that `slot` is in; its bit is slot % kRows.
  uint64_t* Bits(int block, uint32_t slot) {
    return reinterpret_cast<uint64_t*>(tables_[static_cast<size_t>(block)].base[slot / kRows]);
  }
  /// Brings the chunks of these slots (kNoSlot: none) back into memory, where they stay for the step; marks them as
  /// touched. Throws Error when one cannot be read. Costs a branch while nothing is on disk.
  void MakeResident(std::span<const uint32_t> slots) {
    if (!spilled_.empty()) [[unlikely]]
      MakeChunksResident(slots);
  }
  void MakeResident(uint32_t slot) { MakeResident({&slot, 1}); }
  bool IsResident(uint32_t slot) const { return spilled_.empty() || !spilled_[slot / kRows]; }

  /// Between two steps: writes chunks to disk, those not touched since the last time first, until `bytes` of memory are
  /// free or none is left; how many came free. Strings of those chunks go with them; their bytes in the arena come free
  /// when it is compacted. After an error what is not on disk is in memory.
  Status Spill(SpillSpace& space, size_t bytes, size_t* freed);
  size_t disk_bytes() const;

  /// Must precede writes through Row for these slots (all blocks) since the last possible Pin, i.e. once a Push.
  void PrepareWrite(std::span<const uint32_t> slots) {
    if (pinned()) CopyPinned(slots);
  }
  void MarkDirty(uint32_t slot) { SetBit(dirty_.data(), slot); }
  const std::vector<uint64_t>& dirty() const { return dirty_; }

  /// Between two steps. `whole`: not only what changed since the last image, which is to be there when this one is
  /// read.
  ChunkImage TakeImage(bool whole);
  /// Into an empty list. References to strings are those of the time of saving: they are to be interned anew, then
  /// arena().EndAdoption(). The next image is whole.
  void Adopt(SavedChunks saved);
  /// Bytes of a row in each block; 0 for a bitmap.
  std::vector<uint32_t> widths() const;

  bool pinned() const { return pins_->load(std::memory_order_acquire) != 0; }
  Ref<ChunkPin> Pin();

  /// Slots ever allocated, including freed ones; live rows; whether a slot is live.
  uint32_t slot_count() const { return slot_count_; }
  uint32_t live_count() const { return live_count_; }
  bool IsLive(uint32_t slot) const { return GetBit(live_.data(), slot); }
  /// First live slot at or after `slot`, or kNoSlot.
  uint32_t NextLive(uint32_t slot) const;
  size_t memory_bytes() const;

  Arena& arena() { return arena_; }
  const Arena& arena() const { return arena_; }

 private:
  struct BlockTable {
    uint32_t width;
    std::vector<uint8_t*> base;        // per chunk, for address arithmetic
    std::vector<Ref<Buffer>> buffers;  // per chunk, shared with pins; null: on disk
    size_t BytesFor(uint32_t rows) const { return BlockLayout{width}.BytesFor(rows); }
  };
  void AddChunk();
  void GrowFirstChunk();
  void CopyPinned(std::span<const uint32_t> slots);
  void CopyBlock(BlockTable& table, uint32_t chunk);
  // chunk_spill.cpp
  void MakeChunksResident(std::span<const uint32_t> slots);
  void MakeChunkResident(uint32_t chunk);
  Status SpillChunk(uint32_t chunk, SpillSpace& space, size_t* freed);
  /// Rows that a chunk has room for: the first one starts small.
  uint32_t RowsOfChunk() const { return capacity_ < kRows ? capacity_ : kRows; }

  static constexpr uint32_t kFirstRows = 64;

  std::shared_ptr<const std::vector<BlockLayout>> layout_;
  std::vector<BlockTable> tables_;
  std::vector<Ref<SpilledBlock>> spilled_;  // per chunk; empty while nothing is on disk
  std::vector<uint8_t> touched_;            // per chunk, since the last Spill; likewise
  std::vector<uint64_t> live_;
  std::vector<uint64_t> dirty_;
  std::vector<uint32_t> free_slots_;
  uint32_t slot_count_ = 0;
  uint32_t live_count_ = 0;
  uint32_t capacity_ = 0;  // slots there is memory for
  uint64_t image_id_ = 0;  // 0: there is no image of what the list holds
  Arena arena_;
  std::shared_ptr<std::atomic<uint32_t>> pins_;
};

}  // namespace laminar
