#include "state/history_segment.h"

#include <algorithm>
#include <utility>

#include "state/buffer_pool.h"
#include "state/row_codec.h"

namespace laminar {

struct HistorySegment::Rows final : RefCounted {
  std::vector<Column> columns;
  std::vector<Ref<RefCounted>> held;
};

HistorySegment::HistorySegment(uint64_t first_row, uint32_t rows, Types types, std::vector<Column> columns,
                               std::vector<Ref<RefCounted>> held, size_t bytes)
    : first_row_(first_row), rows_(rows), types_(std::move(types)), bytes_(bytes) {
  Ref<Rows> memory = MakeRef<Rows>();
  memory->columns = std::move(columns);
  memory->held = std::move(held);
  memory_ = std::move(memory);
}

HistorySegment::HistorySegment(uint64_t first_row, uint32_t rows, Types types, std::vector<Ref<SpilledBlock>> blocks)
    : first_row_(first_row), rows_(rows), types_(std::move(types)), bytes_(0), blocks_(std::move(blocks)) {}

Result<HistorySegment::Piece> HistorySegment::At(uint32_t row) const {
  Ref<RefCounted> memory;
  Ref<SpilledBlock> block;
  {
    std::lock_guard guard(mutex_);
    memory = memory_;
    if (!memory) block = blocks_[row / kBlockRows];
  }
  Piece piece;
  if (memory) {
    piece.columns = static_cast<const Rows&>(*memory).columns;
    piece.begin = row;
    piece.rows = rows_ - row;
    piece.owner = std::move(memory);
    return piece;
  }
  const auto decode = [&](const Ref<Buffer>& bytes) -> Result<Ref<RefCounted>> {
    LAMINAR_ASSIGN_OR_RETURN(const Ref<RowBatch> rows, DecodeRows(bytes, 0, bytes->size(), *types_));
    return Ref<RefCounted>(rows);
  };
  LAMINAR_ASSIGN_OR_RETURN(piece.owner, block->pool().Get(*block, decode));
  const Delta rows = static_cast<const RowBatch&>(*piece.owner).delta();
  piece.columns = rows.columns;
  piece.begin = row % kBlockRows;
  piece.rows = rows.rows - piece.begin;
  return piece;
}

Status HistorySegment::Spill(SpillSpace& space) {
  Ref<RefCounted> memory = memory_;  // nobody else writes it
  if (!memory) return Status::OK();
  Delta rows;
  rows.columns = static_cast<const Rows&>(*memory).columns;
  rows.rows = rows_;
  LAMINAR_ASSIGN_OR_RETURN(std::vector<Ref<SpilledBlock>> blocks, WriteBlocks(rows, *types_, space));
  std::lock_guard guard(mutex_);
  blocks_ = std::move(blocks);
  memory_ = nullptr;  // `memory` goes behind the lock
  return Status::OK();
}

size_t HistorySegment::memory_bytes() const {
  std::lock_guard guard(mutex_);
  return memory_ ? bytes_ : 0;
}

size_t HistorySegment::disk_bytes() const {
  std::lock_guard guard(mutex_);
  size_t bytes = 0;
  for (const Ref<SpilledBlock>& block : blocks_) bytes += block->size();
  return bytes;
}

Result<std::vector<Ref<SpilledBlock>>> WriteBlocks(const Delta& rows, const std::vector<DataType>& types,
                                                   SpillSpace& space) {
  std::vector<Ref<SpilledBlock>> blocks;
  std::vector<uint8_t> bytes;
  for (uint32_t begin = 0; begin < rows.rows; begin += HistorySegment::kBlockRows) {
    const uint32_t count = std::min(rows.rows - begin, HistorySegment::kBlockRows);
    bytes.clear();
    EncodeRows(SliceRows(rows.columns, types, begin, count), types, &bytes);
    LAMINAR_ASSIGN_OR_RETURN(Ref<SpilledBlock> block, space.Write(bytes));
    blocks.push_back(std::move(block));
  }
  return blocks;
}

Delta SliceRows(const std::vector<Column>& columns, const std::vector<DataType>& types, uint32_t begin,
                uint32_t count) {
  Delta slice;
  slice.rows = count;
  for (size_t c = 0; c < columns.size(); ++c) {
    const auto width = static_cast<size_t>(PhysicalWidth(types[c].physical()));
    Column column = columns[c];
    column.values = column.data<uint8_t>() + begin * width;
    if (column.validity != nullptr) column.validity += begin / 64;
    slice.columns.push_back(column);
  }
  return slice;
}

}  // namespace laminar
