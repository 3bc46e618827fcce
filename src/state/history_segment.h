// Rows of a history that will not change any more: in memory, or on disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "common/delta.h"
#include "common/status.h"
#include "common/type.h"
#include "state/spill_space.h"

namespace laminar {

/// Shared by the history and its snapshots, who see it move: whoever reads holds what was in memory when it began, or
/// reads blocks through the buffer pool. One thread at a time calls Spill.
class HistorySegment final : public RefCounted {
 public:
  /// Rows of a block on disk; the last one of a segment has fewer. A multiple of 64: bitmaps are cut at whole words.
  static constexpr uint32_t kBlockRows = 1u << 16;
  using Types = std::shared_ptr<const std::vector<DataType>>;

  /// `held` owns what the columns point to, which takes `bytes`.
  HistorySegment(uint64_t first_row, uint32_t rows, Types types, std::vector<Column> columns,
                 std::vector<Ref<RefCounted>> held, size_t bytes);
  /// On disk from the beginning.
  HistorySegment(uint64_t first_row, uint32_t rows, Types types, std::vector<Ref<SpilledBlock>> blocks);

  uint64_t first_row() const { return first_row_; }
  uint32_t rows() const { return rows_; }
  uint64_t end() const { return first_row_ + rows_; }

  /// Rows from one of the segment's on: as many as there are in one piece.
  struct Piece {
    Ref<RefCounted> owner;
    std::vector<Column> columns;
    uint32_t begin = 0;  // where the row stands in the columns
    uint32_t rows = 0;   // from there on
  };
  Result<Piece> At(uint32_t row) const;

  /// Writes the rows and lets go of them. After an error everything is as before.
  Status Spill(SpillSpace& space);
  /// 0 on disk.
  size_t memory_bytes() const;
  size_t disk_bytes() const;

 private:
  struct Rows;

  const uint64_t first_row_;
  const uint32_t rows_;
  const Types types_;
  const size_t bytes_;
  mutable std::mutex mutex_;  // innermost, for a few instructions
  Ref<RefCounted> memory_;    // Rows; null once they are on disk
  std::vector<Ref<SpilledBlock>> blocks_;
};

/// Writes rows, which have no selection, as the blocks of a segment.
Result<std::vector<Ref<SpilledBlock>>> WriteBlocks(const Delta& rows, const std::vector<DataType>& types,
                                                   SpillSpace& space);
/// Views rows [begin, begin + count) of columns without a selection; `begin` is a multiple of 64.
Delta SliceRows(const std::vector<Column>& columns, const std::vector<DataType>& types, uint32_t begin, uint32_t count);

}  // namespace laminar
