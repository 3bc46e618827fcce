#include "planner/binder/expression_binder.h"

#include <fmt/format.h>

#include <utility>

#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/features.h"
#include "planner/binder/literals.h"
#include "planner/binder/operators.h"
#include "planner/binder/types.h"

namespace laminar {

int AggregateCollector::Add(AggregateItem item) {
  for (size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].Equals(item)) return static_cast<int>(i);
  }
  items_.push_back(std::move(item));
  return static_cast<int>(items_.size()) - 1;
}

ExpressionPtr ExpressionBinder::Bind(const sql::Expression& expression) {
  using Kind = sql::ExpressionKind;
  const SourceSpan span = expression.span;
  switch (expression.kind) {
    case Kind::kLiteral:
      return BindLiteral(expression.As<sql::LiteralExpression>(), sql_, false);
    case Kind::kTypedLiteral:
      return BindTypedLiteral(expression.As<sql::TypedLiteralExpression>(), sql_);
    case Kind::kIntervalLiteral:
      return BindIntervalLiteral(expression.As<sql::IntervalLiteralExpression>(), sql_);
    case Kind::kIntervalOf: {
      const auto& interval = expression.As<sql::IntervalOfExpression>();
      return CallOf("*", span, Bind(*interval.value),
                    Expression::MakeConstant(Value(TypeId::kInterval, OneUnit(interval.unit)), span));
    }
    case Kind::kColumn:
      return BindColumn(expression.As<sql::ColumnExpression>());
    case Kind::kUnary:
      return BindUnary(expression.As<sql::UnaryExpression>());
    case Kind::kBinary:
      return BindBinary(expression.As<sql::BinaryExpression>());
    case Kind::kLogical:
      return BindLogical(expression.As<sql::LogicalExpression>());
    case Kind::kIs:
      return BindIs(expression.As<sql::IsExpression>());
    case Kind::kLike:
      return BindLike(expression.As<sql::LikeExpression>());
    case Kind::kBetween:
      return BindBetween(expression.As<sql::BetweenExpression>());
    case Kind::kInList:
      return BindInList(expression.As<sql::InListExpression>());
    case Kind::kCast: {
      const auto& cast = expression.As<sql::CastExpression>();
      ExpressionPtr result = ExplicitCast(Bind(*cast.operand), BindType(*cast.type, sql_), cast.or_null, sql_);
      if (const int64_t length = MaxLengthOf(*cast.type); length != 0) {
        // As in PostgreSQL, a cast that is written cuts off what is too long.
        result = CallOf("left", span, std::move(result), Expression::MakeConstant(Value::BigInt(length), span));
      }
      result->span = span;
      return result;
    }
    case Kind::kCase:
      return BindCase(expression.As<sql::CaseExpression>());
    case Kind::kAtTimeZone: {
      const auto& at = expression.As<sql::AtTimeZoneExpression>();
      if (!FunctionRegistry::Get().IsScalar("timezone")) ThrowNotSupported("AT TIME ZONE", sql_, span);
      return CallOf("timezone", span, Bind(*at.zone), Bind(*at.operand));
    }
    case Kind::kCall:
      return BindCall(expression.As<sql::CallExpression>());
    case Kind::kStar:
      ThrowAt(sql_, span, fmt::format("* is not allowed in {}", clause_));
    case Kind::kParameter:
      return BindParameter(expression.As<sql::ParameterExpression>(), sql_);
    case Kind::kDefault:
      ThrowAt(sql_, span, "DEFAULT stands only in the rows of an INSERT");
    case Kind::kInSubquery:
    case Kind::kExists:
    case Kind::kScalarSubquery:
    case Kind::kQuantified:
      return BindSubquery(expression);
    case Kind::kSubscript:
      return BindSubscript(expression.As<sql::SubscriptExpression>());
    case Kind::kSlice:
      return BindSlice(expression.As<sql::SliceExpression>());
    case Kind::kField: {
      const auto& field = expression.As<sql::FieldExpression>();
      return FieldOf(Bind(*field.operand), field.field, span);
    }
    case Kind::kRow:
      return BindRow(expression.As<sql::RowExpression>());
    case Kind::kArray:
      return BindArray(expression.As<sql::ArrayExpression>());
    case Kind::kStruct:
      return BindStruct(expression.As<sql::StructExpression>());
    case Kind::kMap:
      return BindMap(expression.As<sql::MapExpression>());
    case Kind::kLambda:
      ThrowNotSupported(Feature::kLambdas, sql_, span);
  }
  ThrowNotSupported("this expression", sql_, span);
}

