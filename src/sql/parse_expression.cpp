// Expressions: precedence climbing. What binds how is in `InfixPrecedence`; what each operator is, in
// parse_operator.cpp; operands are in parse_primary.cpp.
#include <array>

#include "sql/keywords.h"
#include "sql/parser_impl.h"

namespace laminar::sql {
namespace {

struct SymbolPrecedence {
  std::string_view symbol;
  int precedence;
};

constexpr std::array kSymbols = std::to_array<SymbolPrecedence>({
    {"=", kPrecedenceComparison},  {"<>", kPrecedenceComparison}, {"!=", kPrecedenceComparison},
    {"<", kPrecedenceComparison},  {"<=", kPrecedenceComparison}, {">", kPrecedenceComparison},
    {">=", kPrecedenceComparison}, {"||", kPrecedenceOther},      {"&", kPrecedenceOther},
    {"|", kPrecedenceOther},       {"#", kPrecedenceOther},       {"<<", kPrecedenceOther},
    {">>", kPrecedenceOther},      {"~", kPrecedenceOther},       {"~*", kPrecedenceOther},
    {"!~", kPrecedenceOther},      {"!~*", kPrecedenceOther},     {"->", kPrecedenceOther},
    {"->>", kPrecedenceOther},     {"+", kPrecedenceAdd},         {"-", kPrecedenceAdd},
    {"*", kPrecedenceMultiply},    {"/", kPrecedenceMultiply},    {"%", kPrecedenceMultiply},
    {"^", kPrecedencePower},       {"::", kPrecedencePostfix},    {"[", kPrecedencePostfix},
    {".", kPrecedencePostfix},
});

}  // namespace

ExpressionPtr Parser::ParseWholeExpression() {
  ExpressionPtr expression = ParseExpression();
  if (!AtEnd()) Unexpected("an operator or the end of the expression");
  return expression;
}

ExpressionPtr Parser::ParseExpression(int least_precedence) {
  const Nesting nesting(*this);
  const uint32_t begin = Begin();
  ExpressionPtr left = ParsePrefix();
  return ParseInfix(std::move(left), begin, least_precedence);
}

ExpressionPtr Parser::ParsePrefix() {
  const uint32_t begin = Begin();
  const auto unary = [&](UnaryOperator op, int precedence) {
    Advance();
    auto node = std::make_unique<UnaryExpression>();
    node->op = op;
    node->operand = ParseExpression(precedence);
    return Finish(std::move(node), begin);
  };
  if (AtWord("NOT")) return unary(UnaryOperator::kNot, kPrecedenceNot);
  if (AtSymbol("-")) return unary(UnaryOperator::kNegate, kPrecedenceUnary);
  if (AtSymbol("+")) return unary(UnaryOperator::kPlus, kPrecedenceUnary);
  if (AtSymbol("~")) return unary(UnaryOperator::kBitNot, kPrecedenceOther + 1);
  return ParsePrimary();
}

/// Of the operator at the current token; 0 when there is none.
int Parser::InfixPrecedence() {
  const Token& token = Peek();
  if (token.kind == TokenKind::kSymbol) {
    for (const SymbolPrecedence& entry : kSymbols) {
      if (entry.symbol == token.text) return entry.precedence;
    }
    return 0;
  }
  if (token.kind != TokenKind::kWord) return 0;
  if (AtWord("AND")) return kPrecedenceAnd;
  if (AtWord("OR")) return kPrecedenceOr;
  if (AtWord("IS") || AtWord("ISNULL") || AtWord("NOTNULL")) return kPrecedenceIs;
  if (AtWord("BETWEEN") || AtWord("IN") || AtWord("LIKE") || AtWord("ILIKE")) return kPrecedenceRange;
  if (AtWords({"SIMILAR", "TO"})) return kPrecedenceRange;
  if (AtWords({"AT", "TIME", "ZONE"})) return kPrecedenceAtTimeZone;
  if (AtWord("NOT")) {
    const bool range =
        AtWord("BETWEEN", 1) || AtWord("IN", 1) || AtWord("LIKE", 1) || AtWord("ILIKE", 1) || AtWord("SIMILAR", 1);
    return range ? kPrecedenceRange : 0;
  }
  if (AtWord("COLLATE")) NotSupported(token.span, "COLLATE");
  return 0;
}

ExpressionPtr Parser::ParseInfix(ExpressionPtr left, uint32_t begin, int least_precedence) {
  int previous = 0;
  while (true) {
    const int precedence = InfixPrecedence();
    if (precedence == 0 || precedence < least_precedence) return left;
    const bool chainable = precedence != kPrecedenceComparison && precedence != kPrecedenceRange;
    if (!chainable && precedence == previous) {
      Fail(Peek().span, precedence == kPrecedenceComparison
                            ? "comparisons cannot be chained; write a < b AND b < c, or use parentheses"
                            : "BETWEEN, IN and LIKE cannot be chained; use parentheses");
    }
    left = ParseOneInfix(std::move(left), begin, precedence);
    previous = precedence;
  }
}

ExpressionPtr Parser::ParseOneInfix(ExpressionPtr left, uint32_t begin, int precedence) {
  switch (precedence) {
    case kPrecedenceOr:
      return ParseLogical(std::move(left), begin, LogicalOperator::kOr);
    case kPrecedenceAnd:
      return ParseLogical(std::move(left), begin, LogicalOperator::kAnd);
    case kPrecedenceIs:
      return ParseIs(std::move(left), begin);
    case kPrecedenceRange:
      return ParseRange(std::move(left), begin);
    case kPrecedenceAtTimeZone: {
      AcceptWords({"AT", "TIME", "ZONE"});
      auto node = std::make_unique<AtTimeZoneExpression>();
      node->operand = std::move(left);
      node->zone = ParseExpression(kPrecedenceAtTimeZone + 1);
      return Finish(std::move(node), begin);
    }
    case kPrecedencePostfix:
      return ParsePostfix(std::move(left), begin);
    default:
      return ParseBinaryRest(std::move(left), begin, precedence);
  }
}

ExpressionPtr Parser::ParseLogical(ExpressionPtr left, uint32_t begin, LogicalOperator op) {
  const bool conjunction = op == LogicalOperator::kAnd;
  const std::string_view word = conjunction ? "AND" : "OR";
  auto node = std::make_unique<LogicalExpression>();
  node->op = op;
  node->operands.push_back(std::move(left));
  while (AcceptWord(word)) {
    node->operands.push_back(ParseExpression((conjunction ? kPrecedenceAnd : kPrecedenceOr) + 1));
  }
  return Finish(std::move(node), begin);
}

std::vector<ExpressionPtr> Parser::ParseExpressionList() {
  std::vector<ExpressionPtr> list;
  do {
    list.push_back(ParseExpression());
  } while (AcceptSymbol(","));
  return list;
}

ExpressionPtr Parser::ParseDefaultOrExpression() {
  const uint32_t begin = Begin();
  if (!AcceptWord("DEFAULT")) return ParseExpression();
  return Finish(std::make_unique<DefaultExpression>(), begin);
}

}  // namespace laminar::sql
