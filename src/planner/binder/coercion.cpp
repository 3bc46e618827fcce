#include "planner/binder/coercion.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "exec/expression/evaluate_constant.h"
#include "function/registry.h"
#include "planner/binder/bind_error.h"

namespace laminar {

namespace {

bool HasColumns(const Expression& expression) {
  return expression.is_column() ||
         std::ranges::any_of(expression.children, [](const ExpressionPtr& child) { return HasColumns(*child); });
}

/// Reads a literal as `type`; the place of a bad one is the literal's.
ExpressionPtr ReadLiteral(const Expression& literal, const DataType& type, std::string_view sql) {
  if (literal.value.is_null()) return Expression::MakeConstant(Value(type), literal.span);
  const ExpressionPtr cast = Expression::MakeCast(literal.Clone(), type, false, literal.span);
  Result<Value> value = EvaluateConstant(*cast);
  if (!value.ok()) ThrowAt(sql, literal.span, value.status().message());
  return Expression::MakeConstant(value.TakeValue(), literal.span);
}

}  // namespace

bool IsUntyped(const Expression& expression) {
  return expression.is_constant() && (expression.type.is_string() || expression.type.id() == TypeId::kNull);
}

bool IsFoldable(const Expression& expression) {
  return expression.deterministic() && !expression.reads_time() && !HasColumns(expression);
}

ExpressionPtr TryCoerce(ExpressionPtr& expression, const DataType& type, std::string_view sql) {
  if (expression->type == type) return std::move(expression);
  if (IsUntyped(*expression)) return ReadLiteral(*expression, type, sql);
  if (!ImplicitlyCastable(expression->type, type)) return nullptr;
  const SourceSpan span = expression->span;
  return Expression::MakeCast(std::move(expression), type, false, span);
}

ExpressionPtr Coerce(ExpressionPtr expression, const DataType& type, std::string_view sql, std::string_view what) {
  if (ExpressionPtr coerced = TryCoerce(expression, type, sql)) return coerced;
  ThrowAt(sql, expression->span,
          fmt::format("{} is of type {}, not {}", what, expression->type.ToString(), type.ToString()));
}

ExpressionPtr CoerceForAssignment(ExpressionPtr expression, const DataType& type, std::string_view sql,
                                  std::string_view column) {
  if (ExpressionPtr coerced = TryCoerce(expression, type, sql)) return coerced;
  const DataType& from = expression->type;
  const bool temporal = (from.id() == TypeId::kTimestamp || from.id() == TypeId::kDate) &&
                        (type.id() == TypeId::kTimestamp || type.id() == TypeId::kDate);
  const bool narrows = from.is_numeric() && type.is_numeric();
  const bool same_kind = from.id() == type.id() && !type.is_nested();
  if (!temporal && !narrows && !same_kind && !type.is_string()) {
    ThrowAt(sql, expression->span,
            fmt::format("column \"{}\" is of type {}, but the value is of type {}; write CAST(… AS {})", column,
                        type.ToString(), from.ToString(), type.ToString()));
  }
  const SourceSpan span = expression->span;
  return Expression::MakeCast(std::move(expression), type, false, span);
}

DataType CommonTypeOf(const std::vector<const Expression*>& expressions, std::string_view sql, std::string_view what) {
  DataType common = TypeId::kNull;
  bool has_text = false;
  for (const Expression* expression : expressions) {
    if (IsUntyped(*expression)) {
      has_text |= expression->type.is_string();
      continue;
    }
    if (common.id() == TypeId::kNull) {
      common = expression->type;
    } else if (DataType wider; CommonType(common, expression->type, &wider)) {
      common = wider;
    } else {
      ThrowAt(sql, expression->span,
              fmt::format("{} of types {} and {} do not match", what, common.ToString(), expression->type.ToString()));
    }
  }
  if (common.id() == TypeId::kNull && has_text) return TypeId::kVarchar;
  return common;
}

ExpressionPtr ExplicitCast(ExpressionPtr expression, const DataType& type, bool or_null, std::string_view sql,
                           SourceSpan span) {
  if (IsUntyped(*expression) && !or_null) {
    ExpressionPtr read = ReadLiteral(*expression, type, sql);
    read->span = span;
    return read;
  }
  return Expression::MakeCast(std::move(expression), type, or_null, span);
}

Value ConstantValue(const Expression& expression, std::string_view sql, std::string_view what) {
  if (!IsFoldable(expression)) ThrowAt(sql, expression.span, fmt::format("{} must be a constant", what));
  Result<Value> value = EvaluateConstant(expression);
  if (!value.ok()) ThrowAt(sql, expression.span, value.status().message());
  return value.TakeValue();
}

}  // namespace laminar
