#include "state/consolidate.h"

#include <bit>
#include <cstring>

#include "common/hash.h"
#include "state/same_cells.h"

namespace laminar {

namespace {

bool CellsEqual(PhysicalType type, RowEquality equality, const Column& column, uint32_t a, uint32_t b) {
  const bool valid = column.IsValid(a);
  if (valid != column.IsValid(b)) return false;
  if (!valid) return true;
  const bool of_values = equality == RowEquality::kOfValues;
  switch (type) {
    case PhysicalType::kString:
      return column.data<StringRef>()[a] == column.data<StringRef>()[b];
    case PhysicalType::kFloat:
      if (!of_values) return IdenticalCell(column.data<float>()[a], column.data<float>()[b]);
      return KeyBits(column.data<float>()[a]) == KeyBits(column.data<float>()[b]);
    case PhysicalType::kDouble:
      if (!of_values) return IdenticalCell(column.data<double>()[a], column.data<double>()[b]);
      return KeyBits(column.data<double>()[a]) == KeyBits(column.data<double>()[b]);
    default: {
      const size_t width = static_cast<size_t>(PhysicalWidth(type));
      const char* values = column.data<char>();
      return std::memcmp(values + a * width, values + b * width, width) == 0;
    }
  }
}

}  // namespace

Ref<RowBatch> Consolidate(const Ref<RowBatch>& rows, const std::vector<DataType>& types, RowEquality equality) {
  const Delta delta = rows->delta();
  const uint32_t count = delta.rows;
  std::vector<uint64_t> hashes(count);
  HashColumns(delta.columns, types, delta, hashes.data());

  constexpr uint32_t kEmpty = 0xffffffffu;
  const size_t mask = std::bit_ceil(size_t{count} * 2 + 2) - 1;
  std::vector<uint32_t> table(mask + 1, kEmpty);  // position in `distinct`
  std::vector<uint32_t> distinct;                 // first row of each value
  std::vector<int64_t> weights;
  const auto equal = [&](uint32_t a, uint32_t b) {
    if (hashes[a] != hashes[b]) return false;
    for (size_t c = 0; c < types.size(); ++c) {
      if (!CellsEqual(types[c].physical(), equality, delta.columns[c], a, b)) return false;
    }
    return true;
  };
  for (uint32_t row = 0; row < count; ++row) {
    size_t at = hashes[row] & mask;
    while (table[at] != kEmpty && !equal(distinct[table[at]], row)) at = (at + 1) & mask;
    if (table[at] == kEmpty) {
      table[at] = static_cast<uint32_t>(distinct.size());
      distinct.push_back(row);
      weights.push_back(delta.WeightAt(row));
    } else {
      weights[table[at]] += delta.WeightAt(row);
    }
  }

  std::vector<uint32_t> order;  // positions in `distinct`: deletions, then insertions
  for (uint32_t i = 0; i < distinct.size(); ++i) {
    if (weights[i] < 0) order.push_back(i);
  }
  for (uint32_t i = 0; i < distinct.size(); ++i) {
    if (weights[i] > 0) order.push_back(i);
  }
  bool as_it_was = order.size() == count;
  for (uint32_t i = 0; as_it_was && i < count; ++i) as_it_was = order[i] == i;
  if (as_it_was) return rows;

  RowBatchBuilder builder(types);
  builder.Reserve(static_cast<uint32_t>(order.size()));
  std::vector<int64_t> net(count);
  for (size_t i = 0; i < distinct.size(); ++i) net[distinct[i]] = weights[i];
  Delta changed = delta;
  changed.weights = net.data();
  changed.marks = {};
  // A selection ascends, so the two signs are appended one after the other.
  for (const bool deletions : {true, false}) {
    std::vector<uint32_t> selection;
    for (const uint32_t i : order) {
      if ((weights[i] < 0) == deletions) selection.push_back(distinct[i]);
    }
    if (selection.empty()) continue;
    changed.Select(selection.data(), static_cast<uint32_t>(selection.size()));
    builder.Append(changed);
  }
  return builder.Finish();
}

Ref<RowBatch> Unfold(const Ref<RowBatch>& rows, const std::vector<DataType>& types) {
  Delta delta = rows->delta();
  if (delta.weights == nullptr) return rows;
  std::vector<uint32_t> copies;
  bool single = true;
  for (uint32_t row = 0; row < delta.rows; ++row) {
    single &= delta.weights[row] == 1;
    copies.insert(copies.end(), static_cast<size_t>(delta.weights[row]), row);
  }
  if (single) return rows;
  delta.weights = nullptr;
  delta.marks = {};
  delta.Select(copies.data(), static_cast<uint32_t>(copies.size()));
  RowBatchBuilder builder(types);
  builder.Append(delta);
  return builder.Finish();
}

}  // namespace laminar
