#include "state/upserts.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "common/hash.h"
#include "state/same_cells.h"

namespace laminar {

Ref<RowBatch> Upserts(const Ref<RowBatch>& rows, const std::vector<DataType>& types, const std::vector<int>& key) {
  const Delta delta = rows->delta();
  std::vector<Column> columns;
  std::vector<DataType> key_types;
  for (const int column : key) {
    columns.push_back(delta.columns[static_cast<size_t>(column)]);
    key_types.push_back(types[static_cast<size_t>(column)]);
  }
  std::vector<uint64_t> hashes(delta.rows);
  HashRows(columns, key_types, nullptr, 0, delta.rows, hashes.data());
  std::unordered_multimap<uint64_t, uint32_t> coming;
  std::vector<uint32_t> kept;
  for (uint32_t row = 0; row < delta.rows; ++row) {
    if (delta.WeightAt(row) < 0) continue;
    coming.emplace(hashes[row], row);
    kept.push_back(row);
  }
  if (kept.size() == delta.rows) return rows;
  std::vector<uint32_t> vanished;
  for (uint32_t row = 0; row < delta.rows; ++row) {
    if (delta.WeightAt(row) > 0) continue;
    const auto [first, last] = coming.equal_range(hashes[row]);
    const auto same = [&](const auto& entry) { return SameCells(columns, key_types, entry.second, row); };
    if (std::none_of(first, last, same)) vanished.push_back(row);
  }
  RowBatchBuilder builder(types);
  if (!vanished.empty()) {
    // All values NULL but those of the key.
    std::vector<uint64_t> nothing(BitmapWords(delta.rows), 0);
    Delta keys = delta;
    keys.marks = {};
    for (size_t column = 0; column < keys.columns.size(); ++column) {
      if (std::ranges::find(key, static_cast<int>(column)) == key.end()) keys.columns[column].validity = nothing.data();
    }
    keys.Select(vanished.data(), static_cast<uint32_t>(vanished.size()));
    builder.Append(keys);
  }
  if (!kept.empty()) {
    Delta new_rows = delta;
    new_rows.marks = {};
    new_rows.Select(kept.data(), static_cast<uint32_t>(kept.size()));
    builder.Append(new_rows);
  }
  return builder.Finish();
}

}  // namespace laminar
