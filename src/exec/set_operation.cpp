#include "exec/set_operation.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/cancel_token.h"
#include "exec/stored_rows.h"
#include "state/group_table.h"
#include "state/store.h"

namespace laminar {

namespace {

constexpr uint32_t kSliceRows = 512;

struct Counts {  // payload of a row
  int64_t sides[2];
  int64_t shown;  // how often it is in the result, as of the last step
};

GroupHeader& HeaderOf(uint8_t* row) { return *reinterpret_cast<GroupHeader*>(row); }

class RowCountStore final : public Store {
 public:
  RowCountStore(GroupTable* table, uint32_t* stamp) : Store("rows"), table_(table), stamp_(stamp) {}
  int64_t rows() const override { return table_->size(); }
  size_t memory_bytes() const override { return table_->memory_bytes(); }
  std::vector<ChunkList*> chunk_lists() override { return {&table_->chunks()}; }
  void SaveRest(ImageWriter& out) const override { out.Put(*stamp_); }
  void LoadRest(ImageReader& in) override { *stamp_ = in.Get<uint32_t>(); }
  void Restore() override {
    table_->Relocate();
    table_->RebuildIndex();
  }

 private:
  GroupTable* table_;
  uint32_t* stamp_;
};

class RowCountSnapshot final : public OperatorSnapshot {
 public:
  RowCountSnapshot(GroupTable& table, bool append_only)
      : layout_(table.shared_layout()), append_only_(append_only), pin_(table.chunks().Pin()) {}

  Status Contents(Output& output, const CancelToken* cancel) override {
    StoredRowsWriter writer(*layout_, Ref<RefCounted>(pin_), false, &output);
    for (uint32_t slot = 0; slot < pin_->slot_count() && !writer.done(); ++slot) {
      if (slot % ChunkList::kRows == 0 && cancel != nullptr && cancel->cancelled()) {
        return {ErrorCode::kQueryCancelled, "the query was cancelled"};
      }
      if (!pin_->IsLive(slot)) continue;
      const uint8_t* row =
          pin_->block(0, slot / ChunkList::kRows)->data() + size_t{slot % ChunkList::kRows} * layout_->stride();
      const int64_t shown = reinterpret_cast<const Counts*>(row + layout_->payload_offset())->shown;
      if (shown > 0) append_only_ ? writer.AddCopies(row, shown) : writer.Add(row, shown);
    }
    writer.Finish();
    return Status::OK();
  }

 private:
  std::shared_ptr<const GroupLayout> layout_;
  bool append_only_;
  Ref<ChunkPin> pin_;
};

}  // namespace

std::string_view NameOf(SetOperationKind kind) { return kind == SetOperationKind::kIntersect ? "INTERSECT" : "EXCEPT"; }

struct SetOperation::Rep {
  Rep(SetOperationKind operation, bool keeps_all, bool only_adds, std::vector<DataType> row_types)
      : kind(operation),
        all(keeps_all),
        append_only(only_adds),
        types(std::move(row_types)),
        table(std::make_shared<GroupLayout>(types, static_cast<uint32_t>(sizeof(Counts)))),
        store(&table, &stamp) {}

  Counts& At(uint32_t slot) { return *reinterpret_cast<Counts*>(table.Row(slot) + table.layout().payload_offset()); }
  int64_t ShownOf(const Counts& counts) const;
  void Update(int port, const Delta& delta);
  void EmitChanges(bool deletions, StoredRowsWriter& writer);
  void FinishStep();

