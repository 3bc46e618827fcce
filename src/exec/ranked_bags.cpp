#include "exec/ranked_bags.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "common/cancel_token.h"

namespace laminar {

namespace {

constexpr uint64_t kRoomLeft = std::numeric_limits<uint64_t>::max();

GroupHeader& HeaderOf(uint8_t* row) { return *reinterpret_cast<GroupHeader*>(row); }

std::shared_ptr<GroupLayout> MakeKeyLayout(const TopNSpec& spec, uint32_t payload) {
  std::vector<DataType> types;
  for (const int column : spec.partition) types.push_back(spec.input_types[static_cast<size_t>(column)]);
  return std::make_shared<GroupLayout>(std::move(types), payload);
}

int64_t BoundOf(const TopNSpec& spec) {
  int64_t bound;
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  return spec.limit < 0 || __builtin_add_overflow(spec.limit, spec.offset, &bound) ? kMost : bound;
}

/// How much of positions (begin, end] lies in (from, to].
int64_t Overlap(int64_t begin, int64_t end, int64_t from, int64_t to) {
  return std::max<int64_t>(0, std::min(end, to) - std::max(begin, from));
}

}  // namespace

RankedBags::RankedBags(const TopNSpec& spec)
    : partition_(spec.partition),
      from_(spec.offset),
      to_(BoundOf(spec)),
      numbered_(spec.numbered),
      append_only_(spec.append_only),
      key_layout_([&] {
        std::shared_ptr<GroupLayout> layout = MakeKeyLayout(spec, sizeof(Key));
        *reinterpret_cast<Key*>(layout->initial_payload()) = {OrderedRows::kEmpty, OrderedRows::kEmpty, kRoomLeft};
        return layout;
      }()),
      key_offset_(key_layout_->payload_offset()),
      keys_(key_layout_),
      rows_(spec.input_types, spec.order, append_only_ ? to_ : kNoBound) {}

void RankedBags::Update(const Delta& delta, Tracking tracking) {
  tracking_ = tracking;
  if (from_ == to_) return;
  const RowRange range = RowRange::Of(delta);
  for (uint32_t begin = 0; begin < range.count; begin += kSliceRows) {
    const RowRange slice = range.Slice(begin, std::min(kSliceRows, range.count - begin));
    FindKeys(delta, slice);
    rows_.PrefixesOf(delta.columns, slice, prefixes_);
    if (append_only_) {
      OfferSlice(delta, slice);
    } else {
      GatherSlice(delta, slice);
    }
  }
}

void RankedBags::FindKeys(const Delta& delta, const RowRange& slice) {
  if (partition_.empty()) {
    keys_.FindOrInsert({}, RowRange{nullptr, 0, 1}, key_slots_, key_rows_);
    std::fill_n(key_slots_, slice.count, key_slots_[0]);
    std::fill_n(key_rows_, slice.count, key_rows_[0]);
    return;
  }
  key_columns_.clear();
  for (const int column : partition_) key_columns_.push_back(delta.columns[static_cast<size_t>(column)]);
  keys_.FindOrInsert(key_columns_, slice, key_slots_, key_rows_);
}

void RankedBags::OfferSlice(const Delta& delta, const RowRange& slice) {
  // Whether a row is among the first of its key so far is as good as random: no branches.
  uint32_t count = 0;
  const uint32_t offset = key_offset_;
  for (uint32_t i = 0; i < slice.count; ++i) {
    picked_[count] = i;
    count += prefixes_[i] <= reinterpret_cast<const Key*>(key_rows_[i] + offset)->threshold;
  }
  if (count == 0) return;
  for (uint32_t i = 0; i < count; ++i) {
    selection_[i] = slice.At(picked_[i]);
    rows_.Prefetch(reinterpret_cast<const Key*>(key_rows_[picked_[i]] + offset)->root);
  }
  rows_.table().FindOrInsert(delta.columns, RowRange{selection_, 0, count}, row_slots_, row_rows_);
  for (uint32_t i = 0; i < count; ++i) {
    OrderedRows::Node& node = rows_.At(row_slots_[i]);
    node.prefix = prefixes_[picked_[i]];
    node.bag = key_slots_[picked_[i]];
  }
  for (uint32_t i = 0; i < count; ++i) {
    Offer(key_slots_[picked_[i]], row_slots_[i], prefixes_[picked_[i]], delta.WeightAt(selection_[i]));
  }
  FreeLoose(&loose_);
}

void RankedBags::Offer(uint32_t key, uint32_t slot, uint64_t prefix, int64_t weight) {
  if (bounded()) {
    weight = std::min(weight, to_);  // more could not be shown
    // The threshold may have moved since the row was picked; only equal words are left to the rows to decide.
    const auto [root, last, threshold] = KeyAt(key);
    if (last != OrderedRows::kEmpty &&
        (prefix > threshold || (prefix == threshold && rows_.Compare(slot, last) >= 0))) {
      loose_.push_back(slot);
      return;
    }
  }
  TouchKey(key);
  Apply(key, slot, weight);
  Key& bag = KeyAt(key);
  if (!bounded() || rows_.TotalOf(bag.root) < to_) return;
  uint32_t last = rows_.Last(bag.root);
  for (int64_t excess = rows_.TotalOf(bag.root) - to_; excess > 0; last = rows_.Last(bag.root)) {
    const int64_t cut = std::min(excess, rows_.At(last).weight);
    rows_.Add(&bag.root, last, -cut);  // what is cut is not shown any more
    if (rows_.At(last).weight == 0) loose_.push_back(last);
    excess -= cut;
  }
  bag.last = last;
  bag.threshold = rows_.At(last).prefix;
}

void RankedBags::GatherSlice(const Delta& delta, const RowRange& slice) {
  rows_.table().FindOrInsert(delta.columns, slice, row_slots_, row_rows_);
  for (uint32_t i = 0; i < slice.count; ++i) {
    OrderedRows::Node& node = rows_.At(row_slots_[i]);
    node.prefix = prefixes_[i];
    node.bag = key_slots_[i];
    GroupHeader& header = HeaderOf(row_rows_[i]);
    header.weight += delta.WeightAt(slice.At(i));
    if (header.stamp == stamp_) continue;
    header.stamp = stamp_;
    gathered_.push_back(row_slots_[i]);
    rows_.table().chunks().MarkDirty(row_slots_[i]);
  }
}

Status RankedBags::ApplyGathered() {
  uint32_t applied = 0;
  for (const uint32_t slot : gathered_) {
    if (++applied % kSliceRows == 0) ThrowIfCancelled();
    const int64_t weight = HeaderOf(rows_.table().Row(slot)).weight;
    if (weight < 0) return Status::Internal("a row of a top-N has a negative weight");
    const uint32_t key = rows_.At(slot).bag;
    TouchKey(key);
    if (const int64_t change = weight - rows_.At(slot).weight; change != 0) Apply(key, slot, change);
  }
  return Status::OK();
}

void RankedBags::TouchKey(uint32_t key) {
  GroupHeader& before = HeaderOf(keys_.Row(key));
  if (before.stamp == stamp_) return;
  keys_.chunks().PrepareWrite({&key, 1});
  keys_.chunks().MarkDirty(key);
  HeaderOf(keys_.Row(key)).stamp = stamp_;
  touched_.push_back(key);
  if (!numbered_ || tracking_ == Tracking::kNothing) return;
  spans_.push_back({key, was_shown_.size()});
  int64_t number = from_;
  rows_.VisitPositions(KeyAt(key).root, from_, to_, [&](uint32_t slot, int64_t weight) {
    for (; weight > 0; --weight) was_shown_.push_back({slot, ++number});
  });
  // Held until the step's changes are out.
  for (size_t i = spans_.back().begin; i < was_shown_.size(); ++i) {
    rows_.Touch(was_shown_[i].slot);
    rows_.At(was_shown_[i].slot).pending = 1;
  }
}

void RankedBags::Apply(uint32_t key, uint32_t slot, int64_t weight) {
  uint32_t root = KeyAt(key).root;
  if (tracking_ == Tracking::kChanges && !numbered_) TrackShift(root, slot, weight);
  rows_.Add(&root, slot, weight);
  KeyAt(key).root = root;
}

/// What a change of a row's weight does to what is shown: its own part, and that of the rows behind it, which move as
/// one. At position q before, they stand at q + weight after.
void RankedBags::TrackShift(uint32_t root, uint32_t slot, int64_t weight) {
  const int64_t before = rows_.Before(root, slot);
  const int64_t end = before + rows_.At(slot).weight;
  visited_.clear();
  const int64_t own = Overlap(before, end + weight, from_, to_) - Overlap(before, end, from_, to_);
  if (own != 0) visited_.emplace_back(slot, own);
  const int64_t total = rows_.TotalOf(root);
  const int64_t to_after = to_ == kNoBound ? kNoBound : to_ - weight;
  const int64_t old_from = std::max(from_, end);
  const int64_t old_to = std::max(std::min(to_, total), old_from);
  const int64_t new_from = std::max(from_ - weight, end);
  const int64_t new_to = std::max(std::min(to_after, total), new_from);
  if (new_from >= old_to || old_from >= new_to) {
    Visit(root, old_from, old_to, -1);
    Visit(root, new_from, new_to, +1);
  } else {
    Visit(root, old_from, new_from, -1);
    Visit(root, new_to, old_to, -1);
    Visit(root, new_from, old_from, +1);
    Visit(root, old_to, new_to, +1);
  }
  for (const auto& [row, change] : visited_) {
    rows_.Touch(row);
    OrderedRows::Node& node = rows_.At(row);
    if (node.pending == 0) changed_.push_back(row);
    node.pending += change;
  }
}

void RankedBags::Visit(uint32_t root, int64_t from, int64_t to, int64_t sign) {
  if (from >= to) return;
  rows_.VisitPositions(root, from, to,
                       [&](uint32_t slot, int64_t weight) { visited_.emplace_back(slot, sign * weight); });
}

Status RankedBags::EndStep(Output& output) {
  if (!append_only_) LAMINAR_RETURN_NOT_OK(ApplyGathered());
  if (numbered_) {
    EmitRenumbered(output);
  } else {
    EmitChanges(output);
  }
  FinishStep();
  return Status::OK();
}

void RankedBags::EmitChanges(Output& output) {
  if (changed_.empty()) return;
  const GroupTable& table = rows_.table();
  StoredRowsWriter writer(table.layout(), table.chunks().arena().holder(), false, &output);
  for (const bool deletions : {true, false}) {
    for (const uint32_t slot : changed_) {
      // A row may stand here twice, and one that was let go may have left its slot to another.
      if (!table.chunks().IsLive(slot)) continue;
      const int64_t change = rows_.At(slot).pending;
      if (change == 0 || (change < 0) != deletions) continue;
      writer.Add(table.Row(slot), change);
      rows_.At(slot).pending = 0;
    }
    writer.Finish();
  }
}

void RankedBags::EmitRenumbered(Output& output) {
  if (spans_.empty()) return;
  const GroupTable& table = rows_.table();
  StoredRowsWriter deletions(table.layout(), table.chunks().arena().holder(), true, &output);
  std::vector<Number> inserted;
  std::vector<uint32_t> shown;
  for (size_t i = 0; i < spans_.size(); ++i) {
    const size_t end = i + 1 < spans_.size() ? spans_[i + 1].begin : was_shown_.size();
    const size_t was = end - spans_[i].begin;
    shown.clear();
    rows_.VisitPositions(KeyAt(spans_[i].key).root, from_, to_, [&](uint32_t slot, int64_t weight) {
      shown.insert(shown.end(), static_cast<size_t>(weight), slot);
    });
    for (size_t place = 0; place < std::max(was, shown.size()); ++place) {
      const int64_t number = from_ + static_cast<int64_t>(place) + 1;
      const uint32_t before = place < was ? was_shown_[spans_[i].begin + place].slot : OrderedRows::kEmpty;
      const uint32_t after = place < shown.size() ? shown[place] : OrderedRows::kEmpty;
      if (before == after) continue;
      if (before != OrderedRows::kEmpty) deletions.Add(table.Row(before), -1, number);
      if (after != OrderedRows::kEmpty) inserted.push_back({after, number});
    }
  }
  deletions.Finish();
  StoredRowsWriter insertions(table.layout(), table.chunks().arena().holder(), true, &output);
  for (const Number& row : inserted) insertions.Add(table.Row(row.slot), 1, row.number);
  insertions.Finish();
  for (const Number& row : was_shown_) {
    rows_.At(row.slot).pending = 0;
    loose_.push_back(row.slot);
  }
}

void RankedBags::FreeLoose(std::vector<uint32_t>* slots) {
  for (const uint32_t slot : *slots) {
    // A slot may stand here twice.
    if (!rows_.table().chunks().IsLive(slot)) continue;
    const OrderedRows::Node& node = rows_.At(slot);
    if (node.weight == 0 && node.pending == 0) rows_.table().Erase(slot);
  }
  slots->clear();
}

void RankedBags::FinishStep() {
  FreeLoose(&loose_);
  FreeLoose(&changed_);
  FreeLoose(&gathered_);
  for (const uint32_t key : touched_) {
    if (KeyAt(key).root == OrderedRows::kEmpty) keys_.Erase(key);
  }
  touched_.clear();
  spans_.clear();
  was_shown_.clear();
  if (++stamp_ == 0) {
    // Once in four billion steps: nothing may look as if this step had touched it.
    for (GroupTable* table : {&keys_, &rows_.table()}) {
      ChunkList& chunks = table->chunks();
      for (uint32_t slot = chunks.NextLive(0); slot != ChunkList::kNoSlot; slot = chunks.NextLive(slot + 1)) {
        chunks.PrepareWrite({&slot, 1});
        chunks.MarkDirty(slot);
        HeaderOf(table->Row(slot)).stamp = 0;
      }
    }
    stamp_ = 1;
  }
  for (GroupTable* table : {&keys_, &rows_.table()}) {
    Arena& arena = table->chunks().arena();
    if (!arena.wants_compaction()) continue;
    const Ref<RefCounted> held = arena.holder();
    arena.Clear();
    table->Relocate();
  }
}

Status RankedBags::ShowAll(Output& output) {
  if (!append_only_) LAMINAR_RETURN_NOT_OK(ApplyGathered());
  const GroupTable& table = rows_.table();
  StoredRowsWriter writer(table.layout(), table.chunks().arena().holder(), numbered_, &output);
  for (uint32_t key = keys_.chunks().NextLive(0); key != ChunkList::kNoSlot && !writer.done();
       key = keys_.chunks().NextLive(key + 1)) {
    int64_t number = from_;
    rows_.VisitPositions(KeyAt(key).root, from_, to_, [&](uint32_t slot, int64_t weight) {
      if (!numbered_) return writer.Add(table.Row(slot), weight);
      for (; weight > 0; --weight) writer.Add(table.Row(slot), 1, ++number);
    });
  }
  writer.Finish();
  return Status::OK();
}

size_t RankedBags::memory_bytes() const {
  return keys_.memory_bytes() + rows_.memory_bytes() +
         (changed_.capacity() + gathered_.capacity() + loose_.capacity() + touched_.capacity()) * sizeof(uint32_t) +
         was_shown_.capacity() * sizeof(Number);
}

void RankedBags::Restore() {
  for (GroupTable* table : {&keys_, &rows_.table()}) {
    table->Relocate();
    table->RebuildIndex();
  }
}

RankedBags::Pinned::Pinned(RankedBags& bags)
    : from_(bags.from_),
      to_(bags.to_),
      numbered_(bags.numbered_),
      key_layout_(bags.key_layout_),
      row_layout_(bags.rows_.table().shared_layout()),
      keys_(bags.keys_.chunks().Pin()),
      array_width_(bags.rows_.array_width()),
      rows_(bags.rows_.table().chunks().Pin()) {
  if (array_width_ != 0) arrays_ = bags.rows_.arrays().Pin();
}

Status RankedBags::Pinned::Emit(Output& output, const CancelToken* cancel) const {
  StoredRowsWriter writer(*row_layout_, Ref<RefCounted>(rows_), numbered_, &output);
  const uint32_t stride = row_layout_->stride();
  const auto row_of = [&](uint32_t slot) -> const uint8_t* {
    return rows_->block(0, slot / ChunkList::kRows)->data() + size_t{slot % ChunkList::kRows} * stride;
  };
  for (uint32_t slot = 0; slot < keys_->slot_count() && !writer.done(); ++slot) {
    if (cancel != nullptr && cancel->cancelled()) return {ErrorCode::kQueryCancelled, "the query was cancelled"};
    if (!keys_->IsLive(slot)) continue;
    const uint8_t* key =
        keys_->block(0, slot / ChunkList::kRows)->data() + size_t{slot % ChunkList::kRows} * key_layout_->stride();
    const uint32_t root = reinterpret_cast<const Key*>(key + key_layout_->payload_offset())->root;
    int64_t number = from_;
    const auto show = [&](uint32_t row, int64_t weight) {
      if (!numbered_) return writer.Add(row_of(row), weight);
      for (; weight > 0; --weight) writer.Add(row_of(row), 1, ++number);
    };
    if (array_width_ == 0) {
      OrderedRows::VisitPositions(row_of, row_layout_->payload_offset(), root, 0, from_, to_, show);
    } else if (root != OrderedRows::kEmpty) {
      const uint8_t* array =
          arrays_->block(0, root / ChunkList::kRows)->data() + size_t{root % ChunkList::kRows} * array_width_;
      OrderedRows::VisitArray(*reinterpret_cast<const OrderedRows::Array*>(array), from_, to_, show);
    }
  }
  writer.Finish();
  return Status::OK();
}

}  // namespace laminar
