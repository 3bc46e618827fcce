#include "exec/values.h"

#include <fmt/format.h>

#include "state/store.h"

namespace laminar {

namespace {

class ValuesSnapshot final : public OperatorSnapshot {
 public:
  explicit ValuesSnapshot(Ref<RowBatch> rows) : rows_(std::move(rows)) {}
  Status Contents(Output& output, const CancelToken*) override {
    if (rows_->rows() != 0) output.Emit(rows_->delta());
    return Status::OK();
  }

 private:
  Ref<RowBatch> rows_;
};

}  // namespace

/// No rows of its own: that they were emitted is all that a restart must know.
class Values::EmittedStore final : public Store {
 public:
  EmittedStore() : Store("emitted") {}
  int64_t rows() const override { return 0; }
  size_t memory_bytes() const override { return 0; }
  std::vector<ChunkList*> chunk_lists() override { return {}; }
  void SaveRest(ImageWriter& out) const override { out.Put(yes); }
  void LoadRest(ImageReader& in) override { yes = in.Get<bool>(); }
  void Restore() override {}

  bool yes = false;
};

Values::Values(Ref<RowBatch> rows) : rows_(std::move(rows)), emitted_(std::make_unique<EmittedStore>()) {
  RegisterStore(emitted_.get());
}
Values::~Values() = default;

Status Values::Push(Step&, int, const Delta&, Output&) { return Status::Internal("VALUES has no input"); }

Status Values::Flush(Step&, Output& output) {
  if (!emitted_->yes && rows_->rows() != 0) output.Emit(rows_->delta());
  emitted_->yes = true;
  return Status::OK();
}

std::unique_ptr<Operator> Values::Clone() const { return std::make_unique<Values>(rows_); }

std::unique_ptr<OperatorSnapshot> Values::Snapshot() { return std::make_unique<ValuesSnapshot>(rows_); }

std::string Values::Describe() const {
  return fmt::format("Values rows={} columns={}", rows_->rows(), rows_->columns());
}

}  // namespace laminar
