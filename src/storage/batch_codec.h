// Rows as bytes: column by column, packed, little-endian (docs/storage.md, "Rows").
#pragma once

#include <span>

#include "common/ref.h"
#include "common/status.h"
#include "common/type.h"
#include "state/row_batch.h"
#include "storage/byte_reader.h"
#include "storage/piece_list.h"

namespace laminar {

/// `rows` must have the columns `types`; its large columns are referred to, so it must outlive the pieces. Marks are
/// left out.
void EncodeBatch(const RowBatch& rows, std::span<const DataType> types, PieceList* out);

/// Long strings of the batch stay in the bytes read, which `owner` keeps alive. Fails for bytes that no EncodeBatch
/// with these types can have written.
Result<Ref<RowBatch>> DecodeBatch(ByteReader* in, std::span<const DataType> types, const Ref<RefCounted>& owner);

}  // namespace laminar
