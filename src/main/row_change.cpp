#include "main/row_change.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "common/cancel_token.h"
#include "common/hash.h"
#include "common/value.h"
#include "main/length_check.h"
#include "state/same_cells.h"

namespace laminar {

namespace {

/// Once in some thousand rows, whether the statement is still wanted.
void LookAt(uint32_t row) {
  if (row % 4096 == 0) ThrowIfCancelled();
}

std::vector<int> Ascending(size_t count, int first) {
  std::vector<int> places(count);
  std::iota(places.begin(), places.end(), first);
  return places;
}

Ref<RowBatch> Joined(std::vector<Ref<RowBatch>> batches, const std::vector<DataType>& types) {
  if (batches.size() == 1) return std::move(batches[0]);
  RowBatchBuilder builder(types);
  uint32_t rows = 0;
  for (const Ref<RowBatch>& batch : batches) rows += batch->rows();
  builder.Reserve(rows);
  for (const Ref<RowBatch>& batch : batches) {
    ThrowIfCancelled();
    builder.Append(batch->delta());
  }
  return builder.Finish();
}

Ref<RowBatch> Selected(const Ref<RowBatch>& rows, const std::vector<uint32_t>& selection,
                       const std::vector<DataType>& types) {
  if (selection.size() == rows->rows()) return rows;
  Delta delta = rows->delta();
  delta.Select(selection.data(), static_cast<uint32_t>(selection.size()));
  return RowBatch::FromDelta(delta, types);
}

/// Columns [first, first + types.size()) of a batch, not copied.
Ref<RowBatch> Slice(const Ref<RowBatch>& rows, size_t first, const std::vector<DataType>& types) {
  Delta delta = rows->delta();
  const auto begin = delta.columns.begin() + static_cast<std::ptrdiff_t>(first);
  delta.columns = std::vector<Column>(begin, begin + static_cast<std::ptrdiff_t>(types.size()));
  return RowBatch::FromDelta(delta, types);
}

/// `(k, day) = ('a', 2026-01-05)`
std::string KeyText(const ResolvedSource& table, const Delta& rows, std::span<const int> places, uint32_t row) {
  const RelationAccess& access = *table.access;
  std::vector<std::string> names;
  std::vector<std::string> values;
  for (size_t j = 0; j < access.key.size(); ++j) {
    const Field& field = access.schema.field(access.key[j]);
    const Column& column = rows.columns[static_cast<size_t>(places[j])];
    names.push_back(field.name);
    const Value value = ReadValue(field.type, column.values, column.validity, row);
    values.push_back(field.type.is_integer() ? value.ToString() : value.ToSql());
  }
  return fmt::format("({}) = ({})", fmt::join(names, ", "), fmt::join(values, ", "));
}

/// Per row the first one of its key. Rows are kept by key in scratch of their own, named by number.
std::vector<uint32_t> FirstOfKey(const ResolvedSource& table, const Delta& rows, std::span<const int> places) {
  const RelationAccess& access = *table.access;
  std::vector<DataType> types;
  std::vector<Column> columns;
  for (size_t j = 0; j < access.key.size(); ++j) {
    types.push_back(access.schema.field(access.key[j]).type);
    columns.push_back(rows.columns[static_cast<size_t>(places[j])]);
  }
  std::vector<uint64_t> hashes(rows.rows);
  constexpr uint32_t kHashedAtOnce = 1u << 16;
  for (uint32_t row = 0; row < rows.rows; row += kHashedAtOnce) {
    ThrowIfCancelled();
    HashRows(columns, types, nullptr, row, std::min(kHashedAtOnce, rows.rows - row), hashes.data() + row);
  }
  HashIndex index;
  index.Reserve(rows.rows);
  std::vector<uint32_t> first(rows.rows);
  for (uint32_t row = 0; row < rows.rows; ++row) {
    LookAt(row);
    if (row + 16 < rows.rows) index.probe().Prefetch(static_cast<uint32_t>(hashes[row + 16]));
    const uint32_t hash = static_cast<uint32_t>(hashes[row]);
    const uint32_t found = index.Find(hash, [&](uint32_t other) { return SameCells(columns, types, other, row); });
    first[row] = found == HashIndex::kNoSlot ? row : found;
    if (found == HashIndex::kNoSlot) index.Insert(hash, row);
  }
  return first;
}

[[noreturn]] void ThrowDuplicate(const ResolvedSource& table, const Delta& rows, std::span<const int> places,
                                 uint32_t row, std::string_view where) {
  throw Error(ErrorCode::kBatchSchemaMismatch,
              fmt::format("duplicate key in table \"{}\": row {} has {}, which {}", table.name, row + 1,
                          KeyText(table, rows, places, row), where));
}

/// After an update no key may be there twice: among the rows changed, or with one that was not.
void CheckMovedKeys(const TableDraft& draft, const Ref<RowBatch>& before, const Ref<RowBatch>& after) {
  const std::vector<int>& key = draft.table().access->key;
  std::vector<DataType> types;
  for (const int column : key) types.push_back(draft.types()[static_cast<size_t>(column)]);
  const Delta old_rows = before->delta();
  const Delta new_rows = after->delta();
  const auto key_of = [&](const Delta& delta) {
    std::vector<Column> columns;
    for (const int column : key) columns.push_back(delta.columns[static_cast<size_t>(column)]);
    return columns;
  };
  const std::vector<Column> old_key = key_of(old_rows);
  const std::vector<Column> new_key = key_of(new_rows);
  bool moved = false;
  for (uint32_t row = 0; row < new_rows.rows && !moved; ++row) moved = !SameCells(old_key, row, new_key, row, types);
  if (!moved) return;

  const std::vector<uint32_t> first = FirstOfKey(draft.table(), new_rows, key);
  const TableDraft::Found found = draft.Lookup(new_rows, key);
  KeyedRows leaving(draft.types(), key);
  ThrowIfError(leaving.Apply(old_rows));
  std::vector<uint32_t> leaves(new_rows.rows);
  leaving.Find(new_rows, key, leaves.data());
  for (uint32_t row = 0; row < new_rows.rows; ++row) {
    if (first[row] != row) ThrowDuplicate(draft.table(), new_rows, key, row, "another changed row gets too");
    if (found.of[row] != TableDraft::Found::kNone && leaves[row] == KeyedRows::kNoSlot) {
      ThrowDuplicate(draft.table(), new_rows, key, row, "is there already");
    }
  }
}

RowChange Replaced(const TableDraft& draft, Ref<RowBatch> before, Ref<RowBatch> after) {
  CheckNotNull({after}, draft.table().access->schema, draft.table().name);
  CheckLengths({after}, *draft.table().access, draft.table().name);
  if (!draft.table().access->key.empty()) CheckMovedKeys(draft, before, after);
  RowChange change;
  change.affected = before->rows();
  change.taken.push_back(std::move(before));
  change.brought.push_back(std::move(after));
  return change;
}

/// The last row of each key, in order.
std::vector<uint32_t> LastOfKey(const std::vector<uint32_t>& first) {
  std::vector<uint32_t> last(first.size());
  for (uint32_t row = 0; row < first.size(); ++row) last[first[row]] = row;
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < first.size(); ++row) {
    if (last[first[row]] == row) rows.push_back(row);
  }
  return rows;
}

}  // namespace

