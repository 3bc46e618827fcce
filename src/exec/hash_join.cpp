#include "exec/hash_join.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "exec/join_contents.h"
#include "exec/join_pairs.h"
#include "exec/join_plan.h"
#include "exec/join_watch.h"
#include "state/arrangement.h"
#include "state/store.h"

namespace laminar {

namespace {

constexpr uint32_t kNoSlot = Arrangement::kNoSlot;

/// What is kept of one input.
class JoinSide final : public Store {
 public:
  JoinSide(const JoinPlan* plan, int side) : Store(side == 0 ? "left" : "right"), arrangement(plan->side(side).layout) {
    if (plan->side(side).watched) watch.emplace(plan, &arrangement);
  }

  int64_t rows() const override { return arrangement.size(); }
  size_t memory_bytes() const override { return arrangement.memory_bytes(); }
  std::vector<ChunkList*> chunk_lists() override { return {&arrangement.chunks()}; }
  void SaveRest(ImageWriter& out) const override {
    arrangement.SaveRest(out);
    if (watch) watch->SaveRest(out);
  }
  void LoadRest(ImageReader& in) override {
    arrangement.LoadRest(in);
    if (watch) watch->LoadRest(in);
  }
  void Restore() override { arrangement.Restore(); }

  Arrangement arrangement;
  std::optional<JoinWatch> watch;
};

Status Cancelled() { return {ErrorCode::kQueryCancelled, "the query was cancelled"}; }

}  // namespace

struct HashJoin::Rep {
  explicit Rep(std::shared_ptr<const JoinPlan> shared)
      : plan(std::move(shared)), left(plan.get(), 0), right(plan.get(), 1), pairs(plan) {}

  /// One call of Push.
  struct Call {
    Step& step;
    Output& output;
    int port;
    JoinSide& own;
    JoinSide& other;
    bool track;       // changes are asked for at Flush
    bool emits;       // pairs are made into rows
    bool meets_all;   // every row that comes has to meet its partners, not only those that are new
    bool meets_none;  // none has to
    bool with_empty;  // also partners that weigh nothing just now: their matches are counted
  };

  std::span<const Column> Columns(const Delta& delta, int port);
  RowRange LeaveOutNullKeys(const Delta& delta, int port);
  void MarkNullKeys(const Delta& delta, int port, const RowRange& range);
  Status PushBlock(Call& call, const Delta& delta, const RowRange& range);
  void CountByKey(Call& call);
  Status Meet(Call& call);
  Status TakePairs(Call& call);

  std::shared_ptr<const JoinPlan> plan;
  JoinSide left;
  JoinSide right;
  JoinPairs pairs;

  // Of the block being pushed.
  ArrangedBlock block;
  AddedRows added;
  uint32_t partners[ArrangedBlock::kRows];  // first row of the key on the other side, or kNoSlot
  int64_t weights[ArrangedBlock::kRows];
  std::vector<Column> columns;
  std::vector<uint32_t> selection;
};

HashJoin::HashJoin(JoinSpec spec) : HashJoin(std::make_shared<const JoinPlan>(std::move(spec))) {}

HashJoin::HashJoin(std::shared_ptr<const JoinPlan> plan) : rep_(std::make_unique<Rep>(std::move(plan))) {
  RegisterStore(&rep_->left);
  RegisterStore(&rep_->right);
}

HashJoin::~HashJoin() = default;

std::span<const Column> HashJoin::Rep::Columns(const Delta& delta, int port) {
  columns.clear();
  for (const int column : plan->side(port).columns) columns.push_back(delta.columns[static_cast<size_t>(column)]);
  return columns;
}

/// Rows that match nothing are of no use, unless they are shown for that very reason.
RowRange HashJoin::Rep::LeaveOutNullKeys(const Delta& delta, int port) {
  const JoinPlan::Side& side = plan->side(port);
  RowRange range = RowRange::Of(delta);
  if (side.watched) return range;
  for (const int key : side.plain_keys) {
    const Column& column = delta.columns[static_cast<size_t>(key)];
    if (column.validity == nullptr) continue;
    if (selection.size() < range.count) selection.resize(range.count);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < range.count; ++i) {
      const uint32_t row = range.At(i);
      selection[kept] = row;
      kept += column.IsValid(row);
    }
    range = {selection.data(), 0, kept};
  }
  return range;
}

