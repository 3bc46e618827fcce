#include "exec/table_state.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "state/store.h"

namespace laminar {

class TableState::RowsStore final : public Store {
 public:
  explicit RowsStore(KeyedRows* rows) : Store("rows"), rows_(rows) {}
  int64_t rows() const override { return rows_->size(); }
  size_t memory_bytes() const override { return rows_->memory_bytes(); }
  std::vector<ChunkList*> chunk_lists() override { return {&rows_->chunks()}; }
  Status Spill(SpillSpace& space, size_t bytes, size_t* freed) override { return rows_->Spill(space, bytes, freed); }
  size_t disk_bytes() const override { return rows_->chunks().disk_bytes(); }
  void SaveRest(ImageWriter& out) const override { rows_->SaveRest(out); }
  void LoadRest(ImageReader& in) override { rows_->LoadRest(in); }
  void Restore() override { rows_->Restore(); }

 private:
  KeyedRows* rows_;
};

namespace {

class TableSnapshot final : public OperatorSnapshot {
 public:
  explicit TableSnapshot(RowStoreSnapshot rows) : rows_(std::move(rows)) {}

  Status Contents(Output& output, const CancelToken* cancel) override {
    bool cancelled = false;
    LAMINAR_RETURN_NOT_OK(rows_.ForEachDelta([&](const Delta& delta) {
      cancelled = cancel != nullptr && cancel->cancelled();
      if (cancelled) return false;
      if (delta.weights == nullptr) return output.Emit(delta) == Answer::kMore;
      // Rows of a bag are mostly there once, and rows without weights take the short path everywhere.
      Delta single = delta;
      bool all_single = true;
      for (uint32_t i = 0; i < delta.size() && all_single; ++i) all_single = delta.weights[delta.RowAt(i)] == 1;
      if (all_single) single.weights = nullptr;
      return output.Emit(single) == Answer::kMore;
    }));
    return cancelled ? Status(ErrorCode::kQueryCancelled, "the query was cancelled") : Status::OK();
  }

 private:
  RowStoreSnapshot rows_;
};

}  // namespace

TableState::TableState(std::vector<DataType> types, std::vector<int> key)
    : rows_(std::move(types), std::move(key)), store_(std::make_unique<RowsStore>(&rows_)) {
  RegisterStore(store_.get());
}

TableState::~TableState() = default;

Status TableState::Push(Step&, int, const Delta& delta, Output& output) {
  LAMINAR_RETURN_NOT_OK(rows_.Apply(delta));
  if (!output.wanted()) return Status::OK();
  Delta unordered = delta;
  unordered.marks = {};
  output.Emit(unordered);
  return Status::OK();
}

Status TableState::Widen(const DataType& type, const std::function<Result<Ref<RowBatch>>(const Delta&)>& fill) {
  std::vector<DataType> types = rows_.types();
  types.push_back(type);
  KeyedRows wide(types, rows_.is_bag() ? std::vector<int>{} : rows_.key());
  Status status;
  LAMINAR_RETURN_NOT_OK(rows_.Snapshot().ForEachDelta([&](const Delta& delta) {
    Result<Ref<RowBatch>> added = fill(delta);
    if (!added.ok()) {
      status = added.TakeStatus();
      return false;
    }
    // What was added is dense: the rows are made so, with their weights.
    const Ref<RowBatch> rows = RowBatch::FromDelta(delta, rows_.types());
    Delta both = rows->delta();
    both.columns.push_back(added.value()->delta().columns[0]);
    status = wide.Apply(both);
    return status.ok();
  }));
  if (status.ok()) rows_ = std::move(wide);
  return status;
}

std::unique_ptr<Operator> TableState::Clone() const {
  return std::make_unique<TableState>(rows_.types(), rows_.is_bag() ? std::vector<int>{} : rows_.key());
}

std::unique_ptr<OperatorSnapshot> TableState::Snapshot() { return std::make_unique<TableSnapshot>(rows_.Snapshot()); }

std::string TableState::Describe() const {
  if (rows_.is_bag()) return "Table";
  return fmt::format("Table key=[{}]", fmt::join(rows_.key(), ", "));
}

}  // namespace laminar