DataflowSpec CloneSpec(const DataflowSpec& spec) {
  DataflowSpec clone;
  clone.inputs = spec.inputs;
  clone.schema = spec.schema;
  for (const DataflowNode& node : spec.nodes) {
    DataflowNode copy;
    copy.op = node.op->Clone();
    copy.inputs = node.inputs;
    clone.nodes.push_back(std::move(copy));
  }
  return clone;
}

std::vector<Ref<RowBatch>> CollectRows(QueryRun& run) {
  std::vector<Ref<RowBatch>> batches;
  while (Ref<RowBatch> batch = ValueOrThrow(run.NextBatch())) batches.push_back(std::move(batch));
  return batches;
}

std::vector<Ref<RowBatch>> RunOver(DataflowSpec spec, std::vector<Ref<RowBatch>> rows, int64_t now) {
  QueryInputs inputs;
  inputs.inputs.emplace_back().rows = std::move(rows);
  QueryRun run(std::move(spec), std::move(inputs), now);
  std::vector<Ref<RowBatch>> batches;
  while (Ref<RowBatch> batch = ValueOrThrow(run.NextBatch())) {
    ThrowIfCancelled();  // the statement that the rows are of
    batches.push_back(std::move(batch));
  }
  return batches;
}

void CheckNotNull(const std::vector<Ref<RowBatch>>& batches, const Schema& schema, std::string_view relation) {
  uint64_t before = 0;
  for (const Ref<RowBatch>& batch : batches) {
    const Delta delta = batch->delta();
    for (int c = 0; c < schema.size(); ++c) {
      const Field& field = schema.field(c);
      const Column& column = delta.columns[static_cast<size_t>(c)];
      if (field.nullable || column.validity == nullptr) continue;
      for (uint32_t row = 0; row < delta.rows; ++row) {
        if (column.IsValid(row)) continue;
        throw Error(ErrorCode::kBatchSchemaMismatch,
                    fmt::format("column \"{}\" of \"{}\" is NOT NULL: row {} has no value for it", field.name, relation,
                                before + row + 1));
      }
    }
    before += delta.rows;
  }
}

