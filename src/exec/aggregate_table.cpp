#include "exec/aggregate_table.h"

#include <algorithm>
#include <cstring>

#include "common/cancel_token.h"
#include "exec/aggregate_scratch.h"

namespace laminar {

namespace {

/// Old rows beyond this are given back after a step that needed many.
constexpr size_t kKeptOldBytes = size_t{16} << 20;
// Of a query, at whether it is still wanted.
constexpr uint32_t kRowsBetweenLooks = 4096;
constexpr uint32_t kGroupsBetweenLooks = 64;

OrderedMultisets::Form FormOf(const OrderedForm& wanted) {
  using Summary = OrderedForm::Summary;
  const auto summary = wanted.summary == Summary::kTotalWeight      ? OrderedMultisets::Summary::kTotalWeight
                       : wanted.summary == Summary::kGreatestWeight ? OrderedMultisets::Summary::kGreatestWeight
                                                                    : OrderedMultisets::Summary::kNothing;
  return {wanted.positioned, wanted.keyed, summary};
}

GroupHeader& HeaderOf(uint8_t* row) { return *reinterpret_cast<GroupHeader*>(row); }

}  // namespace

/// What the kernel of one aggregate sees of the table.
class AggregateTable::Context final : public AggregateContext, public OrderedValues {
 public:
  Context(Arena* arena, OrderedMultisets* multisets, const AggregateCall* call)
      : arena_(arena), multisets_(multisets), call_(call) {}
  StringRef Intern(StringRef text) override { return arena_->Intern(text); }
  void Forget(StringRef text) override { arena_->Forget(text); }
  OrderedValues* ordered() override { return multisets_ != nullptr ? this : nullptr; }
  const AggregateCall& call() const override { return *call_; }

  void Add(uint32_t* values, const OrderedEntry& entry, int64_t weight) override {
    multisets_->Add(values, {entry.event_time, entry.number, entry.key}, entry.value, weight);
  }
  void AddAll(uint32_t* values, uint32_t other) override { multisets_->AddAll(values, other); }
  void Release(uint32_t* values) override { multisets_->Release(values); }
  const uint8_t* First(uint32_t values) const override { return multisets_->First(values); }
  const uint8_t* Last(uint32_t values) const override { return multisets_->Last(values); }
  int64_t Count(uint32_t values) const override { return multisets_->TotalWeight(values); }
  const uint8_t* At(uint32_t values, int64_t rank) const override { return multisets_->At(values, rank); }
  const uint8_t* MostFrequent(uint32_t values) const override { return multisets_->MostFrequent(values); }
  void Visit(uint32_t values, void* to, void (*each)(void* to, const uint8_t* cell, int64_t weight)) const override {
    uint32_t visited = 0;
    multisets_->ForEach(values, [&](const uint8_t* cell, int64_t weight) {
      if (++visited % kRowsBetweenLooks == 0) ThrowIfCancelled();
      each(to, cell, weight);
    });
  }

 private:
  static_assert(OrderedValues::kEmpty == OrderedMultisets::kEmpty);

