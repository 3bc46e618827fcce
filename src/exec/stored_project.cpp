#include "exec/stored_project.h"

#include <algorithm>
#include <utility>

#include "common/hash.h"
#include "state/consolidate.h"
#include "state/same_cells.h"
#include "state/store.h"

namespace laminar {

namespace {

constexpr uint32_t kNoSlot = HashIndex::kNoSlot;

std::vector<ExpressionPtr> CloneAll(const std::vector<ExpressionPtr>& expressions) {
  std::vector<ExpressionPtr> clones;
  for (const ExpressionPtr& expression : expressions) clones.push_back(expression->Clone());
  return clones;
}

std::vector<DataType> TypesOf(const std::vector<ExpressionPtr>& expressions) {
  std::vector<DataType> types;
  for (const ExpressionPtr& expression : expressions) types.push_back(expression->type);
  return types;
}

/// The first columns of the rows that have results.
class ResultSnapshot final : public OperatorSnapshot {
 public:
  ResultSnapshot(RowStoreSnapshot rows, size_t results, int failed_column)
      : rows_(std::move(rows)), results_(results), failed_column_(failed_column) {}

  Status Contents(Output& output, const CancelToken* cancel) override {
    bool cancelled = false;
    std::vector<uint32_t> selection;
    LAMINAR_RETURN_NOT_OK(rows_.ForEachDelta([&](const Delta& delta) {
      cancelled = cancel != nullptr && cancel->cancelled();
      if (cancelled) return false;
      Delta results = delta;
      results.columns.resize(results_);
      if (failed_column_ >= 0) {
        const auto* failed = delta.columns[static_cast<size_t>(failed_column_)].data<uint8_t>();
        selection.clear();
        for (uint32_t i = 0; i < delta.size(); ++i) {
          if (failed[delta.RowAt(i)] == 0) selection.push_back(delta.RowAt(i));
        }
        results.Select(selection.data(), static_cast<uint32_t>(selection.size()));
      }
      return results.empty() || output.Emit(results) == Answer::kMore;
    }));
    return cancelled ? Status(ErrorCode::kQueryCancelled, "the query was cancelled") : Status::OK();
  }

 private:
  RowStoreSnapshot rows_;
  size_t results_;
  int failed_column_;  // -1: none fails, or is not kept
};

}  // namespace

class StoredProject::ResultStore final : public Store {
 public:
  explicit ResultStore(StoredProject* project) : Store("results"), project_(project) {}
  int64_t rows() const override { return project_->rows_.rows(); }
  size_t memory_bytes() const override { return project_->rows_.memory_bytes() + project_->index_.memory_bytes(); }
  std::vector<ChunkList*> chunk_lists() override { return {&project_->rows_.chunks()}; }
  void SaveRest(ImageWriter& out) const override { project_->rows_.SaveRest(out); }
  void LoadRest(ImageReader& in) override { project_->rows_.LoadRest(in); }
  void Restore() override {
    project_->rows_.Restore();
    if (!project_->append_only_) project_->RebuildIndex();
  }

 private:
  StoredProject* project_;
};

/// Between the projection and the consumers: keeps what passes.
class StoredProject::Keeping final : public Output {
 public:
  Keeping(StoredProject* project, const Delta& input, Output& output)
      : project_(project), input_(input), output_(output) {}

  bool wanted() const override { return output_.wanted(); }
  Answer Emit(const Delta& results) override {
    project_->Keep(results, input_, false);
    return output_.Emit(results);
  }
  Answer EmitPartition(int partition, const Delta& delta) override { return output_.EmitPartition(partition, delta); }
  void EmitLate(const Delta& delta) override { output_.EmitLate(delta); }
  void EmitErrors(const Delta& input, const RowErrors& errors) override {
    output_.EmitErrors(input, errors);
    if (project_->append_only_) return;
    // That they have none is remembered too. One block of zeros is every NULL there is.
    std::vector<uint32_t> failed;
    for (const RowErrors::Entry& entry : errors.entries) failed.push_back(entry.row);
    const std::vector<uint64_t> zeros(size_t{input.rows} * 2 + 1, 0);
    Delta nothing;
    nothing.rows = input.rows;
    nothing.columns.assign(project_->result_types_.size(), {zeros.data(), zeros.data()});
    nothing.Select(failed.data(), static_cast<uint32_t>(failed.size()));
    project_->Keep(nothing, input_, true);
  }

