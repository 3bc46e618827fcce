// Bringing expressions to the types that their place wants.
#pragma once

#include <string_view>
#include <vector>

#include "function/expression.h"

namespace laminar {

/// A string literal or a NULL: it has no type of its own yet and takes that of its place.
bool IsUntyped(const Expression& expression);

/// Implicit coercion: widening, DATE to TIMESTAMP, NULL; a literal becomes a constant of the type at once, and a bad
/// one is an error at its place. Throws "<what> is of type x, not y" at the expression when there is none.
ExpressionPtr Coerce(ExpressionPtr expression, const DataType& type, std::string_view sql, std::string_view what);
/// As an assignment does: also numbers to narrower ones and anything to text.
ExpressionPtr CoerceForAssignment(ExpressionPtr expression, const DataType& type, std::string_view sql,
                                  std::string_view column);

/// The type all of them can be brought to; literals and NULLs follow the others. Throws "<what> of types x and y do not
/// match" at the first that does not fit.
DataType CommonTypeOrThrow(const std::vector<ExpressionPtr>& expressions, std::string_view sql, std::string_view what);

/// A cast the user wrote. A string literal is read now, and a bad one refused, even if no row would ask for it.
ExpressionPtr ExplicitCast(ExpressionPtr expression, const DataType& type, bool or_null, std::string_view sql);

/// The value of an expression that must be constant, e.g. the count of LIMIT. Throws at the expression when it has
/// columns, is not deterministic, or fails.
Value ConstantValue(const Expression& expression, std::string_view sql, std::string_view what);
/// Does it refer to no column and give the same value always?
bool IsFoldable(const Expression& expression);

}  // namespace laminar
