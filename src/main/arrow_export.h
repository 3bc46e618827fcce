// Batches as Arrow: shared where the form is Arrow's too, rewritten where not.
#pragma once

#include <memory>

#include "common/ref.h"
#include "common/status.h"
#include "common/type.h"
#include "laminar/arrow_c.h"
#include "state/row_batch.h"

namespace arrow {
class RecordBatch;
class Schema;
}  // namespace arrow

namespace laminar {

/// `arrow_schema` is SchemaToArrow(schema). With `with_weight` the last field of both is the weight, which the batch
/// has as its weights and not as a column. The result holds the batch. Fails when a value does not fit the declared
/// Arrow form: more text than 32-bit offsets reach, more different values than a dictionary's index type counts,
/// another size than a fixed one.
Result<std::shared_ptr<arrow::RecordBatch>> ToRecordBatch(const Ref<RowBatch>& batch, const Schema& schema,
                                                          const std::shared_ptr<arrow::Schema>& arrow_schema,
                                                          bool with_weight);

void ExportSchema(const Schema& schema, ArrowSchema* out);
Status ExportBatch(const Ref<RowBatch>& batch, const Schema& schema, bool with_weight, ArrowArray* out);

}  // namespace laminar
