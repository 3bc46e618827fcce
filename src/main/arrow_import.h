// Rows of an Arrow stream into batches of a relation.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "common/ref.h"
#include "common/status.h"
#include "common/type.h"
#include "laminar/arrow_c.h"
#include "state/row_batch.h"

namespace arrow {
class RecordBatch;
class RecordBatchReader;
}  // namespace arrow

namespace laminar {

/// All rows of the stream, or an error and none. The stream is consumed either way. Columns are matched by name,
/// ignoring case, in any order; a nullable column that is not there is NULL. Batches without rows are left out.
///
/// Without `copy` the batches point into the stream's memory and hold it, for as long as the rows are kept: then nobody
/// may write to it any more. Errors: kBatchSchemaMismatch naming column, row (from 1, over the whole stream) and value;
/// kIngestionFailed for what the stream itself reports.
Result<std::vector<Ref<RowBatch>>> ImportStream(ArrowArrayStream* stream, const Schema& target,
                                                std::string_view relation, bool copy);
Result<std::vector<Ref<RowBatch>>> ImportReader(arrow::RecordBatchReader& reader, const Schema& target,
                                                std::string_view relation, bool copy);

/// One batch, likewise; errors count its rows from `rows_before`.
Result<Ref<RowBatch>> ImportRecordBatch(const arrow::RecordBatch& batch, const Schema& target,
                                        std::string_view relation, int64_t rows_before, bool copy);

/// Consumes the schema. kInvalidSchema when a column's type is not supported.
Result<Schema> ImportSchema(ArrowSchema* schema);

}  // namespace laminar
