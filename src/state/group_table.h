// Keys to group rows: the table under GROUP BY, DISTINCT and everything else that keeps one row a key.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/delta.h"
#include "common/type.h"
#include "state/chunk_list.h"
#include "state/column_copy.h"
#include "state/dense_index.h"
#include "state/hash_index.h"

namespace laminar {

/// What every group row begins with; behind it stand the key cells, a byte a key that says NULL, and the payload.
struct GroupHeader {
  uint32_t hash;   // low half of the key's hash, from which the index can be rebuilt
  uint32_t stamp;  // the owner's: in which step the group was touched last; 0 in a new row
  int64_t weight;  // the owner's: live rows of the group; 0 in a new row
};

/// Where things stand in the rows of a group table. Immutable once the first table uses it; shared by tables, their
/// readers and copies of rows.
class GroupLayout {
 public:
  /// `payload_size` bytes, 8-byte aligned, behind the keys.
  GroupLayout(std::vector<DataType> key_types, uint32_t payload_size);

  int keys() const { return static_cast<int>(key_types_.size()); }
  const std::vector<DataType>& key_types() const { return key_types_; }
  uint32_t stride() const { return stride_; }
  uint32_t payload_offset() const { return payload_offset_; }
  /// Where the cell of a key, and the byte that is 1 when it is NULL, stand in a row.
  uint32_t cell_offset(int key) const { return cell_offsets_[static_cast<size_t>(key)]; }
  uint32_t null_offset(int key) const { return null_offset_ + static_cast<uint32_t>(key); }
  /// What a new row's payload is a copy of; zeros unless written before the first table is made.
  uint8_t* initial_payload() { return initial_row_.data() + payload_offset_; }

  /// Writes key column `key` of `count` rows, which may be rows of a pin or copies; strings point where the rows' do.
  /// Bits of `validity`, preset, are cleared for NULLs; answers whether there were any.
  bool ReadKey(int key, const uint8_t* const* rows, uint32_t count, void* values, uint64_t* validity) const;

 private:
  friend class GroupTable;
  std::vector<uint32_t> StringOffsets() const;
  bool single_word() const { return physical_.size() == 1 && PhysicalWidth(physical_[0]) <= 8; }

  std::vector<DataType> key_types_;
  std::vector<PhysicalType> physical_;
  std::vector<uint32_t> cell_offsets_;  // of each key, from the row's beginning
  uint32_t null_offset_ = 0;            // of the NULL bytes
  uint32_t string_keys_ = 0;            // they stand first
  uint32_t key_size_ = 0;               // cells and NULL bytes, padded with zeros to 8
  uint32_t payload_offset_ = 0;
  uint32_t stride_ = 0;
  std::vector<uint8_t> initial_row_;
};

/// Trivially copyable rows of one fixed stride in a ChunkList, found by key through a HashIndex.
///
/// Contract:
/// 1. Keys are equal when their canonical cells are (common/hash.h); NULL equals NULL. Long strings live in the arena.
/// 2. Rows that FindOrInsert gives may be written until the next call of anything here. They stand in chunks no pin
/// shares.
/// 3. One thread at a time; readers use chunks().Pin() and the layout.
/// 4. Rows may go to disk (chunks().Spill) where the payload has no strings; FindOrInsert brings back what it finds,
/// for
///    the step. The index stays.
///
///     table.FindOrInsert(keys, RowRange::Of(delta), slots, rows);
///     for (i) reinterpret_cast<GroupHeader*>(rows[i])->weight += weight[i];
///     …
///     table.Erase(slot);      // when its weight came to 0
class GroupTable {
 public:
  explicit GroupTable(std::shared_ptr<const GroupLayout> layout);

  /// rows[i] (slots[i]) is the group of the i-th row of the range; made when there is none. `keys` are indexed by the
  /// physical rows of the range. Throws std::bad_alloc or std::length_error; the groups made until then stay.
  void FindOrInsert(std::span<const Column> keys, const RowRange& range, uint32_t* slots, uint8_t** rows);
  /// Releases the key's strings and the slot; the payload is the caller's affair.
  void Erase(uint32_t slot);
  /// Forgets all groups, keeps memory.
  void Clear();

  uint8_t* Row(uint32_t slot) { return chunks_.Row(0, slot); }
  const uint8_t* Row(uint32_t slot) const { return chunks_.Row(0, slot); }
  const GroupLayout& layout() const { return *layout_; }
  const std::shared_ptr<const GroupLayout>& shared_layout() const { return layout_; }
  uint32_t size() const { return chunks_.live_count(); }
  size_t memory_bytes() const { return chunks_.memory_bytes() + index_.memory_bytes() + dense_.memory_bytes(); }
  ChunkList& chunks() { return chunks_; }
  const ChunkList& chunks() const { return chunks_; }

  /// After chunks were loaded.
  void RebuildIndex();
  /// Interns the strings of all keys again; the arena has been cleared, and somebody still holds the old one.
  void Relocate();

 private:
  static constexpr uint32_t kBlock = 64;

  uint32_t FindOrMakeSingle(uint32_t hash, uint64_t key, uint64_t null);
  template <typename T>
  void FindInCache(const T* values, uint32_t count, uint32_t* slots, uint8_t** rows);
  template <typename T>
  void FindDense(const T* values, uint32_t count, uint32_t* slots, uint8_t** rows);
  template <typename T>
  void FindSingle(const Column& key, const RowRange& range, uint32_t* slots, uint8_t** rows);
  void FindGeneral(std::span<const Column> keys, const RowRange& range, uint32_t* slots, uint8_t** rows);
  void BuildImages(std::span<const Column> keys, const RowRange& block);
  bool SameKey(const uint8_t* key, const uint8_t* image) const;
  /// A new row with this hash; its key is to be written.
  uint32_t MakeRow(uint32_t hash);

  std::shared_ptr<const GroupLayout> layout_;
  std::vector<uint8_t> images_;  // keys of a block of rows, as they would stand in group rows
  ChunkList chunks_;
  HashIndex index_;
  DenseIndex dense_;  // of keys that are one integer and not NULL
};

}  // namespace laminar
