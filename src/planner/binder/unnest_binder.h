// FROM UNNEST([…]): lists of constants as rows.
#pragma once

#include <string_view>

#include "planner/binder/from_binder.h"

namespace laminar {

bool IsUnnest(const sql::FunctionTable& table);
/// A column for each list, side by side, shorter ones filled up with NULL; behind them the row's number when it is WITH
/// ORDINALITY. A single column has the alias of the table as its name. Refuses lists that depend on a row.
BoundTable BindUnnest(const sql::FunctionTable& table, std::string_view sql);

}  // namespace laminar
