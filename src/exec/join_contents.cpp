#include "exec/join_contents.h"

#include <algorithm>

#include "exec/join_pairs.h"
#include "exec/joined_rows.h"

namespace laminar {

namespace {

Status Cancelled() { return {ErrorCode::kQueryCancelled, "the query was cancelled"}; }

}  // namespace

JoinSnapshot::JoinSnapshot(std::shared_ptr<const JoinPlan> plan, Arrangement* left, Arrangement* right)
    : plan_(std::move(plan)), pins_{ArrangementPin(left), ArrangementPin(right)} {}

Status JoinSnapshot::Contents(Output& output, const CancelToken* cancel) {
  const auto cancelled = [&] { return cancel != nullptr && cancel->cancelled(); };
  bool done = false;
  if (plan_->emits_pairs()) LAMINAR_RETURN_NOT_OK(EmitPairs(output, cancelled, &done));
  for (const int side : {0, 1}) {
    if (done || !plan_->side(side).watched) continue;
    LAMINAR_RETURN_NOT_OK(EmitShown(*plan_, side, pins_[side], output, cancelled, &done));
  }
  return Status::OK();
}

Status JoinSnapshot::EmitPairs(Output& output, const std::function<bool()>& cancelled, bool* done) const {
  // The smaller side is looked up in, so the index is small.
  const int inner = pins_[0].size() < pins_[1].size() ? 0 : 1;
  const int outer = 1 - inner;
  const ArrangedRows rows[2] = {pins_[0].rows(), pins_[1].rows()};
  const ArrangementLayout& inner_layout = pins_[inner].layout();
  const ArrangementLayout& outer_layout = pins_[outer].layout();
  HashIndex index;
  pins_[inner].ForEachFirst([&](uint32_t slot) {
    index.Reserve(1);
    index.Insert(ArrangementLayout::Header(rows[inner].At(slot)).hash, slot);
    return true;
  });

  JoinPairs pairs(plan_);
  Status status;
  const auto process = [&] {
    if (cancelled()) {
      status = Cancelled();
      return false;
    }
    pairs.Match(rows[0], rows[1], 0, nullptr);
    *done = pairs.Emit(output) == Answer::kDone;
    pairs.Clear();
    return !*done;
  };
  const auto meet = [&](uint32_t outer_first, uint32_t inner_first) {
    for (uint32_t a = outer_first; a != Arrangement::kNoSlot;) {
      const ArrangedRow& x = ArrangementLayout::Header(rows[outer].At(a));
      for (uint32_t b = inner_first; b != Arrangement::kNoSlot;) {
        const ArrangedRow& y = ArrangementLayout::Header(rows[inner].At(b));
        if (pairs.full() && !process()) return false;
        pairs.Append(outer == 0 ? a : b, outer == 0 ? b : a, x.weight * y.weight, 0, false);
        b = y.next;
      }
      a = x.next;
    }
    return true;
  };

  // Keys are looked up some at a time, so that cache misses overlap.
  constexpr uint32_t kBlock = 64;
  uint32_t firsts[kBlock];
  uint32_t found[kBlock];
  uint32_t count = 0;
  const auto look_up = [&] {
    const HashIndex::Probe probe = index.probe();
    for (uint32_t i = 0; i < count; ++i) {
      probe.Prefetch(ArrangementLayout::Header(rows[outer].At(firsts[i])).hash);
    }
    for (uint32_t i = 0; i < count; ++i) {
      found[i] = probe.Near(ArrangementLayout::Header(rows[outer].At(firsts[i])).hash);
      if (found[i] != HashIndex::kNoSlot) __builtin_prefetch(rows[inner].At(found[i]));
    }
    for (uint32_t i = 0; i < count; ++i) {
      const uint8_t* row = rows[outer].At(firsts[i]);
      const uint8_t* key = outer_layout.KeyOf(row);
      const uint32_t first = index.Find(ArrangementLayout::Header(row).hash, [&](uint32_t slot) {
        return inner_layout.SameKey(inner_layout.KeyOf(rows[inner].At(slot)), key);
      });
      if (first != HashIndex::kNoSlot && !meet(firsts[i], first)) return false;
    }
    count = 0;
    return true;
  };
  const bool whole = pins_[outer].ForEachFirst([&](uint32_t slot) {
    if ((outer_layout.Flags(rows[outer].At(slot)) & ArrangementLayout::kUnmatchable) != 0) return true;
    firsts[count++] = slot;
    return count < kBlock || look_up();
  });
  if (whole && look_up() && pairs.count() != 0) process();
  return status;
}

Status EmitShown(const JoinPlan& plan, int side, const ArrangementPin& pin, Output& output,
                 const std::function<bool()>& cancelled, bool* done) {
  constexpr size_t kPiece = 4096;
  const ArrangedRows rows = pin.rows();
  const ArrangementLayout& layout = pin.layout();
  std::vector<uint32_t> slots;
  std::vector<int64_t> weights;
  Status status;
  const auto emit = [&] {
    if (cancelled()) {
      status = Cancelled();
      return false;
    }
    *done = output.Emit(MakeShownRows(plan, side, rows, slots, weights)) == Answer::kDone;
    slots.clear();
    weights.clear();
    return !*done;
  };
  const bool whole = pin.ForEachFirst([&](uint32_t first) {
    for (uint32_t slot = first; slot != Arrangement::kNoSlot;) {
      const uint8_t* row = rows.At(slot);
      const uint8_t* counter = plan.by_key() ? rows.At(first) : row;
      const ArrangedRow& header = ArrangementLayout::Header(row);
      if ((layout.MatchesOf(counter).count > 0) == plan.shows_matched()) {
        slots.push_back(slot);
        weights.push_back(header.weight);
        if (slots.size() == kPiece && !emit()) return false;
      }
      slot = header.next;
    }
    return true;
  });
  if (whole && !slots.empty()) emit();
  return status;
}

Delta MakeShownRows(const JoinPlan& plan, int side, const ArrangedRows& arranged, std::span<const uint32_t> slots,
                    std::span<const int64_t> weights) {
  std::vector<const uint8_t*> rows;
  rows.reserve(slots.size());
  for (const uint32_t slot : slots) rows.push_back(arranged.At(slot));
  JoinedSides sides;
  sides.arranged[side] = &arranged;
  sides.rows[side] = rows.data();
  sides.count = static_cast<uint32_t>(slots.size());
  return MakeJoinedRows(plan.output(), sides, weights.data());
}

}  // namespace laminar
