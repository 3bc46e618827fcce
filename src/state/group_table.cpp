#include "state/group_table.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "common/cell_order.h"
#include "common/hash.h"

namespace laminar {

namespace {

constexpr uint32_t kHeader = sizeof(GroupHeader);

uint32_t RoundUp(uint32_t size, uint32_t unit) { return (size + unit - 1) / unit * unit; }

/// Rows of at most a cache line do not straddle two.
uint32_t StrideFor(uint32_t size) { return size <= 32 ? 32 : size <= 64 ? 64 : RoundUp(size, 16); }

GroupHeader& HeaderOf(uint8_t* row) { return *reinterpret_cast<GroupHeader*>(row); }

uint64_t LoadWord(const uint8_t* from) {
  uint64_t word;
  std::memcpy(&word, from, 8);
  return word;
}

}  // namespace

GroupLayout::GroupLayout(std::vector<DataType> key_types, uint32_t payload_size)
    : key_types_(std::move(key_types)), cell_offsets_(key_types_.size()) {
  uint32_t offset = kHeader;
  for (const DataType& type : key_types_) physical_.push_back(type.physical());
  const auto place = [&](auto&& wanted) {
    for (size_t i = 0; i < physical_.size(); ++i) {
      if (!wanted(physical_[i])) continue;
      cell_offsets_[i] = offset;
      offset += static_cast<uint32_t>(PhysicalWidth(physical_[i]));
    }
  };
  // Strings first, then by descending width: no gaps, and one comparison of words for all that are not strings.
  place([](PhysicalType type) { return type == PhysicalType::kString; });
  string_keys_ = (offset - kHeader) / 16;
  for (const int width : {16, 8, 4, 2, 1}) {
    place([&](PhysicalType type) { return type != PhysicalType::kString && PhysicalWidth(type) == width; });
  }
  if (single_word()) offset = kHeader + 8;  // kept as a whole word
  null_offset_ = offset;
  payload_offset_ = RoundUp(offset + static_cast<uint32_t>(physical_.size()), 8);
  key_size_ = payload_offset_ - kHeader;
  stride_ = StrideFor(payload_offset_ + payload_size);
  initial_row_.assign(stride_, 0);
}

bool GroupLayout::ReadKey(int key, const uint8_t* const* rows, uint32_t count, void* values, uint64_t* validity) const {
  const size_t k = static_cast<size_t>(key);
  const uint32_t offset = cell_offsets_[k];
  VisitCellType(physical_[k], [&](auto sample) {
    using T = decltype(sample);
    T* cells = static_cast<T*>(values);
    for (uint32_t i = 0; i < count; ++i) std::memcpy(&cells[i], rows[i] + offset, sizeof(T));
  });
  const uint32_t null = null_offset_ + static_cast<uint32_t>(k);
  bool any_null = false;
  for (uint32_t i = 0; i < count; ++i) {
    if (rows[i][null] == 0) continue;
    ClearBit(validity, i);
    any_null = true;
  }
  return any_null;
}

GroupTable::GroupTable(std::shared_ptr<const GroupLayout> layout)
    : layout_(std::move(layout)),
      images_(size_t{kBlock} * layout_->key_size_ + 1),
      chunks_(std::vector<BlockLayout>{{layout_->stride_, layout_->StringOffsets()}}) {}

std::vector<uint32_t> GroupLayout::StringOffsets() const {
  std::vector<uint32_t> offsets;
  for (uint32_t i = 0; i < string_keys_; ++i) offsets.push_back(kHeader + i * static_cast<uint32_t>(sizeof(StringRef)));
  return offsets;
}

uint32_t GroupTable::MakeRow(uint32_t hash) {
  index_.Reserve(1);
  const uint32_t slot = chunks_.Allocate();
  chunks_.PrepareWrite({&slot, 1});
  uint8_t* row = chunks_.Row(0, slot);
  std::memcpy(row, layout_->initial_row_.data(), layout_->stride_);
  HeaderOf(row).hash = hash;
  index_.Insert(hash, slot);
  return slot;
}

void GroupTable::FindOrInsert(std::span<const Column> keys, const RowRange& range, uint32_t* slots, uint8_t** rows) {
  // While rows are made, the first chunk grows and pinned chunks are copied; with neither, addresses stand still.
  const bool pinned = chunks_.pinned();
  const uint32_t slots_before = chunks_.slot_count();
  if (layout_->single_word()) {
    VisitCellType(layout_->physical_[0], [&](auto sample) {
      if constexpr (sizeof(sample) <= 8) FindSingle<decltype(sample)>(keys[0], range, slots, rows);
    });
  } else {
    FindGeneral(keys, range, slots, rows);
  }
  if (!pinned && (slots_before >= ChunkList::kRows || chunks_.slot_count() == slots_before)) return;
  chunks_.PrepareWrite({slots, range.count});
  for (uint32_t i = 0; i < range.count; ++i) rows[i] = chunks_.Row(0, slots[i]);
}

/// Finds what is there and makes what is not, one key at a time: what the batch loops fall back on.
uint32_t GroupTable::FindOrMakeSingle(uint32_t hash, uint64_t key, uint64_t null) {
  const uint32_t found = index_.Find(hash, [&](uint32_t slot) {
    chunks_.MakeResident(slot);
    const uint8_t* row = chunks_.Row(0, slot);
    return LoadWord(row + kHeader) == key && LoadWord(row + kHeader + 8) == null;
  });
  if (found != HashIndex::kNoSlot) return found;
  const uint32_t slot = MakeRow(hash);
  uint8_t* cell = chunks_.Row(0, slot) + kHeader;
  std::memcpy(cell, &key, 8);
  std::memcpy(cell + 8, &null, 8);
  return slot;
}

/// Few groups, no NULLs, rows side by side: everything is in cache, so that instructions are what a row costs.
template <typename T>
void GroupTable::FindInCache(const T* values, uint32_t count, uint32_t* slots, uint8_t** rows) {
  HashIndex::Probe probe = index_.probe();
  uint8_t* base = chunks_.Bases(0)[0];
  uint32_t slot_count = chunks_.slot_count();
  const size_t stride = layout_->stride_;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t key = KeyBits(values[i]);
    const uint32_t hash = static_cast<uint32_t>(HashWord(key));
    uint32_t slot = probe.entries[hash >> probe.shift].slot;
    uint8_t* row = base + slot * stride;
    // The NULL group's cell is 0 too.
    if (slot >= slot_count || LoadWord(row + kHeader) != key || (key == 0 && LoadWord(row + kHeader + 8) != 0))
        [[unlikely]] {
      slot = FindOrMakeSingle(hash, key, 0);
      probe = index_.probe();
      base = chunks_.Bases(0)[0];
      slot_count = std::min(chunks_.slot_count(), ChunkList::kRows);
      row = chunks_.Row(0, slot);
    }
    slots[i] = slot;
    rows[i] = row;
  }
}

