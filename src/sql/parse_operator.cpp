// What stands behind an operand: binary operators, IS, BETWEEN, IN, LIKE, casts, subscripts, fields.
#include <array>

#include "sql/ast_names.h"
#include "sql/parser_impl.h"

namespace laminar::sql {
namespace {

constexpr std::array kBinaryOperators = std::to_array<BinaryOperator>({
    BinaryOperator::kAdd,         BinaryOperator::kSubtract,         BinaryOperator::kMultiply,
    BinaryOperator::kDivide,      BinaryOperator::kModulo,           BinaryOperator::kPower,
    BinaryOperator::kConcat,      BinaryOperator::kBitAnd,           BinaryOperator::kBitOr,
    BinaryOperator::kBitXor,      BinaryOperator::kShiftLeft,        BinaryOperator::kShiftRight,
    BinaryOperator::kEqual,       BinaryOperator::kNotEqual,         BinaryOperator::kLess,
    BinaryOperator::kLessOrEqual, BinaryOperator::kGreater,          BinaryOperator::kGreaterOrEqual,
    BinaryOperator::kRegexMatch,  BinaryOperator::kRegexMatchNoCase, BinaryOperator::kRegexNotMatch,
    BinaryOperator::kJsonGet,     BinaryOperator::kJsonGetText,      BinaryOperator::kRegexNotMatchNoCase,
});

BinaryOperator FindBinaryOperator(std::string_view symbol) {
  if (symbol == "!=") return BinaryOperator::kNotEqual;
  for (const BinaryOperator op : kBinaryOperators) {
    if (EnumName(op) == symbol) return op;
  }
  __builtin_unreachable();
}

bool CanBeQuantified(BinaryOperator op) {
  return (op >= BinaryOperator::kEqual && op <= BinaryOperator::kGreaterOrEqual) ||
         (op >= BinaryOperator::kRegexMatch && op <= BinaryOperator::kRegexNotMatchNoCase);
}

}  // namespace

ExpressionPtr Parser::ParseBinaryRest(ExpressionPtr left, uint32_t begin, int precedence) {
  const Token& token = Advance();
  const BinaryOperator op = FindBinaryOperator(token.text);
  const bool quantified = (AtWord("ANY") || AtWord("SOME") || AtWord("ALL")) && AtSymbol("(", 1);
  if (quantified && CanBeQuantified(op)) return ParseQuantified(std::move(left), begin, op);
  auto node = std::make_unique<BinaryExpression>();
  node->op = op;
  node->op_span = token.span;
  node->left = std::move(left);
  node->right = ParseExpression(precedence + 1);
  return Finish(std::move(node), begin);
}

ExpressionPtr Parser::ParseQuantified(ExpressionPtr left, uint32_t begin, BinaryOperator op) {
  auto node = std::make_unique<QuantifiedExpression>();
  node->op = op;
  node->quantifier = AtWord("ALL") ? Quantifier::kAll : Quantifier::kAny;
  node->operand = std::move(left);
  Advance();
  if (AtQuery(1)) {
    node->query = ParseParenthesisedQuery();
    return Finish(std::move(node), begin);
  }
  ExpectSymbol("(");
  node->array = ParseExpression();
  node->query = TakeQuery(node->array);
  if (node->query) node->array.reset();
  ExpectSymbol(")");
  return Finish(std::move(node), begin);
}

/// Behind the first expression of `IN ((SELECT …) …`, whose inner parentheses are the query's own if nothing but the
/// rest of the query follows. Null when it is an ordinary expression.
QueryPtr Parser::TakeQuery(ExpressionPtr& first) {
  if (first->kind != ExpressionKind::kScalarSubquery) return nullptr;
  const uint32_t begin = first->span.begin;
  QueryPtr& query = first->As<ScalarSubqueryExpression>().query;
  if (AtSymbol(")")) return std::move(query);
  return AtQueryContinuation() ? ContinueQuery(std::move(query), begin) : nullptr;
}

ExpressionPtr Parser::ParseIs(ExpressionPtr left, uint32_t begin) {
  const auto test = [&](IsTest which, bool negated) {
    auto node = std::make_unique<IsExpression>();
    node->test = which;
    node->negated = negated;
    node->operand = std::move(left);
    return Finish(std::move(node), begin);
  };
  const SourceSpan op_span = Peek().span;
  if (AcceptWord("ISNULL")) return test(IsTest::kNull, false);
  if (AcceptWord("NOTNULL")) return test(IsTest::kNull, true);
  ExpectWord("IS");
  const bool negated = AcceptWord("NOT");
  if (AcceptWord("NULL")) return test(IsTest::kNull, negated);
  if (AcceptWord("TRUE")) return test(IsTest::kTrue, negated);
  if (AcceptWord("FALSE")) return test(IsTest::kFalse, negated);
  if (AcceptWord("UNKNOWN")) return test(IsTest::kUnknown, negated);
  if (!AcceptWords({"DISTINCT", "FROM"})) {
    Unexpected(negated ? "NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM"
                       : "NOT, NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM");
  }
  auto node = std::make_unique<BinaryExpression>();
  node->op = negated ? BinaryOperator::kIsNotDistinctFrom : BinaryOperator::kIsDistinctFrom;
  node->op_span = op_span;
  node->left = std::move(left);
  node->right = ParseExpression(kPrecedenceIs + 1);
  return Finish(std::move(node), begin);
}

ExpressionPtr Parser::ParseRange(ExpressionPtr left, uint32_t begin) {
  const bool negated = AcceptWord("NOT");
  if (AcceptWord("IN")) return ParseIn(std::move(left), begin, negated);
  if (AcceptWord("LIKE")) return ParseLike(std::move(left), begin, negated, LikeForm::kLike);
  if (AcceptWord("ILIKE")) return ParseLike(std::move(left), begin, negated, LikeForm::kILike);
  if (AcceptWord("SIMILAR")) {
    ExpectWord("TO");
    return ParseLike(std::move(left), begin, negated, LikeForm::kSimilarTo);
  }
  ExpectWord("BETWEEN");
  auto node = std::make_unique<BetweenExpression>();
  node->negated = negated;
  node->symmetric = AcceptWord("SYMMETRIC");
  node->operand = std::move(left);
  node->low = ParseExpression(kPrecedenceRange + 1);
  ExpectWord("AND");
  node->high = ParseExpression(kPrecedenceRange + 1);
  return Finish(std::move(node), begin);
}

ExpressionPtr Parser::ParseIn(ExpressionPtr left, uint32_t begin, bool negated) {
  const auto of_query = [&](QueryPtr query) {
    auto node = std::make_unique<InSubqueryExpression>();
    node->negated = negated;
    node->operand = std::move(left);
    node->query = std::move(query);
    return Finish(std::move(node), begin);
  };
  if (AtSymbol("(") && AtQuery(1)) return of_query(ParseParenthesisedQuery());
  std::vector<ExpressionPtr> values;
  if (AtParameter()) {
    values.push_back(ParseParameter());  // a list, given by the caller
  } else {
    ExpectSymbol("(");
    values.push_back(ParseExpression());
    if (QueryPtr query = TakeQuery(values.front())) {
      ExpectSymbol(")");
      return of_query(std::move(query));
    }
    while (AcceptSymbol(",")) values.push_back(ParseExpression());
    ExpectSymbol(")");
  }
  auto node = std::make_unique<InListExpression>();
  node->negated = negated;
  node->operand = std::move(left);
  node->values = std::move(values);
  return Finish(std::move(node), begin);
}

ExpressionPtr Parser::ParseLike(ExpressionPtr left, uint32_t begin, bool negated, LikeForm form) {
  if ((AtWord("ANY") || AtWord("SOME") || AtWord("ALL")) && AtSymbol("(", 1)) {
    NotSupported(Peek().span, "LIKE with ANY or ALL");
  }
  auto node = std::make_unique<LikeExpression>();
  node->form = form;
  node->negated = negated;
  node->operand = std::move(left);
  node->pattern = ParseExpression(kPrecedenceRange + 1);
  if (AcceptWord("ESCAPE")) node->escape = ParseExpression(kPrecedenceRange + 1);
  return Finish(std::move(node), begin);
}

ExpressionPtr Parser::ParsePostfix(ExpressionPtr left, uint32_t begin) {
  if (AcceptSymbol("::")) {
    auto node = std::make_unique<CastExpression>();
    node->operand = std::move(left);
    node->type = ParseType();
    return Finish(std::move(node), begin);
  }
  if (AcceptSymbol("[")) return ParseSubscript(std::move(left), begin);
  ExpectSymbol(".");
  if (AtSymbol("*")) NotSupported(Peek().span, "expanding a struct with .*");
  auto node = std::make_unique<FieldExpression>();
  node->operand = std::move(left);
  node->field = ParseLabel("a field after '.'");
  return Finish(std::move(node), begin);
}

/// Behind `[`.
ExpressionPtr Parser::ParseSubscript(ExpressionPtr left, uint32_t begin) {
  ExpressionPtr low = AtSymbol(":") ? nullptr : ParseExpression();
  if (!AcceptSymbol(":")) {
    auto node = std::make_unique<SubscriptExpression>();
    node->operand = std::move(left);
    node->index = std::move(low);
    ExpectSymbol("]");
    return Finish(std::move(node), begin);
  }
  auto node = std::make_unique<SliceExpression>();
  node->operand = std::move(left);
  node->low = std::move(low);
  if (!AtSymbol("]")) node->high = ParseExpression();
  ExpectSymbol("]");
  return Finish(std::move(node), begin);
}

}  // namespace laminar::sql
