#include "state/history.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "state/arena.h"
#include "state/column_copy.h"

namespace laminar {

namespace {

constexpr uint32_t kFirstTailRows = 64;
constexpr uint32_t kLargestTail = HistorySnapshot::kMaxDeltaRows;

size_t Width(const DataType& type) { return static_cast<size_t>(PhysicalWidth(type.physical())); }

}  // namespace

/// Rows that will not change any more, seen as columns.
struct HistorySnapshot::Segment final : RefCounted {
  uint64_t first_row = 0;
  uint32_t rows = 0;
  std::vector<Column> columns;
  std::vector<Ref<RefCounted>> held;
};

struct HistorySnapshot::CallBlock final : RefCounted {
  static constexpr size_t kCalls = 1024;
  std::array<HistoryCall, kCalls> calls;  // written once each, in order; readers look below their call_count_ only
};

HistorySnapshot::HistorySnapshot() = default;
HistorySnapshot::HistorySnapshot(const HistorySnapshot&) = default;
HistorySnapshot::HistorySnapshot(HistorySnapshot&&) noexcept = default;
HistorySnapshot& HistorySnapshot::operator=(HistorySnapshot other) noexcept {
  segments_.swap(other.segments_);
  call_blocks_.swap(other.call_blocks_);
  widths_.swap(other.widths_);
  call_count_ = other.call_count_;
  end_ = other.end_;
  return *this;
}
HistorySnapshot::~HistorySnapshot() = default;

HistoryCall HistorySnapshot::call(size_t i) const {
  return call_blocks_[i / CallBlock::kCalls]->calls[i % CallBlock::kCalls];
}

size_t HistorySnapshot::CallOf(uint64_t row) const {
  // The last call that begins at or before the row: calls without rows stand before the one with rows at the same
  // place.
  size_t low = 0;
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
  Ref<RefCounted> segment;
};

}  // namespace

