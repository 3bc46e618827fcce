// Chunks on disk. The layout of a block is in docs/storage.md, "Spill files".
#include <algorithm>
#include <cstring>
#include <utility>

#include "state/buffer_pool.h"
#include "state/chunk_list.h"
#include "state/column_copy.h"

namespace laminar {

namespace {

constexpr size_t kAlignment = 16;
// No address of any process: prefetching is harmless, and everything else faults.
constexpr uintptr_t kNowhere = uintptr_t{1} << 62;

struct ChunkHead {
  uint32_t rows;
  uint32_t blocks;
  uint64_t text_bytes;
};
static_assert(sizeof(ChunkHead) == kAlignment);

size_t Padded(size_t size) { return (size + kAlignment - 1) & ~(kAlignment - 1); }

/// A chunk as it was read: the blocks lie in the bytes, and strings point among them.
struct LoadedChunk final : RefCounted {
  Ref<Buffer> bytes;
  std::vector<uint8_t*> blocks;
};

template <typename Visit>
void ForEachString(const BlockLayout& layout, uint8_t* block, uint32_t rows, Visit&& visit) {
  for (const uint32_t at : layout.strings) {
    for (uint32_t row = 0; row < rows; ++row) {
      visit(row, reinterpret_cast<StringRef*>(block + size_t{row} * layout.width + at));
    }
  }
}

Status Malformed() { return Status::Internal("a chunk that was written cannot be read again"); }

/// Strings are offsets among the texts, which follow the blocks, and are made references again, in place.
Result<Ref<LoadedChunk>> Decode(const Ref<Buffer>& bytes, const std::vector<BlockLayout>& layout) {
  if (bytes->size() < sizeof(ChunkHead)) return Malformed();
  const ChunkHead head = *bytes->as<ChunkHead>();
  size_t size = sizeof(ChunkHead) + head.text_bytes;
  for (const BlockLayout& block : layout) size += Padded(block.BytesFor(head.rows));
  if (head.blocks != layout.size() || head.rows > ChunkList::kRows || size != bytes->size()) return Malformed();
  Ref<LoadedChunk> chunk = MakeRef<LoadedChunk>();
  chunk->bytes = bytes;
  uint8_t* at = bytes->data() + sizeof(ChunkHead);
  const uint8_t* text = bytes->data() + size - head.text_bytes;
  bool sound = true;
  for (const BlockLayout& block : layout) {
    chunk->blocks.push_back(at);
    ForEachString(block, at, head.rows, [&](uint32_t, StringRef* string) {
      if (string->is_inline()) return;
      const uint64_t offset = string->tail();
      sound &= offset <= head.text_bytes && string->size() <= head.text_bytes - offset;
      if (sound) *string = StringRef(reinterpret_cast<const char*>(text + offset), string->size());
    });
    at += Padded(block.BytesFor(head.rows));
  }
  if (!sound) return Malformed();
  return chunk;
}

Result<Ref<RefCounted>> DecodeForPool(const Ref<Buffer>& bytes, const std::vector<BlockLayout>& layout) {
  LAMINAR_ASSIGN_OR_RETURN(Ref<LoadedChunk> chunk, Decode(bytes, layout));
  return Ref<RefCounted>(std::move(chunk));
}

}  // namespace

Result<PinnedChunk> ChunkPin::At(uint32_t chunk) const {
  PinnedChunk pinned;
  if (!IsSpilled(chunk)) {
    for (const std::vector<Ref<Buffer>>& block : blocks_) pinned.blocks.push_back(block[chunk]->data());
    return pinned;
  }
  const SpilledBlock& block = *spilled_[chunk];
  LAMINAR_ASSIGN_OR_RETURN(pinned.owner, block.pool().Get(block, [this](const Ref<Buffer>& bytes) {
    return DecodeForPool(bytes, *layout_);
  }));
  const auto& loaded = static_cast<const LoadedChunk&>(*pinned.owner);
  pinned.blocks.assign(loaded.blocks.begin(), loaded.blocks.end());
  return pinned;
}

Status ChunkList::SpillChunk(uint32_t chunk, SpillSpace& space, size_t* freed) {
  const uint32_t rows = RowsOfChunk();
  size_t size = sizeof(ChunkHead);
  for (const BlockLayout& block : *layout_) size += Padded(block.BytesFor(rows));
  std::vector<uint8_t> bytes(size);
  size_t at = sizeof(ChunkHead);
  size_t forgotten = 0;
  for (size_t i = 0; i < tables_.size(); ++i) {
    const BlockLayout& block = (*layout_)[i];
    std::memcpy(bytes.data() + at, tables_[i].base[chunk], block.BytesFor(rows));
    for (const uint32_t in_element : block.strings) {
      for (uint32_t row = 0; row < rows; ++row) {
        // Of rows that are not there only the room is.
        StringRef string;
        const size_t place = at + size_t{row} * block.width + in_element;
        if (IsLive(chunk * kRows + row)) std::memcpy(&string, bytes.data() + place, sizeof(string));
        if (!string.is_inline()) {
          const uint64_t offset = bytes.size() - size;
          const auto* text = reinterpret_cast<const uint8_t*>(string.data());
          bytes.insert(bytes.end(), text, text + string.size());
          forgotten += string.size();
          std::memcpy(bytes.data() + place, &string, sizeof(string));
          std::memcpy(bytes.data() + place + sizeof(uint64_t), &offset, sizeof(offset));
        } else {
          std::memcpy(bytes.data() + place, &string, sizeof(string));
        }
      }
    }
    at += Padded(block.BytesFor(rows));
  }
  const ChunkHead head{rows, static_cast<uint32_t>(tables_.size()), bytes.size() - size};
  std::memcpy(bytes.data(), &head, sizeof(head));
  LAMINAR_ASSIGN_OR_RETURN(spilled_[chunk], space.Write(bytes));
  for (BlockTable& table : tables_) {
    *freed += table.buffers[chunk]->size();
    table.buffers[chunk] = nullptr;
    table.base[chunk] = reinterpret_cast<uint8_t*>(kNowhere);
  }
  arena_.Forget(forgotten);
  return Status::OK();
}

Status ChunkList::Spill(SpillSpace& space, size_t bytes, size_t* freed) {
  *freed = 0;
  const auto chunks = static_cast<uint32_t>(tables_.empty() ? 0 : tables_[0].buffers.size());
  if (chunks == 0) return Status::OK();
  // From the first time on, who looks at rows makes them resident, which tells what is touched.
  spilled_.resize(chunks);
  touched_.resize(chunks);
  for (const bool touched_too : {false, true}) {
    for (uint32_t chunk = 0; chunk < chunks && *freed < bytes; ++chunk) {
      if (spilled_[chunk] || (touched_[chunk] != 0 && !touched_too)) continue;
      LAMINAR_RETURN_NOT_OK(SpillChunk(chunk, space, freed));
    }
  }
  std::fill(touched_.begin(), touched_.end(), 0);
  return Status::OK();
}

void ChunkList::MakeChunksResident(std::span<const uint32_t> slots) {
  for (const uint32_t slot : slots) {
    if (slot == kNoSlot) continue;
    const uint32_t chunk = slot / kRows;
    touched_[chunk] = 1;
    if (spilled_[chunk]) MakeChunkResident(chunk);
  }
}

void ChunkList::MakeChunkResident(uint32_t chunk) {
  const Ref<Buffer> bytes = ValueOrThrow(spilled_[chunk]->Read());
  const Ref<LoadedChunk> loaded = ValueOrThrow(Decode(bytes, *layout_));
  const uint32_t rows = RowsOfChunk();
  std::vector<Ref<Buffer>> fresh;
  for (size_t i = 0; i < tables_.size(); ++i) {
    const BlockLayout& block = (*layout_)[i];
    fresh.push_back(Buffer::Allocate(block.BytesFor(rows)));
    std::memcpy(fresh[i]->data(), loaded->blocks[i], block.BytesFor(rows));
    ForEachString(block, fresh[i]->data(), rows,
                  [&](uint32_t, StringRef* string) { *string = arena_.Intern(*string); });
  }
  for (size_t i = 0; i < tables_.size(); ++i) {
    tables_[i].base[chunk] = fresh[i]->data();
    tables_[i].buffers[chunk] = std::move(fresh[i]);
  }
  spilled_[chunk] = nullptr;
}

size_t ChunkList::disk_bytes() const {
  size_t bytes = 0;
  for (const Ref<SpilledBlock>& block : spilled_) bytes += block ? block->size() : 0;
  return bytes;
}

}  // namespace laminar