/// Few groups whose keys are integers close to each other: the key is the address.
template <typename T>
void GroupTable::FindDense(const T* values, uint32_t count, uint32_t* slots, uint8_t** rows) {
  DenseIndex::View dense = dense_.view();
  uint8_t* base = chunks_.Bases(0)[0];
  const size_t stride = layout_->stride_;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t key = KeyBits(values[i]);
    uint32_t slot = dense.Find(key);
    if (slot == DenseIndex::kNoSlot) [[unlikely]] {
      slot = FindOrMakeSingle(static_cast<uint32_t>(HashWord(key)), key, 0);
      dense_.Set(key, slot);
      dense = dense_.view();
      base = chunks_.Bases(0)[0];
    }
    slots[i] = slot;
    rows[i] = base + slot * stride;
  }
}

template <typename T>
void GroupTable::FindSingle(const Column& column, const RowRange& range, uint32_t* slots, uint8_t** rows) {
  const T* values = column.data<T>();
  const bool one_hash = HashForTesting::all_equal;
  uint64_t keys[kBlock];
  uint64_t nulls[kBlock] = {};
  uint32_t hashes[kBlock];
  uint32_t candidates[kBlock];
  for (uint32_t begin = 0; begin < range.count; begin += kBlock) {
    const uint32_t count = std::min(kBlock, range.count - begin);
    const RowRange block = range.Slice(begin, count);
    const bool plain = column.validity == nullptr && block.selection == nullptr;
    const uint32_t slot_count = chunks_.slot_count();
    if (slot_count != 0 && slot_count <= ChunkList::kRows) chunks_.MakeResident(uint32_t{0});
    if constexpr (std::is_integral_v<T>) {
      if (plain && !one_hash && dense_.usable() && slot_count != 0 && slot_count + count <= ChunkList::kRows) {
        FindDense(values + block.first, count, slots + begin, rows + begin);
        continue;
      }
    }
    if (plain && !one_hash && index_.fits_cache() && slot_count != 0 && slot_count <= ChunkList::kRows) {
      FindInCache(values + block.first, count, slots + begin, rows + begin);
      continue;
    }
    if (plain) {
      const T* from = values + block.first;
      for (size_t i = 0; i < count; ++i) {
        keys[i] = KeyBits(from[i]);
        hashes[i] = static_cast<uint32_t>(HashWord(keys[i]));
      }
    } else {
      for (uint32_t i = 0; i < count; ++i) {
        const uint32_t row = block.At(i);
        const bool valid = column.IsValid(row);
        nulls[i] = valid ? 0 : 1;
        keys[i] = valid ? KeyBits(values[row]) : 0;
        hashes[i] = static_cast<uint32_t>(HashWord(valid ? keys[i] : kNullHash));
      }
    }
    if (one_hash) std::fill_n(hashes, count, 0);

    // Copies of what addresses rows, because the compiler must think that writing `slots` and `rows` could change them.
    HashIndex::Probe probe = index_.probe();
    uint8_t* const* bases = chunks_.Bases(0);
    const size_t stride = layout_->stride_;
    const auto address = [&](uint32_t slot) {
      return bases[slot / ChunkList::kRows] + slot % ChunkList::kRows * stride;
    };
    if (index_.fits_cache()) {
      for (size_t i = 0; i < count; ++i) candidates[i] = probe.Near(hashes[i]);
    } else {
      for (uint32_t i = 0; i < count; ++i) probe.Prefetch(hashes[i]);
      for (uint32_t i = 0; i < count; ++i) {
        candidates[i] = probe.Near(hashes[i]);
        if (candidates[i] != HashIndex::kNoSlot) __builtin_prefetch(address(candidates[i]), 1);
      }
    }
    chunks_.MakeResident({candidates, count});
    for (size_t i = 0; i < count; ++i) {
      uint32_t slot = candidates[i];
      if (slot != HashIndex::kNoSlot) [[likely]] {
        uint8_t* row = address(slot);
        if (((LoadWord(row + kHeader) ^ keys[i]) | (LoadWord(row + kHeader + 8) ^ nulls[i])) == 0) [[likely]] {
          slots[begin + i] = slot;
          rows[begin + i] = row;
          continue;
        }
      }
      slot = FindOrMakeSingle(hashes[i], keys[i], nulls[i]);
      bases = chunks_.Bases(0);
      slots[begin + i] = slot;
      rows[begin + i] = address(slot);
    }
  }
}

