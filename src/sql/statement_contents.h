// What of a statement is settled by whoever runs it, before it is bound: parameters, and names of tables.
#pragma once

#include <vector>

#include "sql/ast.h"

namespace laminar::sql {

struct StatementContents {
  std::vector<const ParameterExpression*> parameters;
  /// All that stand in FROM, common tables included: what each means is for the binder to find out.
  std::vector<const NamedTable*> tables;
};

/// Everything in the statement, subqueries included, in the order of the text. Points into the statement.
StatementContents ContentsOf(const Statement& statement);

}  // namespace laminar::sql
