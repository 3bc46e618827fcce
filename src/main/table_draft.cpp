#include "main/table_draft.h"

#include <algorithm>
#include <utility>

namespace laminar {

namespace {

struct TakenRows final : RefCounted {
  Ref<RowBatch> rows;
  std::vector<int64_t> weights;
};

}  // namespace

Ref<RowBatch> Taken(const Ref<RowBatch>& rows, std::span<const DataType> types) {
  Ref<TakenRows> owner = MakeRef<TakenRows>();
  owner->rows = rows;
  owner->weights.assign(rows->rows(), -1);
  Delta delta = rows->delta();
  delta.weights = owner->weights.data();
  delta.marks = {};
  delta.owner = owner;
  return RowBatch::FromDelta(delta, types);
}

TableDraft::TableDraft(Engine& engine, ResolvedSource table, bool of_transaction)
    : engine_(engine), table_(std::move(table)) {
  for (const Field& field : table_.access->schema.fields()) types_.push_back(field.type);
  if (!of_transaction || table_.access->key.empty()) return;
  brought_.emplace(types_, table_.access->key);
  taken_.emplace(types_, table_.access->key);
}

TableDraft::Found TableDraft::Lookup(const Delta& keys, std::span<const int> places) const {
  const uint32_t count = keys.size();
  std::vector<uint32_t> own(count, KeyedRows::kNoSlot);
  std::vector<uint32_t> gone(count, KeyedRows::kNoSlot);
  if (brought_) brought_->Find(keys, places, own.data());
  if (taken_) taken_->Find(keys, places, gone.data());

  // Committed rows first, then the writer's own.
  std::vector<uint32_t> slots(count);
  std::vector<uint32_t> wanted;
  Found found;
  found.of.assign(count, Found::kNone);
  Ref<RowBatch> committed;
  ThrowIfError(engine_.ReadTable(table_.name, [&](const KeyedRows& rows) {
    rows.Find(keys, places, slots.data());
    for (uint32_t i = 0; i < count; ++i) {
      if (slots[i] != KeyedRows::kNoSlot && own[i] == KeyedRows::kNoSlot && gone[i] == KeyedRows::kNoSlot) {
        found.of[i] = static_cast<uint32_t>(wanted.size());
        wanted.push_back(slots[i]);
      }
    }
    committed = rows.Gather(wanted);
  }));
  wanted.clear();
  for (const uint32_t slot : own) {
    if (slot != KeyedRows::kNoSlot) wanted.push_back(slot);
  }
  if (wanted.empty()) {
    found.rows = std::move(committed);
    return found;
  }
  // In the order of the keys.
  const Ref<RowBatch> mine = brought_->Gather(wanted);
  RowBatchBuilder builder(types_);
  uint32_t next_own = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const bool is_own = own[i] != KeyedRows::kNoSlot;
    if (!is_own && found.of[i] == Found::kNone) continue;
    const uint32_t row = is_own ? next_own++ : found.of[i];
    Delta one = (is_own ? mine : committed)->delta();
    one.Select(&row, 1);
    found.of[i] = builder.rows();
    builder.Append(one);
  }
  found.rows = builder.Finish();
  return found;
}

void TableDraft::Apply(const RowChange& change) {
  if (brought_) {
    for (const Ref<RowBatch>& rows : change.taken) {
      std::vector<uint32_t> own(rows->rows());
      const Delta delta = rows->delta();
      brought_->Find(delta, table_.access->key, own.data());
      for (const bool is_own : {true, false}) {
        std::vector<uint32_t> selection;
        for (uint32_t i = 0; i < rows->rows(); ++i) {
          if ((own[i] != KeyedRows::kNoSlot) == is_own) selection.push_back(i);
        }
        if (selection.empty()) continue;
        Delta part = is_own ? Taken(rows, types_)->delta() : delta;
        part.Select(selection.data(), static_cast<uint32_t>(selection.size()));
        ThrowIfError(is_own ? brought_->Apply(part) : taken_->Apply(part));
      }
    }
    for (const Ref<RowBatch>& rows : change.brought) ThrowIfError(brought_->Apply(rows->delta()));
  }
  for (const Ref<RowBatch>& rows : change.taken) {
    if (rows->rows() != 0) deltas_.push_back(Taken(rows, types_));
  }
  for (const Ref<RowBatch>& rows : change.brought) {
    if (rows->rows() != 0) deltas_.push_back(rows);
  }
}

}  // namespace laminar
