// Reading a history.
#include <algorithm>
#include <utility>

#include "state/column_copy.h"
#include "state/history.h"
#include "state/history_call_block.h"

namespace laminar {

HistorySnapshot::HistorySnapshot() = default;
HistorySnapshot::HistorySnapshot(const HistorySnapshot&) = default;
HistorySnapshot::HistorySnapshot(HistorySnapshot&&) noexcept = default;
HistorySnapshot& HistorySnapshot::operator=(const HistorySnapshot&) = default;
HistorySnapshot& HistorySnapshot::operator=(HistorySnapshot&&) noexcept = default;
HistorySnapshot::~HistorySnapshot() = default;

HistoryCall HistorySnapshot::call(size_t i) const {
  if (i < first_call_) return before_;
  return call_blocks_[i / CallBlock::kCalls - first_block_]->calls[i % CallBlock::kCalls];
}

size_t HistorySnapshot::CallOf(uint64_t row) const {
  // The last call that begins at or before the row: calls without rows stand before the one with rows at the same
  // place.
  size_t low = first_call_;
  size_t high = call_count_;
  while (high - low > 1) {
    const size_t middle = low + (high - low) / 2;
    (call(middle).first_row <= row ? low : high) = middle;
  }
  return low;
}

namespace {

/// Owner of one scanned delta: marks and the shifted validity words that exist for it alone.
struct ScanPiece final : RefCounted {
  std::vector<Mark> marks;
  std::vector<Ref<Buffer>> validity;
  Ref<RefCounted> rows;
};

}  // namespace

Status HistorySnapshot::Scan(uint64_t from_row, std::span<const int> columns,
                             const std::function<bool(const Delta&)>& visit, uint32_t most_rows) const {
  from_row = std::max(from_row, begin_);
  if (from_row >= end_) return Status::OK();
  size_t call_index = CallOf(from_row);
  const auto starts_after = [](uint64_t row, const Ref<HistorySegment>& segment) { return row < segment->first_row(); };
  auto segment = std::upper_bound(segments_.begin(), segments_.end(), from_row, starts_after) - 1;
  for (; segment != segments_.end(); ++segment) {
    const HistorySegment& rows = **segment;
    uint32_t begin = from_row > rows.first_row() ? static_cast<uint32_t>(from_row - rows.first_row()) : 0;
    while (begin < rows.rows()) {
      LAMINAR_ASSIGN_OR_RETURN(const HistorySegment::Piece found, rows.At(begin));
      const uint32_t count = std::min(found.rows, most_rows);
      const uint64_t first = rows.first_row() + begin;
      Ref<ScanPiece> piece = MakeRef<ScanPiece>();
      piece->rows = found.owner;
      Delta delta;
      delta.rows = count;
      for (const int c : columns) {
        Column column = found.columns[static_cast<size_t>(c)];
        column.values = column.data<uint8_t>() + found.begin * widths_[static_cast<size_t>(c)];
        if (column.validity != nullptr && found.begin % 64 == 0) {
          column.validity += found.begin / 64;
        } else if (column.validity != nullptr) {
          piece->validity.push_back(Buffer::AllocateZeroed(BitmapWords(count) * 8));
          uint64_t* shifted = piece->validity.back()->as<uint64_t>();
          CopyValidity(column.validity, {nullptr, found.begin, count}, shifted, 0);
          column.validity = shifted;
        }
        delta.columns.push_back(column);
      }
      for (; call_index < call_count_; ++call_index) {
        const HistoryCall at = call(call_index);
        if (at.first_row >= first + count) break;
        const uint32_t row = at.first_row > first ? static_cast<uint32_t>(at.first_row - first) : 0;
        if (!piece->marks.empty() && piece->marks.back().row == row) piece->marks.pop_back();
        const uint64_t inside = at.first_row < first ? first - at.first_row : 0;
        piece->marks.push_back({row, at.sequence, at.time, at.first_number + inside});
      }
      // The call that reaches into the next piece is looked at again there.
      if (call_index > first_call_) --call_index;
      delta.marks = piece->marks;
      delta.owner = piece;
      if (!visit(delta)) return Status::OK();
      begin += count;
    }
  }
  return Status::OK();
}

}  // namespace laminar
