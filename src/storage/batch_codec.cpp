#include "storage/batch_codec.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

namespace laminar {

namespace {

constexpr uint8_t kHasWeights = 1;
constexpr uint8_t kHasNulls = 1;

size_t BitmapBytes(uint32_t rows) { return (size_t{rows} + 7) / 8; }

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
  out->Put(rows);
  out->Put(static_cast<uint16_t>(types.size()));
  out->Put(static_cast<uint8_t>(delta.weights != nullptr ? kHasWeights : 0));
  for (size_t c = 0; c < types.size(); ++c) {
    const Column& column = delta.columns[c];
    out->Put(static_cast<uint8_t>(column.validity != nullptr ? kHasNulls : 0));
    if (column.validity != nullptr) out->Refer(column.validity, BitmapBytes(rows));
    const PhysicalType physical = types[c].physical();
    if (physical == PhysicalType::kString) {
      EncodeStrings(column.data<StringRef>(), rows, out);
    } else {
      out->Refer(column.values, size_t{rows} * static_cast<size_t>(PhysicalWidth(physical)));
    }
  }
  if (delta.weights != nullptr) out->Refer(delta.weights, size_t{rows} * 8);
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
    if (type.physical() == PhysicalType::kString) {
      column.values = keep(DecodeStrings(in, rows));
    } else {
      const size_t bytes = size_t{rows} * static_cast<size_t>(PhysicalWidth(type.physical()));
      column.values = keep(CopyOut(in, bytes, bytes));
    }
    if ((column_flags & ~kHasNulls) != 0) in->Fail();
    delta.columns.push_back(column);
  }
  if ((flags & kHasWeights) != 0) {
    delta.weights = static_cast<const int64_t*>(keep(CopyOut(in, size_t{rows} * 8, size_t{rows} * 8)));
  }
  if (!in->ok() || (flags & ~kHasWeights) != 0) {
    return Status(ErrorCode::kConnectionFailed, "the bytes of rows do not make sense");
  }
  delta.owner = decoded;
  return RowBatch::FromDelta(delta, types);
}

}  // namespace laminar
