#include "exec/join_watch.h"

namespace laminar {

JoinWatch::JoinWatch(const JoinPlan* plan, Arrangement* arrangement)
    : arrangement_(arrangement),
      layout_(arrangement->layout()),
      by_key_(plan->by_key()),
      shows_matched_(plan->shows_matched()) {}

void JoinWatch::CountMatches(uint32_t slot, int64_t weight, bool track) {
  uint8_t* row = arrangement_->Writable(slot);
  ArrangementLayout::Matches& matches = layout_.MatchesOf(row);
  const bool before = matches.count > 0;
  matches.count += weight;
  if (!track || before == (matches.count > 0)) return;
  if (!by_key_) {
    TouchRow(slot, slot, ArrangementLayout::Header(row).weight);
  } else if (matches.key_stamp != stamp_) {
    matches.key_stamp = stamp_;
    keys_.push_back(slot);
  }
}

void JoinWatch::TouchRow(uint32_t slot, uint32_t first, int64_t old_weight) {
  ArrangementLayout::Matches& matches = layout_.MatchesOf(arrangement_->Writable(slot));
  if (matches.stamp == stamp_) return;
  matches.stamp = stamp_;
  rows_.push_back({slot, by_key_ ? first : slot, old_weight});
}

void JoinWatch::TouchRowsOfKeys() {
  for (const uint32_t first : keys_) {
    const bool was = (layout_.Flags(arrangement_->Row(first)) & ArrangementLayout::kMatched) != 0;
    if (was == Matched(first)) continue;
    for (uint32_t slot = first; slot != Arrangement::kNoSlot;) {
      const ArrangedRow& row = ArrangementLayout::Header(arrangement_->Row(slot));
      const uint32_t next = row.next;
      TouchRow(slot, first, row.weight);
      slot = next;
    }
  }
  keys_.clear();
}

void JoinWatch::ForEachChange(const Visit& visit) {
  TouchRowsOfKeys();
  constexpr size_t kPiece = 4096;
  std::vector<uint32_t> slots;
  std::vector<int64_t> weights;
  for (const bool deletions : {true, false}) {
    for (const Touched& touched : rows_) {
      const bool was = (layout_.Flags(arrangement_->Row(touched.counter)) & ArrangementLayout::kMatched) != 0;
      const int64_t weight = ArrangementLayout::Header(arrangement_->Row(touched.slot)).weight;
      const int64_t change = Shown(weight, Matched(touched.counter)) - Shown(touched.old_weight, was);
      if (change == 0 || (change < 0) != deletions) continue;
      slots.push_back(touched.slot);
      weights.push_back(change);
      if (slots.size() < kPiece) continue;
      visit(slots, weights);
      slots.clear();
      weights.clear();
    }
    if (!slots.empty()) visit(slots, weights);
    slots.clear();
    weights.clear();
  }
}

void JoinWatch::EndStep() {
  TouchRowsOfKeys();
  for (const Touched& touched : rows_) {
    const bool matched = Matched(touched.counter);
    const uint8_t flags = layout_.Flags(arrangement_->Row(touched.counter));
    if (((flags & ArrangementLayout::kMatched) != 0) == matched) continue;
    layout_.Flags(arrangement_->Writable(touched.counter)) ^= ArrangementLayout::kMatched;
  }
  rows_.clear();
  if (++stamp_ == 0) ForgetStamps();
}

void JoinWatch::ForgetStamps() {
  stamp_ = 1;
  ChunkList& chunks = arrangement_->chunks();
  for (uint32_t slot = chunks.NextLive(0); slot != Arrangement::kNoSlot; slot = chunks.NextLive(slot + 1)) {
    ArrangementLayout::Matches& matches = layout_.MatchesOf(arrangement_->Writable(slot));
    matches.stamp = matches.key_stamp = 0;
  }
}

}  // namespace laminar