void HashJoin::Rep::MarkNullKeys(const Delta& delta, int port, const RowRange& range) {
  const JoinPlan::Side& side = plan->side(port);
  if (!side.watched) return;
  for (const int key : side.plain_keys) {
    const Column& column = delta.columns[static_cast<size_t>(key)];
    if (column.validity == nullptr) continue;
    for (uint32_t i = 0; i < range.count; ++i) {
      if (!column.IsValid(range.At(i))) side.layout->Flags(block.Row(i)) |= ArrangementLayout::kUnmatchable;
    }
  }
}

Status HashJoin::Push(Step& step, int port, const Delta& delta, Output& output) {
  Rep& rep = *rep_;
  const JoinPlan& plan = *rep.plan;
  JoinSide& own = port == 0 ? rep.left : rep.right;
  JoinSide& other = port == 0 ? rep.right : rep.left;
  const bool by_row = !plan.by_key();
  Rep::Call call{step, output, port, own, other, false, false, false, false, false};
  call.track = step.mode() == StepMode::kContinuous;
  call.emits = plan.emits_pairs() && output.wanted();
  call.with_empty = by_row && other.watch.has_value();
  call.meets_all = call.emits || plan.fallible() || call.with_empty;
  call.meets_none = !call.meets_all && !(by_row && own.watch.has_value());

  const RowRange range = rep.LeaveOutNullKeys(delta, port);
  for (uint32_t begin = 0; begin < range.count; begin += ArrangedBlock::kRows) {
    if (step.cancelled()) return Cancelled();
    const uint32_t count = std::min(ArrangedBlock::kRows, range.count - begin);
    LAMINAR_RETURN_NOT_OK(rep.PushBlock(call, delta, range.Slice(begin, count)));
  }
  return rep.TakePairs(call);
}

Status HashJoin::Rep::PushBlock(Call& call, const Delta& delta, const RowRange& range) {
  call.own.arrangement.Load(Columns(delta, call.port), range, &block);
  call.other.arrangement.Prefetch(block);
  MarkNullKeys(delta, call.port, range);
  for (uint32_t i = 0; i < range.count; ++i) weights[i] = delta.WeightAt(range.At(i));
  call.other.arrangement.Find(block, partners);
  call.own.arrangement.Add(block, weights, &added);
  if (plan->side(call.port).watched && !plan->side(call.port).plain_keys.empty()) {
    for (uint32_t i = 0; i < block.count; ++i) {
      if ((block.layout->Flags(block.Row(i)) & ArrangementLayout::kUnmatchable) != 0) partners[i] = kNoSlot;
    }
  }
  if (call.own.watch && call.track) {
    for (uint32_t i = 0; i < block.count; ++i) {
      call.own.watch->TouchRow(added.slots[i], added.firsts[i], added.old_weights[i]);
    }
  }
  if (plan->by_key()) CountByKey(call);
  return call.meets_none ? Status::OK() : Meet(call);
}

void HashJoin::Rep::CountByKey(Call& call) {
  if (call.other.watch) {
    for (uint32_t i = 0; i < block.count; ++i) {
      if (partners[i] != kNoSlot) call.other.watch->CountMatches(partners[i], weights[i], call.track);
    }
  }
  if (!call.own.watch) return;
  const Arrangement& other = call.other.arrangement;
  for (uint32_t i = 0; i < block.count; ++i) {
    if (added.fresh_key[i] == 0 || partners[i] == kNoSlot) continue;
    call.own.watch->CountMatches(added.slots[i], other.layout().Total(other.Row(partners[i])), false);
  }
}

