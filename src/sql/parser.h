// From SQL text to syntax trees.
//
// All four throw laminar::Error with kSqlParseError (401): what was found and what was expected, the line with a caret,
// the nearest keyword when a word looks misspelt; `position()` is the place. They accept any bytes without crashing:
// depth is bounded (kMaxNesting), and text that is not UTF-8 is refused. Pure functions, callable from any thread.
#pragma once

#include <string_view>
#include <vector>

#include "sql/ast.h"

namespace laminar::sql {

/// Every statement of a text, in order; spans are offsets into the whole of `sql`. Empty statements vanish. Positional
/// parameters count from 1 in each statement.
std::vector<StatementPtr> ParseStatements(std::string_view sql);

/// The only statement of a text (a trailing semicolon is fine).
StatementPtr ParseStatement(std::string_view sql);

ExpressionPtr ParseExpression(std::string_view sql);

/// In SQL `int8` has eight bytes, as in PostgreSQL; among Arrow's names it has eight bits. Nothing else differs.
enum class TypeNames { kSql, kArrow };

TypePtr ParseType(std::string_view sql, TypeNames names = TypeNames::kSql);

}  // namespace laminar::sql
