#include "common/hash.h"

#include <algorithm>
#include <type_traits>

#include "common/int128.h"

namespace laminar {

namespace {

uint64_t LoadWord(const char* data, size_t size) {
  uint64_t word = 0;
  std::memcpy(&word, data, size);
  return word;
}

/// What a cell contributes to its row's hash. HashWord or CombineHash mixes it.
template <typename T>
uint64_t CellWord(const T& value) {
  if constexpr (std::is_same_v<T, StringRef>) {
    return HashString(value);
  } else if constexpr (sizeof(T) == 16) {
    uint64_t words[2];
    std::memcpy(words, &value, 16);
    return CombineHash(words[0], words[1]);
  } else {
    return KeyBits(value);
  }
}

template <typename T, bool kFirst>
void HashColumn(const Column& column, const uint32_t* selection, uint32_t first, uint32_t count, uint64_t* hashes) {
  const T* values = column.data<T>();
  const auto mix = [](uint64_t hash, uint64_t word) { return kFirst ? HashWord(word) : CombineHash(hash, word); };
  if (column.validity == nullptr && selection == nullptr) {
    for (uint32_t i = 0; i < count; ++i) hashes[i] = mix(hashes[i], CellWord(values[first + i]));
    return;
  }
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t row = selection != nullptr ? selection[i] : first + i;
    const uint64_t word = column.IsValid(row) ? CellWord(values[row]) : kNullHash;
    hashes[i] = mix(hashes[i], word);
  }
}

template <bool kFirst>
void HashColumnOf(PhysicalType type, const Column& column, const uint32_t* selection, uint32_t first, uint32_t count,
                  uint64_t* hashes) {
  switch (type) {
    case PhysicalType::kBool:
    case PhysicalType::kUInt8:
      return HashColumn<uint8_t, kFirst>(column, selection, first, count, hashes);
    case PhysicalType::kInt8:
      return HashColumn<int8_t, kFirst>(column, selection, first, count, hashes);
    case PhysicalType::kInt16:
      return HashColumn<int16_t, kFirst>(column, selection, first, count, hashes);
    case PhysicalType::kUInt16:
      return HashColumn<uint16_t, kFirst>(column, selection, first, count, hashes);
    case PhysicalType::kInt32:
      return HashColumn<int32_t, kFirst>(column, selection, first, count, hashes);
    case PhysicalType::kUInt32:
      return HashColumn<uint32_t, kFirst>(column, selection, first, count, hashes);
    case PhysicalType::kInt64:
      return HashColumn<int64_t, kFirst>(column, selection, first, count, hashes);
    case PhysicalType::kUInt64:
      return HashColumn<uint64_t, kFirst>(column, selection, first, count, hashes);
    case PhysicalType::kFloat:
      return HashColumn<float, kFirst>(column, selection, first, count, hashes);
    case PhysicalType::kDouble:
      return HashColumn<double, kFirst>(column, selection, first, count, hashes);
    case PhysicalType::kInt128:
      return HashColumn<int128_t, kFirst>(column, selection, first, count, hashes);
    case PhysicalType::kInterval:
      return HashColumn<Interval, kFirst>(column, selection, first, count, hashes);
    case PhysicalType::kString:
      return HashColumn<StringRef, kFirst>(column, selection, first, count, hashes);
  }
}

}  // namespace

uint64_t HashBytes(const char* data, size_t size) {
  uint64_t hash = HashWord(size);
  while (size > 16) {
    hash = FoldMultiply(LoadWord(data, 8) ^ hash, LoadWord(data + 8, 8) ^ 0x1d8e4e27c47d124full);
    data += 16;
    size -= 16;
  }
  const uint64_t low = LoadWord(data, std::min<size_t>(size, 8));
  const uint64_t high = size > 8 ? LoadWord(data + 8, size - 8) : 0;
  return FoldMultiply(low ^ hash, high ^ 0xeb44accab455d165ull);
}

void HashRows(std::span<const Column> columns, std::span<const DataType> types, const uint32_t* selection,
              uint32_t first, uint32_t count, uint64_t* hashes) {
  if (columns.empty() || HashForTesting::all_equal) {
    std::fill_n(hashes, count, uint64_t{0});
    return;
  }
  HashColumnOf<true>(types[0].physical(), columns[0], selection, first, count, hashes);
  for (size_t i = 1; i < columns.size(); ++i) {
    HashColumnOf<false>(types[i].physical(), columns[i], selection, first, count, hashes);
  }
}

void HashColumns(std::span<const Column> columns, std::span<const DataType> types, const Delta& delta,
                 uint64_t* hashes) {
  HashRows(columns, types, delta.selection, 0, delta.size(), hashes);
}

}  // namespace laminar