void HistorySnapshot::ForEachDelta(uint64_t from_row, std::span<const int> columns,
                                   const std::function<bool(const Delta&)>& visit, uint32_t most_rows) const {
  if (from_row >= end_) return;
  size_t call_index = CallOf(from_row);
  const auto starts_after = [](uint64_t row, const Ref<Segment>& segment) { return row < segment->first_row; };
  auto segment = std::upper_bound(segments_.begin(), segments_.end(), from_row, starts_after) - 1;
  for (; segment != segments_.end(); ++segment) {
    const Segment& rows = **segment;
    uint32_t begin = from_row > rows.first_row ? static_cast<uint32_t>(from_row - rows.first_row) : 0;
    while (begin < rows.rows) {
      const uint32_t count = std::min(rows.rows - begin, most_rows);
      const uint64_t first = rows.first_row + begin;
      Ref<ScanPiece> piece = MakeRef<ScanPiece>();
      piece->segment = *segment;
      Delta delta;
      delta.rows = count;
      for (const int c : columns) {
        Column column = rows.columns[static_cast<size_t>(c)];
        column.values = column.data<uint8_t>() + begin * widths_[static_cast<size_t>(c)];
        if (column.validity != nullptr && begin % 64 == 0) {
          column.validity += begin / 64;
        } else if (column.validity != nullptr) {
          piece->validity.push_back(Buffer::AllocateZeroed(BitmapWords(count) * 8));
          uint64_t* shifted = piece->validity.back()->as<uint64_t>();
          CopyValidity(column.validity, {nullptr, begin, count}, shifted, 0);
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
      if (call_index > 0) --call_index;
      delta.marks = piece->marks;
      delta.owner = piece;
      if (!visit(delta)) return;
      begin += count;
    }
  }
}

/// The segment being filled. Buffers are replaced when they grow; snapshots hold the ones they saw.
struct History::Tail {
  uint64_t first_row = 0;
  uint32_t rows = 0;
  uint32_t capacity = 0;
  std::vector<Ref<Buffer>> values;
  std::vector<Ref<Buffer>> validity;  // null entry: no NULLs so far
  Arena text;
};

History::History(std::vector<DataType> types) : types_(std::move(types)), tail_(std::make_unique<Tail>()) {
  tail_->values.resize(types_.size());
  tail_->validity.resize(types_.size());
  for (const DataType& type : types_) whole_.widths_.push_back(Width(type));
}
History::~History() = default;

void History::Append(const Ref<RowBatch>& batch, std::span<const HistoryCall> calls) {
  for (HistoryCall call : calls) {
    call.first_row += rows_;
    AddCall(call);
  }
  const uint32_t rows = batch->rows();
  if (rows == 0) return;
  if (rows < kAdoptRows) {
    AppendToTail(batch->delta());
  } else {
    CloseTail();
    Ref<HistorySnapshot::Segment> segment = MakeRef<HistorySnapshot::Segment>();
    const Delta delta = batch->delta();
    segment->first_row = rows_;
    segment->rows = rows;
    segment->columns = delta.columns;
    segment->held.push_back(batch);
    whole_.segments_.push_back(std::move(segment));
    closed_bytes_ += batch->memory_bytes();
  }
  rows_ += rows;
}

void History::AppendWatermark(uint64_t sequence, int64_t time, int64_t watermark) {
  AddCall({rows_, sequence, time, watermark});
}

void History::AddCall(const HistoryCall& call) {
  using Block = HistorySnapshot::CallBlock;
  const size_t at = whole_.call_count_;
  if (at % Block::kCalls == 0) whole_.call_blocks_.push_back(MakeRef<Block>());
  whole_.call_blocks_.back()->calls[at % Block::kCalls] = call;
  ++whole_.call_count_;
}

void History::AppendToTail(const Delta& delta) {
  Tail& tail = *tail_;
  const RowRange range = RowRange::Of(delta);
  if (tail.rows + range.count > tail.capacity) {
    if (tail.rows + range.count > kLargestTail) CloseTail();
    const uint32_t capacity = std::max({tail.capacity * 2, tail.rows + range.count, kFirstTailRows});
    for (size_t c = 0; c < types_.size(); ++c) {
      const auto enlarge = [&](Ref<Buffer>& buffer, size_t used, size_t bytes) {
        Ref<Buffer> larger = Buffer::AllocateZeroed(bytes);
        if (buffer) std::memcpy(larger->data(), buffer->data(), used);
        buffer = std::move(larger);
      };
      enlarge(tail.values[c], tail.rows * Width(types_[c]), capacity * Width(types_[c]));
      if (tail.validity[c]) enlarge(tail.validity[c], BitmapWords(tail.rows) * 8, BitmapWords(capacity) * 8);
    }
    tail.capacity = capacity;
  }
  if (tail.rows == 0) tail.first_row = rows_;
  for (size_t c = 0; c < types_.size(); ++c) {
    const Column& column = delta.columns[c];
    uint8_t* to = tail.values[c]->data() + tail.rows * Width(types_[c]);
    CopyValues(column.values, PhysicalWidth(types_[c].physical()), range, to);
    if (types_[c].physical() == PhysicalType::kString) {
      InternStrings(reinterpret_cast<StringRef*>(to), range.count, &tail.text);
    }
    if (column.validity != nullptr && !tail.validity[c]) {
      tail.validity[c] = Buffer::AllocateZeroed(BitmapWords(tail.capacity) * 8);
      std::memset(tail.validity[c]->data(), 0xff, BitmapWords(tail.rows) * 8);
    }
    if (tail.validity[c]) CopyValidity(column.validity, range, tail.validity[c]->as<uint64_t>(), tail.rows);
  }
  tail.rows += range.count;
}

void History::CloseTail() {
  Tail& tail = *tail_;
  if (tail.rows == 0) return;
  Ref<HistorySnapshot::Segment> segment = MakeRef<HistorySnapshot::Segment>();
  segment->first_row = tail.first_row;
  segment->rows = tail.rows;
  for (size_t c = 0; c < types_.size(); ++c) {
    const Ref<Buffer>& validity = tail.validity[c];
    segment->columns.push_back({tail.values[c]->data(), validity ? validity->as<uint64_t>() : nullptr});
    segment->held.push_back(tail.values[c]);
    closed_bytes_ += tail.values[c]->size();
    if (!validity) continue;
    segment->held.push_back(validity);
    closed_bytes_ += validity->size();
  }
  if (Ref<RefCounted> text = tail.text.holder()) segment->held.push_back(std::move(text));
  closed_bytes_ += tail.text.total_bytes();
  whole_.segments_.push_back(std::move(segment));
  const size_t columns = types_.size();
  tail = Tail();
  tail.values.resize(columns);
  tail.validity.resize(columns);
}

size_t History::memory_bytes() const {
  size_t bytes = closed_bytes_ + tail_->text.total_bytes();
  for (const Ref<Buffer>& buffer : tail_->values) bytes += buffer ? buffer->size() : 0;
  for (const Ref<Buffer>& buffer : tail_->validity) bytes += buffer ? buffer->size() : 0;
  return bytes + whole_.call_blocks_.size() * sizeof(HistorySnapshot::CallBlock);
}

HistorySnapshot History::Snapshot() const {
  HistorySnapshot snapshot = whole_;
  snapshot.end_ = rows_;
  const Tail& tail = *tail_;
  if (tail.rows == 0) return snapshot;
  Ref<HistorySnapshot::Segment> segment = MakeRef<HistorySnapshot::Segment>();
  segment->first_row = tail.first_row;
  segment->rows = tail.rows;
  for (size_t c = 0; c < types_.size(); ++c) {
    Column column{tail.values[c]->data(), nullptr};
    segment->held.push_back(tail.values[c]);
    if (const Ref<Buffer>& validity = tail.validity[c]) {
      // The last word goes on being written, so the snapshot has bits of its own.
      Ref<Buffer> copy = Buffer::Allocate(BitmapWords(tail.rows) * 8);
      std::memcpy(copy->data(), validity->data(), BitmapWords(tail.rows) * 8);
      column.validity = copy->as<uint64_t>();
      segment->held.push_back(std::move(copy));
    }
    segment->columns.push_back(column);
  }
  if (Ref<RefCounted> text = tail.text.holder()) segment->held.push_back(std::move(text));
  snapshot.segments_.push_back(std::move(segment));
  return snapshot;
}

Status History::Widen(const DataType& type, const std::function<Result<Ref<RowBatch>>(const Delta&)>& fill) {
  CloseTail();
  std::vector<Ref<HistorySnapshot::Segment>> segments;
  size_t more_bytes = 0;
  for (const Ref<HistorySnapshot::Segment>& narrow : whole_.segments_) {
    Delta rows;
    rows.columns = narrow->columns;
    rows.rows = narrow->rows;
    LAMINAR_ASSIGN_OR_RETURN(const Ref<RowBatch> added, fill(rows));
    Ref<HistorySnapshot::Segment> wide = MakeRef<HistorySnapshot::Segment>();
    wide->first_row = narrow->first_row;
    wide->rows = narrow->rows;
    wide->columns = narrow->columns;
    wide->columns.push_back(added->delta().columns[0]);
    wide->held = narrow->held;
    wide->held.push_back(added);
    more_bytes += added->memory_bytes();
    segments.push_back(std::move(wide));
  }
  whole_.segments_ = std::move(segments);
  whole_.widths_.push_back(Width(type));
  closed_bytes_ += more_bytes;
  types_.push_back(type);
  *tail_ = Tail();
  tail_->values.resize(types_.size());
  tail_->validity.resize(types_.size());
  return Status::OK();
}

}  // namespace laminar
