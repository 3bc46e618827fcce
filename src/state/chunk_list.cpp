#include "state/chunk_list.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

namespace laminar {

ChunkPin::~ChunkPin() {
  // References to the blocks go first: once the count says nobody is there, every block must be unshared.
  blocks_.clear();
  held_.clear();
  pins_->fetch_sub(1, std::memory_order_acq_rel);
}

const uint64_t* ChunkPin::live_words(uint32_t chunk) const {
  return live_.data() + size_t{chunk} * (ChunkList::kRows / 64);
}

ChunkList::ChunkList(std::vector<BlockLayout> layout)
    : layout_(std::make_shared<const std::vector<BlockLayout>>(std::move(layout))),
      pins_(std::make_shared<std::atomic<uint32_t>>(0)) {
  tables_.reserve(layout_->size());
  for (const BlockLayout& block : *layout_) tables_.push_back({block.width, {}, {}});
}

ChunkList::~ChunkList() = default;
ChunkList::ChunkList(ChunkList&&) noexcept = default;
ChunkList& ChunkList::operator=(ChunkList&&) noexcept = default;

uint32_t ChunkList::Allocate() {
  uint32_t slot;
  if (!spilled_.empty()) [[unlikely]] {
    // What is written into, or grows; a new chunk is in memory.
    if (!free_slots_.empty()) MakeResident(free_slots_.back());
    if (free_slots_.empty() && slot_count_ < capacity_) MakeResident(slot_count_);
    if (free_slots_.empty() && slot_count_ == capacity_ && capacity_ < kRows) MakeResident(0);
  }
  if (!free_slots_.empty()) {
    slot = free_slots_.back();
    free_slots_.pop_back();
  } else {
    if (slot_count_ == capacity_) {
      if (capacity_ != 0 && capacity_ < kRows) {
        GrowFirstChunk();
      } else {
        AddChunk();
      }
    }
    slot = slot_count_++;
  }
  SetBit(live_.data(), slot);
  MarkDirty(slot);
  ++live_count_;
  return slot;
}

void ChunkList::Free(uint32_t slot) {
  free_slots_.push_back(slot);
  ClearBit(live_.data(), slot);
  MarkDirty(slot);
  --live_count_;
}

void ChunkList::Clear() {
  for (BlockTable& table : tables_) {
    for (size_t chunk = 0; chunk < table.buffers.size(); ++chunk) {
      if (table.buffers[chunk] && table.buffers[chunk]->unique()) continue;
      table.buffers[chunk] = Buffer::Allocate(table.BytesFor(RowsOfChunk()));
      table.base[chunk] = table.buffers[chunk]->data();
    }
  }
  spilled_.clear();
  touched_.clear();
  std::fill(live_.begin(), live_.end(), 0);
  std::fill(dirty_.begin(), dirty_.end(), 0);
  free_slots_.clear();
  slot_count_ = live_count_ = 0;
  image_id_ = 0;
  arena_.Clear();
}

void ChunkList::Release() {
  for (BlockTable& table : tables_) {
    table.base.clear();
    table.buffers.clear();
  }
  spilled_.clear();
  touched_.clear();
  for (std::vector<uint64_t>* bits : {&live_, &dirty_}) std::vector<uint64_t>().swap(*bits);
  std::vector<uint32_t>().swap(free_slots_);
  slot_count_ = live_count_ = capacity_ = 0;
  image_id_ = 0;
  arena_.Clear();
}

void ChunkList::AddChunk() {
  if (capacity_ > kNoSlot - kRows) throw std::length_error("a store holds at most 4,294,963,200 rows");
  const uint32_t rows = capacity_ == 0 ? kFirstRows : kRows;
  std::vector<Ref<Buffer>> fresh;
  fresh.reserve(tables_.size());
  for (BlockTable& table : tables_) {
    fresh.push_back(Buffer::Allocate(table.BytesFor(rows)));
    table.base.reserve(table.base.size() + 1);
    table.buffers.reserve(table.buffers.size() + 1);
  }
  const size_t words = live_.size() + kRows / 64;
  live_.resize(words);
  dirty_.resize(words);
  for (size_t i = 0; i < tables_.size(); ++i) {
    tables_[i].base.push_back(fresh[i]->data());
    tables_[i].buffers.push_back(std::move(fresh[i]));
  }
  capacity_ += rows;
  if (spilled_.empty()) return;
  spilled_.emplace_back();
  touched_.push_back(1);
}

void ChunkList::GrowFirstChunk() {
  const uint32_t rows = std::min(capacity_ * 4, kRows);
  std::vector<Ref<Buffer>> fresh;
  fresh.reserve(tables_.size());
  for (const BlockTable& table : tables_) {
    fresh.push_back(Buffer::Allocate(table.BytesFor(rows)));
    std::memcpy(fresh.back()->data(), table.base[0], table.BytesFor(capacity_));
  }
  for (size_t i = 0; i < tables_.size(); ++i) {
    tables_[i].base[0] = fresh[i]->data();
    tables_[i].buffers[0] = std::move(fresh[i]);
  }
  capacity_ = rows;
}

void ChunkList::CopyBlock(BlockTable& table, uint32_t chunk) {
  const Ref<Buffer>& shared = table.buffers[chunk];
  Ref<Buffer> copy = Buffer::Allocate(shared->size());
  std::memcpy(copy->data(), shared->data(), shared->size());
  table.base[chunk] = copy->data();
  table.buffers[chunk] = std::move(copy);
}

void ChunkList::CopyPinned(std::span<const uint32_t> slots) {
  uint32_t last = kNoSlot;
  for (const uint32_t slot : slots) {
    const uint32_t chunk = slot / kRows;
    if (chunk == last) continue;
    last = chunk;
    for (BlockTable& table : tables_) {
      if (!table.buffers[chunk]->unique()) CopyBlock(table, chunk);
    }
  }
}

Ref<ChunkPin> ChunkList::Pin() {
  Ref<ChunkPin> pin(new ChunkPin(pins_));
  pins_->fetch_add(1, std::memory_order_relaxed);
  pin->blocks_.reserve(tables_.size());
  for (const BlockTable& table : tables_) pin->blocks_.push_back(table.buffers);
  pin->spilled_ = spilled_;
  pin->layout_ = layout_;
  pin->live_ = live_;
  pin->slot_count_ = slot_count_;
  pin->live_count_ = live_count_;
  if (Ref<RefCounted> holder = arena_.holder()) pin->held_.push_back(std::move(holder));
  return pin;
}

uint32_t ChunkList::NextLive(uint32_t slot) const {
  if (slot >= slot_count_) return kNoSlot;
  size_t word = slot / 64;
  uint64_t bits = live_[word] & (~uint64_t{0} << (slot % 64));
  while (bits == 0) {
    if (++word * 64 >= slot_count_) return kNoSlot;
    bits = live_[word];
  }
  return static_cast<uint32_t>(word * 64 + static_cast<size_t>(std::countr_zero(bits)));
}

size_t ChunkList::memory_bytes() const {
  size_t bytes = arena_.total_bytes() + (live_.capacity() + dirty_.capacity()) * 8 + free_slots_.capacity() * 4;
  for (const BlockTable& table : tables_) {
    for (const Ref<Buffer>& buffer : table.buffers) bytes += buffer ? buffer->size() : 0;
  }
  return bytes;
}

}  // namespace laminar
