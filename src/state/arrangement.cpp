#include "state/arrangement.h"

#include <algorithm>
#include <cstring>

#include "common/hash.h"

namespace laminar {

namespace {

/// An empty arrangement gives back what it held when it was larger than this.
constexpr size_t kKeptBytes = size_t{1} << 20;

}  // namespace

Arrangement::Arrangement(std::shared_ptr<const ArrangementLayout> layout)
    : layout_(std::move(layout)),
      chunks_(std::vector<BlockLayout>{{layout_->stride()}}),
      nullable_(layout_->types().size() + 1),
      wide_hashes_(ArrangedBlock::kRows * 2) {}

void Arrangement::Load(std::span<const Column> columns, const RowRange& range, ArrangedBlock* block) {
  const uint32_t keys = layout_->keys();
  const std::span<const DataType> types = layout_->types();
  block->count = range.count;
  block->layout = layout_.get();
  uint64_t* hashes = wide_hashes_.data();
  HashRows(columns.first(keys), types.first(keys), range.selection, range.first, range.count, hashes);
  for (uint32_t i = 0; i < range.count; ++i) block->hashes[i] = static_cast<uint32_t>(hashes[i]);
  keys_.Reserve(range.count);
  const HashIndex::Probe probe = keys_.probe();
  for (uint32_t i = 0; i < range.count; ++i) probe.Prefetch(block->hashes[i]);
  if (layout_->linked()) {
    uint64_t* others = hashes + ArrangedBlock::kRows;
    HashRows(columns.subspan(keys), types.subspan(keys), range.selection, range.first, range.count, others);
    all_.Reserve(range.count);
    const HashIndex::Probe rows = all_.probe();
    for (uint32_t i = 0; i < range.count; ++i) {
      block->row_hashes[i] = static_cast<uint32_t>(CombineHash(hashes[i], others[i]));
      if (HashForTesting::all_equal) block->row_hashes[i] = 0;
      rows.Prefetch(block->row_hashes[i]);
    }
  }
  block->rows.resize(size_t{ArrangedBlock::kRows} * layout_->stride());
  layout_->WriteRows(columns, range, block->rows.data(), nullable_.data());
}

void Arrangement::Prefetch(const ArrangedBlock& block) const {
  const HashIndex::Probe probe = keys_.probe();
  for (uint32_t i = 0; i < block.count; ++i) probe.Prefetch(block.hashes[i]);
}

void Arrangement::Find(const ArrangedBlock& block, uint32_t* firsts) const {
  const HashIndex::Probe probe = keys_.probe();
  const ArrangedRows all = rows();
  const size_t last = layout_->stride() - 1;
  for (uint32_t i = 0; i < block.count; ++i) {
    firsts[i] = probe.Near(block.hashes[i]);
    if (firsts[i] == kNoSlot) continue;
    const uint8_t* row = all.At(firsts[i]);
    __builtin_prefetch(row);
    __builtin_prefetch(row + last);
  }
  for (uint32_t i = 0; i < block.count; ++i) {
    const uint8_t* key = block.Key(i);
    if (firsts[i] != kNoSlot && layout_->SameKey(layout_->KeyOf(all.At(firsts[i])), key)) [[likely]]
      continue;
    firsts[i] = FindFirst(block.hashes[i], key);
  }
}

uint32_t Arrangement::FindFirst(uint32_t hash, const uint8_t* key) const {
  return keys_.Find(hash, [&](uint32_t slot) { return layout_->SameKey(layout_->KeyOf(Row(slot)), key); });
}

uint32_t Arrangement::FindRow(uint32_t row_hash, const uint8_t* row) const {
  return all_.Find(row_hash, [&](uint32_t slot) { return layout_->SameRow(Row(slot), row); });
}

void Arrangement::Add(const ArrangedBlock& block, const int64_t* weights, AddedRows* added) {
  const ArrangementOptions& options = layout_->options();
  const bool linked = layout_->linked();
  const bool keys_only = layout_->keys_only();
  const bool wants_first = options.totals || options.counting == MatchCounting::kPerKey;
  const HashIndex::Probe probe = keys_only ? keys_.probe() : all_.probe();
  const uint32_t* hashes = keys_only ? block.hashes : block.row_hashes;
  if (keys_only || linked) {
    for (uint32_t i = 0; i < block.count; ++i) {
      const uint32_t slot = probe.Near(hashes[i]);
      if (slot != kNoSlot) __builtin_prefetch(Row(slot), 1);
    }
  }
  for (uint32_t i = 0; i < block.count; ++i) {
    uint32_t slot = kNoSlot;
    uint32_t first = kNoSlot;
    if (keys_only) {
      slot = first = FindFirst(block.hashes[i], block.Key(i));
    } else if (linked) {
      slot = FindRow(block.row_hashes[i], block.Row(i));
      if (slot != kNoSlot && wants_first) first = FindFirst(block.hashes[i], block.Key(i));
    }
    const int64_t weight = weights[i];
    added->fresh[i] = slot == kNoSlot;
    added->fresh_key[i] = 0;
    added->old_weights[i] = 0;
    if (slot != kNoSlot) {
      int64_t& stored = ArrangementLayout::Header(Writable(slot)).weight;
      added->old_weights[i] = stored;
      stored += weight;
      if (stored <= 0) low_.push_back(slot);
      if (options.totals && !keys_only) layout_->Total(Writable(first)) += weight;
    } else {
      slot = MakeRow(block, i, weight, &first);
      added->fresh_key[i] = slot == first;
      if (weight <= 0) low_.push_back(slot);
    }
    added->slots[i] = slot;
    added->firsts[i] = first;
  }
}

uint32_t Arrangement::MakeRow(const ArrangedBlock& block, uint32_t i, int64_t weight, uint32_t* first) {
  *first = layout_->keys_only() ? kNoSlot : FindFirst(block.hashes[i], block.Key(i));
  const uint32_t slot = chunks_.Allocate();
  uint8_t* row = Writable(slot);
  std::memcpy(row, block.Row(i), layout_->stride());
  layout_->ForEachString(row, [&](StringRef& text) { text = chunks_.arena().Intern(text); });
  ArrangementLayout::Header(row) = {weight, block.hashes[i], kNoSlot};
  const bool linked = layout_->linked();
  if (linked) {
    layout_->LinksOf(row) = {kNoSlot, block.row_hashes[i]};
    all_.Insert(block.row_hashes[i], slot);
  }
  const bool sums = layout_->options().totals && !layout_->keys_only();
  if (*first == kNoSlot) {
    keys_.Insert(block.hashes[i], slot);
    layout_->Flags(row) |= ArrangementLayout::kFirst;
    if (sums) layout_->Total(row) = weight;
    *first = slot;
    return slot;
  }
  // Behind the first row, which the index names.
  uint8_t* head = Writable(*first);
  const uint32_t next = ArrangementLayout::Header(head).next;
  ArrangementLayout::Header(head).next = slot;
  if (sums) layout_->Total(head) += weight;
  ArrangementLayout::Header(row).next = next;
  if (linked) {
    layout_->LinksOf(row).previous = *first;
    if (next != kNoSlot) layout_->LinksOf(Writable(next)).previous = slot;
  }
  return slot;
}

Status Arrangement::FreeEmpty() {
  for (const uint32_t slot : low_) {
    if (!chunks_.IsLive(slot)) continue;
    const int64_t weight = ArrangementLayout::Header(Row(slot)).weight;
    if (weight < 0) return Status::Internal("a joined row has a negative weight");
    if (weight == 0) Erase(slot);
  }
  low_.clear();
  if (size() == 0 && memory_bytes() > kKeptBytes) {
    chunks_.Release();
    keys_ = HashIndex();
    all_ = HashIndex();
    low_.shrink_to_fit();
  }
  Compact();
  return Status::OK();
}

void Arrangement::Erase(uint32_t slot) {
  const uint8_t* row = Row(slot);
  const ArrangedRow header = ArrangementLayout::Header(row);
  const bool linked = layout_->linked();
  if (linked) all_.Erase(layout_->LinksOf(row).row_hash, slot);
  if (linked && (layout_->Flags(row) & ArrangementLayout::kFirst) == 0) {
    const uint32_t previous = layout_->LinksOf(row).previous;
    ArrangementLayout::Header(Writable(previous)).next = header.next;
    if (header.next != kNoSlot) layout_->LinksOf(Writable(header.next)).previous = previous;
  } else if (header.next == kNoSlot) {
    keys_.Erase(header.hash, slot);
  } else {
    // The next row becomes the first of the key, and knows what is known of the key.
    uint8_t* heir = Writable(header.next);
    row = Row(slot);
    layout_->LinksOf(heir).previous = kNoSlot;
    uint8_t& flags = layout_->Flags(heir);
    flags |= ArrangementLayout::kFirst;
    if (layout_->options().totals) layout_->Total(heir) = layout_->Total(row);
    if (layout_->options().counting == MatchCounting::kPerKey) {
      layout_->MatchesOf(heir).count = layout_->MatchesOf(row).count;
      flags = static_cast<uint8_t>((flags & ~ArrangementLayout::kMatched) |
                                   (layout_->Flags(row) & ArrangementLayout::kMatched));
    }
    keys_.Replace(header.hash, slot, header.next);
  }
  layout_->ForEachString(Row(slot), [&](StringRef& text) { chunks_.arena().Forget(text); });
  chunks_.Free(slot);
}

void Arrangement::Compact() {
  Arena& arena = chunks_.arena();
  if (!arena.wants_compaction()) return;
  const Ref<RefCounted> held = arena.holder();
  arena.Clear();
  RelocateStrings();
}

void Arrangement::RelocateStrings() {
  if (layout_->strings() == 0) return;
  Arena& arena = chunks_.arena();
  for (uint32_t slot = chunks_.NextLive(0); slot != kNoSlot; slot = chunks_.NextLive(slot + 1)) {
    layout_->ForEachString(Writable(slot), [&](StringRef& text) { text = arena.Intern(text); });
  }
}

ArrangedRows Arrangement::rows() const {
  return {layout_.get(), const_cast<ChunkList&>(chunks_).Bases(0), nullable_.data(), chunks_.arena().holder()};
}

size_t Arrangement::memory_bytes() const {
  return chunks_.memory_bytes() + keys_.memory_bytes() + all_.memory_bytes() + low_.capacity() * sizeof(uint32_t);
}

void Arrangement::Restore() {
  RelocateStrings();
  keys_.Clear();
  all_.Clear();
  low_.clear();
  for (uint32_t slot = chunks_.NextLive(0); slot != kNoSlot; slot = chunks_.NextLive(slot + 1)) {
    const uint8_t* row = Row(slot);
    if ((layout_->Flags(row) & ArrangementLayout::kFirst) != 0) {
      keys_.Reserve(1);
      keys_.Insert(ArrangementLayout::Header(row).hash, slot);
    }
    if (layout_->linked()) {
      all_.Reserve(1);
      all_.Insert(layout_->LinksOf(row).row_hash, slot);
    }
  }
}

ArrangementPin::ArrangementPin(Arrangement* arrangement)
    : layout_(arrangement->shared_layout()), pin_(arrangement->chunks().Pin()), nullable_(arrangement->nullable()) {
  for (uint32_t chunk = 0; chunk < pin_->chunk_count(); ++chunk) bases_.push_back(pin_->block(0, chunk)->data());
}

ArrangedRows ArrangementPin::rows() const {
  return {layout_.get(), bases_.data(), nullable_.data(), Ref<RefCounted>(pin_)};
}

}  // namespace laminar
