// Values given beside SQL text, put where its parameters stand.
#pragma once

#include <string_view>
#include <vector>

#include "laminar/parameters.h"
#include "sql/ast.h"

namespace laminar {

struct ParameterValue::Rep {
  sql::ParameterExpression::Given given;
};

/// Gives every parameter of the statements its value, `?` counting on from statement to statement. Throws kQueryFailed
/// at the first parameter without one; at the end of the text for values without a parameter; and at a parameter in a
/// statement that is kept as text, where it would have no value when the text is read again.
void GiveParameters(const std::vector<sql::StatementPtr>& statements, std::string_view sql,
                    const Parameters& parameters);
void GiveParameters(const sql::Statement& statement, std::string_view sql, const Parameters& parameters);

}  // namespace laminar