 private:
  StoredProject* project_;
  const Delta& input_;
  Output& output_;
};

StoredProject::StoredProject(std::vector<ExpressionPtr> expressions, std::vector<DataType> input_types,
                             bool append_only)
    : expressions_(std::move(expressions)),
      input_types_(std::move(input_types)),
      result_types_(TypesOf(expressions_)),
      append_only_(append_only),
      project_(CloneAll(expressions_)),
      rows_(StoredTypes(), !append_only),
      step_(input_types_),
      store_(std::make_unique<ResultStore>(this)) {
  RegisterStore(store_.get());
}

StoredProject::~StoredProject() = default;

std::vector<DataType> StoredProject::StoredTypes() const {
  std::vector<DataType> types = result_types_;
  if (append_only_) return types;
  types.insert(types.end(), input_types_.begin(), input_types_.end());
  types.emplace_back(TypeId::kBoolean);
  types.emplace_back(TypeId::kUInt64);
  return types;
}

Status StoredProject::Push(Step& step, int, const Delta& delta, Output& output) {
  if (append_only_) {
    Keeping keeping(this, delta, output);
    return project_.Push(step, 0, delta, keeping);
  }
  step_.Append(delta);
  return Status::OK();
}

Status StoredProject::Flush(Step& step, Output& output) {
  if (append_only_ || step_.rows() == 0) return Status::OK();
  const Ref<RowBatch> net = Consolidate(step_.Finish(), input_types_, RowEquality::kOfBits);
  const Delta all = net->delta();
  std::vector<uint32_t> signs[2];
  for (uint32_t row = 0; row < all.rows; ++row) signs[all.WeightAt(row) > 0 ? 1 : 0].push_back(row);
  for (const bool brings : {false, true}) {
    const std::vector<uint32_t>& selection = signs[brings ? 1 : 0];
    if (selection.empty()) continue;
    Delta rows = all;
    rows.Select(selection.data(), static_cast<uint32_t>(selection.size()));
    const Ref<RowBatch> dense = RowBatch::FromDelta(rows, input_types_);
    LAMINAR_RETURN_NOT_OK(brings ? Bring(step, dense->delta(), output) : TakeBack(dense->delta(), output));
  }
  rows_.CompactText();
  return Status::OK();
}

Status StoredProject::Bring(Step& step, const Delta& rows, Output& output) {
  Keeping keeping(this, rows, output);
  return project_.Push(step, 0, rows, keeping);
}

void StoredProject::Keep(const Delta& results, const Delta& input, bool failed) {
  if (append_only_) {
    rows_.Append(results);
    return;
  }
  std::vector<uint64_t> hashes(input.rows);
  HashColumns(input.columns, input_types_, input, hashes.data());
  const std::vector<uint8_t> marks(input.rows, failed ? 1 : 0);
  std::vector<uint64_t> next(input.rows, kNoSlot);
  for (uint32_t i = 0; i < results.size(); ++i) {
    const uint32_t row = results.RowAt(i);
    next[row] = FindLast(static_cast<uint32_t>(hashes[row]), input, row);
  }
  Delta stored = results;
  stored.weights = input.weights;
  stored.marks = {};
  stored.columns.insert(stored.columns.end(), input.columns.begin(), input.columns.end());
  stored.columns.push_back({marks.data(), nullptr});
  stored.columns.push_back({next.data(), nullptr});
  std::vector<uint32_t> slots;
  rows_.Append(stored, &slots);
  index_.Reserve(slots.size());
  for (uint32_t i = 0; i < results.size(); ++i) {
    const uint32_t row = results.RowAt(i);
    const auto hash = static_cast<uint32_t>(hashes[row]);
    if (next[row] == kNoSlot) {
      index_.Insert(hash, slots[i]);
    } else {
      index_.Replace(hash, static_cast<uint32_t>(next[row]), slots[i]);
    }
  }
}

Status StoredProject::TakeBack(const Delta& rows, Output& output) {
  std::vector<uint64_t> hashes(rows.rows);
  HashColumns(rows.columns, input_types_, rows, hashes.data());
  std::vector<uint32_t> slots;
  std::vector<int64_t> weights;
  std::vector<uint32_t> gone;
  for (uint32_t row = 0; row < rows.rows; ++row) {
    const auto hash = static_cast<uint32_t>(hashes[row]);
    uint32_t slot = FindLast(hash, rows, row);
    const uint32_t last = slot;
    for (int64_t left = -rows.WeightAt(row); left > 0;) {
      if (slot == kNoSlot) return Status::Internal("a row was taken back from a stored projection that has none such");
      const int64_t taken = std::min(left, rows_.weight(slot));
      if (rows_.Cell<uint8_t>(failed_column(), slot) == 0) {
        slots.push_back(slot);
        weights.push_back(-taken);
      }
      left -= taken;
      if (taken < rows_.weight(slot)) {
        rows_.SetWeight(slot, rows_.weight(slot) - taken);
        break;
      }
      gone.push_back(slot);
      slot = static_cast<uint32_t>(rows_.Cell<uint64_t>(next_column(), slot));
    }
    if (slot == kNoSlot) {
      index_.Erase(hash, last);
    } else if (slot != last) {
      index_.Replace(hash, last, slot);
    }
  }
  const Ref<RowBatch> results = rows_.Gather(slots, result_types_.size());
  for (const uint32_t slot : gone) rows_.Erase(slot);
  Delta deletions = results->delta();
  deletions.owner = nullptr;  // which does not keep the weights
  deletions.weights = weights.data();
  if (!deletions.empty()) output.Emit(deletions);
  return Status::OK();
}

uint32_t StoredProject::FindLast(uint32_t hash, const Delta& input, uint32_t row) const {
  return index_.Find(hash, [&](uint32_t slot) {
    for (size_t c = 0; c < input_types_.size(); ++c) {
      const int there = input_column(static_cast<int>(c));
      const bool valid = input.columns[c].IsValid(row);
      if (valid != rows_.IsValid(there, slot)) return false;
      if (!valid) continue;
      const bool same = VisitCellType(input_types_[c].physical(), [&](auto sample) {
        using T = decltype(sample);
        return IdenticalCell(input.columns[c].template data<T>()[row], rows_.Cell<T>(there, slot));
      });
      if (!same) return false;
    }
    return true;
  });
}

void StoredProject::RebuildIndex() {
  index_.Clear();
  index_.Reserve(rows_.rows());
  // Every row but the last of its kind is the next of another.
  std::vector<uint64_t> linked(BitmapWords(rows_.chunks().slot_count()), 0);
  const RowStoreSnapshot snapshot = rows_.Snapshot();
  const auto next_column = static_cast<size_t>(this->next_column());
  ThrowIfError(snapshot.ForEachDelta([&](const Delta& delta) {
    const auto* next = delta.columns[next_column].data<uint64_t>();
    for (uint32_t i = 0; i < delta.size(); ++i) {
      if (next[delta.RowAt(i)] != kNoSlot) SetBit(linked.data(), next[delta.RowAt(i)]);
    }
    return true;
  }));
  std::vector<uint64_t> hashes;
  ThrowIfError(snapshot.ForEachChunk([&](uint32_t first_slot, const Delta& delta) {
    const auto begin = delta.columns.begin() + input_column(0);
    const std::vector<Column> input(begin, begin + static_cast<std::ptrdiff_t>(input_types_.size()));
    hashes.resize(delta.size());
    HashColumns(input, input_types_, delta, hashes.data());
    for (uint32_t i = 0; i < delta.size(); ++i) {
      const uint32_t slot = first_slot + delta.RowAt(i);
      if (!GetBit(linked.data(), slot)) index_.Insert(static_cast<uint32_t>(hashes[i]), slot);
    }
    return true;
  }));
}

bool StoredProject::may_fail() const { return project_.may_fail(); }

std::unique_ptr<Operator> StoredProject::Clone() const {
  return std::make_unique<StoredProject>(CloneAll(expressions_), input_types_, append_only_);
}

std::unique_ptr<OperatorSnapshot> StoredProject::Snapshot() {
  return std::make_unique<ResultSnapshot>(rows_.Snapshot(), result_types_.size(), append_only_ ? -1 : failed_column());
}

std::string StoredProject::Describe() const { return "Stored" + project_.Describe(); }

}  // namespace laminar
