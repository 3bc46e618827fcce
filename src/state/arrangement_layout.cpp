#include "state/arrangement_layout.h"

#include "common/cell_order.h"
#include "common/hash.h"

namespace laminar {

namespace {

uint32_t RoundUp(uint32_t size, uint32_t unit) { return (size + unit - 1) / unit * unit; }

}  // namespace

ArrangementLayout::ArrangementLayout(std::vector<DataType> key_types, std::vector<DataType> other_types,
                                     ArrangementOptions options)
    : options_(options), types_(std::move(key_types)), keys_(static_cast<uint32_t>(types_.size())) {
  types_.insert(types_.end(), other_types.begin(), other_types.end());
  for (const DataType& type : types_) cells_.push_back({type.physical(), 0, 0, 0});

  uint32_t offset = sizeof(ArrangedRow);
  if (linked()) offset += sizeof(Links);
  if (options_.counting != MatchCounting::kNone) {
    matches_offset_ = offset;
    offset += sizeof(Matches);
  }
  if (options_.totals && keys_only()) {
    total_offset_ = offsetof(ArrangedRow, weight);
  } else if (options_.totals) {
    total_offset_ = offset;
    offset += sizeof(int64_t);
  }

  key_offset_ = offset;
  uint32_t key_end = Place(0, keys_, offset, &key_strings_);
  if (options_.null_keys) {
    for (uint32_t key = 0; key < keys_; ++key) {
      cells_[key].null_offset = key_end + key / 8;
      cells_[key].null_mask = static_cast<uint8_t>(1u << (key % 8));
    }
    key_end += (keys_ + 7) / 8;
  }
  const uint32_t words_begin = key_offset_ + key_strings_ * 16;
  key_words_ = (key_end - words_begin + 7) / 8;
  const uint32_t used = (key_end - words_begin) % 8;
  if (used != 0) last_mask_ = (uint64_t{1} << (used * 8)) - 1;

  others_offset_ = words_begin + key_words_ * 8;
  const uint32_t others = static_cast<uint32_t>(types_.size()) - keys_;
  others_end_ = Place(keys_, keys_ + others, others_offset_, &other_strings_);
  null_bytes_ = (others + 7) / 8;
  // NULL bits and flags stand in what the last word of the key leaves free, if they fit.
  const bool in_gap = others_offset_ - key_end >= null_bytes_ + 1;
  nulls_offset_ = in_gap ? key_end : others_end_;
  flags_offset_ = nulls_offset_ + null_bytes_;
  for (uint32_t i = 0; i < others; ++i) {
    cells_[keys_ + i].null_offset = nulls_offset_ + i / 8;
    cells_[keys_ + i].null_mask = static_cast<uint8_t>(1u << (i % 8));
  }
  const uint32_t end = in_gap ? others_end_ : flags_offset_ + 1;
  stride_ = end <= 32 ? 32 : RoundUp(end, 16);
}

uint32_t ArrangementLayout::Place(uint32_t begin, uint32_t end, uint32_t offset, uint32_t* strings) {
  const auto place = [&](auto&& wanted) {
    for (uint32_t c = begin; c < end; ++c) {
      if (!wanted(cells_[c].type)) continue;
      cells_[c].offset = offset;
      offset += static_cast<uint32_t>(PhysicalWidth(cells_[c].type));
    }
  };
  const uint32_t from = offset;
  place([](PhysicalType type) { return type == PhysicalType::kString; });
  *strings = (offset - from) / 16;
  for (const int width : {16, 8, 4, 2, 1}) {
    place([&](PhysicalType type) { return type != PhysicalType::kString && PhysicalWidth(type) == width; });
  }
  return offset;
}

bool ArrangementLayout::SameLongKey(const uint8_t* a, const uint8_t* b) const {
  for (uint32_t i = 0; i < key_strings_; ++i) {
    if (!(reinterpret_cast<const StringRef*>(a)[i] == reinterpret_cast<const StringRef*>(b)[i])) return false;
  }
  if (key_words_ == 0) return true;
  a += key_strings_ * 16;
  b += key_strings_ * 16;
  for (uint32_t i = 0; i + 1 < key_words_; ++i, a += 8, b += 8) {
    if (LoadWord(a) != LoadWord(b)) return false;
  }
  return ((LoadWord(a) ^ LoadWord(b)) & last_mask_) == 0;
}

bool ArrangementLayout::SameRow(const uint8_t* a, const uint8_t* b) const {
  if (!SameKey(KeyOf(a), KeyOf(b))) return false;
  const uint32_t strings_end = others_offset_ + other_strings_ * 16;
  for (uint32_t at = others_offset_; at < strings_end; at += 16) {
    if (!(*reinterpret_cast<const StringRef*>(a + at) == *reinterpret_cast<const StringRef*>(b + at))) return false;
  }
  return std::memcmp(a + strings_end, b + strings_end, others_end_ - strings_end) == 0 &&
         std::memcmp(a + nulls_offset_, b + nulls_offset_, null_bytes_) == 0;
}

void ArrangementLayout::WriteRows(std::span<const Column> columns, const RowRange& range, uint8_t* to,
                                  uint8_t* nullable) const {
  std::memset(to, 0, size_t{range.count} * stride_);
  for (size_t c = 0; c < cells_.size(); ++c) {
    const Column& column = columns[c];
    const Cell& cell = cells_[c];
    VisitCellType(cell.type, [&](auto sample) {
      using T = decltype(sample);
      const T* values = column.data<T>();
      const auto canonical = [&](T value) {
        if constexpr (std::is_floating_point_v<T>) return c < keys_ ? Canonical(value) : value;
        return value;
      };
      uint8_t* out = to + cell.offset;
      if (column.validity == nullptr && range.selection == nullptr) {
        values += range.first;
        for (uint32_t i = 0; i < range.count; ++i, out += stride_) {
          const T value = canonical(values[i]);
          std::memcpy(out, &value, sizeof(T));
        }
        return;
      }
      uint8_t* null = to + cell.null_offset;
      for (uint32_t i = 0; i < range.count; ++i, out += stride_, null += stride_) {
        const uint32_t row = range.At(i);
        if (!column.IsValid(row)) {
          *null |= cell.null_mask;
          nullable[c] = 1;
          continue;
        }
        const T value = canonical(values[row]);
        std::memcpy(out, &value, sizeof(T));
      }
    });
  }
}

void ArrangementLayout::ReadValues(uint32_t column, const uint8_t* const* rows, uint32_t count, void* values) const {
  const uint32_t offset = cells_[column].offset;
  const auto read = [&](auto sample) {
    using T = decltype(sample);
    T* out = static_cast<T*>(values);
    for (uint32_t i = 0; i < count; ++i) std::memcpy(&out[i], rows[i] + offset, sizeof(T));
  };
  switch (PhysicalWidth(cells_[column].type)) {
    case 1:
      return read(uint8_t{});
    case 2:
      return read(uint16_t{});
    case 4:
      return read(uint32_t{});
    case 8:
      return read(uint64_t{});
    default:
      return read(StringRef{});
  }
}

bool ArrangementLayout::ReadValidity(uint32_t column, const uint8_t* const* rows, uint32_t count,
                                     uint64_t* validity) const {
  const Cell& cell = cells_[column];
  bool any_null = false;
  for (uint32_t begin = 0; begin < count; begin += 64) {
    const uint32_t piece = count - begin < 64 ? count - begin : 64;
    uint64_t nulls = 0;
    for (uint32_t i = 0; i < piece; ++i) {
      nulls |= static_cast<uint64_t>((rows[begin + i][cell.null_offset] & cell.null_mask) != 0) << i;
    }
    any_null |= nulls != 0;
    validity[begin / 64] = ~nulls;
  }
  return any_null;
}

}  // namespace laminar
