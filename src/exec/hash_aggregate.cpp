#include "exec/hash_aggregate.h"

#include <fmt/format.h>

#include "exec/aggregate_table.h"
#include "state/store.h"

namespace laminar {

namespace {

class GroupStore final : public Store {
 public:
  explicit GroupStore(AggregateTable* table) : Store("groups"), table_(table) {}
  int64_t rows() const override { return table_->groups().size(); }
  size_t memory_bytes() const override { return table_->memory_bytes(); }
  std::vector<ChunkList*> chunk_lists() override {
    std::vector<ChunkList*> lists;
    table_->AppendChunkLists(&lists);
    return lists;
  }
  Status Spill(SpillSpace& space, size_t bytes, size_t* freed) override { return table_->Spill(space, bytes, freed); }
  size_t disk_bytes() const override { return table_->disk_bytes(); }
  void SaveRest(ImageWriter& out) const override { table_->SaveRest(out); }
  void LoadRest(ImageReader& in) override { table_->LoadRest(in); }
  void Restore() override { table_->Restore(); }

 private:
  AggregateTable* table_;
};

class GroupSnapshot final : public OperatorSnapshot {
 public:
  explicit GroupSnapshot(PinnedGroups groups) : groups_(std::move(groups)) {}
  Status Contents(Output& output, const CancelToken* cancel) override {
    bool done = false;
    return groups_.Emit(output, cancel, &done);
  }

 private:
  PinnedGroups groups_;
};

}  // namespace

struct HashAggregate::Rep {
  explicit Rep(HashAggregateSpec specification)
      : spec(std::move(specification)),
        plan(std::make_shared<AggregatePlan>(spec)),
        table(plan, spec.keys.empty()),
        store(&table) {}

  HashAggregateSpec spec;
  std::shared_ptr<const AggregatePlan> plan;
  AggregateTable table;
  GroupStore store;
  Tracking tracking = Tracking::kTouched;
};

HashAggregate::HashAggregate(HashAggregateSpec spec) : rep_(std::make_unique<Rep>(std::move(spec))) {
  RegisterStore(&rep_->store);
}

HashAggregate::~HashAggregate() = default;

Status HashAggregate::Push(Step& step, int, const Delta& delta, Output& output) {
  if (step.mode() == StepMode::kBatch) {
    rep_->tracking = Tracking::kNothing;
  } else {
    rep_->tracking = output.wanted() ? Tracking::kOldRows : Tracking::kTouched;
  }
  rep_->table.Update(delta, RowRange::Of(delta), rep_->tracking, AggregateScratch::OfThisThread());
  return Status::OK();
}

Status HashAggregate::Flush(Step& step, Output& output) {
  AggregateTable& table = rep_->table;
  if (step.mode() == StepMode::kBatch) {
    return table.VisitAll({}, step.now(), &output,
                          [&](const Ref<ResultRows>& rows) { return output.Emit(rows->delta()); });
  }
  if (!output.wanted()) return table.FinishStep({}, step.now(), &output);
  std::vector<Ref<ResultRows>> insertions;
  LAMINAR_RETURN_NOT_OK(table.EmitChanges({}, step.now(), output, &insertions));
  for (const Ref<ResultRows>& rows : insertions) {
    if (output.Emit(rows->delta()) == Answer::kDone) break;
  }
  return Status::OK();
}

std::unique_ptr<Operator> HashAggregate::Clone() const { return std::make_unique<HashAggregate>(rep_->spec); }

std::unique_ptr<OperatorSnapshot> HashAggregate::Snapshot() {
  return std::make_unique<GroupSnapshot>(PinnedGroups(rep_->plan, &rep_->table, {}));
}

std::string HashAggregate::Describe() const { return fmt::format("HashAggregate {}", rep_->plan->Describe()); }

}  // namespace laminar
