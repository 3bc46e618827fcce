#include "exec/aggregate_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>


#include "common/cell_order.h"
#include "exec/aggregate_scratch.h"

namespace laminar {

namespace {

constexpr uint32_t kPieceRows = 4096;
/// Old rows beyond this are given back after a step that needed many.
constexpr size_t kKeptOldBytes = size_t{16} << 20;

const std::array<int64_t, kPieceRows>& MinusOnes() {
  static const std::array<int64_t, kPieceRows> values = [] {
    std::array<int64_t, kPieceRows> filled;
    filled.fill(-1);
    return filled;
  }();
  return values;
}

GroupHeader& HeaderOf(uint8_t* row) { return *reinterpret_cast<GroupHeader*>(row); }
const GroupHeader& HeaderOf(const uint8_t* row) { return *reinterpret_cast<const GroupHeader*>(row); }

}  // namespace

class AggregateTable::Context final : public AggregateContext {
 public:
  Context(Arena* arena, OrderedMultisets* multisets) : arena_(arena), multisets_(multisets) {}
  StringRef Intern(StringRef text) override { return arena_->Intern(text); }
  void Forget(StringRef text) override { arena_->Forget(text); }
  OrderedMultisets* multisets() override { return multisets_; }

 private:
  Arena* arena_;
  OrderedMultisets* multisets_;
};

AggregateTable::AggregateTable(std::shared_ptr<const AggregatePlan> plan, bool always_one)
    : plan_(std::move(plan)), always_one_(always_one), groups_(plan_->layout()) {
  Arena* arena = &groups_.chunks().arena();
  for (const AggregatePlan::Item& item : plan_->items()) {
    std::unique_ptr<OrderedMultisets> multisets;
    if (item.kernel->needs_order) {
      multisets = std::make_unique<OrderedMultisets>(item.call.arguments[0].physical(), item.function->uses_row_order, arena);
    }
    contexts_.push_back(std::make_unique<Context>(arena, multisets.get()));
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

bool AggregateTable::Exists(const uint8_t* row) const { return HeaderOf(row).weight > 0 || always_one_; }

void AggregateTable::Touch(uint32_t slot, uint8_t* row, Tracking tracking) {
  HeaderOf(row).stamp = stamp_;
  touched_.push_back(slot);
  groups_.chunks().MarkDirty(slot);
  if (tracking == Tracking::kOldRows) old_rows_.insert(old_rows_.end(), row, row + groups_.layout().stride());
}

void AggregateTable::Update(const Delta& delta, const RowRange& range, Tracking tracking, AggregateScratch* scratch) {
  AggregateScratch::Rep& rep = *scratch->rep_;
  rep.cursor.emplace(delta.marks);
  for (uint32_t begin = 0; begin < range.count; begin += AggregateScratch::kSliceRows) {
    const uint32_t count = std::min(AggregateScratch::kSliceRows, range.count - begin);
    UpdateSlice(delta, range.Slice(begin, count), tracking, rep);
  }
}

void AggregateTable::UpdateSlice(const Delta& delta, const RowRange& slice, Tracking tracking, AggregateScratch::Rep& s) {
  s.keys.clear();
  for (const int key : plan_->keys()) s.keys.push_back(delta.columns[static_cast<size_t>(key)]);
  groups_.FindOrInsert(s.keys, slice, s.slots, s.rows);

  if (delta.weights != nullptr) CopyValues(delta.weights, 8, slice, s.weights);
  const int64_t* weights = delta.weights != nullptr ? s.weights : nullptr;
  if (tracking != Tracking::kNothing) {
    const uint32_t stamp = stamp_;
    for (uint32_t i = 0; i < slice.count; ++i) {
      GroupHeader& header = HeaderOf(s.rows[i]);
      if (header.stamp != stamp) [[unlikely]] Touch(s.slots[i], s.rows[i], tracking);
      header.weight += weights != nullptr ? weights[i] : 1;
    }
  } else {
    for (uint32_t i = 0; i < slice.count; ++i) HeaderOf(s.rows[i]).weight += weights != nullptr ? weights[i] : 1;
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

Status AggregateTable::EmitChanges(const WindowBounds& bounds, int64_t now, Output& output,
                                   std::vector<Ref<ResultRows>>* pending) {
  if (always_one_ && touched_.empty() && !published_) Touch(0, groups_.Row(0), Tracking::kOldRows);
  for (uint32_t begin = 0; begin < touched_.size(); begin += kPieceRows) {
    const uint32_t count = std::min(kPieceRows, static_cast<uint32_t>(touched_.size()) - begin);
    EmitChangedPiece(begin, count, bounds, now, output, pending);
  }
  LAMINAR_RETURN_NOT_OK(FreeEmptyGroups());
  EndStep();
  return Status::OK();
}

void AggregateTable::EmitChangedPiece(uint32_t begin, uint32_t count, const WindowBounds& bounds, int64_t now,
                                      Output& output, std::vector<Ref<ResultRows>>* pending) {
  const uint32_t stride = groups_.layout().stride();
  std::array<const uint8_t*, kPieceRows> old_rows;
  std::array<const uint8_t*, kPieceRows> new_rows;
  std::array<uint8_t, kPieceRows> was;
  std::array<uint8_t, kPieceRows> is;
  std::array<uint8_t, kPieceRows> differs;
  bool any_was = false;
  for (uint32_t i = 0; i < count; ++i) {
    old_rows[i] = old_rows_.data() + size_t{begin + i} * stride;
    new_rows[i] = groups_.Row(touched_[begin + i]);
    was[i] = always_one_ ? published_ : HeaderOf(old_rows[i]).weight > 0;
    is[i] = Exists(new_rows[i]);
    any_was |= was[i] != 0;
  }
  const Ref<RefCounted> held = groups_.chunks().arena().holder();
  Ref<ResultRows> after = plan_->Finalize(new_rows.data(), count, bounds, held, now);
  std::erase_if(after->errors.entries, [&](const RowErrors::Entry& entry) { return is[entry.row] == 0; });
  for (const RowErrors::Entry& entry : after->errors.entries) is[entry.row] = 0;
  std::fill_n(differs.begin(), count, uint8_t{0});
  if (any_was) {
    Ref<ResultRows> before = plan_->Finalize(old_rows.data(), count, bounds, held, now);
    for (const RowErrors::Entry& entry : before->errors.entries) was[entry.row] = 0;
    plan_->CompareResults(*before, *after, differs.data());
    before->selected = true;
    for (uint32_t i = 0; i < count; ++i) {
      if (was[i] != 0 && (is[i] == 0 || differs[i] != 0)) before->selection.push_back(i);
    }
    if (!before->selection.empty()) {
      Delta deletions = before->delta();
      deletions.weights = MinusOnes().data();
      // What a consumer that is done still gets is little: the changes of one step.
      output.Emit(deletions);
    }
  }
  ReportErrors(begin, after.get(), after->errors, output);
  std::vector<uint32_t> insertions;
  insertions.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    if (is[i] != 0 && (was[i] == 0 || differs[i] != 0)) insertions.push_back(i);
  }
  if (insertions.empty()) return;
  if (insertions.size() != count) {
    after->selected = true;
    after->selection = std::move(insertions);
  }
  pending->push_back(std::move(after));
}

void AggregateTable::ReportErrors(uint32_t begin, ResultRows* piece, const RowErrors& errors, Output& output) {
  if (errors.entries.empty() && failed_.empty()) return;
  RowErrors came;
  RowErrors left;
  auto error = errors.entries.begin();
  for (uint32_t i = 0; i < piece->rows; ++i) {
    const uint32_t slot = touched_[begin + i];
    const bool now = error != errors.entries.end() && error->row == i;
    const auto reported = failed_.find(slot);
    if (now && reported == failed_.end()) {
      came.entries.push_back(*error);
      failed_.emplace(slot, *error);
    } else if (!now && reported != failed_.end()) {
      left.entries.push_back({i, reported->second.code, std::move(reported->second.message)});
      failed_.erase(reported);
    }
    if (now) ++error;
  }
  Delta delta = piece->delta();
  delta.Select(nullptr, 0);
  if (!came.entries.empty()) output.EmitErrors(delta, came);
  delta.weights = MinusOnes().data();
  if (!left.entries.empty()) output.EmitErrors(delta, left);
}

Status AggregateTable::FinishStep(const WindowBounds& bounds, int64_t now, Output* errors) {
  if (errors != nullptr && plan_->fallible()) {
    const Ref<RefCounted> held = groups_.chunks().arena().holder();
    std::array<const uint8_t*, kPieceRows> rows;
    for (size_t begin = 0; begin < touched_.size(); begin += kPieceRows) {
      const uint32_t count = static_cast<uint32_t>(std::min<size_t>(kPieceRows, touched_.size() - begin));
      for (uint32_t i = 0; i < count; ++i) rows[i] = groups_.Row(touched_[begin + i]);
      Ref<ResultRows> failed = plan_->Finalize(rows.data(), count, bounds, held, now, true);
      std::erase_if(failed->errors.entries, [&](const RowErrors::Entry& entry) { return !Exists(rows[entry.row]); });
      if (failed->errors.entries.empty() && failed_.empty()) continue;
      Ref<ResultRows> whole = plan_->Finalize(rows.data(), count, bounds, held, now);
      ReportErrors(static_cast<uint32_t>(begin), whole.get(), failed->errors, *errors);
    }
  }
  published_ = true;
  LAMINAR_RETURN_NOT_OK(FreeEmptyGroups());
  EndStep();
  return Status::OK();
}

Status AggregateTable::VisitAll(const WindowBounds& bounds, int64_t now, Output* errors,
                                const std::function<Answer(const Ref<ResultRows>&)>& visit) {
  const Ref<RefCounted> held = groups_.chunks().arena().holder();
  std::array<const uint8_t*, kPieceRows> rows;
  uint32_t slot = groups_.chunks().NextLive(0);
  while (slot != ChunkList::kNoSlot) {
    uint32_t count = 0;
    for (; slot != ChunkList::kNoSlot && count < kPieceRows; slot = groups_.chunks().NextLive(slot + 1)) {
      const uint8_t* row = groups_.Row(slot);
      if (HeaderOf(row).weight < 0) return Status::Internal("a group has a negative number of rows");
      if (Exists(row)) rows[count++] = row;
    }
    if (count == 0) continue;
    Ref<ResultRows> result = plan_->Finalize(rows.data(), count, bounds, held, now);
    if (!result->errors.entries.empty()) {
      if (errors != nullptr) errors->EmitErrors(result->delta(), result->errors);
      result->LeaveOutErrors();
      if (result->selection.empty()) continue;
    }
    if (visit(result) == Answer::kDone) break;
  }
  return Status::OK();
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
      if (table->values.chunks().IsLive(slot) && HeaderOf(table->values.Row(slot)).weight == 0) table->values.Erase(slot);
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
    for (uint32_t slot = groups_.chunks().NextLive(0); slot != ChunkList::kNoSlot; slot = groups_.chunks().NextLive(slot + 1)) {
      groups_.chunks().PrepareWrite({&slot, 1});
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
  groups_.Relocate();
  for (size_t i = 0; i < contexts_.size(); ++i) {
    const AggregatePlan::Item& item = plan_->items()[i];
    if (multisets_[i]) multisets_[i]->Relocate();
    if (item.kernel->relocate == nullptr) continue;
    for (uint32_t slot = groups_.chunks().NextLive(0); slot != ChunkList::kNoSlot; slot = groups_.chunks().NextLive(slot + 1)) {
      groups_.chunks().PrepareWrite({&slot, 1});
      groups_.chunks().MarkDirty(slot);
      item.kernel->relocate(*contexts_[i], groups_.Row(slot) + item.offset);
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
  for (const std::unique_ptr<OrderedMultisets>& multisets : multisets_) bytes += multisets ? multisets->memory_bytes() : 0;
  return bytes;
}

void AggregateTable::AppendChunkLists(std::vector<ChunkList*>* lists) {
  lists->push_back(&groups_.chunks());
  for (const std::unique_ptr<DistinctTable>& table : distincts_) lists->push_back(&table->values.chunks());
  for (const std::unique_ptr<OrderedMultisets>& multisets : multisets_) {
    if (multisets) lists->push_back(&multisets->nodes());
  }
}

void AggregateTable::RebuildIndexes() {
  groups_.RebuildIndex();
  for (const std::unique_ptr<DistinctTable>& table : distincts_) table->values.RebuildIndex();
  published_ = true;
  failed_.clear();
  if (!plan_->fallible()) return;
  // Which groups were reported as failed follows from their rows.
  for (uint32_t slot = groups_.chunks().NextLive(0); slot != ChunkList::kNoSlot; slot = groups_.chunks().NextLive(slot + 1)) {
    const uint8_t* row = groups_.Row(slot);
    const Ref<ResultRows> result = plan_->Finalize(&row, 1, {}, nullptr, 0, true);
    if (!result->errors.entries.empty()) failed_.emplace(slot, result->errors.entries[0]);
  }
}

PinnedGroups::PinnedGroups(std::shared_ptr<const AggregatePlan> plan, AggregateTable* table, const WindowBounds& bounds)
    : plan_(std::move(plan)), bounds_(bounds), pin_(table->groups().chunks().Pin()) {}

Status PinnedGroups::Emit(Output& output, const CancelToken* cancel, bool* done) const {
  std::array<const uint8_t*, ChunkList::kRows> rows;
  const uint32_t stride = plan_->layout()->stride();
  for (uint32_t chunk = 0; chunk < pin_->chunk_count(); ++chunk) {
    if (cancel != nullptr && cancel->cancelled()) return {ErrorCode::kQueryCancelled, "the query was cancelled"};
    const uint8_t* base = pin_->block(0, chunk)->data();
    uint32_t count = 0;
    for (size_t word = 0; word < ChunkList::kRows / 64; ++word) {
      for (uint64_t bits = pin_->live_words(chunk)[word]; bits != 0; bits &= bits - 1) {
        rows[count++] = base + (word * 64 + static_cast<size_t>(std::countr_zero(bits))) * stride;
      }
    }
    if (count == 0) continue;
    Ref<ResultRows> result = plan_->Finalize(rows.data(), count, bounds_, Ref<RefCounted>(pin_), 0);
    if (!result->errors.entries.empty()) result->LeaveOutErrors();
    if (result->selected && result->selection.empty()) continue;
    if (output.Emit(result->delta()) == Answer::kDone) {
      *done = true;
      return Status::OK();
    }
  }
  return Status::OK();
}

}  // namespace laminar
