// Bringing expressions to the types that their place wants.
#pragma once

#include <string_view>
#include <vector>

#include "function/expression.h"

namespace laminar {

/// A string literal or a NULL: it has no type of its own yet and takes that of its place.
bool IsUntyped(const Expression& expression);

/// Implicit coercion: widening, DATE to TIMESTAMP, NULL; a string literal is read as the type now, and a bad one is an error
/// at its place. Returns null, with `expression` untouched, when there is none.
ExpressionPtr TryCoerce(ExpressionPtr& expression, const DataType& type, std::string_view sql);
/// As TryCoerce, or throws "<what> is of type x, not y" at the expression.
ExpressionPtr Coerce(ExpressionPtr expression, const DataType& type, std::string_view sql, std::string_view what);
/// As an assignment does: also numbers to narrower ones and anything to text.
ExpressionPtr CoerceForAssignment(ExpressionPtr expression, const DataType& type, std::string_view sql,
                                  std::string_view column);

/// The type all of them can be brought to: literals and NULLs follow the others. VARCHAR for literals alone, kNull for NULLs
/// alone. Throws "<what> of types x and y do not match" at the first that does not fit.
DataType CommonTypeOf(const std::vector<const Expression*>& expressions, std::string_view sql, std::string_view what);

/// A cast the user wrote; a literal is read now.
ExpressionPtr ExplicitCast(ExpressionPtr expression, const DataType& type, bool or_null, std::string_view sql,
                           SourceSpan span);

/// The value of an expression that must be constant, e.g. the count of LIMIT. Throws at the expression when it has columns,
/// is not deterministic, or fails.
Value ConstantValue(const Expression& expression, std::string_view sql, std::string_view what);
/// Does it refer to no column and give the same value always?
bool IsFoldable(const Expression& expression);

}  // namespace laminar
