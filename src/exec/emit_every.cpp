#include "exec/emit_every.h"

#include <fmt/format.h>

#include <utility>

#include "state/consolidate.h"
#include "state/store.h"

namespace laminar {

namespace {

// What waits is netted when it has doubled, so that rows that come and go many times within an interval take no room.
constexpr uint32_t kNetRows = 4096;

}  // namespace

class EmitEvery::WaitingStore final : public Store {
 public:
  WaitingStore(RowStore* rows, uint32_t* netted_rows, int64_t* due)
      : Store("waiting"), rows_(rows), netted_rows_(netted_rows), due_(due) {}
  int64_t rows() const override { return rows_->rows(); }
  size_t memory_bytes() const override { return rows_->memory_bytes(); }
  std::vector<ChunkList*> chunk_lists() override { return {&rows_->chunks()}; }
  void SaveRest(ImageWriter& out) const override {
    rows_->SaveRest(out);
    out.Put(*netted_rows_);
    out.Put(*due_);
  }
  void LoadRest(ImageReader& in) override {
    rows_->LoadRest(in);
    *netted_rows_ = in.Get<uint32_t>();
    *due_ = in.Get<int64_t>();
  }
  void Restore() override { rows_->Restore(); }

 private:
  RowStore* rows_;
  uint32_t* netted_rows_;
  int64_t* due_;
};

EmitEvery::EmitEvery(std::vector<DataType> types, int64_t interval, bool append_only)
    : types_(std::move(types)),
      interval_(interval),
      append_only_(append_only),
      waiting_(types_, true),
      waiting_store_(std::make_unique<WaitingStore>(&waiting_, &netted_rows_, &due_)),
      shown_(types_, {}) {
  RegisterStore(waiting_store_.get());
  for (Store* store : shown_.stores()) RegisterStore(store);
}

EmitEvery::~EmitEvery() = default;

Status EmitEvery::Push(Step&, int, const Delta& delta, Output&) {
  waiting_.Append(delta);
  return Status::OK();
}

Ref<RowBatch> EmitEvery::Net() {
  RowBatchBuilder builder(types_);
  builder.Reserve(waiting_.rows());
  ThrowIfError(waiting_.Snapshot().ForEachDelta([&](const Delta& delta) {
    builder.Append(delta);
    return true;
  }));
  Ref<RowBatch> rows = builder.Finish();
  return append_only_ ? rows : Consolidate(rows, types_);
}

Status EmitEvery::Fire(Step& step, Output& output) {
  due_ = kNoTimer;
  if (waiting_.rows() == 0) return Status::OK();
  const Ref<RowBatch> net = Net();
  waiting_.Clear();
  netted_rows_ = 0;
  if (net->rows() == 0) return Status::OK();
  return shown_.Push(step, 0, net->delta(), output);
}

Status EmitEvery::OnTimer(Step& step, int64_t time, Output& output) {
  return time < NextTimer() ? Status::OK() : Fire(step, output);
}

Status EmitEvery::Flush(Step& step, Output& output) {
  if (step.first() || step.mode() == StepMode::kBatch) return Fire(step, output);
  if (waiting_.rows() != 0 && due_ == kNoTimer) {
    const int64_t now = step.now();
    const int64_t since = ((now % interval_) + interval_) % interval_;
    due_ = now - since + interval_;
  }
  if (!append_only_ && waiting_.rows() > 2 * netted_rows_ + kNetRows) {
    const Ref<RowBatch> net = Net();
    waiting_.Clear();
    if (net->rows() != 0) waiting_.Append(net->delta());
    netted_rows_ = net->rows();
  }
  return Status::OK();
}

int64_t EmitEvery::NextTimer() const { return due_; }

std::unique_ptr<Operator> EmitEvery::Clone() const {
  return std::make_unique<EmitEvery>(types_, interval_, append_only_);
}

std::unique_ptr<OperatorSnapshot> EmitEvery::Snapshot() { return shown_.Snapshot(); }

std::string EmitEvery::Describe() const { return fmt::format("EmitEvery {} us", interval_); }

}  // namespace laminar