void GroupTable::BuildImages(std::span<const Column> keys, const RowRange& block) {
  std::memset(images_.data(), 0, size_t{block.count} * layout_->key_size_);
  for (size_t k = 0; k < keys.size(); ++k) {
    VisitCellType(layout_->physical_[k], [&](auto sample) {
      using T = decltype(sample);
      const T* values = keys[k].template data<T>();
      uint8_t* cell = images_.data() + (layout_->cell_offsets_[k] - kHeader);
      uint8_t* null = images_.data() + (layout_->null_offset_ - kHeader) + k;
      for (uint32_t i = 0; i < block.count; ++i, cell += layout_->key_size_, null += layout_->key_size_) {
        const uint32_t row = block.At(i);
        if (!keys[k].IsValid(row)) {
          *null = 1;
          continue;
        }
        T value = values[row];
        if constexpr (std::is_floating_point_v<T>) value = Canonical(value);
        std::memcpy(cell, &value, sizeof(T));
      }
    });
  }
}

bool GroupTable::SameKey(const uint8_t* key, const uint8_t* image) const {
  const uint32_t strings_end = layout_->string_keys_ * 16;
  for (uint32_t at = 0; at < strings_end; at += 16) {
    if (!(*reinterpret_cast<const StringRef*>(key + at) == *reinterpret_cast<const StringRef*>(image + at)))
      return false;
  }
  for (uint32_t at = strings_end; at < layout_->key_size_; at += 8) {
    if (LoadWord(key + at) != LoadWord(image + at)) return false;
  }
  return true;
}

