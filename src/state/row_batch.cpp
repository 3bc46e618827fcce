#include "state/row_batch.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

#include "common/cancel_token.h"
#include "common/int128.h"
#include "state/column_copy.h"

namespace laminar {

namespace {

constexpr uint32_t kFirstCapacity = 16;
constexpr uint32_t kWorthALook = 1u << 16;  // rows to be copied, at whether anybody still wants them

size_t ValidityBytes(uint32_t rows) { return BitmapWords(rows) * 8; }

size_t Width(const DataType& type) { return static_cast<size_t>(PhysicalWidth(type.physical())); }

/// `buffer` with room for `bytes`, its first `used` bytes kept.
Ref<Buffer> Enlarged(const Ref<Buffer>& buffer, size_t used, size_t bytes) {
  Ref<Buffer> larger = Buffer::Allocate(bytes);
  if (buffer) std::memcpy(larger->data(), buffer->data(), used);
  return larger;
}

}  // namespace

Ref<RowBatch> RowBatch::FromDelta(const Delta& delta, std::span<const DataType> types) {
  if (!delta.owner || delta.selection != nullptr) {
    RowBatchBuilder builder({types.begin(), types.end()});
    builder.Append(delta, !delta.marks.empty());
    return builder.Finish();
  }
  Ref<RowBatch> batch = MakeRef<RowBatch>();
  batch->columns_ = delta.columns;
  batch->weights_ = delta.weights;
  batch->marks_.assign(delta.marks.begin(), delta.marks.end());
  batch->rows_ = delta.rows;
  batch->held_.push_back(delta.owner);
  size_t bytes = delta.weights != nullptr ? size_t{delta.rows} * 8 : 0;
  for (size_t c = 0; c < types.size(); ++c) {
    bytes += delta.rows * Width(types[c]);
    if (delta.columns[c].validity != nullptr) bytes += ValidityBytes(delta.rows);
    if (types[c].physical() == PhysicalType::kString) {
      bytes += LongStringBytes(delta.columns[c].data<StringRef>(), delta.rows);
    }
  }
  batch->memory_bytes_ = bytes;
  return batch;
}

Delta RowBatch::delta() const {
  Delta delta;
  delta.columns = columns_;
  delta.rows = rows_;
  delta.weights = weights_;
  delta.marks = marks_;
  delta.owner = Ref<RefCounted>(const_cast<RowBatch*>(this));
  return delta;
}

struct RowBatchBuilder::ColumnBuilder {
  PhysicalType type;
  size_t width;
  Ref<Buffer> values;
  Ref<Buffer> validity;  // null while there are no NULLs
  bool set = false;      // in the row being built
};

RowBatchBuilder::RowBatchBuilder(std::vector<DataType> types) : types_(std::move(types)) {
  for (const DataType& type : types_) columns_.push_back({type.physical(), Width(type), nullptr, nullptr, false});
}
RowBatchBuilder::~RowBatchBuilder() = default;
RowBatchBuilder::RowBatchBuilder(RowBatchBuilder&&) noexcept = default;
RowBatchBuilder& RowBatchBuilder::operator=(RowBatchBuilder&&) noexcept = default;

void RowBatchBuilder::Reserve(uint32_t rows) {
  if (rows > capacity_) Grow(rows);
}

void RowBatchBuilder::Grow(uint32_t rows) {
  const uint64_t doubled = std::min<uint64_t>(uint64_t{capacity_} * 2, std::numeric_limits<uint32_t>::max());
  const uint32_t capacity = std::max({rows, static_cast<uint32_t>(doubled), kFirstCapacity});
  // The row being built is kept too: hence one more than rows_.
  const size_t used = std::min(capacity_, rows_ + 1);
  for (ColumnBuilder& column : columns_) {
    if (used >= kWorthALook) ThrowIfCancelled();
    column.values = Enlarged(column.values, used * column.width, capacity * column.width);
    if (column.validity) {
      column.validity = Enlarged(column.validity, ValidityBytes(static_cast<uint32_t>(used)), ValidityBytes(capacity));
    }
  }
  if (weights_) weights_ = Enlarged(weights_, used * 8, size_t{capacity} * 8);
  capacity_ = capacity;
}

template <typename T>
T& RowBatchBuilder::Cell(int column) {
  if (rows_ == capacity_) Grow(rows_ + 1);
  ColumnBuilder& builder = columns_[static_cast<size_t>(column)];
  builder.set = true;
  return builder.values->as<T>()[rows_];
}

void RowBatchBuilder::SetBool(int column, bool value) { Cell<uint8_t>(column) = value ? 1 : 0; }

void RowBatchBuilder::SetInt(int column, int64_t value) {
  switch (columns_[static_cast<size_t>(column)].width) {
    case 1:
      Cell<int8_t>(column) = static_cast<int8_t>(value);
      break;
    case 2:
      Cell<int16_t>(column) = static_cast<int16_t>(value);
      break;
    case 4:
      Cell<int32_t>(column) = static_cast<int32_t>(value);
      break;
    default:
      Cell<int64_t>(column) = value;
  }
}

void RowBatchBuilder::SetUInt(int column, uint64_t value) { SetInt(column, static_cast<int64_t>(value)); }

void RowBatchBuilder::SetDouble(int column, double value) {
  if (columns_[static_cast<size_t>(column)].type == PhysicalType::kFloat) {
    Cell<float>(column) = static_cast<float>(value);
  } else {
    Cell<double>(column) = value;
  }
}

void RowBatchBuilder::SetDecimal(int column, int128_t value) { Cell<int128_t>(column) = value; }
void RowBatchBuilder::SetInterval(int column, const Interval& value) { Cell<Interval>(column) = value; }

void RowBatchBuilder::SetString(int column, std::string_view bytes) {
  Cell<StringRef>(column) = text_.Intern(StringRef(bytes));
}

void RowBatchBuilder::FinishRow(int64_t weight) {
  if (rows_ == std::numeric_limits<uint32_t>::max())
    throw std::length_error("a batch holds at most 4,294,967,295 rows");
  if (rows_ == capacity_) Grow(rows_ + 1);
  for (ColumnBuilder& column : columns_) {
    if (!column.set) {
      std::memset(column.values->data() + rows_ * column.width, 0, column.width);
      if (!column.validity) {
        column.validity = Buffer::Allocate(ValidityBytes(capacity_));
        std::memset(column.validity->data(), 0xff, ValidityBytes(rows_ + 1));
      }
    }
    if (column.validity) PutBit(column.validity->as<uint64_t>(), rows_, column.set);
    column.set = false;
  }
  if (weight != 1 && !weights_) {
    weights_ = Buffer::Allocate(size_t{capacity_} * 8);
    std::fill_n(weights_->as<int64_t>(), rows_, 1);
  }
  if (weights_) weights_->as<int64_t>()[rows_] = weight;
  ++rows_;
}

void RowBatchBuilder::SetValue(int column, const Value& value) {
  if (value.is_null()) return;
  const Value::Storage& storage = value.storage();
  if (const auto* boolean = std::get_if<bool>(&storage)) SetBool(column, *boolean);
  if (const auto* integer = std::get_if<int64_t>(&storage)) SetInt(column, *integer);
  if (const auto* natural = std::get_if<uint64_t>(&storage)) SetUInt(column, *natural);
  if (const auto* number = std::get_if<double>(&storage)) SetDouble(column, *number);
  if (const auto* decimal = std::get_if<int128_t>(&storage)) SetDecimal(column, *decimal);
  if (const auto* interval = std::get_if<Interval>(&storage)) SetInterval(column, *interval);
  if (const auto* text = std::get_if<std::string>(&storage)) SetString(column, *text);
}

void RowBatchBuilder::AbandonRow() {
  for (ColumnBuilder& column : columns_) column.set = false;
}

void RowBatchBuilder::Append(const Delta& delta, bool with_marks) {
  const RowRange range = RowRange::Of(delta);
  if (range.count == 0) return;
  if (range.count > std::numeric_limits<uint32_t>::max() - rows_) {
    throw std::length_error("a batch holds at most 4,294,967,295 rows");
  }
  Reserve(rows_ + range.count);
  bool refers_to_owner = false;
  for (size_t c = 0; c < columns_.size(); ++c) {
    ColumnBuilder& column = columns_[c];
    uint8_t* to = column.values->data() + rows_ * column.width;
    CopyValues(delta.columns[c].values, static_cast<int>(column.width), range, to);
    if (column.type == PhysicalType::kString) {
      StringRef* strings = reinterpret_cast<StringRef*>(to);
      if (delta.owner) {
        const size_t bytes = LongStringBytes(strings, range.count);
        held_text_ += bytes;
        refers_to_owner |= bytes != 0;
      } else {
        InternStrings(strings, range.count, &text_);
      }
    }
    if (delta.columns[c].validity != nullptr && !column.validity) {
      column.validity = Buffer::Allocate(ValidityBytes(capacity_));
      std::memset(column.validity->data(), 0xff, ValidityBytes(rows_));
    }
    if (column.validity) CopyValidity(delta.columns[c].validity, range, column.validity->as<uint64_t>(), rows_);
  }
  if (refers_to_owner) Hold(delta.owner);
  if (delta.weights != nullptr && !weights_) {
    weights_ = Buffer::Allocate(size_t{capacity_} * 8);
    std::fill_n(weights_->as<int64_t>(), rows_, 1);
  }
  if (weights_ && delta.weights != nullptr) {
    CopyValues(delta.weights, 8, range, weights_->as<int64_t>() + rows_);
  } else if (weights_) {
    std::fill_n(weights_->as<int64_t>() + rows_, range.count, 1);
  }
  if (with_marks && !delta.marks.empty()) {
    MarkCursor cursor(delta.marks);
    const Mark* last = nullptr;
    uint32_t expected = 0;
    for (uint32_t i = 0; i < range.count; ++i) {
      const uint32_t row = range.At(i);
      const Mark& mark = cursor.At(row);
      if (&mark != last || row != expected) {
        marks_.push_back({rows_ + i, mark.sequence, mark.time, mark.first_number + (row - mark.row)});
      }
      last = &mark;
      expected = row + 1;
    }
  }
  rows_ += range.count;
}

void RowBatchBuilder::Hold(const Ref<RefCounted>& owner) {
  if (held_.empty() || held_.back().get() != owner.get()) held_.push_back(owner);
}

void RowBatchBuilder::AppendMark(uint64_t sequence, int64_t time, uint64_t first_number) {
  if (!marks_.empty() && marks_.back().row == rows_) marks_.pop_back();
  marks_.push_back({rows_, sequence, time, first_number});
}

Ref<RowBatch> RowBatchBuilder::Finish() {
  Ref<RowBatch> batch = MakeRef<RowBatch>();
  batch->rows_ = rows_;
  batch->memory_bytes_ = text_.total_bytes() + held_text_;
  const auto give = [&](Ref<Buffer>& buffer) -> const void* {
    if (!buffer) return nullptr;
    batch->memory_bytes_ += buffer->size();
    const void* data = buffer->data();
    batch->held_.push_back(buffer);
    return data;
  };
  if (rows_ == 0) Reserve(1);  // columns of no rows still point somewhere
  for (ColumnBuilder& column : columns_) {
    Column view;
    view.values = give(column.values);
    view.validity = static_cast<const uint64_t*>(give(column.validity));
    batch->columns_.push_back(view);
  }
  batch->weights_ = static_cast<const int64_t*>(give(weights_));
  batch->marks_ = std::move(marks_);
  for (Ref<RefCounted>& owner : held_) batch->held_.push_back(std::move(owner));
  if (Ref<RefCounted> text = text_.holder()) batch->held_.push_back(std::move(text));
  Clear();
  return batch;
}

void RowBatchBuilder::Clear() {
  for (ColumnBuilder& column : columns_) {
    column.values = nullptr;
    column.validity = nullptr;
    column.set = false;
  }
  weights_ = nullptr;
  marks_.clear();
  held_.clear();
  text_.Clear();
  held_text_ = 0;
  rows_ = capacity_ = 0;
}

}  // namespace laminar
