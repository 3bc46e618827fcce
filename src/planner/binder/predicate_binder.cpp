// IS, LIKE, BETWEEN, IN and CASE: what SQL writes as words.
#include <fmt/format.h>

#include <utility>

#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/expression_binder.h"
#include "planner/binder/features.h"
#include "planner/binder/literals.h"
#include "planner/binder/operators.h"

namespace laminar {

ExpressionPtr ExpressionBinder::BindIs(const sql::IsExpression& is) {
  if (is.test == sql::IsTest::kNull) {
    return CallOf(is.negated ? "is not null" : "is null", is.span, Bind(*is.operand));
  }
  ExpressionPtr operand = BindPredicate(*is.operand, "the operand of IS");
  std::string function = is.negated ? "is not " : "is ";
  function += is.test == sql::IsTest::kTrue ? "true" : is.test == sql::IsTest::kFalse ? "false" : "unknown";
  return CallOf(function, is.span, std::move(operand));
}

ExpressionPtr ExpressionBinder::BindLike(const sql::LikeExpression& like) {
  const OperatorFunction function = FunctionOf(like.form);
  if (!FunctionRegistry::Get().IsScalar(function.name)) ThrowNotSupported(function.spelling, sql_, like.span);
  std::vector<ExpressionPtr> arguments;
  arguments.push_back(Bind(*like.operand));
  arguments.push_back(Bind(*like.pattern));
  if (like.escape != nullptr) arguments.push_back(Bind(*like.escape));
  return Negate(Call(function.name, std::move(arguments), like.span), like.negated, like.span);
}

ExpressionPtr ExpressionBinder::BindBetween(const sql::BetweenExpression& between) {
  ExpressionPtr operand = Bind(*between.operand);
  ExpressionPtr low = Bind(*between.low);
  ExpressionPtr high = Bind(*between.high);
  const SourceSpan span = between.span;
  const auto within = [&](const Expression& least, const Expression& most) {
    return CallOf(kAnd, span, CallOf(">=", span, operand->Clone(), least.Clone()),
                  CallOf("<=", span, operand->Clone(), most.Clone()));
  };
  ExpressionPtr result = within(*low, *high);
  if (between.symmetric) result = CallOf(kOr, span, std::move(result), within(*high, *low));
  return Negate(std::move(result), between.negated, span);
}

ExpressionPtr ExpressionBinder::BindInList(const sql::InListExpression& in) {
  std::vector<ExpressionPtr> operands;
  operands.push_back(Bind(*in.operand));
  for (const sql::ExpressionPtr& value : in.values) {
    const auto* parameter = value->If<sql::ParameterExpression>();
    if (parameter != nullptr && parameter->given && parameter->given->list) {
      for (ExpressionPtr& item : BindListParameter(*parameter)) operands.push_back(std::move(item));
    } else {
      operands.push_back(Bind(*value));
    }
  }
  if (operands.size() == 1) {  // in no value: false, whatever the operand is
    return Expression::MakeConstant(Value::Boolean(in.negated), in.span);
  }
  const DataType type = CommonTypeOrThrow(operands, sql_, "the operands of IN");
  for (ExpressionPtr& operand : operands) operand = Coerce(std::move(operand), type, sql_, "an operand of IN");
  return Negate(Call("in", std::move(operands), in.span), in.negated, in.span);
}

std::vector<ExpressionPtr> ExpressionBinder::BindOperands(const sql::Expression& operand) {
  std::vector<ExpressionPtr> operands;
  if (const auto* row = operand.If<sql::RowExpression>()) {
    for (const sql::ExpressionPtr& value : row->values) operands.push_back(Bind(*value));
  } else {
    operands.push_back(Bind(operand));
  }
  return operands;
}

/// `a = ANY (?)`, `a > ALL ($1)`: the comparison with each value of the list.
ExpressionPtr ExpressionBinder::BindQuantifiedList(const sql::QuantifiedExpression& quantified,
                                                   const sql::ParameterExpression& list) {
  const bool all = quantified.quantifier == sql::Quantifier::kAll;
  const SourceSpan span = quantified.span;
  const OperatorFunction function = FunctionOf(quantified.op);
  if (!FunctionRegistry::Get().IsScalar(function.name)) ThrowNotSupported(function.spelling, sql_, span);
  if (!list.given || !list.given->list) {
    (void)BindParameter(list, sql_);  // throws when there is no value
    ThrowAt(sql_, list.span, "behind ANY and ALL stands a list of values");
  }
  const ExpressionPtr operand = Bind(*quantified.operand);
  std::vector<ExpressionPtr> comparisons;
  for (ExpressionPtr& item : BindListParameter(list)) {
    std::vector<ExpressionPtr> operands;
    operands.push_back(operand->Clone());
    operands.push_back(std::move(item));
    if (!function.flags.empty()) {
      operands.push_back(Expression::MakeConstant(Value::Varchar(std::string(function.flags)), span));
    }
    comparisons.push_back(Negate(Call(function.name, std::move(operands), span), function.negated, span));
  }
  if (comparisons.empty()) return Expression::MakeConstant(Value::Boolean(all), span);
  if (comparisons.size() == 1) return std::move(comparisons[0]);
  return Call(all ? kAnd : kOr, std::move(comparisons), span);
}

ExpressionPtr ExpressionBinder::BindSubquery(const sql::Expression& expression) {
  if (const auto* quantified = expression.If<sql::QuantifiedExpression>(); quantified != nullptr && quantified->array) {
    const auto* list = quantified->array->If<sql::ParameterExpression>();
    if (list == nullptr) ThrowNotSupported(Feature::kQuantifiedArrays, sql_, expression.span);
    return BindQuantifiedList(*quantified, *list);
  }
  if (subqueries_ == nullptr) ThrowNotSupported(fmt::format("a subquery in {}", clause_), sql_, expression.span);
  if (const auto* scalar = expression.If<sql::ScalarSubqueryExpression>()) return subqueries_->Scalar(*scalar);
  if (const auto* exists = expression.If<sql::ExistsExpression>()) return subqueries_->Exists(*exists);
  if (const auto* in = expression.If<sql::InSubqueryExpression>()) {
    return subqueries_->In(*in, BindOperands(*in->operand));
  }
  const auto& quantified = expression.As<sql::QuantifiedExpression>();
  return subqueries_->Quantified(quantified, BindOperands(*quantified.operand));
}

ExpressionPtr ExpressionBinder::BindCase(const sql::CaseExpression& expression) {
  ExpressionPtr operand = expression.operand != nullptr ? Bind(*expression.operand) : nullptr;
  std::vector<ExpressionPtr> conditions, results;
  for (const sql::CaseBranch& branch : expression.branches) {
    conditions.push_back(operand != nullptr ? CallOf("=", branch.when->span, operand->Clone(), Bind(*branch.when))
                                            : BindPredicate(*branch.when, "the condition of CASE"));
    results.push_back(Bind(*branch.then));
  }
  results.push_back(expression.otherwise != nullptr ? Bind(*expression.otherwise)
                                                    : Expression::MakeConstant(Value(), expression.span));
  const DataType type = CommonTypeOrThrow(results, sql_, "the results of CASE");
  std::vector<ExpressionPtr> children;
  for (size_t i = 0; i < results.size(); ++i) {
    if (i < conditions.size()) children.push_back(std::move(conditions[i]));
    children.push_back(Coerce(std::move(results[i]), type, sql_, "a result of CASE"));
  }
  return Expression::MakeCase(std::move(children), type, expression.span);
}

}  // namespace laminar