RowChange InsertRows(const TableDraft& draft, std::vector<Ref<RowBatch>> batches, OnConflict on_conflict, int64_t now,
                     DataflowSpec* update) {
  const std::vector<int>& key = draft.table().access->key;
  const std::vector<DataType>& types = draft.types();
  RowChange change;
  std::erase_if(batches, [](const Ref<RowBatch>& batch) { return batch->rows() == 0; });
  if (batches.empty()) return change;
  if (key.empty()) {
    for (const Ref<RowBatch>& batch : batches) change.affected += batch->rows();
    change.brought = std::move(batches);
    return change;
  }
  Ref<RowBatch> rows = Joined(std::move(batches), types);
  const std::vector<uint32_t> first = FirstOfKey(draft.table(), rows->delta(), key);
  if (on_conflict == OnConflict::kReplace) rows = Selected(rows, LastOfKey(first), types);
  const Delta given = rows->delta();
  const TableDraft::Found found = draft.Lookup(given, key);
  std::vector<uint32_t> fresh;
  std::vector<uint32_t> conflicting;
  for (uint32_t row = 0; row < given.rows; ++row) {
    LookAt(row);
    const bool repeated = on_conflict != OnConflict::kReplace && first[row] != row;
    const bool is_there = found.of[row] != TableDraft::Found::kNone;
    if (repeated && on_conflict == OnConflict::kRefuse) {
      ThrowDuplicate(draft.table(), given, key, row, fmt::format("row {} has too", first[row] + 1));
    }
    if (repeated && on_conflict == OnConflict::kUpdate) {
      throw Error(ErrorCode::kQueryFailed,
                  fmt::format("ON CONFLICT DO UPDATE cannot affect a row a second time: rows {} and {} both have {}",
                              first[row] + 1, row + 1, KeyText(draft.table(), given, key, row)));
    }
    if (is_there && on_conflict == OnConflict::kRefuse) {
      ThrowDuplicate(draft.table(), given, key, row, "is there already: write ON CONFLICT …, or use upsert()");
    }
    if (is_there) conflicting.push_back(row);
    if (!is_there && !repeated) fresh.push_back(row);
  }
  if (on_conflict == OnConflict::kUpdate && !conflicting.empty()) {
    // Rows found are in the order of the rows given: side by side they are what the plan is over.
    const Ref<RowBatch> against = Selected(rows, conflicting, types);
    Delta both = found.rows->delta();
    const Delta excluded = against->delta();
    both.columns.insert(both.columns.end(), excluded.columns.begin(), excluded.columns.end());
    struct Pair final : RefCounted {
      Ref<RowBatch> there, given;
    };
    Ref<Pair> owner = MakeRef<Pair>();
    owner->there = found.rows;
    owner->given = against;
    both.owner = owner;
    std::vector<DataType> twice = types;
    twice.insert(twice.end(), types.begin(), types.end());
    change = UpdateRows(draft, RunOver(std::move(*update), {RowBatch::FromDelta(both, twice)}, now));
    // A new key may also be one that the same statement inserts.
    if (!change.brought.empty() && !fresh.empty()) {
      KeyedRows updated(types, key);
      ThrowIfError(updated.Apply(change.brought[0]->delta()));
      std::vector<uint32_t> slots(given.rows);
      updated.Find(given, key, slots.data());
      for (const uint32_t row : fresh) {
        if (slots[row] != KeyedRows::kNoSlot) ThrowDuplicate(draft.table(), given, key, row, "an updated row gets too");
      }
    }
  } else if (on_conflict == OnConflict::kReplace && !conflicting.empty()) {
    change.taken.push_back(found.rows);
    change.brought.push_back(Selected(rows, conflicting, types));
    change.affected = static_cast<int64_t>(conflicting.size());
  }
  if (!fresh.empty()) change.brought.push_back(Selected(rows, fresh, types));
  change.affected += static_cast<int64_t>(fresh.size());
  return change;
}

