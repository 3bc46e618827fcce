// The half of AggregateTable that makes rows: the changes of a step, all groups at once, the groups of a pin.
#include <algorithm>
#include <array>
#include <bit>

#include "common/cancel_token.h"
#include "exec/aggregate_table.h"

namespace laminar {

namespace {

constexpr uint32_t kPieceRows = 4096;

const std::array<int64_t, kPieceRows>& MinusOnes() {
  static const std::array<int64_t, kPieceRows> values = [] {
    std::array<int64_t, kPieceRows> filled;
    filled.fill(-1);
    return filled;
  }();
  return values;
}

/// Keeps alive what the rows of a pinned chunk refer to.
struct PinnedRows final : RefCounted {
  Ref<RefCounted> pin;
  PinnedChunk chunk;
};

const GroupHeader& HeaderOf(const uint8_t* row) { return *reinterpret_cast<const GroupHeader*>(row); }

}  // namespace

bool AggregateTable::Exists(const uint8_t* row) const { return HeaderOf(row).weight > 0 || always_one_; }

Status AggregateTable::EmitChanges(const WindowBounds& bounds, int64_t now, Output& output,
                                   std::vector<Ref<ResultRows>>* pending) {
  if (always_one_ && touched_.empty() && !published_) {
    const uint32_t slot = 0;
    groups_.chunks().MakeResident(slot);
    uint8_t* row = groups_.Row(slot);
    Touch(&row, &slot, 1, Tracking::kOldRows);
  }
  SettleTouched();
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
  SettleTouched();
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
  SettleAll();
  const Ref<RefCounted> held = groups_.chunks().arena().holder();
  std::array<const uint8_t*, kPieceRows> rows;
  uint32_t slot = groups_.chunks().NextLive(0);
  while (slot != ChunkList::kNoSlot) {
    ThrowIfCancelled();
    uint32_t count = 0;
    for (; slot != ChunkList::kNoSlot && count < kPieceRows; slot = groups_.chunks().NextLive(slot + 1)) {
      groups_.chunks().MakeResident(slot);
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

PinnedGroups::PinnedGroups(std::shared_ptr<const AggregatePlan> plan, AggregateTable* table, const WindowBounds& bounds)
    : plan_(std::move(plan)), bounds_(bounds), pin_(table->groups().chunks().Pin()) {}

Status PinnedGroups::Emit(Output& output, const CancelToken* cancel, bool* done) const {
  std::array<const uint8_t*, ChunkList::kRows> rows;
  const uint32_t stride = plan_->layout()->stride();
  for (uint32_t chunk = 0; chunk < pin_->chunk_count(); ++chunk) {
    if (cancel != nullptr && cancel->cancelled()) return {ErrorCode::kQueryCancelled, "the query was cancelled"};
    Ref<PinnedRows> held = MakeRef<PinnedRows>();
    held->pin = pin_;
    LAMINAR_ASSIGN_OR_RETURN(held->chunk, pin_->At(chunk));
    const uint8_t* base = held->chunk.blocks[0];
    uint32_t count = 0;
    for (size_t word = 0; word < ChunkList::kRows / 64; ++word) {
      for (uint64_t bits = pin_->live_words(chunk)[word]; bits != 0; bits &= bits - 1) {
        rows[count++] = base + (word * 64 + static_cast<size_t>(std::countr_zero(bits))) * stride;
      }
    }
    if (count == 0) continue;
    Ref<ResultRows> result = plan_->Finalize(rows.data(), count, bounds_, held, 0);
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
