// Chunk lists on their way to a file and back. The layout is in docs/storage.md, "Images of state".
#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
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
  image.pin_ = Pin();
  image.dirty_ = std::exchange(dirty_, std::vector<uint64_t>(dirty_.size()));
  return image;
}

void ChunkImage::Write(ImageWriter& out) const {
  const uint32_t slots = pin_->slot_count();
  out.Put(id_);
  out.Put(static_cast<uint8_t>(whole_));
  out.Put(slots);
  for (uint32_t chunk = 0; chunk * ChunkList::kRows < slots; ++chunk) {
    const uint32_t rows = std::min(slots - chunk * ChunkList::kRows, ChunkList::kRows);
    out.Write(pin_->live_words(chunk), BitmapWords(rows) * 8);
  }
  for (uint32_t chunk = 0; chunk * ChunkList::kRows < slots; ++chunk) WriteChunk(chunk, out);
  out.Put(kNoMore);
  arena_.Write(out);
}

void ChunkImage::WriteChunk(uint32_t chunk, ImageWriter& out) const {
  const uint32_t rows = std::min(pin_->slot_count() - chunk * ChunkList::kRows, ChunkList::kRows);
  // What is no longer live need not be written, whatever happened to it.
  const uint64_t* live = pin_->live_words(chunk);
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
    while (blocks_[i].size() < chunks) {
      const size_t bytes =
          widths[i] == BlockLayout::kBitmap ? ChunkList::kRows / 8 : size_t{ChunkList::kRows} * widths[i];
      blocks_[i].push_back(Buffer::AllocateZeroed(bytes));
    }
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
    uint8_t* block = blocks_[i][chunk]->data();
    if (form != ChunkForm::kSparse || width == BlockLayout::kBitmap) {
      in.Read(block, BlockBytes(width, rows));
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
    for (const Ref<Buffer>& block : saved.blocks_[i]) tables_[i].base.push_back(block->data());
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
