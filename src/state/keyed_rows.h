// Rows found by key: what a table keeps.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "common/delta.h"
#include "common/status.h"
#include "common/type.h"
#include "state/column_copy.h"
#include "state/hash_index.h"
#include "state/row_batch.h"
#include "state/row_store.h"

namespace laminar {

/// With key columns: at most one row a key, each of weight +1. Without: a bag, whose identical rows share a slot that
/// holds their weight. Keys are equal as in common/hash.h, rows of a bag when all bits are.
///
/// Contract: one thread at a time, readers through Snapshot. Slots are good until the next Apply.
///
///     rows.Find(delta, places, slots.data());       // which of the keys are there
///     rows.Gather(slots)                            // and what their rows are
///     rows.Apply(delta);                            // −1 takes the row of that key, +1 brings one
class KeyedRows {
 public:
  static constexpr uint32_t kNoSlot = HashIndex::kNoSlot;

  /// `key`: positions in `types`; empty for a bag.
  KeyedRows(std::vector<DataType> types, std::vector<int> key);

  /// slots[i] is that of the i-th selected row of `keys`, or kNoSlot. places[j] is the column of `keys` that stands for
  /// the j-th key column (of a bag: for the j-th column).
  void Find(const Delta& keys, std::span<const int> places, uint32_t* slots) const;
  /// Takes and brings rows in the order of the delta. A key that is brought twice, or taken without being there, is a
  /// mistake of the caller and an internal error; what precedes it has been done.
  Status Apply(const Delta& delta);
  /// The rows of these slots, in that order, each once, with an owner of its own.
  Ref<RowBatch> Gather(std::span<const uint32_t> slots) const {
    rows_.chunks().MakeResident(slots);
    return rows_.Gather(slots, types().size());
  }
  int64_t WeightAt(uint32_t slot) const { return rows_.weight(slot); }

  /// Slots in use: of a bag, distinct rows.
  uint32_t size() const { return rows_.rows(); }
  const std::vector<DataType>& types() const { return rows_.types(); }
  const std::vector<int>& key() const { return key_; }
  bool is_bag() const { return bag_; }
  size_t memory_bytes() const { return rows_.memory_bytes() + index_.memory_bytes(); }
  RowStoreSnapshot Snapshot() { return rows_.Snapshot(); }
  ChunkList& chunks() { return rows_.chunks(); }
  /// Rows go to disk; the index stays. See state/store.h.
  Status Spill(SpillSpace& space, size_t bytes, size_t* freed) { return rows_.Spill(space, bytes, freed); }
  /// After chunks were loaded.
  void RebuildIndex();

  // See state/store.h.
  void SaveRest(ImageWriter& out) const { rows_.SaveRest(out); }
  void LoadRest(ImageReader& in) { rows_.LoadRest(in); }
  void Restore() {
    rows_.Restore();
    RebuildIndex();
  }

 private:
  static constexpr uint32_t kBlock = 64;

  /// In a chunk that is in memory.
  bool SameKey(uint32_t slot, std::span<const Column> key, uint32_t row) const;
  /// Likewise, wherever it is: of the few that a probe did not bring in.
  bool BringSameKey(uint32_t slot, std::span<const Column> key, uint32_t row) const {
    rows_.chunks().MakeResident(slot);
    return SameKey(slot, key, row);
  }
  /// Hashes of the selected rows, and the slots that have them.
  void Probe(std::span<const Column> key, const RowRange& rows, const uint64_t* hashes, uint32_t* slots) const;
  Status Bring(const Delta& delta, std::span<const Column> key, const uint64_t* hashes);
  Status Take(const Delta& delta, std::span<const Column> key, const uint64_t* hashes);

  std::vector<int> key_;  // of a bag: all columns
  bool bag_;
  std::vector<DataType> key_types_;
  mutable RowStore rows_;  // what is looked at may have to come back from disk
  HashIndex index_;
  // Scratch of Apply.
  std::vector<uint64_t> hashes_;
  std::vector<uint32_t> slots_;
  std::vector<uint32_t> run_;
};

}  // namespace laminar
