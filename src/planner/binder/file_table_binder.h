// FROM 'trades.parquet', read_csv(…), read_json(…), read_parquet(…): calls that name files.
#pragma once

#include <string_view>

#include "exec/file_table.h"
#include "planner/binder/bind_context.h"
#include "planner/binder/from_binder.h"
#include "sql/ast_query.h"

namespace laminar {

/// Whether the call is one of the functions that read files.
bool ReadsFile(const sql::FunctionTable& table);

/// Opens the files for their schema. Refused in a continuous query: a file has no changes to follow.
BoundTable BindFileTable(const BindContext& context, const sql::FunctionTable& table, std::string_view sql);

/// The value of an option as literals. `shown` is its name in messages.
FileOption BindFileOption(std::string_view key, const sql::Expression& value, SourceSpan span, std::string_view sql);

}  // namespace laminar
