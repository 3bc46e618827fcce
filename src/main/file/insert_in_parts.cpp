#include "main/file/insert_in_parts.h"

#include <fmt/format.h>

#include "main/running_query.h"

namespace laminar {

ExecuteResult InsertInParts(RunningQuery& query, const std::function<int64_t(const Ref<RowBatch>&)>& accept) {
  ExecuteResult result;
  result.type = ExecuteResult::Type::kRowsAffected;
  try {
    while (const Ref<RowBatch> batch = query.Next()) {
      const CancelScope whole(nullptr);  // what is being accepted is accepted
      result.rows_affected += accept(batch);
    }
  } catch (const Error& error) {
    if (result.rows_affected == 0) throw;
    throw Error(error.code(), fmt::format("{} (the {} rows before it are in: an INSERT from files commits batch by "
                                          "batch)",
                                          error.what(), result.rows_affected));
  }
  result.warnings = query.run().warnings();
  return result;
}

}  // namespace laminar
