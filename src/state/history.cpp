#include "state/history.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "state/arena.h"
#include "state/column_copy.h"
#include "state/history_call_block.h"

namespace laminar {

namespace {

constexpr uint32_t kFirstTailRows = 64;
constexpr uint32_t kLargestTail = HistorySnapshot::kMaxDeltaRows;
// A history that forgets does so in pieces of about this share of what it keeps.
constexpr int64_t kRetainedSegments = 8;

size_t Width(const DataType& type) { return static_cast<size_t>(PhysicalWidth(type.physical())); }

uint32_t LargestTail(const Retention& retention) {
  if (retention.kind != Retention::Kind::kRows) return kLargestTail;
  return static_cast<uint32_t>(
      std::clamp<int64_t>(retention.amount / kRetainedSegments, History::kAdoptRows, kLargestTail));
}

}  // namespace

/// The segment being filled. Buffers are replaced when they grow; snapshots hold the ones they saw.
struct History::Tail {
  uint64_t first_row = 0;
  int64_t first_time = 0;
  uint32_t rows = 0;
  uint32_t capacity = 0;
  std::vector<Ref<Buffer>> values;
  std::vector<Ref<Buffer>> validity;  // null entry: no NULLs so far
  Arena text;
};

History::History(std::vector<DataType> types, Retention retention)
    : types_(std::make_shared<const std::vector<DataType>>(std::move(types))),
      retention_(retention),
      tail_(std::make_unique<Tail>()) {
  ResetTail();
  for (const DataType& type : *types_) whole_.widths_.push_back(Width(type));
}
History::~History() = default;

void History::Append(const Ref<RowBatch>& batch, std::span<const HistoryCall> calls) {
  const uint32_t rows = batch->rows();
  for (HistoryCall call : calls) {
    call.first_row += rows_;
    AddCall(call);
  }
  if (rows == 0) return;
  if (retention_.kind == Retention::Kind::kNone && holds_.empty()) {
    whole_.begin_ = rows_ + rows;
  } else if (rows < kAdoptRows) {
    // Without a call they are further rows of the last one.
    AppendToTail(batch->delta(), calls.empty() ? whole_.call(whole_.call_count_ - 1).time : calls.front().time);
  } else {
    CloseTail();
    whole_.segments_.push_back(MakeRef<HistorySegment>(rows_, rows, types_, batch->delta().columns,
                                                       std::vector<Ref<RefCounted>>{batch}, batch->memory_bytes()));
    closed_bytes_ += batch->memory_bytes();
  }
  rows_ += rows;
}

void History::AppendWatermark(uint64_t sequence, int64_t time, int64_t watermark) {
  AddCall({rows_, sequence, time, watermark});
}

void History::AddCall(const HistoryCall& call) {
  using Block = HistorySnapshot::CallBlock;
  const size_t at = whole_.call_count_++;
  if (retention_.kind == Retention::Kind::kNone && holds_.empty()) {
    whole_.before_ = call;
    whole_.has_before_ = true;
    whole_.first_call_ = whole_.call_count_;
    return;
  }
  if (whole_.call_blocks_.empty()) whole_.first_block_ = at / Block::kCalls;
  if (at / Block::kCalls == whole_.first_block_ + whole_.call_blocks_.size()) {
    whole_.call_blocks_.push_back(MakeRef<Block>());
  }
  whole_.call_blocks_.back()->calls[at % Block::kCalls] = call;
}

void History::AppendToTail(const Delta& delta, int64_t time) {
  Tail& tail = *tail_;
  const RowRange range = RowRange::Of(delta);
  const bool spans_time = retention_.kind == Retention::Kind::kTime && tail.rows != 0 &&
                          time - tail.first_time > retention_.amount / kRetainedSegments;
  if (spans_time || tail.rows + range.count > LargestTail(retention_)) CloseTail();
  if (tail.rows + range.count > tail.capacity) {
    const uint32_t capacity = std::max({tail.capacity * 2, tail.rows + range.count, kFirstTailRows});
    for (size_t c = 0; c < types_->size(); ++c) {
      const size_t width = Width((*types_)[c]);
      const auto enlarge = [&](Ref<Buffer>& buffer, size_t used, size_t bytes) {
        Ref<Buffer> larger = Buffer::AllocateZeroed(bytes);
        if (buffer) std::memcpy(larger->data(), buffer->data(), used);
        buffer = std::move(larger);
      };
      enlarge(tail.values[c], tail.rows * width, capacity * width);
      if (tail.validity[c]) enlarge(tail.validity[c], BitmapWords(tail.rows) * 8, BitmapWords(capacity) * 8);
    }
    tail.capacity = capacity;
  }
  if (tail.rows == 0) {
    tail.first_row = rows_;
    tail.first_time = time;
  }
  for (size_t c = 0; c < types_->size(); ++c) {
    const Column& column = delta.columns[c];
    const DataType& type = (*types_)[c];
    uint8_t* to = tail.values[c]->data() + tail.rows * Width(type);
    CopyValues(column.values, PhysicalWidth(type.physical()), range, to);
    if (type.physical() == PhysicalType::kString) {
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
  std::vector<Column> columns;
  std::vector<Ref<RefCounted>> held;
  size_t bytes = tail.text.total_bytes();
  for (size_t c = 0; c < types_->size(); ++c) {
    const Ref<Buffer>& validity = tail.validity[c];
    columns.push_back({tail.values[c]->data(), validity ? validity->as<uint64_t>() : nullptr});
    held.push_back(tail.values[c]);
    bytes += tail.values[c]->size();
    if (!validity) continue;
    held.push_back(validity);
    bytes += validity->size();
  }
  if (Ref<RefCounted> text = tail.text.holder()) held.push_back(std::move(text));
  whole_.segments_.push_back(
      MakeRef<HistorySegment>(tail.first_row, tail.rows, types_, std::move(columns), std::move(held), bytes));
  closed_bytes_ += bytes;
  ResetTail();
}

void History::ResetTail() {
  *tail_ = Tail();
  tail_->values.resize(types_->size());
  tail_->validity.resize(types_->size());
}

HistoryHold History::Hold() {
  HistoryHold hold = std::make_shared<std::atomic<uint64_t>>(rows_);
  holds_.push_back(hold);
  return hold;
}

uint64_t History::FirstRetained() {
  const size_t calls = whole_.call_count_;
  switch (retention_.kind) {
    case Retention::Kind::kForever:
      return 0;
    case Retention::Kind::kRows:
      return rows_ - std::min(rows_, static_cast<uint64_t>(retention_.amount));
    case Retention::Kind::kTime: {
      const int64_t oldest = calls == 0 ? 0 : whole_.call(calls - 1).time - retention_.amount;
      next_timed_call_ = std::max(next_timed_call_, whole_.first_call_);
      while (next_timed_call_ < calls && whole_.call(next_timed_call_).time < oldest) ++next_timed_call_;
      return next_timed_call_ < calls ? whole_.call(next_timed_call_).first_row : rows_;
    }
    case Retention::Kind::kNone:
      break;
  }
  return rows_;
}

uint64_t History::FirstNeeded() {
  uint64_t first = FirstRetained();
  std::erase_if(holds_, [](const auto& hold) { return hold.expired(); });
  for (const auto& each : holds_) {
    if (const HistoryHold hold = each.lock()) first = std::min(first, hold->load(std::memory_order_relaxed));
  }
  return first;
}

void History::StartAt(uint64_t rows, size_t calls, const std::optional<HistoryCall>& before) {
  rows_ = whole_.begin_ = rows;
  whole_.call_count_ = whole_.first_call_ = next_timed_call_ = calls;
  whole_.has_before_ = before.has_value();
  if (before) whole_.before_ = *before;
}

void History::Retain() {
  if (!retention_.bounded()) return;
  DropBefore(FirstNeeded());
}

void History::DropBefore(uint64_t row) {
  if (row <= whole_.begin_ && row != rows_) return;
  whole_.begin_ = std::max(whole_.begin_, row);
  // Calls that end before it. Their marks go with them; the last one tells what watermark they had reached.
  const size_t calls = whole_.call_count_;
  const auto end_of = [&](size_t call) { return call + 1 < calls ? whole_.call(call + 1).first_row : rows_; };
  while (whole_.first_call_ < calls && end_of(whole_.first_call_) <= row) {
    whole_.before_ = whole_.call(whole_.first_call_);
    whole_.has_before_ = true;
    ++whole_.first_call_;
  }
  std::vector<Ref<HistorySnapshot::CallBlock>>& blocks = whole_.call_blocks_;
  const size_t last = whole_.first_call_ / HistorySnapshot::CallBlock::kCalls;
  const size_t gone_blocks = std::min(last - std::min(last, whole_.first_block_), blocks.size());
  blocks.erase(blocks.begin(), blocks.begin() + static_cast<std::ptrdiff_t>(gone_blocks));
  whole_.first_block_ += gone_blocks;
  if (whole_.first_call_ == calls) blocks.clear();

  size_t gone = 0;
  for (; gone < whole_.segments_.size() && whole_.segments_[gone]->end() <= row; ++gone) {
    closed_bytes_ -= whole_.segments_[gone]->memory_bytes();
    disk_bytes_ -= whole_.segments_[gone]->disk_bytes();
  }
  whole_.segments_.erase(whole_.segments_.begin(), whole_.segments_.begin() + static_cast<std::ptrdiff_t>(gone));
  spilled_ -= std::min(spilled_, gone);
  if (tail_->rows != 0 && tail_->first_row + tail_->rows <= row) ResetTail();
}

Status History::Spill(SpillSpace& space, size_t bytes, size_t* freed) {
  *freed = 0;
  while (*freed < bytes) {
    // The tail is written when nothing else is left.
    if (spilled_ == whole_.segments_.size()) CloseTail();
    if (spilled_ == whole_.segments_.size()) break;
    HistorySegment& segment = *whole_.segments_[spilled_];
    const size_t in_memory = segment.memory_bytes();
    LAMINAR_RETURN_NOT_OK(segment.Spill(space));
    closed_bytes_ -= in_memory;
    disk_bytes_ += segment.disk_bytes();
    *freed += in_memory;
    ++spilled_;
  }
  return Status::OK();
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
  std::vector<Column> columns;
  std::vector<Ref<RefCounted>> held;
  for (size_t c = 0; c < types_->size(); ++c) {
    Column column{tail.values[c]->data(), nullptr};
    held.push_back(tail.values[c]);
    if (const Ref<Buffer>& validity = tail.validity[c]) {
      // The last word goes on being written, so the snapshot has bits of its own.
      Ref<Buffer> copy = Buffer::Allocate(BitmapWords(tail.rows) * 8);
      std::memcpy(copy->data(), validity->data(), BitmapWords(tail.rows) * 8);
      column.validity = copy->as<uint64_t>();
      held.push_back(std::move(copy));
    }
    columns.push_back(column);
  }
  if (Ref<RefCounted> text = tail.text.holder()) held.push_back(std::move(text));
  snapshot.segments_.push_back(
      MakeRef<HistorySegment>(tail.first_row, tail.rows, types_, std::move(columns), std::move(held), 0));
  return snapshot;
}

Result<Ref<HistorySegment>> History::Widened(const HistorySegment& narrow, const HistorySegment::Types& types,
                                             const std::function<Result<Ref<RowBatch>>(const Delta&)>& fill,
                                             SpillSpace* space) const {
  // Piece by piece: what is on disk may not fit into memory at once.
  const bool on_disk = narrow.disk_bytes() != 0;
  std::vector<Ref<SpilledBlock>> blocks;
  for (uint32_t row = 0; row < narrow.rows();) {
    LAMINAR_ASSIGN_OR_RETURN(const HistorySegment::Piece piece, narrow.At(row));
    Delta rows = SliceRows(piece.columns, *types_, piece.begin, piece.rows);
    LAMINAR_ASSIGN_OR_RETURN(const Ref<RowBatch> added, fill(rows));
    rows.columns.push_back(added->delta().columns[0]);
    if (!on_disk) {
      return MakeRef<HistorySegment>(narrow.first_row(), narrow.rows(), types, std::move(rows.columns),
                                     std::vector<Ref<RefCounted>>{piece.owner, added},
                                     narrow.memory_bytes() + added->memory_bytes());
    }
    LAMINAR_ASSIGN_OR_RETURN(std::vector<Ref<SpilledBlock>> written, WriteBlocks(rows, *types, *space));
    for (Ref<SpilledBlock>& block : written) blocks.push_back(std::move(block));
    row += piece.rows;
  }
  return MakeRef<HistorySegment>(narrow.first_row(), narrow.rows(), types, std::move(blocks));
}

Status History::Widen(const DataType& type, const std::function<Result<Ref<RowBatch>>(const Delta&)>& fill,
                      SpillSpace* space) {
  CloseTail();
  std::vector<DataType> wide_types = *types_;
  wide_types.push_back(type);
  const HistorySegment::Types types = std::make_shared<const std::vector<DataType>>(std::move(wide_types));
  std::vector<Ref<HistorySegment>> segments;
  size_t in_memory = 0;
  size_t on_disk = 0;
  for (const Ref<HistorySegment>& narrow : whole_.segments_) {
    LAMINAR_ASSIGN_OR_RETURN(segments.emplace_back(), Widened(*narrow, types, fill, space));
    in_memory += segments.back()->memory_bytes();
    on_disk += segments.back()->disk_bytes();
  }
  whole_.segments_ = std::move(segments);
  whole_.widths_.push_back(Width(type));
  closed_bytes_ = in_memory;
  disk_bytes_ = on_disk;
  types_ = types;
  ResetTail();
  return Status::OK();
}

}  // namespace laminar
