#include "exec/values.h"

#include <fmt/format.h>

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

Status Values::Push(Step&, int, const Delta&, Output&) { return Status::Internal("VALUES has no input"); }

Status Values::Flush(Step&, Output& output) {
  if (!emitted_ && rows_->rows() != 0) output.Emit(rows_->delta());
  emitted_ = true;
  return Status::OK();
}

std::unique_ptr<Operator> Values::Clone() const { return std::make_unique<Values>(rows_); }

std::unique_ptr<OperatorSnapshot> Values::Snapshot() { return std::make_unique<ValuesSnapshot>(rows_); }

std::string Values::Describe() const {
  return fmt::format("Values rows={} columns={}", rows_->rows(), rows_->columns());
}

}  // namespace laminar
