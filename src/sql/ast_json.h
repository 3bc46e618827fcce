// The syntax tree as JSON: what the tests' reference evaluator reads, and what a person looks at.
//
// One object per struct of ast_*.h, its members in the order of the struct's `Fields`, none left out:
//
//     {"kind": "Binary", "span": [7, 12], "op": "+", "left": {…}, "right": {…}}
//
// `kind` stands only on the four families (KindName). `span` is [begin, end) in bytes of the parsed text. A null
// pointer or an empty optional is null, a vector a list, an enum its EnumName (ast_names.h). The members that all
// tables share, `alias` and `column_aliases`, come first. Shapes change only together with the structs.
#pragma once

#include <string>

#include "sql/ast.h"

namespace laminar::sql {

std::string DumpJson(const Statement& statement);
std::string DumpJson(const std::vector<StatementPtr>& statements);
std::string DumpJson(const Expression& expression);
std::string DumpJson(const TypeName& type);

}  // namespace laminar::sql
