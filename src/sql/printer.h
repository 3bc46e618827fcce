// From syntax trees back to SQL, in one canonical spelling: upper-case keywords, one line, names quoted only where they
// must be or were, parentheses only where they mean something.
//
// Printing what was parsed and parsing that again gives an equal tree (`Equal`), and prints the same.
#pragma once

#include <string>
#include <string_view>

#include "sql/ast.h"

namespace laminar::sql {

std::string PrintStatement(const Statement& statement);
std::string PrintQuery(const Query& query);
std::string PrintExpression(const Expression& expression);
std::string PrintType(const TypeName& type);

/// `name` as SQL reads it back: in double quotes unless it is a plain word that means nothing else.
std::string PrintName(std::string_view name);

/// `'it''s'`
std::string PrintString(std::string_view text);

}  // namespace laminar::sql