  SetOperationKind kind;
  bool all;
  bool append_only;
  std::vector<DataType> types;
  GroupTable table;
  RowCountStore store;
  uint32_t stamp = 1;
  std::vector<uint32_t> touched;  // rows, of this step
  uint32_t slots[kSliceRows];
  uint8_t* rows[kSliceRows];
};

int64_t SetOperation::Rep::ShownOf(const Counts& counts) const {
  const auto [left, right] = counts.sides;
  if (kind == SetOperationKind::kIntersect) return all ? std::min(left, right) : left > 0 && right > 0;
  return all ? std::max<int64_t>(0, left - right) : left > 0 && right == 0;
}

void SetOperation::Rep::Update(int port, const Delta& delta) {
  const RowRange range = RowRange::Of(delta);
  const uint32_t offset = table.layout().payload_offset();
  for (uint32_t begin = 0; begin < range.count; begin += kSliceRows) {
    const RowRange slice = range.Slice(begin, std::min(kSliceRows, range.count - begin));
    table.FindOrInsert(delta.columns, slice, slots, rows);
    for (uint32_t i = 0; i < slice.count; ++i) {
      reinterpret_cast<Counts*>(rows[i] + offset)->sides[port] += delta.WeightAt(slice.At(i));
      GroupHeader& header = HeaderOf(rows[i]);
      if (header.stamp == stamp) continue;
      header.stamp = stamp;
      touched.push_back(slots[i]);
      table.chunks().MarkDirty(slots[i]);
    }
  }
}

void SetOperation::Rep::EmitChanges(bool deletions, StoredRowsWriter& writer) {
  uint32_t seen = 0;
  for (const uint32_t slot : touched) {
    if (++seen % kSliceRows == 0) ThrowIfCancelled();
    const Counts& counts = At(slot);
    const int64_t change = ShownOf(counts) - counts.shown;
    if (change == 0 || (change < 0) != deletions) continue;
    if (append_only) {
      writer.AddCopies(table.Row(slot), change);
    } else {
      writer.Add(table.Row(slot), change);
    }
  }
  writer.Finish();
}

void SetOperation::Rep::FinishStep() {
  for (const uint32_t slot : touched) {
    Counts& counts = At(slot);
    counts.shown = ShownOf(counts);
    if (counts.sides[0] == 0 && counts.sides[1] == 0) table.Erase(slot);
  }
  touched.clear();
  ChunkList& chunks = table.chunks();
  if (++stamp == 0) {
    // Once in four billion steps: no row may look as if this step had touched it.
    for (uint32_t slot = chunks.NextLive(0); slot != ChunkList::kNoSlot; slot = chunks.NextLive(slot + 1)) {
      chunks.PrepareWrite({&slot, 1});
      chunks.MarkDirty(slot);
      HeaderOf(table.Row(slot)).stamp = 0;
    }
    stamp = 1;
  }
  if (!chunks.arena().wants_compaction()) return;
  const Ref<RefCounted> held = chunks.arena().holder();
  chunks.arena().Clear();
  table.Relocate();
}

SetOperation::SetOperation(SetOperationKind kind, bool all, bool append_only, std::vector<DataType> types)
    : rep_(std::make_unique<Rep>(kind, all, append_only, std::move(types))) {
  RegisterStore(&rep_->store);
}

SetOperation::~SetOperation() = default;

Status SetOperation::Push(Step&, int port, const Delta& delta, Output&) {
  rep_->Update(port, delta);
  return Status::OK();
}

Status SetOperation::Flush(Step& step, Output& output) {
  uint32_t seen = 0;
  for (const uint32_t slot : rep_->touched) {
    if (++seen % kSliceRows == 0) ThrowIfCancelled();
    const Counts& counts = rep_->At(slot);
    if (counts.sides[0] < 0 || counts.sides[1] < 0) {
      return Status::Internal("a row of a set operation has a negative weight");
    }
  }
  if (output.wanted() && !rep_->touched.empty()) {
    StoredRowsWriter writer(rep_->table.layout(), rep_->table.chunks().arena().holder(), false, &output);
    for (const bool deletions : {true, false}) rep_->EmitChanges(deletions, writer);
  }
  if (step.mode() == StepMode::kContinuous) rep_->FinishStep();
  return Status::OK();
}

std::unique_ptr<Operator> SetOperation::Clone() const {
  return std::make_unique<SetOperation>(rep_->kind, rep_->all, rep_->append_only, rep_->types);
}

std::unique_ptr<OperatorSnapshot> SetOperation::Snapshot() {
  return std::make_unique<RowCountSnapshot>(rep_->table, rep_->append_only);
}

std::string SetOperation::Describe() const {
  return fmt::format("SetOperation {}{}", NameOf(rep_->kind), rep_->all ? " ALL" : "");
}

}  // namespace laminar
