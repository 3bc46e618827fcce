// IS, LIKE, BETWEEN, IN and CASE: what SQL writes as words.
#include <fmt/format.h>

#include <utility>

#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/expression_binder.h"
#include "planner/binder/features.h"
#include "planner/binder/operators.h"

namespace laminar {

ExpressionPtr ExpressionBinder::BindIs(const sql::IsExpression& is) {
  if (is.test == sql::IsTest::kNull) {
    return CallOf(is.negated ? "is not null" : "is null", is.span, Bind(*is.operand));
  }
  ExpressionPtr operand = BindPredicate(*is.operand, "the operand of IS");
  if (is.test == sql::IsTest::kUnknown) {
    return CallOf(is.negated ? "is not null" : "is null", is.span, std::move(operand));
  }
  ExpressionPtr truth = Expression::MakeConstant(Value::Boolean(is.test == sql::IsTest::kTrue), is.span);
  return CallOf(is.negated ? "is distinct from" : "is not distinct from", is.span, std::move(operand),
                std::move(truth));
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
  for (const sql::ExpressionPtr& value : in.values) operands.push_back(Bind(*value));
  std::vector<const Expression*> all;
  for (const ExpressionPtr& operand : operands) all.push_back(operand.get());
  const DataType type = CommonTypeOf(all, sql_, "the operands of IN");
  for (ExpressionPtr& operand : operands) operand = Coerce(std::move(operand), type, sql_, "an operand of IN");
  // As pairs of pairs, for the same reason as AND and OR.
  std::vector<ExpressionPtr> tests;
  for (size_t i = 1; i < operands.size(); ++i) {
    const SourceSpan span = operands[i]->span;
    tests.push_back(CallOf("=", span, operands[0]->Clone(), std::move(operands[i])));
  }
  while (tests.size() > 1) {
    std::vector<ExpressionPtr> paired;
    for (size_t i = 0; i + 1 < tests.size(); i += 2) {
      paired.push_back(CallOf(kOr, in.span, std::move(tests[i]), std::move(tests[i + 1])));
    }
    if (tests.size() % 2 != 0) paired.push_back(std::move(tests.back()));
    tests = std::move(paired);
  }
  tests[0]->span = in.span;
  return Negate(std::move(tests[0]), in.negated, in.span);
}

ExpressionPtr ExpressionBinder::BindCase(const sql::CaseExpression& expression) {
  ExpressionPtr operand = expression.operand != nullptr ? Bind(*expression.operand) : nullptr;
  std::vector<ExpressionPtr> children;
  for (const sql::CaseBranch& branch : expression.branches) {
    if (operand != nullptr) {
      children.push_back(CallOf("=", branch.when->span, operand->Clone(), Bind(*branch.when)));
    } else {
      children.push_back(BindPredicate(*branch.when, "the condition of CASE"));
    }
    children.push_back(Bind(*branch.then));
  }
  children.push_back(expression.otherwise != nullptr ? Bind(*expression.otherwise)
                                                     : Expression::MakeConstant(Value(), expression.span));
  std::vector<size_t> results;
  for (size_t i = 1; i < children.size(); i += 2) results.push_back(i);
  results.push_back(children.size() - 1);
  std::vector<const Expression*> all;
  for (const size_t i : results) all.push_back(children[i].get());
  const DataType type = CommonTypeOf(all, sql_, "the results of CASE");
  for (const size_t i : results) children[i] = Coerce(std::move(children[i]), type, sql_, "a result of CASE");
  return Expression::MakeCase(std::move(children), type, expression.span);
}

}  // namespace laminar
