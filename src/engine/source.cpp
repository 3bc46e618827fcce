#include "engine/source.h"

#include <algorithm>
#include <utility>

#include "common/int128.h"

namespace laminar {

namespace {

template <typename T>
Timestamp LargestOf(const Column& column, const Delta& rows) {
  const T* values = column.data<T>();
  const uint32_t count = rows.size();
  Timestamp largest = kNoWatermark;
  if (column.validity == nullptr && rows.selection == nullptr) {
    for (uint32_t i = 0; i < count; ++i) largest = std::max(largest, static_cast<Timestamp>(values[i]));
    return largest;
  }
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t row = rows.RowAt(i);
    if (column.IsValid(row)) largest = std::max(largest, static_cast<Timestamp>(values[row]));
  }
  return largest;
}

}  // namespace

Timestamp ToMillis(Timestamp watermark, int64_t nanos_per_unit) {
  if (watermark == kNoWatermark) return kNoWatermark;
  constexpr int64_t kNanosPerMilli = 1'000'000;
  const int128_t nanos = static_cast<int128_t>(watermark) * nanos_per_unit;
  const int128_t millis = (nanos - (nanos < 0 ? kNanosPerMilli - 1 : 0)) / kNanosPerMilli;
  return static_cast<Timestamp>(std::clamp<int128_t>(millis, kNoWatermark + 1, kMaxTimestamp));
}

Source::Source(SourceDefinition definition)
    : history(definition.types, definition.retention),
      definition_(std::move(definition)),
      layout_(std::make_shared<RowLayout>(RowLayout{definition_.id, definition_.types})),
      small_(definition_.types) {}

Timestamp Source::LargestEventTime(const Delta& rows) const {
  if (definition_.watermark_column < 0) return kNoWatermark;
  const size_t index = static_cast<size_t>(definition_.watermark_column);
  const Column& column = rows.columns[index];
  switch (definition_.types[index].physical()) {
    case PhysicalType::kInt8:
      return LargestOf<int8_t>(column, rows);
    case PhysicalType::kInt16:
      return LargestOf<int16_t>(column, rows);
    case PhysicalType::kInt32:
      return LargestOf<int32_t>(column, rows);
    case PhysicalType::kInt64:
      return LargestOf<int64_t>(column, rows);
    case PhysicalType::kUInt8:
      return LargestOf<uint8_t>(column, rows);
    case PhysicalType::kUInt16:
      return LargestOf<uint16_t>(column, rows);
    case PhysicalType::kUInt32:
      return LargestOf<uint32_t>(column, rows);
    default:
      return kNoWatermark;  // the binder admits no other event-time type
  }
}

void Source::MoveTo(Timestamp watermark, uint64_t sequence) {
  if (watermark <= accepted_watermark_) return;
  accepted_watermark_ = watermark;
  pending_.moves.push_back({sequence, watermark});
}

void Source::StageRows(const Ref<RowBatch>& rows, const Mark& call) {
  if (rows->rows() == 0) return;
  const Timestamp largest_event_time = LargestEventTime(rows->delta());
  if (largest_event_time != kNoWatermark) {
    const bool underflows = largest_event_time < kNoWatermark + 1 + definition_.slack;
    MoveTo(underflows ? kNoWatermark + 1 : largest_event_time - definition_.slack, call.sequence);
  }
  const bool small = rows->rows() < kSmallCall;
  if (!small) SealSmall();
  StagedBatch large;
  StagedBatch& batch = small ? small_calls_ : large;
  Mark mark = call;
  mark.row = small ? small_.rows() : 0;
  batch.marks.push_back(mark);
  batch.calls.push_back({mark.row, call.sequence, call.time, accepted_watermark_, call.first_number});
  if (small) {
    small_.Append(rows->delta());
    return;
  }
  large.rows = rows;
  pending_.rows += rows->rows();
  ++pending_.calls;
  pending_.batches.push_back(std::move(large));
}

void Source::StageAnnouncement(uint64_t writer, Timestamp watermark, uint64_t sequence, int64_t time) {
  Timestamp& announced = announced_.try_emplace(writer, kNoWatermark).first->second;
  announced = std::max(announced, watermark);
  Timestamp least = kMaxTimestamp;
  for (const auto& [id, reached] : announced_) least = std::min(least, reached);
  MoveTo(least, sequence);
  // The history lists calls in order, so what came before must be a batch of its own.
  SealSmall();
  pending_.announcements.push_back({0, sequence, time, accepted_watermark_});
  ++pending_.calls;
}

void Source::StandAt(Timestamp watermark, std::span<const std::pair<uint64_t, Timestamp>> announced) {
  processed_watermark = accepted_watermark_ = watermark;
  announced_ = {announced.begin(), announced.end()};
}

void Source::Widen(const DataType& type) {
  definition_.types.push_back(type);
  layout_ = std::make_shared<RowLayout>(RowLayout{definition_.id, definition_.types});
  small_ = RowBatchBuilder(definition_.types);
}

void Source::SealSmall() {
  if (small_.rows() == 0) return;
  pending_.rows += small_.rows();
  pending_.calls += static_cast<int64_t>(small_calls_.calls.size());
  small_calls_.rows = small_.Finish();
  pending_.batches.push_back(std::exchange(small_calls_, {}));
}

TakenInput Source::Take() {
  SealSmall();
  return std::exchange(pending_, {});
}

std::shared_ptr<const Backpressure> Source::SlowSubscriber() {
  std::erase_if(held_back_by, [](const auto& each) { return each->ended.load(std::memory_order_acquire); });
  const auto slow = std::ranges::find_if(held_back_by, [](const auto& each) { return each->full(); });
  return slow == held_back_by.end() ? nullptr : *slow;
}

}  // namespace laminar