std::vector<Ref<RowBatch>> DistinctKeys(const ResolvedSource& table, std::vector<Ref<RowBatch>> rows) {
  const std::vector<int>& key = table.access->key;
  if (key.empty() || rows.empty()) return rows;
  std::vector<DataType> types;
  for (const Field& field : table.access->schema.fields()) types.push_back(field.type);
  Ref<RowBatch> whole = Joined(std::move(rows), types);
  const Delta delta = whole->delta();
  const std::vector<uint32_t> first = FirstOfKey(table, delta, key);
  for (uint32_t row = 0; row < delta.rows; ++row) {
    if (first[row] != row) ThrowDuplicate(table, delta, key, row, fmt::format("row {} has too", first[row] + 1));
  }
  return {std::move(whole)};
}

RowChange UpdateRows(const TableDraft& draft, const std::vector<Ref<RowBatch>>& before_and_after) {
  const std::vector<DataType>& types = draft.types();
  std::vector<DataType> twice = types;
  twice.insert(twice.end(), types.begin(), types.end());
  if (before_and_after.empty()) return {};
  const Ref<RowBatch> rows = Joined(before_and_after, twice);
  return Replaced(draft, Slice(rows, 0, types), Slice(rows, types.size(), types));
}

RowChange DeleteRows(std::vector<Ref<RowBatch>> rows) {
  RowChange change;
  for (const Ref<RowBatch>& batch : rows) change.affected += batch->rows();
  change.taken = std::move(rows);
  return change;
}

RowChange DeleteKeys(const TableDraft& draft, const Ref<RowBatch>& keys) {
  const std::vector<int> places = Ascending(draft.table().access->key.size(), 0);
  std::vector<DataType> types;
  for (const int column : draft.table().access->key) types.push_back(draft.types()[static_cast<size_t>(column)]);
  const std::vector<uint32_t> first = FirstOfKey(draft.table(), keys->delta(), places);
  std::vector<uint32_t> distinct;
  for (uint32_t row = 0; row < first.size(); ++row) {
    if (first[row] == row) distinct.push_back(row);
  }
  const Ref<RowBatch> once = Selected(keys, distinct, types);
  RowChange change;
  change.taken.push_back(draft.Lookup(once->delta(), places).rows);
  change.affected = change.taken[0]->rows();
  return change;
}

}  // namespace laminar
