#include "state/arena.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/cancel_token.h"

namespace laminar {

namespace {
constexpr size_t kSmallestBlock = 1024;
constexpr size_t kLargestBlock = size_t{1} << 20;
}  // namespace

StringRef Arena::Intern(const StringRef& text) {
  if (text.is_inline()) return text;
  if (adoption_) [[unlikely]]
    return Translate(text);
  const size_t size = text.size();
  char* bytes;
  if (fill_ + size <= open_size_) {
    bytes = reinterpret_cast<char*>(open_) + fill_;
    fill_ += size;
  } else {
    bytes = AddBlock(size);
  }
  // A text of all rows of a query may be long; whether anybody still wants it is asked a megabyte at a time.
  constexpr size_t kPiece = size_t{1} << 20;
  for (size_t copied = 0; copied < size; copied += kPiece) {
    if (size > kPiece) ThrowIfCancelled();
    std::memcpy(bytes + copied, text.data() + copied, std::min(kPiece, size - copied));
  }
  live_bytes_ += size;
  return StringRef(bytes, static_cast<uint32_t>(size));
}

char* Arena::AddBlock(size_t at_least) {
  if (!blocks_) blocks_ = MakeRef<Blocks>();
  // A string that would waste most of an open block gets one of its own, and the open one goes on being filled.
  const size_t usual = std::clamp(total_bytes_, kSmallestBlock, kLargestBlock);
  const bool alone = at_least > usual / 2;
  Ref<Buffer> block = Buffer::Allocate(alone ? at_least : usual);
  blocks_->list.push_back({block, at_least, 0});
  total_bytes_ += block->size();
  if (!alone) {
    CloseBlock();
    open_ = block->data();
    open_index_ = blocks_->list.size() - 1;
    open_size_ = block->size();
    fill_ = at_least;
  }
  return reinterpret_cast<char*>(block->data());
}

/// Notes how far the open block is filled.
void Arena::CloseBlock() {
  if (open_ != nullptr) blocks_->list[open_index_].used = fill_;
}

Ref<RefCounted> Arena::holder() const { return blocks_; }

void Arena::Clear() {
  blocks_ = nullptr;
  adoption_ = nullptr;
  open_ = nullptr;
  open_index_ = fill_ = open_size_ = live_bytes_ = total_bytes_ = 0;
  cleared_ = true;
}

ArenaImage Arena::TakeImage(bool* whole) {
  *whole |= cleared_;
  cleared_ = false;
  ArenaImage image;
  if (!blocks_) return image;
  CloseBlock();
  for (uint32_t i = 0; i < blocks_->list.size(); ++i) {
    Block& block = blocks_->list[i];
    const size_t from = *whole ? 0 : block.saved;
    if (block.used == from) continue;
    image.pieces_.push_back({i, block.bytes, from, block.used});
    block.saved = block.used;
  }
  return image;
}

void ArenaImage::Write(ImageWriter& out) const {
  out.Put(static_cast<uint32_t>(pieces_.size()));
  for (const Piece& piece : pieces_) {
    out.Put(piece.block);
    out.Put(static_cast<uint64_t>(reinterpret_cast<uintptr_t>(piece.bytes->data())));
    out.Put(static_cast<uint64_t>(piece.from));
    out.Put(static_cast<uint64_t>(piece.to - piece.from));
    out.Write(piece.bytes->data() + piece.from, piece.to - piece.from);
  }
}

void SavedArena::Read(ImageReader& in) {
  const uint32_t pieces = in.GetCount(28);
  for (uint32_t i = 0; i < pieces && in.status().ok(); ++i) {
    const uint32_t index = in.Get<uint32_t>();
    const uint64_t address = in.Get<uint64_t>();
    const uint64_t from = in.Get<uint64_t>();
    const uint64_t size = in.Get<uint64_t>();
    // Blocks come in order, and each grows where it ended.
    if (index == blocks_.size()) blocks_.emplace_back().address = address;
    if (index >= blocks_.size() || blocks_[index].address != address || blocks_[index].bytes.size() != from ||
        size > in.left()) {
      return in.Fail("texts do not follow one another");
    }
    std::vector<char>& bytes = blocks_[index].bytes;
    bytes.resize(from + size);
    in.Read(bytes.data() + from, size);
  }
}

void SavedArena::ReadApart(uint64_t address, uint64_t size, ImageReader& in) {
  if (size > in.left()) return in.Fail("texts are longer than what is left");
  std::erase_if(apart_, [&](const Block& block) { return block.address == address; });
  if (size == 0) return;  // short ones stand in the rows
  Block& block = apart_.emplace_back();
  block.address = address;
  block.bytes.resize(size);
  in.Read(block.bytes.data(), size);
}

void Arena::Adopt(SavedArena saved) {
  Clear();
  adoption_ = std::make_unique<Adoption>();
  for (SavedArena::Block& block : saved.apart_) saved.blocks_.push_back(std::move(block));
  if (saved.blocks_.empty()) return;
  blocks_ = MakeRef<Blocks>();
  for (const SavedArena::Block& block : saved.blocks_) {
    const size_t size = block.bytes.size();
    Ref<Buffer> bytes = Buffer::Allocate(size);
    std::memcpy(bytes->data(), block.bytes.data(), size);
    adoption_->places.push_back({block.address, size, reinterpret_cast<const char*>(bytes->data())});
    total_bytes_ += size;
    blocks_->list.push_back({std::move(bytes), size, 0});
  }
  std::sort(adoption_->places.begin(), adoption_->places.end(),
            [](const Adoption::Place& a, const Adoption::Place& b) { return a.address < b.address; });
}

StringRef Arena::Translate(const StringRef& text) {
  const uint64_t address = text.tail();
  const std::vector<Adoption::Place>& places = adoption_->places;
  auto place = std::partition_point(places.begin(), places.end(),
                                    [&](const Adoption::Place& at) { return at.address <= address; });
  if (place != places.begin()) {
    --place;
    const uint64_t offset = address - place->address;
    if (offset <= place->size && text.size() <= place->size - offset) {
      live_bytes_ += text.size();
      return StringRef(place->now + offset, text.size());
    }
  }
  adoption_->failed = true;
  return {};
}

bool Arena::EndAdoption() {
  const bool failed = adoption_ && adoption_->failed;
  adoption_ = nullptr;
  return !failed;
}

}  // namespace laminar
