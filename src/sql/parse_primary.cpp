// Operands: literals, parameters, parentheses, columns, and the forms that start with a word of their own.
#include <unordered_map>

#include "sql/interval_text.h"
#include "sql/keywords.h"
#include "sql/parser_impl.h"
#include "sql/type_names.h"

namespace laminar::sql {

ExpressionPtr Parser::ParsePrimary() {
  const Token& token = Peek();
  switch (token.kind) {
    case TokenKind::kInteger:
      return ParseLiteral(LiteralKind::kInteger);
    case TokenKind::kDecimal:
      return ParseLiteral(LiteralKind::kDecimal);
    case TokenKind::kFloat:
      return ParseLiteral(LiteralKind::kFloat);
    case TokenKind::kString:
      return ParseLiteral(LiteralKind::kString);
    case TokenKind::kBlob:
      return ParseLiteral(LiteralKind::kBlob);
    case TokenKind::kParameter:
      return ParseParameter();
    case TokenKind::kWord:
      return ParseWordPrimary();
    case TokenKind::kQuotedName:
      return ParseColumnOrCall();
    case TokenKind::kSymbol:
      if (token.text == "(") return ParseParenthesised();
      if (token.text == "?" || token.text == ":") return ParseParameter();
      if (token.text == "{") return ParseBraces();
      if (token.text == "[") return ParseBracketList(token.span.begin);
      if (token.text == "*") Fail(token.span, "'*' stands only in a select list, or alone in a call like count(*)");
      break;
    case TokenKind::kEnd:
      break;
  }
  Unexpected("an expression");
}

ExpressionPtr Parser::MakeLiteral(LiteralKind kind, std::string text, uint32_t begin) {
  auto node = std::make_unique<LiteralExpression>();
  node->literal = kind;
  node->text = std::move(text);
  return Finish(std::move(node), begin);
}

ExpressionPtr Parser::ParseLiteral(LiteralKind kind) {
  const uint32_t begin = Begin();
  const Token& token = Advance();
  const bool number =
      token.kind == TokenKind::kInteger || token.kind == TokenKind::kDecimal || token.kind == TokenKind::kFloat;
  if (number && Adjacent(0) && Peek().kind == TokenKind::kWord) {
    Unexpected("an operator or a blank after the number");
  }
  return MakeLiteral(kind, token.value, begin);
}

bool Parser::AtParameter() { return Peek().kind == TokenKind::kParameter || AtSymbol("?") || AtSymbol(":"); }

ExpressionPtr Parser::ParseParameter() {
  constexpr int64_t kMostParameters = 65'535;
  const Token& token = Advance();
  auto node = std::make_unique<ParameterExpression>();
  if (token.text == "?") {
    if (numbered_parameters_) Fail(token.span, "? and $1 cannot be mixed in one statement");
    node->index = ++question_marks_;
  } else if (token.text == ":") {
    if (Peek().kind != TokenKind::kWord || !Adjacent(0))
      Fail(token.span, "expected a parameter's name right behind ':'");
    node->name = std::string(Advance().text);
  } else if (token.value[0] >= '0' && token.value[0] <= '9') {
    if (question_marks_ > 0) Fail(token.span, "? and $1 cannot be mixed in one statement");
    numbered_parameters_ = true;
    const int64_t number = token.value.size() > 9 ? kMostParameters + 1 : std::stoll(token.value);
    if (number < 1 || number > kMostParameters) Fail(token.span, "a parameter's number is from 1 to 65535");
    node->index = number;
  } else {
    node->name = token.value;
  }
  return Finish(std::move(node), token.span.begin);
}

ExpressionPtr Parser::ParseParenthesised() {
  const uint32_t begin = Begin();
  const auto subquery = [&](QueryPtr query) {
    auto node = std::make_unique<ScalarSubqueryExpression>();
    node->query = std::move(query);
    return Finish(std::move(node), begin);
  };
  if (AtQuery(1)) return subquery(ParseParenthesisedQuery());
  ExpectSymbol("(");
  const uint32_t inner_begin = Begin();
  ExpressionPtr first = ParseExpression();
  if (first->kind == ExpressionKind::kScalarSubquery && AtQueryContinuation()) {
    QueryPtr query = ContinueQuery(std::move(first->As<ScalarSubqueryExpression>().query), inner_begin);
    ExpectSymbol(")");
    return subquery(std::move(query));
  }
  if (AtSymbol(",")) {
    auto row = std::make_unique<RowExpression>();
    row->values.push_back(std::move(first));
    while (AcceptSymbol(",")) row->values.push_back(ParseExpression());
    ExpectSymbol(")");
    return Finish(std::move(row), begin);
  }
  ExpectSymbol(")");
  return first;
}

ExpressionPtr Parser::ParseWordPrimary() {
  if (ExpressionPtr special = TrySpecialForm()) return special;
  if (ExpressionPtr literal = TryTypedLiteral()) return literal;
  return ParseColumnOrCall();
}

ExpressionPtr Parser::TrySpecialForm() {
  enum class Form {
    kNull,
    kTrue,
    kFalse,
    kCase,
    kCast,
    kTryCast,
    kExists,
    kInterval,
    kRow,
    kArray,
    kMap,
    kStruct,
    kCurrent,
  };
  static const std::unordered_map<std::string, Form> forms = {
      {"NULL", Form::kNull},
      {"TRUE", Form::kTrue},
      {"FALSE", Form::kFalse},
      {"CASE", Form::kCase},
      {"CAST", Form::kCast},
      {"TRY_CAST", Form::kTryCast},
      {"EXISTS", Form::kExists},
      {"INTERVAL", Form::kInterval},
      {"ROW", Form::kRow},
      {"ARRAY", Form::kArray},
      {"MAP", Form::kMap},
      {"STRUCT", Form::kStruct},
      {"CURRENT_DATE", Form::kCurrent},
      {"CURRENT_TIME", Form::kCurrent},
      {"CURRENT_TIMESTAMP", Form::kCurrent},
      {"CURRENT_USER", Form::kCurrent},
      {"CURRENT_SCHEMA", Form::kCurrent},
      {"CURRENT_CATALOG", Form::kCurrent},
      {"LOCALTIME", Form::kCurrent},
      {"LOCALTIMESTAMP", Form::kCurrent},
  };
  const auto found = forms.find(UpperAscii(Peek().text));
  if (found == forms.end()) return nullptr;
  const uint32_t begin = Begin();
  switch (found->second) {
    case Form::kNull:
      Advance();
      return MakeLiteral(LiteralKind::kNull, "", begin);
    case Form::kTrue:
      Advance();
      return MakeLiteral(LiteralKind::kBoolean, "true", begin);
    case Form::kFalse:
      Advance();
      return MakeLiteral(LiteralKind::kBoolean, "false", begin);
    case Form::kCase:
      return ParseCase();
    case Form::kCast:
      return ParseCast(false);
    case Form::kTryCast:
      return ParseCast(true);
    case Form::kExists:
      return ParseExists();
    case Form::kInterval: {
      const TokenKind next = Peek(1).kind;
      const bool value = next == TokenKind::kString || next == TokenKind::kInteger || next == TokenKind::kDecimal ||
                         next == TokenKind::kParameter || AtSymbol("?", 1) || AtSymbol(":", 1) || AtSymbol("(", 1);
      return value ? ParseInterval() : nullptr;
    }
    case Form::kRow: {
      if (!AtSymbol("(", 1)) return nullptr;
      Advance();
      ExpectSymbol("(");
      auto row = std::make_unique<RowExpression>();
      if (!AtSymbol(")")) row->values = ParseExpressionList();
      ExpectSymbol(")");
      return Finish(std::move(row), begin);
    }
    case Form::kArray:
      return AtSymbol("[", 1) || AtSymbol("(", 1) ? ParseArray() : nullptr;
    case Form::kMap:
      return AtSymbol("{", 1) || AtSymbol("[", 1) ? ParseMap() : nullptr;
    case Form::kStruct:
      return AtSymbol("(", 1) ? ParseStructCall() : nullptr;
    case Form::kCurrent: {
      if (AtSymbol("(", 1) || AtSymbol(".", 1)) return nullptr;
      auto call = std::make_unique<CallExpression>();
      Identifier name = TakeIdentifier();
      for (char& c : name.name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      call->function.span = name.span;
      call->function.parts.push_back(std::move(name));
      return Finish(std::move(call), begin);
    }
  }
  return nullptr;
}

ExpressionPtr Parser::ParseColumnOrCall() {
  const uint32_t begin = Begin();
  QualifiedName name;
  const bool join_function = (AtWord("LEFT") || AtWord("RIGHT")) && AtSymbol("(", 1);
  if (!AtName() && !join_function) Unexpected("an expression");
  name.parts.push_back(TakeIdentifier());
  while (AtSymbol(".")) {
    if (AtSymbol("*", 1)) Fail(Peek(1).span, "'.*' stands only in a select list, or alone in a call");
    Advance();
    name.parts.push_back(ParseLabel("a name after '.'"));
  }
  name.span = SpanFrom(begin);
  if (AtSymbol("(")) return ParseCall(std::move(name), begin);
  auto column = std::make_unique<ColumnExpression>();
  column->parts = std::move(name.parts);
  return Finish(std::move(column), begin);
}

/// `DATE '…'`, `TIMESTAMP(3) WITH TIME ZONE '…'`, `DOUBLE PRECISION '…'`.
ExpressionPtr Parser::TryTypedLiteral() {
  if (!IsTypeWord(Peek().text)) return nullptr;
  std::size_t ahead = 1;
  if (AtSymbol("(", 1) && Peek(2).kind == TokenKind::kInteger && AtSymbol(")", 3)) ahead = 4;
  if (AtSymbol("(", 1) && Peek(2).kind == TokenKind::kInteger && AtSymbol(",", 3) && AtSymbol(")", 5)) ahead = 6;
  if (AtWord("DOUBLE") && AtWord("PRECISION", 1)) ahead = 2;
  if ((AtWord("WITH", ahead) || AtWord("WITHOUT", ahead)) && AtWord("TIME", ahead + 1) && AtWord("ZONE", ahead + 2)) {
    ahead += 3;
  }
  if (Peek(ahead).kind != TokenKind::kString) return nullptr;
  const uint32_t begin = Begin();
  auto node = std::make_unique<TypedLiteralExpression>();
  node->type = ParseType();
  if (Peek().kind != TokenKind::kString) Unexpected("a string");
  node->text = Advance().value;
  return Finish(std::move(node), begin);
}

ExpressionPtr Parser::MakeInterval(std::string text, std::optional<IntervalQualifier> qualifier, uint32_t begin) {
  if (qualifier && qualifier->precision) NotSupported(qualifier->span, "a precision of an interval literal");
  auto node = std::make_unique<IntervalLiteralExpression>();
  IntervalValue value;
  if (const std::optional<IntervalProblem> problem = DecodeInterval(text, qualifier, value)) {
    Fail(SpanFrom(begin), problem->message, problem->candidates);
  }
  node->text = std::move(text);
  node->qualifier = std::move(qualifier);
  node->months = value.months;
  node->days = value.days;
  node->nanoseconds = value.nanoseconds;
  return Finish(std::move(node), begin);
}

ExpressionPtr Parser::ParseInterval() {
  const uint32_t begin = Begin();
  ExpectWord("INTERVAL");
  const Token& token = Peek();
  if (token.kind == TokenKind::kString) {
    Advance();
    return MakeInterval(token.value, TryIntervalQualifier(), begin);
  }
  if (token.kind == TokenKind::kInteger || token.kind == TokenKind::kDecimal) {
    Advance();
    std::optional<IntervalQualifier> qualifier = TryIntervalQualifier();
    if (!qualifier || qualifier->last) Unexpected("a unit of time, like MINUTE");
    return MakeInterval(token.value, std::move(qualifier), begin);
  }
  auto node = std::make_unique<IntervalOfExpression>();
  node->value = ParsePrimary();
  const std::optional<IntervalQualifier> qualifier = TryIntervalQualifier();
  if (!qualifier || qualifier->last) Unexpected("a unit of time, like MINUTE");
  if (qualifier->precision) NotSupported(qualifier->span, "a precision of a computed interval");
  node->unit = qualifier->first;
  return Finish(std::move(node), begin);
}

std::optional<IntervalQualifier> Parser::TryIntervalQualifier() {
  constexpr std::size_t kShortestUnit = 3;  // `s`, `m`, `d` are good names for columns
  const auto unit_at = [&](std::size_t ahead) -> std::optional<IntervalUnit> {
    const Token& token = Peek(ahead);
    const bool abbreviation = token.text.size() < kShortestUnit && !Adjacent(ahead);
    if (token.kind != TokenKind::kWord || abbreviation) return std::nullopt;
    return FindIntervalUnit(token.text);
  };
  const uint32_t begin = Begin();
  const std::optional<IntervalUnit> first = unit_at(0);
  if (!first) return std::nullopt;
  IntervalQualifier qualifier;
  qualifier.first = *first;
  Advance();
  if (AtWord("TO") && unit_at(1)) {
    Advance();
    qualifier.last = unit_at(0);
    Advance();
    const bool year_month = *first == IntervalUnit::kYear && *qualifier.last == IntervalUnit::kMonth;
    const bool day_time =
        *first >= IntervalUnit::kDay && *qualifier.last > *first && *qualifier.last <= IntervalUnit::kSecond;
    if (!year_month && !day_time) {
      Fail(SpanFrom(begin),
           "an interval goes from YEAR to MONTH, or from DAY, HOUR or MINUTE to a smaller one of them or SECOND");
    }
  }
  if (qualifier.last.value_or(qualifier.first) == IntervalUnit::kSecond && AtSymbol("(")) {
    Advance();
    qualifier.precision = ParseSmallInteger("a precision", 0, 9);
    ExpectSymbol(")");
  }
  qualifier.span = SpanFrom(begin);
  return qualifier;
}

ExpressionPtr Parser::ParseDuration() {
  const Token& token = Peek();
  const bool number = token.kind == TokenKind::kInteger || token.kind == TokenKind::kDecimal;
  const bool signed_number = AtSymbol("-") && Peek(1).kind == TokenKind::kInteger;
  const std::size_t unit = signed_number ? 2 : 1;
  const bool has_unit = Peek(unit).kind == TokenKind::kWord && FindIntervalUnit(Peek(unit).text);
  if (!has_unit || (!number && !signed_number)) return ParseExpression();
  const uint32_t begin = Begin();
  std::string text;
  if (AcceptSymbol("-")) text = "-";
  text += Advance().value;
  text += Advance().text;
  return MakeInterval(std::move(text), std::nullopt, begin);
}

}  // namespace laminar::sql
