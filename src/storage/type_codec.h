// Column types as bytes (docs/storage.md, "Types").
#pragma once

#include "common/type.h"
#include "storage/byte_reader.h"
#include "storage/byte_writer.h"

namespace laminar {

/// With the Arrow form, so that what comes out after a restart has the type that went in.
void EncodeType(const DataType& type, ByteWriter* out);
/// Leaves the reader failed when the bytes are no type.
DataType DecodeType(ByteReader* in);

void EncodeSchema(const Schema& schema, ByteWriter* out);
Schema DecodeSchema(ByteReader* in);

}  // namespace laminar