void GroupTable::FindGeneral(std::span<const Column> keys, const RowRange& range, uint32_t* slots, uint8_t** rows) {
  uint64_t hashes[kBlock];
  for (uint32_t begin = 0; begin < range.count; begin += kBlock) {
    const uint32_t count = std::min(kBlock, range.count - begin);
    const RowRange block = range.Slice(begin, count);
    HashRows(keys, layout_->key_types_, block.selection, block.first, count, hashes);
    const HashIndex::Probe probe = index_.probe();
    for (uint32_t i = 0; i < count; ++i) probe.Prefetch(static_cast<uint32_t>(hashes[i]));
    BuildImages(keys, block);
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t slot = probe.Near(static_cast<uint32_t>(hashes[i]));
      slots[begin + i] = slot;
      if (slot != HashIndex::kNoSlot) __builtin_prefetch(chunks_.Row(0, slot), 1);
    }
    chunks_.MakeResident({slots + begin, count});
    for (uint32_t i = 0; i < count; ++i) {
      const uint8_t* image = images_.data() + size_t{i} * layout_->key_size_;
      const auto same = [&](uint32_t slot) { return SameKey(chunks_.Row(0, slot) + kHeader, image); };
      uint32_t slot = slots[begin + i];
      if (slot == HashIndex::kNoSlot || !same(slot)) {
        slot = index_.Find(static_cast<uint32_t>(hashes[i]), [&](uint32_t other) {
          chunks_.MakeResident(other);
          return same(other);
        });
      }
      if (slot == HashIndex::kNoSlot) {
        slot = MakeRow(static_cast<uint32_t>(hashes[i]));
        uint8_t* cells = chunks_.Row(0, slot) + kHeader;
        std::memcpy(cells, image, layout_->key_size_);
        InternStrings(reinterpret_cast<StringRef*>(cells), layout_->string_keys_, &chunks_.arena());
      }
      slots[begin + i] = slot;
      rows[begin + i] = chunks_.Row(0, slot);
    }
  }
}

void GroupTable::Erase(uint32_t slot) {
  chunks_.MakeResident(slot);
  uint8_t* row = chunks_.Row(0, slot);
  if (layout_->single_word()) dense_.Forget(LoadWord(row + kHeader));
  index_.Erase(HeaderOf(row).hash, slot);
  const StringRef* strings = reinterpret_cast<const StringRef*>(row + kHeader);
  for (uint32_t i = 0; i < layout_->string_keys_; ++i) chunks_.arena().Forget(strings[i]);
  chunks_.Free(slot);
}

void GroupTable::Clear() {
  chunks_.Clear();
  index_.Clear();
  dense_.Clear();
}

void GroupTable::RebuildIndex() {
  index_.Clear();
  dense_.Clear();
  index_.Reserve(chunks_.live_count());
  constexpr size_t kAhead = 64;
  std::array<HashIndex::Entry, kAhead> next;
  uint32_t slot = chunks_.NextLive(0);
  while (slot != ChunkList::kNoSlot) {
    size_t count = 0;
    for (; count < kAhead && slot != ChunkList::kNoSlot; slot = chunks_.NextLive(slot + 1)) {
      chunks_.MakeResident(slot);
      next[count] = {HeaderOf(chunks_.Row(0, slot)).hash, slot};
      index_.probe().Prefetch(next[count++].hash);
    }
    for (size_t i = 0; i < count; ++i) index_.Insert(next[i].hash, next[i].slot);
  }
}

void GroupTable::Relocate() {
  if (layout_->string_keys_ == 0) return;
  for (uint32_t slot = chunks_.NextLive(0); slot != ChunkList::kNoSlot; slot = chunks_.NextLive(slot + 1)) {
    if (!chunks_.IsResident(slot)) {
      slot |= ChunkList::kRows - 1;  // its strings are with it
      continue;
    }
    chunks_.PrepareWrite({&slot, 1});
    chunks_.MarkDirty(slot);
    InternStrings(reinterpret_cast<StringRef*>(chunks_.Row(0, slot) + kHeader), layout_->string_keys_,
                  &chunks_.arena());
  }
}

}  // namespace laminar
