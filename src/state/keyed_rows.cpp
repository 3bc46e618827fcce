#include "state/keyed_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "common/cancel_token.h"
#include "common/cell_order.h"
#include "common/hash.h"
#include "state/same_cells.h"

namespace laminar {

namespace {

constexpr uint32_t kRowsBetweenLooks = 1u << 14;  // of a statement, at whether it is still wanted

std::vector<int> KeyOrAll(std::vector<int> key, size_t columns) {
  if (!key.empty()) return key;
  key.resize(columns);
  std::iota(key.begin(), key.end(), 0);
  return key;
}

std::vector<Column> ColumnsAt(const Delta& delta, std::span<const int> places) {
  std::vector<Column> columns;
  for (const int place : places) columns.push_back(delta.columns[static_cast<size_t>(place)]);
  return columns;
}

}  // namespace

KeyedRows::KeyedRows(std::vector<DataType> types, std::vector<int> key) : bag_(key.empty()), rows_(types, key.empty()) {
  key_ = KeyOrAll(std::move(key), types.size());
  for (const int column : key_) key_types_.push_back(types[static_cast<size_t>(column)]);
}

bool KeyedRows::SameKey(uint32_t slot, std::span<const Column> key, uint32_t row) const {
  for (size_t k = 0; k < key.size(); ++k) {
    const bool valid = key[k].IsValid(row);
    if (valid != rows_.IsValid(key_[k], slot)) return false;
    if (!valid) continue;
    const bool same = VisitCellType(key_types_[k].physical(), [&](auto sample) {
      using T = decltype(sample);
      const T& given = key[k].template data<T>()[row];
      const T& there = rows_.Cell<T>(key_[k], slot);
      return bag_ ? IdenticalCell(given, there) : SameCell(given, there);
    });
    if (!same) return false;
  }
  return true;
}

void KeyedRows::Probe(std::span<const Column> key, const RowRange& rows, const uint64_t* hashes,
                      uint32_t* slots) const {
  const HashIndex::Probe probe = index_.probe();
  for (uint32_t begin = 0; begin < rows.count; begin += kBlock) {
    if (begin % kRowsBetweenLooks == 0) ThrowIfCancelled();
    const uint32_t end = std::min(begin + kBlock, rows.count);
    for (uint32_t i = begin; i < end; ++i) probe.Prefetch(static_cast<uint32_t>(hashes[i]));
    for (uint32_t i = begin; i < end; ++i) {
      slots[i] = probe.Near(static_cast<uint32_t>(hashes[i]));
      if (slots[i] != kNoSlot) __builtin_prefetch(rows_.Address(key_[0], slots[i]));
    }
    rows_.chunks().MakeResident({slots + begin, end - begin});
    for (uint32_t i = begin; i < end; ++i) {
      const uint32_t row = rows.At(i);
      if (slots[i] != kNoSlot && SameKey(slots[i], key, row)) continue;
      slots[i] =
          index_.Find(static_cast<uint32_t>(hashes[i]), [&](uint32_t slot) { return BringSameKey(slot, key, row); });
    }
  }
}

void KeyedRows::Find(const Delta& keys, std::span<const int> places, uint32_t* slots) const {
  const std::vector<Column> key = ColumnsAt(keys, places);
  std::vector<uint64_t> hashes(keys.size());
  HashColumns(key, key_types_, keys, hashes.data());
  Probe(key, RowRange::Of(keys), hashes.data(), slots);
}

Status KeyedRows::Apply(const Delta& delta) {
  const uint32_t count = delta.size();
  if (count == 0) return Status::OK();
  const std::vector<Column> key = ColumnsAt(delta, key_);
  hashes_.resize(count);
  HashColumns(key, key_types_, delta, hashes_.data());
  if (delta.weights == nullptr) return Bring(delta, key, hashes_.data());
  // Runs of one sign, so that what a call takes and brings is done a column at a time.
  for (uint32_t begin = 0; begin < count;) {
    const bool brings = delta.weights[delta.RowAt(begin)] > 0;
    run_.clear();
    uint32_t end = begin;
    for (; end < count && (delta.weights[delta.RowAt(end)] > 0) == brings; ++end) run_.push_back(delta.RowAt(end));
    Delta run = delta;
    run.Select(run_.data(), end - begin);
    LAMINAR_RETURN_NOT_OK(brings ? Bring(run, key, &hashes_[begin]) : Take(run, key, &hashes_[begin]));
    begin = end;
  }
  return Status::OK();
}

Status KeyedRows::Bring(const Delta& delta, std::span<const Column> key, const uint64_t* hashes) {
  const uint32_t count = delta.size();
  index_.Reserve(count);
  rows_.Append(delta, &slots_);
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t hash = static_cast<uint32_t>(hashes[i]);
    if (i + 16 < count) index_.probe().Prefetch(static_cast<uint32_t>(hashes[i + 16]));
    const uint32_t row = delta.RowAt(i);
    const uint32_t there = index_.Find(hash, [&](uint32_t slot) { return BringSameKey(slot, key, row); });
    if (there == kNoSlot) {
      index_.Insert(hash, slots_[i]);
      continue;
    }
    if (!bag_) return Status::Internal("a row was brought to a table that has one of its key");
    rows_.SetWeight(there, rows_.weight(there) + delta.WeightAt(row));  // Find has brought it in
    rows_.Erase(slots_[i]);
  }
  return Status::OK();
}

Status KeyedRows::Take(const Delta& delta, std::span<const Column> key, const uint64_t* hashes) {
  const uint32_t count = delta.size();
  slots_.resize(count);
  Probe(key, RowRange::Of(delta), hashes, slots_.data());
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t slot = slots_[i];
    // Found before this run took anything: a key that it takes twice is no longer live.
    if (slot == kNoSlot || !rows_.chunks().IsLive(slot)) {
      return Status::Internal("a row was taken from a table that does not have it");
    }
    const int64_t left = rows_.weight(slot) + (bag_ ? delta.WeightAt(delta.RowAt(i)) : -1);
    if (left < 0) return Status::Internal("a row was taken from a table more often than it is there");
    if (left != 0) {
      rows_.SetWeight(slot, left);
      continue;
    }
    index_.Erase(static_cast<uint32_t>(hashes[i]), slot);
    rows_.Erase(slot);
  }
  rows_.CompactText();
  return Status::OK();
}

void KeyedRows::RebuildIndex() {
  index_.Clear();
  index_.Reserve(rows_.rows());
  ThrowIfError(rows_.Snapshot().ForEachChunk([&](uint32_t first_slot, const Delta& delta) {
    hashes_.resize(delta.size());
    HashColumns(ColumnsAt(delta, key_), key_types_, delta, hashes_.data());
    for (uint32_t i = 0; i < delta.size(); ++i) {
      index_.Insert(static_cast<uint32_t>(hashes_[i]), first_slot + delta.RowAt(i));
    }
    return true;
  }));
}

}  // namespace laminar
