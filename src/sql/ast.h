// The whole syntax tree, and what can be asked of any part of it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sql/ast_expression.h"
#include "sql/ast_node.h"
#include "sql/ast_query.h"
#include "sql/ast_statement.h"
#include "sql/ast_type.h"

namespace laminar::sql {

/// "Binary", "Column", …: the names the JSON dump uses.
std::string_view KindName(ExpressionKind kind);
std::string_view KindName(TableKind kind);
std::string_view KindName(QueryBodyKind kind);
std::string_view KindName(StatementKind kind);

/// The same tree but for places in the text (spans).
bool Equal(const Expression& a, const Expression& b);
bool Equal(const TypeName& a, const TypeName& b);
bool Equal(const Query& a, const Query& b);
bool Equal(const Statement& a, const Statement& b);

/// Calls in FROM, at any depth: of subqueries and common tables too.
void ForEachTableFunction(const Query& query, const std::function<void(const FunctionTable&)>& visit);

}  // namespace laminar::sql
