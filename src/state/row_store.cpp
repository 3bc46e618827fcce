#include "state/row_store.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "common/cancel_token.h"
#include "common/cell_order.h"
#include "state/column_copy.h"

namespace laminar {

namespace {

std::vector<BlockLayout> LayoutOf(const std::vector<DataType>& types, bool weighted) {
  std::vector<BlockLayout> layout;
  for (const DataType& type : types) {
    const bool text = type.physical() == PhysicalType::kString;
    layout.push_back({static_cast<uint32_t>(PhysicalWidth(type.physical())),
                      text ? std::vector<uint32_t>{0} : std::vector<uint32_t>{}});
    layout.push_back({BlockLayout::kBitmap});
  }
  // A store of no columns still counts rows.
  if (weighted || types.empty()) layout.push_back({8});
  return layout;
}

constexpr size_t kRowsBetweenLooks = size_t{1} << 14;  // of a statement, at whether it is still wanted

/// Owner of one scanned chunk.
struct ScannedChunk final : RefCounted {
  Ref<ChunkPin> pin;
  PinnedChunk chunk;
  std::vector<uint32_t> selection;
};

/// Owner of gathered columns and the text they point to.
struct GatheredColumns final : RefCounted {
  std::vector<Ref<Buffer>> buffers;
  Ref<RefCounted> text;
};

}  // namespace

RowStore::RowStore(std::vector<DataType> types, bool weighted)
    : types_(std::move(types)), weighted_(weighted), nullable_(types_.size()), chunks_(LayoutOf(types_, weighted)) {}

void RowStore::Append(const Delta& delta, std::vector<uint32_t>* slots) {
  const RowRange range = RowRange::Of(delta);
  slots_.clear();
  for (uint32_t i = 0; i < range.count; ++i) slots_.push_back(chunks_.Allocate());
  chunks_.PrepareWrite(slots_);
  for (uint32_t begin = 0; begin < range.count;) {
    // Slots in a row of one chunk are written at once.
    const uint32_t first = slots_[begin];
    uint32_t count = 1;
    while (begin + count < range.count && slots_[begin + count] == first + count &&
           (first + count) / ChunkList::kRows == first / ChunkList::kRows) {
      ++count;
    }
    const RowRange piece = range.Slice(begin, count);
    const size_t row = first % ChunkList::kRows;
    for (size_t c = 0; c < types_.size(); ++c) {
      const Column& column = delta.columns[c];
      const PhysicalType type = types_[c].physical();
      uint8_t* values = chunks_.Row(ValuesBlock(static_cast<int>(c)), first);
      CopyValues(column.values, PhysicalWidth(type), piece, values);
      if (type == PhysicalType::kString) InternStrings(reinterpret_cast<StringRef*>(values), count, &chunks_.arena());
      uint64_t* bits = chunks_.Bits(ValidityBlock(static_cast<int>(c)), first);
      if (CopyValidity(column.validity, piece, bits, row)) nullable_[c] = true;
    }
    if (weighted_) {
      int64_t* weights = reinterpret_cast<int64_t*>(chunks_.Row(WeightsBlock(), first));
      for (uint32_t i = 0; i < count; ++i) weights[i] = delta.WeightAt(piece.At(i));
    }
    for (uint32_t i = 0; i < count; ++i) chunks_.MarkDirty(first + i);
    begin += count;
  }
  if (slots != nullptr) *slots = slots_;
}

void RowStore::Erase(uint32_t slot) {
  chunks_.MakeResident(slot);
  for (size_t c = 0; c < types_.size(); ++c) {
    if (types_[c].physical() == PhysicalType::kString)
      chunks_.arena().Forget(Cell<StringRef>(static_cast<int>(c), slot));
  }
  chunks_.Free(slot);
}

void RowStore::Clear() {
  chunks_.Clear();
  nullable_.assign(types_.size(), false);
}

void RowStore::CompactText() {
  if (!chunks_.arena().wants_compaction()) return;
  const Ref<RefCounted> old = chunks_.arena().holder();
  chunks_.arena().Clear();
  RelocateText();
}

Status RowStore::Spill(SpillSpace& space, size_t bytes, size_t* freed) {
  const size_t text = chunks_.arena().total_bytes();
  LAMINAR_RETURN_NOT_OK(chunks_.Spill(space, bytes, freed));
  CompactText();
  const size_t left = chunks_.arena().total_bytes();
  *freed += text - std::min(left, text);
  return Status::OK();
}

void RowStore::RelocateText() {
  const auto is_text = [](const DataType& type) { return type.physical() == PhysicalType::kString; };
  if (std::none_of(types_.begin(), types_.end(), is_text)) return;
  for (uint32_t slot = chunks_.NextLive(0); slot != ChunkList::kNoSlot; slot = chunks_.NextLive(slot + 1)) {
    if (!chunks_.IsResident(slot)) {
      slot |= ChunkList::kRows - 1;  // its text is with it
      continue;
    }
    chunks_.PrepareWrite({&slot, 1});
    chunks_.MarkDirty(slot);
    for (size_t c = 0; c < types_.size(); ++c) {
      if (types_[c].physical() != PhysicalType::kString) continue;
      InternStrings(reinterpret_cast<StringRef*>(chunks_.Row(ValuesBlock(static_cast<int>(c)), slot)), 1,
                    &chunks_.arena());
    }
  }
}

void RowStore::SaveRest(ImageWriter& out) const {
  for (const bool nullable : nullable_) out.Put(static_cast<uint8_t>(nullable));
}

void RowStore::LoadRest(ImageReader& in) {
  for (size_t c = 0; c < nullable_.size(); ++c) nullable_[c] = in.Get<uint8_t>() != 0;
}

bool RowStore::IsValid(int column, uint32_t slot) const {
  return GetBit(const_cast<ChunkList&>(chunks_).Bits(ValidityBlock(column), slot), slot % ChunkList::kRows);
}

int64_t RowStore::weight(uint32_t slot) const {
  return weighted_ ? *reinterpret_cast<const int64_t*>(chunks_.Row(WeightsBlock(), slot)) : 1;
}

void RowStore::SetWeight(uint32_t slot, int64_t weight) {
  chunks_.MakeResident(slot);
  chunks_.PrepareWrite({&slot, 1});
  chunks_.MarkDirty(slot);
  *reinterpret_cast<int64_t*>(chunks_.Row(WeightsBlock(), slot)) = weight;
}

Ref<RowBatch> RowStore::Gather(std::span<const uint32_t> slots, size_t columns) const {
  Ref<GatheredColumns> owner = MakeRef<GatheredColumns>();
  const std::span<const DataType> types(types_.data(), columns);
  Delta delta;
  delta.rows = static_cast<uint32_t>(slots.size());
  for (size_t c = 0; c < types.size(); ++c) {
    const int index = static_cast<int>(c);
    const PhysicalType physical = types[c].physical();
    Ref<Buffer> values = Buffer::Allocate(slots.size() * static_cast<size_t>(PhysicalWidth(physical)) + 1);
    VisitCellType(physical, [&](auto sample) {
      using T = decltype(sample);
      T* out = values->template as<T>();
      for (size_t i = 0; i < slots.size(); ++i) {
        if (i % kRowsBetweenLooks == 0) ThrowIfCancelled();
        out[i] = Cell<T>(index, slots[i]);
      }
    });
    const auto is_valid = [&](uint32_t slot) { return IsValid(index, slot); };
    Column column{values->data(), nullptr};
    if (!std::ranges::all_of(slots, is_valid)) {
      Ref<Buffer> validity = Buffer::AllocateZeroed(BitmapWords(slots.size()) * 8);
      for (size_t i = 0; i < slots.size(); ++i) PutBit(validity->as<uint64_t>(), i, is_valid(slots[i]));
      column.validity = validity->as<uint64_t>();
      owner->buffers.push_back(std::move(validity));
    }
    owner->buffers.push_back(std::move(values));
    delta.columns.push_back(column);
  }
  owner->text = text();
  delta.owner = owner;
  return RowBatch::FromDelta(delta, types);
}

RowStoreSnapshot RowStore::Snapshot() {
  RowStoreSnapshot snapshot;
  snapshot.pin_ = chunks_.Pin();
  snapshot.nullable_ = nullable_;
  snapshot.weighted_ = weighted_;
  return snapshot;
}

Status RowStoreSnapshot::ForEachDelta(const std::function<bool(const Delta&)>& visit) const {
  return ForEachChunk([&](uint32_t, const Delta& delta) { return visit(delta); });
}

Status RowStoreSnapshot::ForEachChunk(const std::function<bool(uint32_t, const Delta&)>& visit) const {
  for (uint32_t chunk = 0; chunk < pin_->chunk_count(); ++chunk) {
    const uint32_t begin = chunk * ChunkList::kRows;
    if (begin >= pin_->slot_count()) break;
    Ref<ScannedChunk> owner = MakeRef<ScannedChunk>();
    owner->pin = pin_;
    Delta delta;
    delta.rows = std::min(pin_->slot_count() - begin, ChunkList::kRows);
    const uint64_t* live = pin_->live_words(chunk);
    uint32_t live_rows = 0;
    for (size_t word = 0; word < BitmapWords(delta.rows); ++word) {
      live_rows += static_cast<uint32_t>(std::popcount(live[word]));
    }
    if (live_rows == 0) continue;
    if (live_rows != delta.rows) {
      owner->selection.reserve(live_rows);
      for (uint32_t row = 0; row < delta.rows; ++row) {
        if (GetBit(live, row)) owner->selection.push_back(row);
      }
      delta.Select(owner->selection.data(), live_rows);
    }
    LAMINAR_ASSIGN_OR_RETURN(owner->chunk, pin_->At(chunk));
    const std::vector<const uint8_t*>& blocks = owner->chunk.blocks;
    for (size_t c = 0; c < nullable_.size(); ++c) {
      const auto* validity =
          reinterpret_cast<const uint64_t*>(blocks[static_cast<size_t>(RowStore::ValidityBlock(static_cast<int>(c)))]);
      const uint8_t* values = blocks[static_cast<size_t>(RowStore::ValuesBlock(static_cast<int>(c)))];
      delta.columns.push_back({values, nullable_[c] ? validity : nullptr});
    }
    if (weighted_) delta.weights = reinterpret_cast<const int64_t*>(blocks[2 * nullable_.size()]);
    delta.owner = owner;
    if (!visit(begin, delta)) break;
  }
  return Status::OK();
}

}  // namespace laminar
