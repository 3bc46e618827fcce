// Rows from JSON text.
#pragma once

#include <string_view>

#include "common/ref.h"
#include "common/status.h"
#include "common/type.h"
#include "main/malformed_text.h"
#include "state/row_batch.h"

namespace laminar {

/// How a text is read that is a part of a file.
struct JsonPart {
  TextBefore before;
  const Schema* ignored = nullptr;  // names in it are no columns, and are passed over
  bool ignore_unknown = false;      // so are all that are no columns
};

/// One object, an array of objects, or objects one after the other (JSON lines). Names are columns, ignoring case; a
/// nullable column that is not there is NULL, and so is null. Numbers keep every digit in integer and DECIMAL columns
/// and become the nearest float in REAL and DOUBLE ones; a JSON column takes any value as it is written. Errors:
/// kIngestionFailed with line and column for malformed text, kBatchSchemaMismatch for rows that do not fit. All rows or
/// none.
Result<Ref<RowBatch>> JsonToRows(std::string_view text, const Schema& schema, std::string_view relation,
                                 const JsonPart& part = {});

}  // namespace laminar
