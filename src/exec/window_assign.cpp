#include "exec/window_assign.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "common/date_time.h"
#include "common/value.h"

namespace laminar {
namespace {

// Anchors for which every bound that is derived from them fits T and int64.
template <typename T>
struct AnchorRange {
  AnchorRange(int128_t lowest_offset, int128_t highest_offset) {
    const int128_t type_least = std::numeric_limits<T>::min();
    const int128_t type_most = std::min<int128_t>(std::numeric_limits<T>::max(), std::numeric_limits<int64_t>::max());
    least = type_least - lowest_offset;
    most = type_most - highest_offset;
  }
  bool Contains(int64_t anchor) const { return anchor >= least && anchor <= most; }
  int128_t least;
  int128_t most;
};

// time - offset, rounded down to a multiple of `length`, plus offset; no step of it overflows but the last, which is
// checked.
bool AlignDown(int64_t time, int64_t length, int64_t offset, int64_t* start) {
  const int64_t past = FloorModulo(FloorModulo(time, length) - FloorModulo(offset, length), length);
  return !__builtin_sub_overflow(time, past, start);
}

int64_t WindowsPerRow(const WindowSpec& spec) {
  return spec.kind == WindowSpec::Kind::kTumble ? 1 : (spec.size + spec.slide - 1) / spec.slide;
}

Ref<Buffer> Room(const Ref<Buffer>& buffer, size_t bytes) {
  return buffer && buffer->size() >= bytes ? buffer : Buffer::Allocate(bytes + bytes / 4);
}

template <typename Visit>
void ForEachRow(const Delta& delta, Visit visit) {
  if (delta.selection == nullptr) {
    for (uint32_t row = 0; row < delta.rows; ++row) visit(row);
  } else {
    for (uint32_t i = 0; i < delta.selected; ++i) visit(delta.selection[i]);
  }
}

}  // namespace

WindowAssign::WindowAssign(WindowSpec spec, int time_column, DataType time_type)
    : spec_(spec), time_column_(time_column), time_type_(std::move(time_type)) {}

// Start, and end, of the stretch of whole months that `time` lies in.
int64_t WindowAssign::MonthStart(int64_t time, int64_t* end) const {
  const int64_t units_per_day =
      time_type_.id() == TypeId::kTimestamp ? UnitsPerSecond(time_type_.unit()) * kSecondsPerDay : 1;
  const CivilDate date = CivilFromDays(FloorDivide(time - spec_.offset, units_per_day));
  const int64_t index = (date.year - 1970) * 12 + date.month - 1;
  const int64_t first = FloorDivide(index, spec_.months) * spec_.months;
  const auto start_of = [&](int64_t month) {
    return DaysFromCivil(1970 + FloorDivide(month, 12), static_cast<int>(FloorModulo(month, 12)) + 1, 1) *
               units_per_day +
           spec_.offset;
  };
  *end = start_of(first + spec_.months);
  return start_of(first);
}

// Finds every row's anchor; rows without one become errors.
template <typename T>
void WindowAssign::Anchor(const Delta& delta) {
  const Column& column = delta.columns[static_cast<size_t>(time_column_)];
  const T* times = column.data<T>();
  const bool calendar = spec_.months != 0;
  const bool hop = spec_.kind == WindowSpec::Kind::kHop;
  const int64_t length = hop ? spec_.slide : spec_.size;
  const int128_t earliest = hop ? -static_cast<int128_t>(WindowsPerRow(spec_) - 1) * spec_.slide : 0;
  const AnchorRange<T> range(earliest, spec_.size);
  if (anchors_.size() < delta.rows) anchors_.resize(delta.rows);
  if (calendar && ends_.size() < delta.rows) ends_.resize(delta.rows);
  errors_.entries.clear();

  // Neighbours in a batch mostly share their window: then two comparisons replace the divisions.
  int64_t known_start = 0;
  int64_t known_end = 0;
  ForEachRow(delta, [&](uint32_t row) {
    if (!column.IsValid(row)) {
      errors_.entries.push_back({row, ErrorCode::kQueryFailed, "the event time is NULL"});
      return;
    }
    const auto time = static_cast<int64_t>(times[row]);
    if (time < known_start || time >= known_end) {
      int64_t start = 0;
      int64_t end = 0;
      bool fits = std::is_signed_v<T> || sizeof(T) < 8 || time >= 0;
      if (calendar) {
        // A thousand years short of what the type can hold, so that no month boundary overflows.
        const int64_t margin = spec_.offset == 0 && sizeof(T) < 8 ? 0 : std::numeric_limits<int64_t>::max() / 300;
        fits = fits && time > std::numeric_limits<int64_t>::min() + 2 * margin &&
               time < std::numeric_limits<int64_t>::max() - 2 * margin;
        if (fits) start = MonthStart(time, &end);
        fits = fits && start >= static_cast<int128_t>(std::numeric_limits<T>::min()) &&
               end <= static_cast<int128_t>(std::numeric_limits<T>::max());
      } else {
        fits = fits && AlignDown(time, length, spec_.offset, &start) && range.Contains(start);
        end = fits ? start + length : start;
      }
      if (!fits) {
        errors_.entries.push_back(
            {row, ErrorCode::kQueryFailed,
             fmt::format("the window of event time {} is out of range for type {}",
                         ReadValue(time_type_, times, nullptr, row).ToString(), time_type_.ToString())});
        return;
      }
      known_start = start;
      known_end = end;
    }
    anchors_[row] = known_start;
    if (calendar) ends_[row] = known_end;
  });
}

template <typename T>
Answer WindowAssign::EmitWindows(const Delta& delta, Output& output) {
  const size_t bytes = size_t{delta.rows} * sizeof(T);
  window_start_ = Room(window_start_, bytes);
  window_end_ = Room(window_end_, bytes);
  window_time_ = Room(window_time_, bytes);
  T* const starts = window_start_->as<T>();
  T* const ends = window_end_->as<T>();
  T* const inside = window_time_->as<T>();
  const T* const times = delta.columns[static_cast<size_t>(time_column_)].data<T>();
  const bool cumulate = spec_.kind == WindowSpec::Kind::kCumulate;

  Delta assigned = delta;
  assigned.owner = nullptr;  // the new columns are scratch
  assigned.columns.push_back({starts, nullptr});
  assigned.columns.push_back({ends, nullptr});
  assigned.columns.push_back({inside, nullptr});

  const int64_t positions = WindowsPerRow(spec_);
  for (int64_t position = 0; position < positions; ++position) {
    // Offsets of the bounds from the anchor. The earliest window comes first, as its rows' groups are the oldest.
    const int64_t start_offset = spec_.kind == WindowSpec::Kind::kHop ? (position + 1 - positions) * spec_.slide : 0;
    const int64_t end_offset =
        cumulate ? std::min((position + 1) * spec_.slide, spec_.size) : start_offset + spec_.size;
    ForEachRow(delta, [&](uint32_t row) {
      const int64_t end = spec_.months != 0 ? ends_[row] : anchors_[row] + end_offset;
      starts[row] = static_cast<T>(anchors_[row] + start_offset);
      ends[row] = static_cast<T>(end);
      inside[row] = static_cast<T>(end - 1);
    });
    const bool partial =
        cumulate ? position + 1 < positions : position == 0 && positions > 1 && spec_.size % spec_.slide != 0;
    assigned.Select(delta.selection, delta.selected);
    if (partial) {
      selection_.clear();
      ForEachRow(delta, [&](uint32_t row) {
        if (times[row] < ends[row]) selection_.push_back(row);
      });
      if (selection_.empty()) continue;
      assigned.Select(selection_.data(), static_cast<uint32_t>(selection_.size()));
    }
    if (output.Emit(assigned) == Answer::kDone) return Answer::kDone;
  }
  return Answer::kMore;
}

Status WindowAssign::Push(Step&, int, const Delta& delta, Output& output) {
  if (delta.empty()) return Status::OK();
  const auto assign = [&]<typename T>(T) {
    Anchor<T>(delta);
    if (errors_.entries.empty()) {
      EmitWindows<T>(delta, output);
      return;
    }
    output.EmitErrors(delta, errors_);
    usable_.clear();
    size_t error = 0;
    ForEachRow(delta, [&](uint32_t row) {
      if (error < errors_.entries.size() && errors_.entries[error].row == row) {
        ++error;
      } else {
        usable_.push_back(row);
      }
    });
    if (usable_.empty()) return;
    Delta usable = delta;
    usable.Select(usable_.data(), static_cast<uint32_t>(usable_.size()));
    EmitWindows<T>(usable, output);
  };
  switch (time_type_.physical()) {
    case PhysicalType::kInt8:
      assign(int8_t{});
      break;
    case PhysicalType::kInt16:
      assign(int16_t{});
      break;
    case PhysicalType::kInt32:
      assign(int32_t{});
      break;
    case PhysicalType::kInt64:
      assign(int64_t{});
      break;
    case PhysicalType::kUInt8:
      assign(uint8_t{});
      break;
    case PhysicalType::kUInt16:
      assign(uint16_t{});
      break;
    case PhysicalType::kUInt32:
      assign(uint32_t{});
      break;
    case PhysicalType::kUInt64:
      assign(uint64_t{});
      break;
    default:
      return Status::Internal("windows over a column of type " + time_type_.ToString());
  }
  return Status::OK();
}

std::unique_ptr<Operator> WindowAssign::Clone() const {
  return std::make_unique<WindowAssign>(spec_, time_column_, time_type_);
}

std::string WindowAssign::Describe() const {
  std::string text = fmt::format("WindowAssign time=#{} ", time_column_);
  switch (spec_.kind) {
    case WindowSpec::Kind::kTumble:
      text +=
          spec_.months != 0 ? fmt::format("TUMBLE months={}", spec_.months) : fmt::format("TUMBLE size={}", spec_.size);
      break;
    case WindowSpec::Kind::kHop:
      text += fmt::format("HOP slide={} size={}", spec_.slide, spec_.size);
      break;
    case WindowSpec::Kind::kCumulate:
      text += fmt::format("CUMULATE step={} size={}", spec_.slide, spec_.size);
      break;
  }
  if (spec_.offset != 0) text += fmt::format(" offset={}", spec_.offset);
  return text;
}

}  // namespace laminar
