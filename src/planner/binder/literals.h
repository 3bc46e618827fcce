// Literals to constants with their types.
#pragma once

#include <string_view>
#include <vector>

#include "common/interval.h"
#include "function/expression.h"
#include "sql/ast_expression.h"

namespace laminar {

/// Integers are INTEGER, BIGINT, DECIMAL(n,0) or DOUBLE, whichever is the first to hold them; numbers with a point are
/// DECIMAL(p,s), or DOUBLE past 38 digits. `negative`: a minus sign precedes.
ExpressionPtr BindLiteral(const sql::LiteralExpression& literal, std::string_view sql, bool negative);
ExpressionPtr BindTypedLiteral(const sql::TypedLiteralExpression& literal, std::string_view sql);
ExpressionPtr BindIntervalLiteral(const sql::IntervalLiteralExpression& literal, std::string_view sql);

/// The value given for it, with the type of its place if it is text, as a quoted literal. Throws when none was given,
/// or a list, which belongs behind IN, ANY and ALL.
ExpressionPtr BindParameter(const sql::ParameterExpression& parameter, std::string_view sql);
/// The values of a list.
std::vector<ExpressionPtr> BindListParameter(const sql::ParameterExpression& parameter);

bool IsNumber(sql::LiteralKind kind);
Interval OneUnit(sql::IntervalUnit unit);

}  // namespace laminar
