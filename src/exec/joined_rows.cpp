#include "exec/joined_rows.h"

#include <algorithm>
#include <cstring>

namespace laminar {

namespace {

struct JoinedRows final : RefCounted {
  Ref<Buffer> memory;
  Ref<RefCounted> strings[2];
};

size_t Padded(size_t bytes) { return (bytes + 63) & ~size_t{63}; }

size_t ValueBytes(const JoinPlan::Source& source, uint32_t count) {
  return Padded(size_t{count} * static_cast<size_t>(PhysicalWidth(source.type)));
}

size_t ValidityBytes(uint32_t count) { return Padded(BitmapWords(count) * 8); }

bool IsNull(const JoinPlan::Source& source, const JoinedSides& sides) {
  return source.column < 0 || sides.rows[source.side] == nullptr;
}

bool MayBeNull(const JoinPlan::Source& source, const JoinedSides& sides) {
  return IsNull(source, sides) || sides.arranged[source.side]->nullable[source.column] != 0;
}

/// `validity` is there when MayBeNull.
Column Read(const JoinPlan::Source& source, const JoinedSides& sides, void* values, uint64_t* validity) {
  if (IsNull(source, sides)) {
    std::memset(values, 0, ValueBytes(source, sides.count));
    std::memset(validity, 0, ValidityBytes(sides.count));
    return {values, validity};
  }
  const ArrangementLayout& layout = *sides.arranged[source.side]->layout;
  const uint8_t* const* rows = sides.rows[source.side];
  const uint32_t column = static_cast<uint32_t>(source.column);
  layout.ReadValues(column, rows, sides.count, values);
  const bool nulls = MayBeNull(source, sides) && layout.ReadValidity(column, rows, sides.count, validity);
  return {values, nulls ? validity : nullptr};
}

}  // namespace

Delta MakeJoinedRows(std::span<const JoinPlan::Source> sources, const JoinedSides& sides, const int64_t* weights) {
  const uint32_t count = sides.count;
  const bool weighted = std::any_of(weights, weights + count, [](int64_t weight) { return weight != 1; });
  size_t bytes = weighted ? size_t{count} * 8 : 0;
  for (const JoinPlan::Source& source : sources) {
    bytes += ValueBytes(source, count) + (MayBeNull(source, sides) ? ValidityBytes(count) : 0);
  }
  Ref<JoinedRows> joined = MakeRef<JoinedRows>();
  joined->memory = Buffer::Allocate(bytes);
  for (const int side : {0, 1}) {
    if (sides.rows[side] != nullptr) joined->strings[side] = sides.arranged[side]->strings;
  }
  uint8_t* free_bytes = joined->memory->data();
  Delta delta;
  delta.rows = count;
  delta.columns.reserve(sources.size());
  for (const JoinPlan::Source& source : sources) {
    void* values = free_bytes;
    free_bytes += ValueBytes(source, count);
    uint64_t* validity = reinterpret_cast<uint64_t*>(free_bytes);
    if (MayBeNull(source, sides)) free_bytes += ValidityBytes(count);
    delta.columns.push_back(Read(source, sides, values, validity));
  }
  if (weighted) {
    std::memcpy(free_bytes, weights, size_t{count} * 8);
    delta.weights = reinterpret_cast<const int64_t*>(free_bytes);
  }
  delta.owner = joined;
  return delta;
}

Column ReadJoinedColumn(const JoinPlan::Source& source, const JoinedSides& sides, ScratchColumn* scratch) {
  const size_t bytes = ValueBytes(source, sides.count);
  if (!scratch->values || scratch->values->size() < bytes) scratch->values = Buffer::Allocate(bytes);
  const size_t bits = ValidityBytes(sides.count);
  if (!scratch->validity || scratch->validity->size() < bits) scratch->validity = Buffer::Allocate(bits);
  return Read(source, sides, scratch->values->data(), scratch->validity->as<uint64_t>());
}

}  // namespace laminar