  Arena* arena_;
  OrderedMultisets* multisets_;
  const AggregateCall* call_;  // of the plan, which the table holds
};

AggregateTable::AggregateTable(std::shared_ptr<const AggregatePlan> plan, bool always_one)
    : plan_(std::move(plan)), always_one_(always_one), groups_(plan_->layout()) {
  Arena* arena = &groups_.chunks().arena();
  for (const AggregatePlan::Item& item : plan_->items()) {
    std::unique_ptr<OrderedMultisets> multisets;
    if (item.kernel->ordered.wanted) {
      const PhysicalType value = item.kernel->ordered.rows ? PhysicalType::kString : item.call.arguments[0].physical();
      multisets = std::make_unique<OrderedMultisets>(value, FormOf(item.kernel->ordered), arena);
    }
    contexts_.push_back(std::make_unique<Context>(arena, multisets.get(), &item.call));
    multisets_.push_back(std::move(multisets));
  }
  for (const AggregatePlan::Distinct& distinct : plan_->distincts()) {
    distincts_.push_back(std::make_unique<DistinctTable>(DistinctTable{GroupTable(distinct.layout), {}}));
  }
  if (always_one_) AddAlwaysOne();
}

AggregateTable::~AggregateTable() = default;

void AggregateTable::AddAlwaysOne() {
  uint32_t slot;
  uint8_t* row;
  groups_.FindOrInsert({}, RowRange{nullptr, 0, 1}, &slot, &row);
}

void AggregateTable::Touch(uint8_t* const* rows, const uint32_t* slots, uint32_t count, Tracking tracking) {
  // Which rows are the first of their group in this step is as good as random: no branches.
  uint32_t fresh[AggregateScratch::kSliceRows];
  uint32_t found = 0;
  const uint32_t stamp = stamp_;
  for (uint32_t i = 0; i < count; ++i) {
    GroupHeader& header = HeaderOf(rows[i]);
    fresh[found] = i;
    found += header.stamp != stamp;
    header.stamp = stamp;
  }
  if (found == 0) return;
  const size_t before = touched_.size();
  touched_.resize(before + found);
  for (uint32_t i = 0; i < found; ++i) touched_[before + i] = slots[fresh[i]];
  for (uint32_t i = 0; i < found; ++i) groups_.chunks().MarkDirty(slots[fresh[i]]);
  if (tracking != Tracking::kOldRows) return;
  const size_t stride = groups_.layout().stride();
  old_rows_.resize((before + found) * stride);
  uint8_t* to = old_rows_.data() + before * stride;
  for (uint32_t i = 0; i < found; ++i, to += stride) std::memcpy(to, rows[fresh[i]], stride);
}

void AggregateTable::Update(const Delta& delta, const RowRange& range, Tracking tracking, AggregateScratch* scratch) {
  AggregateScratch::Rep& rep = *scratch->rep_;
  rep.cursor.emplace(delta.marks);
  for (uint32_t begin = 0; begin < range.count; begin += AggregateScratch::kSliceRows) {
    const uint32_t count = std::min(AggregateScratch::kSliceRows, range.count - begin);
    UpdateSlice(delta, range.Slice(begin, count), tracking, rep);
  }
}

void AggregateTable::UpdateSlice(const Delta& delta, const RowRange& slice, Tracking tracking,
                                 AggregateScratch::Rep& s) {
  s.keys.clear();
  for (const int key : plan_->keys()) s.keys.push_back(delta.columns[static_cast<size_t>(key)]);
  groups_.FindOrInsert(s.keys, slice, s.slots, s.rows);

  if (delta.weights != nullptr) CopyValues(delta.weights, 8, slice, s.weights);
  const int64_t* weights = delta.weights != nullptr ? s.weights : nullptr;
  if (tracking != Tracking::kNothing) Touch(s.rows, s.slots, slice.count, tracking);
  if (weights == nullptr) {
    for (uint32_t i = 0; i < slice.count; ++i) ++HeaderOf(s.rows[i]).weight;
  } else {
    for (uint32_t i = 0; i < slice.count; ++i) HeaderOf(s.rows[i]).weight += weights[i];
  }
  if (plan_->uses_row_order()) s.FillOrder(delta, slice, *plan_);
  for (size_t i = 0; i < plan_->items().size(); ++i) {
    const AggregatePlan::Item& item = plan_->items()[i];
    if (!item.is_weight && item.distinct < 0) UpdateItem(i, delta, slice, s);
  }
  for (size_t i = 0; i < distincts_.size(); ++i) UpdateDistinct(i, delta, slice, s);
}

void AggregateTable::UpdateItem(size_t index, const Delta& delta, const RowRange& slice, AggregateScratch::Rep& s) {
  const AggregatePlan::Item& item = plan_->items()[index];
  RowRange rows = slice;
  uint8_t* const* states = s.rows;
  const int64_t* weights = delta.weights != nullptr ? s.weights : nullptr;
  const RowOrder* order = item.function->uses_row_order ? &s.order : nullptr;
  RowOrder kept_order;
  if (item.filter >= 0) {
    rows = s.Keep(delta, slice, item.filter, {});
    if (rows.count == 0) return;
    CopyValues(s.rows, sizeof(uint8_t*), s.Kept(), s.kept_rows);
    states = s.kept_rows;
    if (weights != nullptr) {
      CopyValues(s.weights, 8, s.Kept(), s.kept_weights);
      weights = s.kept_weights;
    }
    if (order != nullptr) {
      kept_order = s.KeptOrder();
      order = &kept_order;
    }
  }
  const std::span<const Vector> arguments = s.Arguments(delta, rows, item.arguments, plan_->input_types());
  item.kernel->update(*contexts_[index], arguments, weights, order, states, item.offset, rows.count);
}

void AggregateTable::UpdateDistinct(size_t index, const Delta& delta, const RowRange& slice, AggregateScratch::Rep& s) {
  const AggregatePlan::Distinct& distinct = plan_->distincts()[index];
  DistinctTable& table = *distincts_[index];
  const RowRange rows = s.Keep(delta, slice, distinct.filter, distinct.arguments);
  if (rows.count == 0) return;

  CopyValues(s.slots, 4, s.Kept(), s.kept_slots);
  s.keys.assign(1, Column{s.kept_slots, nullptr});
  for (const Vector& argument : s.GatherArguments(delta, rows, distinct.arguments, plan_->input_types())) {
    s.keys.push_back({argument.values, nullptr});
  }
  table.values.FindOrInsert(s.keys, RowRange{nullptr, 0, rows.count}, s.value_slots, s.value_rows);

  // A value counts from when its weight becomes positive until it no longer is.
  uint32_t turns = 0;
  for (uint32_t i = 0; i < rows.count; ++i) {
    int64_t& weight = HeaderOf(s.value_rows[i]).weight;
    const bool before = weight > 0;
    weight += delta.weights != nullptr ? s.weights[s.kept[i]] : 1;
    table.values.chunks().MarkDirty(s.value_slots[i]);
    if (weight == 0) table.zeroed.push_back(s.value_slots[i]);
    const bool after = weight > 0;
    if (before == after) continue;
    s.turned[turns] = i;
    s.turned_weights[turns] = after ? 1 : -1;
    s.kept_rows[turns] = s.rows[s.kept[i]];
    ++turns;
  }
  if (turns == 0) return;
  const std::span<const Vector> arguments = s.Turned(turns, distinct, plan_->input_types());
  const int64_t* weights = plan_->append_only() ? nullptr : s.turned_weights;
  for (size_t i = 0; i < plan_->items().size(); ++i) {
    const AggregatePlan::Item& item = plan_->items()[i];
    if (item.distinct != static_cast<int>(index)) continue;
    item.kernel->update(*contexts_[i], arguments, weights, nullptr, s.kept_rows, item.offset, turns);
  }
}

void AggregateTable::Settle(uint8_t* row) {
  for (const size_t i : plan_->settled()) {
    const AggregatePlan::Item& item = plan_->items()[i];
    item.kernel->settle(*contexts_[i], item.call, row + item.offset);
  }
}

void AggregateTable::SettleTouched() {
  if (plan_->settled().empty()) return;
  for (const uint32_t slot : touched_) Settle(groups_.Row(slot));
}

void AggregateTable::SettleAll() {
  if (plan_->settled().empty()) return;
  uint32_t settled = 0;
  for (uint32_t slot = groups_.chunks().NextLive(0); slot != ChunkList::kNoSlot;
       slot = groups_.chunks().NextLive(slot + 1)) {
    if (++settled % kGroupsBetweenLooks == 0) ThrowIfCancelled();
    groups_.chunks().MakeResident(slot);
    groups_.chunks().PrepareWrite({&slot, 1});
    Settle(groups_.Row(slot));
  }
}

Status AggregateTable::FreeEmptyGroups() {
  if (plan_->append_only()) return Status::OK();
  for (const uint32_t slot : touched_) {
    uint8_t* row = groups_.Row(slot);
    const int64_t weight = HeaderOf(row).weight;
    if (weight < 0) return Status::Internal("a group has a negative number of rows");
    if (weight > 0 || always_one_) continue;
    for (size_t i = 0; i < contexts_.size(); ++i) {
      const AggregatePlan::Item& item = plan_->items()[i];
      if (item.kernel->release != nullptr) item.kernel->release(*contexts_[i], row + item.offset);
    }
    groups_.Erase(slot);
  }
  for (const std::unique_ptr<DistinctTable>& table : distincts_) {
    for (const uint32_t slot : table->zeroed) {
      // A slot may stand here twice, and may have been filled again.
      if (table->values.chunks().IsLive(slot) && HeaderOf(table->values.Row(slot)).weight == 0)
        table->values.Erase(slot);
    }
    table->zeroed.clear();
  }
  return Status::OK();
}

void AggregateTable::EndStep() {
  published_ = true;
  touched_.clear();
  old_rows_.clear();
  if (old_rows_.capacity() > kKeptOldBytes) old_rows_.shrink_to_fit();
  if (++stamp_ == 0) {
    // Once in four billion steps: no row may look as if this step had touched it.
    for (uint32_t slot = groups_.chunks().NextLive(0); slot != ChunkList::kNoSlot;
         slot = groups_.chunks().NextLive(slot + 1)) {
      groups_.chunks().MakeResident(slot);
      groups_.chunks().PrepareWrite({&slot, 1});
      groups_.chunks().MarkDirty(slot);
      HeaderOf(groups_.Row(slot)).stamp = 0;
    }
    stamp_ = 1;
  }
  Compact();
}

void AggregateTable::Compact() {
  for (const std::unique_ptr<DistinctTable>& table : distincts_) {
    Arena& values = table->values.chunks().arena();
    if (!values.wants_compaction()) continue;
    const Ref<RefCounted> held = values.holder();
    values.Clear();
    table->values.Relocate();
  }
  Arena& arena = groups_.chunks().arena();
  if (!arena.wants_compaction()) return;
  const Ref<RefCounted> held = arena.holder();
  arena.Clear();
  RelocateGroups();
}

/// Strings of keys, then of what kernels keep beside the groups, then in the groups, where they may be those beside.
void AggregateTable::RelocateGroups() {
  groups_.Relocate();
  for (size_t i = 0; i < contexts_.size(); ++i) {
    const AggregatePlan::Item& item = plan_->items()[i];
    if (multisets_[i]) multisets_[i]->Relocate();
    if (item.kernel->relocate == nullptr) continue;
    for (uint32_t slot = groups_.chunks().NextLive(0); slot != ChunkList::kNoSlot;
         slot = groups_.chunks().NextLive(slot + 1)) {
      groups_.chunks().PrepareWrite({&slot, 1});
      groups_.chunks().MarkDirty(slot);
      item.kernel->relocate(*contexts_[i], item.call, groups_.Row(slot) + item.offset);
    }
  }
}

void AggregateTable::Clear() {
  groups_.Clear();
  for (const std::unique_ptr<DistinctTable>& table : distincts_) {
    table->values.Clear();
    table->zeroed.clear();
  }
  for (const std::unique_ptr<OrderedMultisets>& multisets : multisets_) {
    if (multisets) multisets->Clear();
  }
  touched_.clear();
  old_rows_.clear();
  failed_.clear();
  published_ = false;
  if (always_one_) AddAlwaysOne();
}

size_t AggregateTable::memory_bytes() const {
  size_t bytes = groups_.memory_bytes() + touched_.capacity() * 4 + old_rows_.capacity();
  for (const std::unique_ptr<DistinctTable>& table : distincts_) bytes += table->values.memory_bytes();
  for (const std::unique_ptr<OrderedMultisets>& multisets : multisets_)
    bytes += multisets ? multisets->memory_bytes() : 0;
  return bytes;
}

bool AggregateTable::can_spill() const {
  // Texts in accumulators, and what is kept beside the groups, are known to the kernels alone.
  for (size_t i = 0; i < multisets_.size(); ++i) {
    if (multisets_[i] || plan_->items()[i].kernel->relocate != nullptr) return false;
  }
  return true;
}

Status AggregateTable::Spill(SpillSpace& space, size_t bytes, size_t* freed) {
  *freed = 0;
  if (!can_spill()) return Status::OK();
  const size_t before = memory_bytes();
  const auto freed_so_far = [&] { return before - std::min(before, memory_bytes()); };
  size_t of_table = 0;
  LAMINAR_RETURN_NOT_OK(groups_.chunks().Spill(space, bytes, &of_table));
  for (const std::unique_ptr<DistinctTable>& table : distincts_) {
    const size_t so_far = freed_so_far();
    if (so_far >= bytes) break;
    LAMINAR_RETURN_NOT_OK(table->values.chunks().Spill(space, bytes - so_far, &of_table));
  }
  Compact();
  *freed = freed_so_far();
  return Status::OK();
}

size_t AggregateTable::disk_bytes() const {
  size_t bytes = groups_.chunks().disk_bytes();
  for (const std::unique_ptr<DistinctTable>& table : distincts_) bytes += table->values.chunks().disk_bytes();
  return bytes;
}

void AggregateTable::AppendChunkLists(std::vector<ChunkList*>* lists) {
  lists->push_back(&groups_.chunks());
  for (const std::unique_ptr<DistinctTable>& table : distincts_) lists->push_back(&table->values.chunks());
  for (const std::unique_ptr<OrderedMultisets>& multisets : multisets_) {
    if (multisets) lists->push_back(&multisets->nodes());
  }
}

void AggregateTable::SaveRest(ImageWriter& out) const {
  out.Put(static_cast<uint8_t>(published_));
  out.Put(stamp_);
  for (const std::unique_ptr<OrderedMultisets>& multisets : multisets_) {
    if (multisets) multisets->SaveRest(out);
  }
  out.Put(static_cast<uint32_t>(failed_.size()));
  for (const auto& [slot, entry] : failed_) {
    out.Put(slot);
    out.Put(entry.row);
    out.Put(entry.code);
    out.PutText(entry.message);
  }
}

void AggregateTable::LoadRest(ImageReader& in) {
  published_ = in.Get<uint8_t>() != 0;
  stamp_ = in.Get<uint32_t>();
  for (const std::unique_ptr<OrderedMultisets>& multisets : multisets_) {
    if (multisets) multisets->LoadRest(in);
  }
  failed_.clear();
  for (uint32_t left = in.GetCount(12); left > 0; --left) {
    const uint32_t slot = in.Get<uint32_t>();
    RowErrors::Entry& entry = failed_[slot];
    entry.row = in.Get<uint32_t>();
    entry.code = in.Get<ErrorCode>();
    entry.message = in.GetText();
  }
}

void AggregateTable::Restore() {
  for (const std::unique_ptr<DistinctTable>& table : distincts_) {
    table->values.Relocate();
    table->values.RebuildIndex();
  }
  RelocateGroups();
  groups_.RebuildIndex();
}

}  // namespace laminar
