// Rows in columns that stay: contents of closed windows, of arrangements, of views that nothing else keeps.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "common/delta.h"
#include "common/type.h"
#include "state/chunk_list.h"
#include "state/row_batch.h"

namespace laminar {

/// The rows of a RowStore between two steps. Cheap to copy; any thread, while steps go on.
class RowStoreSnapshot {
 public:
  uint32_t rows() const { return pin_->live_count(); }
  /// Calls `visit` with all rows, in order of their slots, in deltas of at most ChunkList::kRows with an owner: no
  /// copies. Stops early when `visit` answers false.
  /// Fails when what is on disk cannot be read back.
  Status ForEachDelta(const std::function<bool(const Delta&)>& visit) const;
  /// Likewise, with the slot of the delta's first physical row; the others follow it.
  Status ForEachChunk(const std::function<bool(uint32_t first_slot, const Delta&)>& visit) const;

 private:
  friend class RowStore;
  Ref<ChunkPin> pin_;
  std::vector<bool> nullable_;  // per column: has ever held a NULL
  bool weighted_ = false;
};

/// A block and a validity bitmap per column, and one of weights when asked for. Rows are named by slot. One thread at a
/// time. Chunks may be on disk: cells and weights are looked at only after chunks().MakeResident for their slots.
class RowStore {
 public:
  /// Without weights, rows must all weigh +1.
  explicit RowStore(std::vector<DataType> types, bool weighted = false);

  /// Copies the selected rows; long strings into the arena. `slots`, when given, gets the slot of each. Throws
  /// std::bad_alloc or std::length_error.
  void Append(const Delta& delta, std::vector<uint32_t>* slots = nullptr);
  void Erase(uint32_t slot);
  void Clear();

  uint32_t rows() const { return chunks_.live_count(); }
  bool IsValid(int column, uint32_t slot) const;
  template <typename T>
  const T& Cell(int column, uint32_t slot) const {
    return *reinterpret_cast<const T*>(chunks_.Row(ValuesBlock(column), slot));
  }
  /// Where the cell stands: to prefetch it.
  const uint8_t* Address(int column, uint32_t slot) const { return chunks_.Row(ValuesBlock(column), slot); }
  int64_t weight(uint32_t slot) const;
  /// Weighted stores only; 0 is for the caller to Erase.
  void SetWeight(uint32_t slot, int64_t weight);

  /// The first `columns` columns of these slots, in that order, each once, with an owner of its own.
  Ref<RowBatch> Gather(std::span<const uint32_t> slots, size_t columns) const;
  RowStoreSnapshot Snapshot();
  /// Keeps the bytes of long strings alive that cells refer to now; null while there are none.
  Ref<RefCounted> text() const { return chunks_.arena().holder(); }
  /// See ChunkList; then the text of what has left goes.
  Status Spill(SpillSpace& space, size_t bytes, size_t* freed);
  /// Copies what is left of the long strings once most of them are of erased rows.
  void CompactText();

  // See state/store.h.
  void SaveRest(ImageWriter& out) const;
  void LoadRest(ImageReader& in);
  void Restore() { RelocateText(); }
  size_t memory_bytes() const { return chunks_.memory_bytes(); }
  ChunkList& chunks() { return chunks_; }
  const ChunkList& chunks() const { return chunks_; }
  const std::vector<DataType>& types() const { return types_; }

 private:
  friend class RowStoreSnapshot;
  void RelocateText();
  static int ValuesBlock(int column) { return 2 * column; }
  static int ValidityBlock(int column) { return 2 * column + 1; }
  int WeightsBlock() const { return 2 * static_cast<int>(types_.size()); }

  std::vector<DataType> types_;
  bool weighted_;
  std::vector<bool> nullable_;
  ChunkList chunks_;
  std::vector<uint32_t> slots_;  // scratch of Append
};

}  // namespace laminar
