// UNNEST in FROM: lists of constants as rows, and lists of a row before it as more rows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/binder/from_binder.h"

namespace laminar {

class ExpressionBinder;

bool IsUnnest(const sql::FunctionTable& table);
/// A column for each list, side by side, shorter ones filled up with NULL; behind them the row's number when it is WITH
/// ORDINALITY. A single column has the alias of the table as its name. Refuses lists that depend on a row.
/// It begins FROM, or is joined in a way that is not row by row.
BoundTable BindUnnest(const sql::FunctionTable& table, std::string_view sql);

struct BoundUnnest {
  std::vector<ExpressionPtr> lists;
  std::vector<std::string> names;  // of the columns: of the lists, and of the ordinality
};
/// Of lists that `binder` knows the columns of.
BoundUnnest BindUnnestOver(const sql::FunctionTable& table, ExpressionBinder& binder, std::string_view sql);

}  // namespace laminar
