#include "planner/binder/coercion.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "exec/expression/evaluate_constant.h"
#include "function/cast.h"
#include "function/registry.h"
#include "planner/binder/bind_error.h"

namespace laminar {

namespace {

bool HasColumns(const Expression& expression) {
  return expression.is_column() ||
         std::ranges::any_of(expression.children, [](const ExpressionPtr& child) { return HasColumns(*child); });
}

/// What a statement may put into a column without a cast; nested values part by part.
bool IsAssignable(const DataType& from, const DataType& to) {
  const auto is_instant = [](const DataType& type) {
    return type.id() == TypeId::kTimestamp || type.id() == TypeId::kDate;
  };
  if (from == to || ImplicitlyCastable(from, to)) return true;
  if ((from.is_numeric() && to.is_numeric()) || (is_instant(from) && is_instant(to))) return true;
  if (!from.is_nested()) return from.id() == to.id() || to.is_string();
  if (!Castable(from, to) || from.id() != to.id()) return false;
  for (size_t i = 0; i < from.children().size(); ++i) {
    if (!IsAssignable(from.children()[i].type, to.children()[i].type)) return false;
  }
  return true;
}

}  // namespace

bool IsUntyped(const Expression& expression) {
  return expression.is_constant() && (expression.type.is_string() || expression.type.id() == TypeId::kNull);
}

bool IsFoldable(const Expression& expression) {
  return expression.deterministic() && !expression.reads_time() && !HasColumns(expression);
}

ExpressionPtr Coerce(ExpressionPtr expression, const DataType& type, std::string_view sql, std::string_view what) {
  const bool narrowed_number = expression->is_constant() && expression->type.is_numeric() && type.is_numeric();
  if (expression->type == type || IsUntyped(*expression) || narrowed_number ||
      ImplicitlyCastable(expression->type, type)) {
    return CastTo(std::move(expression), type, sql);
  }
  ThrowAt(sql, expression->span,
          fmt::format("{} is of type {}, not {}", what, expression->type.ToString(), type.ToString()));
}

ExpressionPtr CoerceForAssignment(ExpressionPtr expression, const DataType& type, std::string_view sql,
                                  std::string_view column) {
  const DataType& from = expression->type;
  const bool allowed = IsUntyped(*expression) || IsAssignable(from, type);
  if (!allowed) {
    ThrowAt(sql, expression->span,
            fmt::format("column \"{}\" is of type {}, but the value is of type {}; write CAST(… AS {})", column,
                        type.ToString(), from.ToString(), type.ToString()));
  }
  const bool is_constant = expression->is_constant();
  const SourceSpan span = expression->span;
  ExpressionPtr coerced = CastTo(std::move(expression), type, sql);
  if (!is_constant || coerced->is_constant()) return coerced;
  // A constant that does not fit would fail for every row.
  return Expression::MakeConstant(ConstantValue(*coerced, sql, column), span);
}

DataType CommonTypeOrThrow(const std::vector<ExpressionPtr>& expressions, std::string_view sql, std::string_view what) {
  DataType common = TypeId::kNull;
  if (CommonTypeOf(expressions, &common)) return common;
  for (size_t count = 2; count <= expressions.size(); ++count) {
    DataType before = common;
    if (CommonTypeOf(std::span(expressions.data(), count), &common)) continue;
    CommonTypeOf(std::span(expressions.data(), count - 1), &before);
    ThrowAt(sql, expressions[count - 1]->span,
            fmt::format("{} of types {} and {} do not match: cast one to the type of the other", what,
                        before.ToString(), expressions[count - 1]->type.ToString()));
  }
  return common;
}

ExpressionPtr ExplicitCast(ExpressionPtr expression, const DataType& type, bool or_null, std::string_view sql) {
  const bool literal = IsUntyped(*expression) && !or_null;
  return CastTo(std::move(expression), type, sql, !literal, or_null);
}

Value ConstantValue(const Expression& expression, std::string_view sql, std::string_view what) {
  if (!IsFoldable(expression)) ThrowAt(sql, expression.span, fmt::format("{} must be a constant", what));
  Result<Value> value = EvaluateConstant(expression);
  if (!value.ok()) ThrowAt(sql, expression.span, value.status().message());
  return value.TakeValue();
}

}  // namespace laminar