/// Walks the rows of all the block's keys abreast, so that cache misses overlap.
Status HashJoin::Rep::Meet(Call& call) {
  const Arrangement& other = call.other.arrangement;
  uint32_t waiting[ArrangedBlock::kRows];
  uint32_t count = 0;
  for (uint32_t i = 0; i < block.count; ++i) {
    waiting[count] = i;
    count += partners[i] != kNoSlot && (call.meets_all || added.fresh[i] != 0);
  }
  while (count != 0) {
    uint32_t left_over = 0;
    for (uint32_t w = 0; w < count; ++w) {
      const uint32_t i = waiting[w];
      const uint32_t partner = partners[i];
      const ArrangedRow& row = ArrangementLayout::Header(other.Row(partner));
      const uint32_t next = row.next;
      if (next != kNoSlot) {
        __builtin_prefetch(other.Row(next));
        partners[i] = next;
        waiting[left_over++] = i;
      }
      if (row.weight == 0 && !call.with_empty) continue;
      const int64_t weight = row.weight * weights[i];
      const uint32_t mine = added.slots[i];
      if (pairs.full()) LAMINAR_RETURN_NOT_OK(TakePairs(call));
      pairs.Append(call.port == 0 ? mine : partner, call.port == 0 ? partner : mine, weight, weights[i],
                   added.fresh[i] != 0);
    }
    count = left_over;
  }
  return Status::OK();
}

Status HashJoin::Rep::TakePairs(Call& call) {
  if (pairs.count() == 0) return Status::OK();
  if (call.step.cancelled()) return Cancelled();
  const int other = 1 - call.port;
  const bool by_row = !plan->by_key();
  // Rows that will be counted on stay where they are from here.
  if (by_row && call.other.watch) call.other.arrangement.chunks().PrepareWrite(pairs.slots(other));
  pairs.Match(left.arrangement.rows(), right.arrangement.rows(), call.step.now(), &call.output);
  if (by_row && call.other.watch) {
    for (uint32_t i = 0; i < pairs.count(); ++i) {
      call.other.watch->CountMatches(pairs.slot(other, i), pairs.coming(i), call.track);
    }
  }
  if (by_row && call.own.watch) {
    for (uint32_t i = 0; i < pairs.count(); ++i) {
      if (!pairs.fresh(i)) continue;
      const int64_t weight = ArrangementLayout::Header(pairs.row(other, i)).weight;
      call.own.watch->CountMatches(pairs.slot(call.port, i), weight, false);
    }
  }
  if (call.emits && pairs.Emit(call.output) == Answer::kDone) call.emits = false;
  pairs.Clear();
  return Status::OK();
}

Status HashJoin::Flush(Step& step, Output& output) {
  Rep& rep = *rep_;
  JoinSide* const sides[] = {&rep.left, &rep.right};
  if (step.mode() == StepMode::kBatch) {
    bool done = false;
    for (const int side : {0, 1}) {
      Arrangement& arrangement = sides[side]->arrangement;
      LAMINAR_RETURN_NOT_OK(arrangement.FreeEmpty());
      if (!sides[side]->watch || done) continue;
      LAMINAR_RETURN_NOT_OK(EmitShown(
          *rep.plan, side, ArrangementPin(&arrangement), output, [&] { return step.cancelled(); }, &done));
    }
    return Status::OK();
  }
  for (const int side : {0, 1}) {
    if (!sides[side]->watch || !output.wanted()) continue;
    const ArrangedRows rows = sides[side]->arrangement.rows();
    sides[side]->watch->ForEachChange([&](std::span<const uint32_t> slots, std::span<const int64_t> weights) {
      output.Emit(MakeShownRows(*rep.plan, side, rows, slots, weights));
    });
  }
  for (JoinSide* side : sides) {
    if (side->watch) side->watch->EndStep();
    LAMINAR_RETURN_NOT_OK(side->arrangement.FreeEmpty());
  }
  return Status::OK();
}

bool HashJoin::may_fail() const { return rep_->plan->fallible(); }

std::unique_ptr<Operator> HashJoin::Clone() const { return std::unique_ptr<HashJoin>(new HashJoin(rep_->plan)); }

std::unique_ptr<OperatorSnapshot> HashJoin::Snapshot() {
  return std::make_unique<JoinSnapshot>(rep_->plan, &rep_->left.arrangement, &rep_->right.arrangement);
}

std::string HashJoin::Describe() const { return rep_->plan->Describe(); }

}  // namespace laminar
