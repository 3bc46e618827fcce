// Rows from CSV text.
#pragma once

#include <string_view>

#include "common/ref.h"
#include "common/status.h"
#include "common/type.h"
#include "state/row_batch.h"

namespace laminar {

/// RFC 4180 with a header row that names columns, ignoring case, in any order; lines end in LF or CRLF, empty lines are
/// skipped. An empty field is NULL, a quoted empty one the empty text. Values are read as CAST reads text, but digits
/// finer than the column's are refused. Errors: kIngestionFailed with line and column for malformed text,
/// kBatchSchemaMismatch for rows that do not fit. All rows or none.
Result<Ref<RowBatch>> CsvToRows(std::string_view text, const Schema& schema, std::string_view relation);

}  // namespace laminar
