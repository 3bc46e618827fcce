#include "storage/batch_codec.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "storage/integer_frame.h"

namespace laminar {

namespace {

constexpr uint8_t kHasWeights = 1;
constexpr uint8_t kHasNulls = 1;
// In the same byte: the DistanceWidth of the weights, or of the column's integers.
constexpr int kWidthShift = 1;
constexpr uint8_t kWidthMask = 7;

size_t BitmapBytes(uint32_t rows) { return (size_t{rows} + 7) / 8; }

uint8_t Flags(bool lowest, DistanceWidth width) {
  return static_cast<uint8_t>((lowest ? 1 : 0) | static_cast<uint8_t>(width) << kWidthShift);
}

DistanceWidth WidthIn(uint8_t flags) { return static_cast<DistanceWidth>(flags >> kWidthShift & kWidthMask); }
bool FlagsAreKnown(uint8_t flags) { return flags >> kWidthShift <= static_cast<uint8_t>(DistanceWidth::kEight); }

/// visit(T{}) with the signed integer of a type's width, where its values are integers that take more than a byte.
/// False of the others.
template <typename Visit>
bool WithInteger(PhysicalType type, Visit&& visit) {
  switch (type) {
    case PhysicalType::kInt16:
    case PhysicalType::kUInt16:
      visit(int16_t{});
      return true;
    case PhysicalType::kInt32:
    case PhysicalType::kUInt32:
      visit(int32_t{});
      return true;
    case PhysicalType::kInt64:
    case PhysicalType::kUInt64:
      visit(int64_t{});
      return true;
    case PhysicalType::kInt128:
      visit(int128_t{});
      return true;
    case PhysicalType::kBool:
    case PhysicalType::kInt8:
    case PhysicalType::kUInt8:
    case PhysicalType::kFloat:
    case PhysicalType::kDouble:
    case PhysicalType::kInterval:
    case PhysicalType::kString:
      return false;
  }
  return false;
}

/// The smallest, and the distances from it.
template <typename T>
void EncodeDistances(const IntegerFrame<T>& frame, const T* values, uint32_t rows, PieceList* out) {
  out->Copy(&frame.smallest, sizeof(T));
  WriteDistances(frame, values, rows, out->Extend(size_t{rows} * BytesOf(frame.width)));
}

void EncodeStrings(const StringRef* strings, uint32_t rows, PieceList* out) {
  size_t bytes = 0;
  for (uint32_t i = 0; i < rows; ++i) bytes += strings[i].size();
  char* to = out->Extend(size_t{rows} * 4 + bytes);
  for (uint32_t i = 0; i < rows; ++i) {
    const uint32_t size = strings[i].size();
    std::memcpy(to + size_t{i} * 4, &size, 4);
  }
  to += size_t{rows} * 4;
  for (uint32_t i = 0; i < rows; ++i) {
    std::memcpy(to, strings[i].data(), strings[i].size());
    to += strings[i].size();
  }
}

/// Owner of the columns of a decoded batch, and of the bytes that its long strings are in.
struct DecodedRows final : RefCounted {
  std::vector<Ref<Buffer>> buffers;
  Ref<RefCounted> bytes;
};

/// Null, with the reader failed, when there are not that many bytes: asked before memory is taken for them.
Ref<Buffer> CopyOut(ByteReader* in, size_t bytes, size_t padded) {
  const char* from = in->GetBytes(bytes);
  if (from == nullptr) return nullptr;
  Ref<Buffer> buffer = Buffer::Allocate(std::max(padded, size_t{1}));
  std::memcpy(buffer->data(), from, bytes);
  std::memset(buffer->data() + bytes, 0, padded - bytes);
  return buffer;
}

template <typename T>
Ref<Buffer> DecodeDistances(ByteReader* in, DistanceWidth width, uint32_t rows) {
  IntegerFrame<T> frame{0, width};
  const char* smallest = in->GetBytes(sizeof(T));
  const char* distances = in->GetBytes(size_t{rows} * BytesOf(width));
  if (BytesOf(width) >= sizeof(T)) in->Fail();
  if (!in->ok()) return nullptr;
  std::memcpy(&frame.smallest, smallest, sizeof(T));
  Ref<Buffer> buffer = Buffer::Allocate(std::max<size_t>(size_t{rows} * sizeof(T), 1));
  ReadDistances(frame, distances, rows, buffer->as<T>());
  return buffer;
}

Ref<Buffer> DecodeValues(ByteReader* in, PhysicalType type, DistanceWidth width, uint32_t rows) {
  if (width == DistanceWidth::kNone) {
    const size_t bytes = size_t{rows} * static_cast<size_t>(PhysicalWidth(type));
    return CopyOut(in, bytes, bytes);
  }
  Ref<Buffer> values;
  const auto decode = [&](auto sample) { values = DecodeDistances<decltype(sample)>(in, width, rows); };
  if (!WithInteger(type, decode)) in->Fail();
  return values;
}

Ref<Buffer> DecodeStrings(ByteReader* in, uint32_t rows) {
  const char* sizes = in->GetBytes(size_t{rows} * 4);
  if (sizes == nullptr) return nullptr;
  Ref<Buffer> buffer = Buffer::Allocate(std::max<size_t>(size_t{rows} * sizeof(StringRef), 1));
  StringRef* strings = buffer->as<StringRef>();
  for (uint32_t i = 0; i < rows; ++i) {
    uint32_t size;
    std::memcpy(&size, sizes + size_t{i} * 4, 4);
    const char* bytes = in->GetBytes(size);
    if (bytes == nullptr) return nullptr;
    strings[i] = StringRef(bytes, size);
  }
  return buffer;
}

}  // namespace

void EncodeBatch(const RowBatch& batch, std::span<const DataType> types, PieceList* out) {
  const Delta delta = batch.delta();
  const uint32_t rows = delta.rows;
  IntegerFrame<int64_t> weights;
  if (delta.weights != nullptr) weights = FrameOf(delta.weights, rows);
  out->Put(rows);
  out->Put(static_cast<uint16_t>(types.size()));
  out->Put(Flags(delta.weights != nullptr, weights.width));
  for (size_t c = 0; c < types.size(); ++c) {
    const Column& column = delta.columns[c];
    const PhysicalType physical = types[c].physical();
    const auto begin = [&](DistanceWidth width) {
      out->Put(Flags(column.validity != nullptr, width));
      if (column.validity != nullptr) out->Refer(column.validity, BitmapBytes(rows));
      return width != DistanceWidth::kNone;
    };
    bool written = false;
    const auto encode = [&](auto sample) {
      const auto* values = column.data<decltype(sample)>();
      const auto frame = FrameOf(values, rows);
      written = begin(frame.width);
      if (written) EncodeDistances(frame, values, rows, out);
    };
    if (!WithInteger(physical, encode)) begin(DistanceWidth::kNone);
    if (written) continue;
    if (physical == PhysicalType::kString) {
      EncodeStrings(column.data<StringRef>(), rows, out);
    } else {
      out->Refer(column.values, size_t{rows} * static_cast<size_t>(PhysicalWidth(physical)));
    }
  }
  if (weights.width != DistanceWidth::kNone) {
    EncodeDistances(weights, delta.weights, rows, out);
  } else if (delta.weights != nullptr) {
    out->Refer(delta.weights, size_t{rows} * 8);
  }
}

Result<Ref<RowBatch>> DecodeBatch(ByteReader* in, std::span<const DataType> types, const Ref<RefCounted>& owner) {
  const uint32_t rows = in->Get<uint32_t>();
  const uint16_t columns = in->Get<uint16_t>();
  const uint8_t flags = in->Get<uint8_t>();
  if (in->ok() && columns != types.size()) {
    return Status(ErrorCode::kConnectionFailed,
                  fmt::format("rows of {} columns where the relation has {}", columns, types.size()));
  }
  Ref<DecodedRows> decoded = MakeRef<DecodedRows>();
  decoded->bytes = owner;
  Delta delta;
  delta.rows = rows;
  const auto keep = [&](Ref<Buffer> buffer) -> const void* {
    if (!buffer) return nullptr;
    decoded->buffers.push_back(std::move(buffer));
    return decoded->buffers.back()->data();
  };
  for (const DataType& type : types) {
    const uint8_t column_flags = in->Get<uint8_t>();
    Column column;
    if ((column_flags & kHasNulls) != 0) {
      column.validity = static_cast<const uint64_t*>(keep(CopyOut(in, BitmapBytes(rows), BitmapWords(rows) * 8)));
    }
    if (type.physical() == PhysicalType::kString && WidthIn(column_flags) == DistanceWidth::kNone) {
      column.values = keep(DecodeStrings(in, rows));
    } else {
      column.values = keep(DecodeValues(in, type.physical(), WidthIn(column_flags), rows));
    }
    if (!FlagsAreKnown(column_flags)) in->Fail();
    delta.columns.push_back(column);
  }
  if ((flags & kHasWeights) != 0) {
    delta.weights = static_cast<const int64_t*>(keep(DecodeValues(in, PhysicalType::kInt64, WidthIn(flags), rows)));
  }
  const bool known = FlagsAreKnown(flags) && ((flags & kHasWeights) != 0 || WidthIn(flags) == DistanceWidth::kNone);
  if (!in->ok() || !known) {
    return Status(ErrorCode::kConnectionFailed, "the bytes of rows do not make sense");
  }
  delta.owner = decoded;
  return RowBatch::FromDelta(delta, types);
}

}  // namespace laminar
