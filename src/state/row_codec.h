// Rows as one stretch of bytes, and back: what is written when a batch leaves memory for a while.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "common/buffer.h"
#include "common/status.h"
#include "common/type.h"
#include "state/row_batch.h"

namespace laminar {

/// Where a body may begin: cells of every type are read in place.
constexpr size_t kRowsAlignment = 16;

/// Appends the values, validity and weights of `rows`, whose columns have these types; marks are left out. `out` is
/// first padded to kRowsAlignment, counted from its beginning. Little endian; not a format that outlives the process.
void EncodeRows(const RowBatch& rows, std::span<const DataType> types, std::vector<uint8_t>* out);
/// Likewise of a delta without a selection.
void EncodeRows(const Delta& rows, std::span<const DataType> types, std::vector<uint8_t>* out);

/// Reads what EncodeRows wrote at `begin` (aligned) of `bytes`, which nobody else looks at: the batch views them, and
/// references to long strings are put right in place. Bytes that cannot be rows of these types are an internal error.
Result<Ref<RowBatch>> DecodeRows(const Ref<Buffer>& bytes, size_t begin, size_t size, std::span<const DataType> types);

}  // namespace laminar