ExpressionPtr ExpressionBinder::BindPredicate(const sql::Expression& expression, std::string_view what) {
  return Coerce(Bind(expression), TypeId::kBoolean, sql_, what);
}

ExpressionPtr ExpressionBinder::BindColumn(const sql::ColumnExpression& column) {
  if (column.parts.size() > 1) {
    if (ExpressionPtr field = BindFieldOfColumn(column)) return field;
  }
  if (ExpressionPtr reference = scope_.Resolve(column.parts, sql_, column.span)) return reference;
  if (aliases_) {
    if (ExpressionPtr aliased = aliases_(column)) return aliased;
  }
  std::string hint;
  if (hint_ && column.parts.size() == 1) hint = hint_(column.parts[0].name);
  scope_.ThrowUnknown(column.parts, sql_, column.span, hint);
}

ExpressionPtr ExpressionBinder::Call(std::string_view function, std::vector<ExpressionPtr> arguments,
                                     SourceSpan span) const {
  return FunctionRegistry::Get().BindScalar(function, std::move(arguments), sql_, span);
}

ExpressionPtr ExpressionBinder::Negate(ExpressionPtr operand, bool negated, SourceSpan span) const {
  return negated ? CallOf(kNot, span, std::move(operand)) : std::move(operand);
}

ExpressionPtr ExpressionBinder::BindUnary(const sql::UnaryExpression& unary) {
  const auto* literal = unary.operand->If<sql::LiteralExpression>();
  if (unary.op == sql::UnaryOperator::kNegate && literal != nullptr && IsNumber(literal->literal)) {
    ExpressionPtr negative = BindLiteral(*literal, sql_, true);  // so that the least BIGINT can be written
    negative->span = unary.span;
    return negative;
  }
  ExpressionPtr operand =
      unary.op == sql::UnaryOperator::kNot ? BindPredicate(*unary.operand, "the operand of NOT") : Bind(*unary.operand);
  return CallOf(FunctionOf(unary.op), unary.span, std::move(operand));
}

ExpressionPtr ExpressionBinder::BindBinary(const sql::BinaryExpression& binary) {
  const OperatorFunction function = FunctionOf(binary.op);
  if (!FunctionRegistry::Get().IsScalar(function.name)) {
    ThrowNotSupported(fmt::format("the operator {}", function.spelling), sql_, binary.op_span);
  }
  std::vector<ExpressionPtr> operands;
  operands.push_back(Bind(*binary.left));
  operands.push_back(Bind(*binary.right));
  if (!function.flags.empty()) {
    operands.push_back(Expression::MakeConstant(Value::Varchar(std::string(function.flags)), binary.op_span));
  }
  return Negate(Call(function.name, std::move(operands), binary.span), function.negated, binary.span);
}

ExpressionPtr ExpressionBinder::BindLogical(const sql::LogicalExpression& logical) {
  const bool is_and = logical.op == sql::LogicalOperator::kAnd;
  const std::string_view what = is_and ? "an operand of AND" : "an operand of OR";
  std::vector<ExpressionPtr> operands;
  for (const sql::ExpressionPtr& operand : logical.operands) operands.push_back(BindPredicate(*operand, what));
  return Call(is_and ? kAnd : kOr, std::move(operands), logical.span);
}

}  // namespace laminar
