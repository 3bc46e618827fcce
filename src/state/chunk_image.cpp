// Chunk lists on their way to a file and back. The layout is in docs/storage.md, "Images of state".
#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <numeric>
#include <utility>

#include "state/chunk_list.h"

namespace laminar {

namespace {

enum class ChunkForm : uint8_t {
  kWhole,   // every row up to the last one ever allocated
  kSparse,  // some rows, by their place in the chunk
  kApart,   // as kWhole; then the long texts that it refers to, and the address where they are taken to stand
};
constexpr uint32_t kNoMore = 0xffffffffu;
// Bytes of changed rows that are copied between two steps: a few milliseconds when each is a cache miss.
constexpr uint64_t kMostCopied = uint64_t{3} << 20;
constexpr uint32_t kWords = ChunkList::kRows / 64;

size_t BlockBytes(uint32_t width, uint32_t rows) {
  return width == BlockLayout::kBitmap ? BitmapWords(rows) * 8 : size_t{rows} * width;
}

/// Where texts of a chunk that is on disk are taken to stand: where no memory is.
uint64_t ApartAddress(uint32_t chunk) { return (uint64_t{1} << 63) | (uint64_t{chunk} << 40); }

uint64_t NextImageId() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

std::vector<uint32_t> ChunkList::widths() const {
  std::vector<uint32_t> widths;
  for (const BlockTable& table : tables_) widths.push_back(table.width);
  return widths;
}

ChunkImage ChunkList::TakeImage(bool whole) {
  ChunkImage image;
  whole |= image_id_ == 0;
  image.arena_ = arena_.TakeImage(&whole);
  if (whole) image_id_ = NextImageId();
  image.id_ = image_id_;
  image.whole_ = whole;
  image.widths_ = widths();
  image.slot_count_ = slot_count_;
  image.live_ = live_;
  image.dirty_ = std::exchange(dirty_, std::vector<uint64_t>(dirty_.size()));
  image.pin_ = Pin();
  if (!whole && image.RowBytes() <= kMostCopied) image.CopyOut();
  return image;
}

void ChunkImage::CopyOut() {
  if (whole_ || !pin_) return;
  ImageBytes copied;
  copied.Reserve(RowBytes() + RowBytes() / 16);
  WriteChunks(copied);
  if (!copied.status().ok()) return;  // what is on disk cannot be read: Write will say so
  copied_ = copied.Release();
  pin_ = nullptr;
}

uint64_t ChunkImage::RowBytes() const {
  uint64_t rows = 0;
  for (size_t word = 0; word < dirty_.size(); ++word) {
    rows += static_cast<uint64_t>(std::popcount(dirty_[word] & live_[word]));
  }
  return rows * std::accumulate(widths_.begin(), widths_.end(), uint64_t{0});
}

void ChunkImage::Write(ImageWriter& out) const {
  out.Put(id_);
  out.Put(static_cast<uint8_t>(whole_));
  out.Put(slot_count_);
  out.Write(live_.data(), BitmapWords(slot_count_) * 8);
  if (pin_) {
    WriteChunks(out);
  } else {
    out.Write(copied_.data(), copied_.size());
  }
  out.Put(kNoMore);
  arena_.Write(out);
}

void ChunkImage::WriteChunks(ImageWriter& out) const {
  for (uint32_t chunk = 0; chunk * ChunkList::kRows < slot_count_; ++chunk) WriteChunk(chunk, out);
}

void ChunkImage::WriteChunk(uint32_t chunk, ImageWriter& out) const {
  const uint32_t rows = std::min(slot_count_ - chunk * ChunkList::kRows, ChunkList::kRows);
  // What is no longer live need not be written, whatever happened to it.
  const uint64_t* live = live_.data() + size_t{chunk} * kWords;
  const uint64_t* dirty = dirty_.data() + size_t{chunk} * kWords;
  std::vector<uint16_t> changed;
  if (!whole_) {
    for (uint32_t word = 0; word < kWords; ++word) {
      for (uint64_t bits = dirty[word] & live[word]; bits != 0; bits &= bits - 1) {
        changed.push_back(static_cast<uint16_t>(word * 64 + static_cast<uint32_t>(std::countr_zero(bits))));
      }
    }
    if (changed.empty()) return;
  }
  if (pin_->IsSpilled(chunk)) return WriteSpilledChunk(chunk, out);
  size_t row_bytes = sizeof(uint16_t);
  size_t bitmap_bytes = 0;
  for (const uint32_t width : widths_) (width == 0 ? bitmap_bytes : row_bytes) += BlockBytes(width, width ? 1 : rows);
  size_t whole_bytes = 0;
  for (const uint32_t width : widths_) whole_bytes += BlockBytes(width, rows);
  const bool sparse = !whole_ && changed.size() * row_bytes + bitmap_bytes < whole_bytes;
  out.Put(chunk);
  out.Put(sparse ? ChunkForm::kSparse : ChunkForm::kWhole);
  if (sparse) {
    out.Put(static_cast<uint32_t>(changed.size()));
    out.Write(changed.data(), changed.size() * sizeof(uint16_t));
  }
  std::vector<uint8_t> gathered;
  for (size_t i = 0; i < widths_.size(); ++i) {
    const uint32_t width = widths_[i];
    const uint8_t* block = pin_->block(static_cast<int>(i), chunk)->data();
    if (!sparse || width == BlockLayout::kBitmap) {
      out.Write(block, BlockBytes(width, rows));
      continue;
    }
    gathered.resize(changed.size() * width);
    for (const uint16_t row : changed) __builtin_prefetch(block + size_t{row} * width);
    for (size_t k = 0; k < changed.size(); ++k) {
      std::memcpy(gathered.data() + k * width, block + size_t{changed[k]} * width, width);
    }
    out.Write(gathered.data(), gathered.size());
  }
}

void ChunkImage::WriteSpilledChunk(uint32_t chunk, ImageWriter& out) const {
  const uint32_t rows = std::min(pin_->slot_count() - chunk * ChunkList::kRows, ChunkList::kRows);
  Result<PinnedChunk> found = pin_->At(chunk);
  if (!found.ok()) return out.Check(found.TakeStatus());
  const PinnedChunk& pinned = found.value();
  out.Put(chunk);
  out.Put(ChunkForm::kApart);
  std::string text;
  std::vector<uint8_t> block;
  for (size_t i = 0; i < widths_.size(); ++i) {
    const BlockLayout& layout = pin_->layout()[i];
    block.assign(pinned.blocks[i], pinned.blocks[i] + BlockBytes(widths_[i], rows));
    for (const uint32_t at : layout.strings) {
      for (uint32_t row = 0; row < rows; ++row) {
        uint8_t* cell = block.data() + size_t{row} * layout.width + at;
        StringRef string;
        std::memcpy(&string, cell, sizeof(string));
        if (string.is_inline()) continue;
        const uint64_t address = ApartAddress(chunk) + text.size();
        text.append(string.data(), string.size());
        std::memcpy(cell + sizeof(uint64_t), &address, sizeof(address));
      }
    }
    out.Write(block.data(), block.size());
  }
  out.Put(ApartAddress(chunk));
  out.Put(static_cast<uint64_t>(text.size()));
  out.Write(text.data(), text.size());
}

void SavedChunks::Read(std::span<const uint32_t> widths, ImageReader& in) {
  const uint64_t id = in.Get<uint64_t>();
  const bool whole = in.Get<uint8_t>() != 0;
  const uint32_t slots = in.Get<uint32_t>();
  if (!in.status().ok()) return;
  if (slots > ChunkList::kNoSlot - ChunkList::kRows || (uint64_t{slots} + 7) / 8 > in.left()) {
    return in.Fail("a store has more rows than were saved");
  }
  if (whole) {
    id_ = id;
    slot_count_ = 0;
    blocks_.assign(widths.size(), {});
    arena_.Clear();
  } else if (id != id_ || slots < slot_count_) {
    return in.Fail("what it changes is another image's");
  }
  slot_count_ = slots;
  const uint32_t chunks = (slots + ChunkList::kRows - 1) / ChunkList::kRows;
  live_.assign(size_t{chunks} * kWords, 0);
  in.Read(live_.data(), BitmapWords(slots) * 8);
  // No row past the last one.
  if (slots % 64 != 0 && (live_[slots / 64] >> (slots % 64)) != 0) return in.Fail("a row lives that was never made");
  for (size_t i = 0; i < widths.size(); ++i) {
    blocks_[i].resize(chunks);
  }
  while (in.status().ok()) {
    const uint32_t chunk = in.Get<uint32_t>();
    if (chunk == kNoMore) break;
    if (chunk >= chunks) return in.Fail("a chunk lies behind the last one");
    ReadChunk(chunk, widths, in);
  }
  arena_.Read(in);
}

void SavedChunks::ReadChunk(uint32_t chunk, std::span<const uint32_t> widths, ImageReader& in) {
  const uint32_t rows = std::min(slot_count_ - chunk * ChunkList::kRows, ChunkList::kRows);
  const ChunkForm form = in.Get<ChunkForm>();
  std::vector<uint16_t> changed;
  if (form == ChunkForm::kSparse) {
    changed.resize(in.GetCount(sizeof(uint16_t)));
    in.Read(changed.data(), changed.size() * sizeof(uint16_t));
    for (const uint16_t row : changed) {
      if (row >= rows) return in.Fail("a row lies behind the last one");
    }
  } else if (form != ChunkForm::kWhole && form != ChunkForm::kApart) {
    return in.Fail("a chunk has an unknown form");
  }
  std::vector<uint8_t> gathered;
  for (size_t i = 0; i < widths.size(); ++i) {
    const uint32_t width = widths[i];
    const size_t size = BlockBytes(width, rows);
    const bool all = form != ChunkForm::kSparse || width == BlockLayout::kBitmap;
    Ref<Buffer>& buffer = blocks_[i][chunk];
    if (!buffer) {
      const size_t bytes = BlockBytes(width, ChunkList::kRows);
      buffer = all ? Buffer::Allocate(bytes) : Buffer::AllocateZeroed(bytes);
      if (all) std::memset(buffer->data() + size, 0, bytes - size);
    }
    uint8_t* block = buffer->data();
    if (all) {
      in.Read(block, size);
      continue;
    }
    gathered.resize(changed.size() * width);
    in.Read(gathered.data(), gathered.size());
    for (size_t k = 0; k < changed.size(); ++k) {
      std::memcpy(block + size_t{changed[k]} * width, gathered.data() + k * width, width);
    }
  }
  if (form != ChunkForm::kApart) return;
  const uint64_t address = in.Get<uint64_t>();
  const uint64_t size = in.Get<uint64_t>();
  if (address != ApartAddress(chunk)) return in.Fail("texts stand in another chunk's place");
  arena_.ReadApart(address, size, in);
}

void ChunkList::Adopt(SavedChunks saved) {
  Release();
  const size_t chunks = (size_t{saved.slot_count_} + kRows - 1) / kRows;
  for (size_t i = 0; i < tables_.size() && i < saved.blocks_.size(); ++i) {
    for (Ref<Buffer>& block : saved.blocks_[i]) {
      // Of a chunk without a live row nothing was written.
      if (!block) block = Buffer::AllocateZeroed(BlockBytes(tables_[i].width, kRows));
      tables_[i].base.push_back(block->data());
    }
    tables_[i].buffers = std::move(saved.blocks_[i]);
  }
  live_ = std::move(saved.live_);
  dirty_.assign(live_.size(), 0);
  capacity_ = static_cast<uint32_t>(chunks * kRows);
  slot_count_ = saved.slot_count_;
  // The lowest free slots are taken first.
  for (uint32_t slot = slot_count_; slot-- > 0;) {
    if (GetBit(live_.data(), slot)) {
      ++live_count_;
    } else {
      free_slots_.push_back(slot);
    }
  }
  arena_.Adopt(std::move(saved.arena_));
}

}  // namespace laminar
