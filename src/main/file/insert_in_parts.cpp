#include "main/file/insert_in_parts.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "main/listed_query.h"

namespace laminar {

ExecuteResult InsertInParts(Database& database, std::string_view sql, std::shared_ptr<QueryRun> run,
                            const std::function<int64_t(const Ref<RowBatch>&)>& accept) {
  const ListedQuery listed(database.queries(), std::string(sql), [run] { run->Cancel(); });
  ExecuteResult result;
  result.type = ExecuteResult::Type::kRowsAffected;
  try {
    while (const Ref<RowBatch> batch = ValueOrThrow(run->NextBatch())) result.rows_affected += accept(batch);
  } catch (const Error& error) {
    if (result.rows_affected == 0) throw;
    throw Error(error.code(), fmt::format("{} (the {} rows before it are in: an INSERT from files commits batch by "
                                          "batch)",
                                          error.what(), result.rows_affected));
  }
  result.warnings = run->warnings();
  return result;
}

}  // namespace laminar
