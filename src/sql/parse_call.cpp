// Calls: arguments, aggregates' clauses, OVER, and the functions with keywords between their arguments.
#include "sql/keywords.h"
#include "sql/parser_impl.h"

namespace laminar::sql {
namespace {

bool IsFunction(const CallExpression& call, std::string_view name) {
  return call.function.parts.size() == 1 && !call.function.parts[0].quoted &&
         SameWord(call.function.parts[0].name, name);
}

CallArgument Unnamed(ExpressionPtr value) {
  CallArgument argument;
  argument.span = value->span;
  argument.value = std::move(value);
  return argument;
}

}  // namespace

ExpressionPtr Parser::ParseCall(QualifiedName function, uint32_t begin) {
  auto call = std::make_unique<CallExpression>();
  call->function = std::move(function);
  ExpectSymbol("(");
  ParseCallArguments(*call);
  ExpectSymbol(")");
  ParseCallSuffixes(*call);
  return Finish(std::move(call), begin);
}

/// Between the parentheses.
void Parser::ParseCallArguments(CallExpression& call) {
  const Nesting nesting(*this);
  if (AtSymbol(")")) return;
  if (IsFunction(call, "trim") && (AtWord("LEADING") || AtWord("TRAILING") || AtWord("BOTH"))) return ParseTrim(call);
  if (IsFunction(call, "extract") && AtWord("FROM", 1)) return ParseExtract(call);
  if (AtSymbol("*") || AtName()) {
    if (ExpressionPtr star = TryStar()) {
      call.arguments.push_back(Unnamed(std::move(star)));
      return;
    }
  }
  if (AcceptWord("DISTINCT")) {
    call.distinct = true;
  } else {
    AcceptWord("ALL");
  }
  do {
    call.arguments.push_back(ParseCallArgument(call.arguments.empty() && IsFunction(call, "position")));
    if (call.arguments.size() == 1 && !call.distinct && TryKeywordArguments(call)) return;
  } while (AcceptSymbol(","));
  if (AcceptWords({"ORDER", "BY"})) call.order_by = ParseOrderList();
  if (AcceptWords({"IGNORE", "NULLS"})) call.nulls = NullTreatment::kIgnore;
  if (AcceptWords({"RESPECT", "NULLS"})) call.nulls = NullTreatment::kRespect;
}

CallArgument Parser::ParseCallArgument(bool of_position) {
  const uint32_t begin = Begin();
  CallArgument argument;
  const bool word = Peek().kind == TokenKind::kWord || Peek().kind == TokenKind::kQuotedName;
  if (word && (AtSymbol("=>", 1) || AtSymbol(":=", 1))) {
    argument.name = TakeIdentifier();
    Advance();
  }
  if (ExpressionPtr lambda = TryLambda()) {
    argument.value = std::move(lambda);
  } else if (of_position) {
    // Up to an IN, which may be POSITION's own.
    argument.value = ParseExpression(kPrecedenceRange + 1);
    if (!AtWord("IN")) argument.value = ParseInfix(std::move(argument.value), begin, kPrecedenceOr);
  } else {
    argument.value = ParseExpression();
  }
  argument.span = SpanFrom(begin);
  return argument;
}

ExpressionPtr Parser::TryLambda() {
  if (!AtWord("LAMBDA")) return nullptr;
  std::size_t ahead = 1;
  while (AtName(ahead) && AtSymbol(",", ahead + 1)) ahead += 2;
  if (!AtName(ahead) || !AtSymbol(":", ahead + 1)) return nullptr;
  const uint32_t begin = Begin();
  Advance();
  auto lambda = std::make_unique<LambdaExpression>();
  do {
    lambda->parameters.push_back(ParseName("a parameter of the lambda"));
  } while (AcceptSymbol(","));
  ExpectSymbol(":");
  lambda->body = ParseExpression();
  return Finish(std::move(lambda), begin);
}

/// TRIM({LEADING | TRAILING | BOTH} [characters] FROM text)
void Parser::ParseTrim(CallExpression& call) {
  if (AcceptWord("LEADING")) {
    call.function.parts[0].name = "ltrim";
  } else if (AcceptWord("TRAILING")) {
    call.function.parts[0].name = "rtrim";
  } else {
    ExpectWord("BOTH");
  }
  ExpressionPtr characters = AtWord("FROM") ? nullptr : ParseExpression();
  ExpectWord("FROM");
  call.arguments.push_back(Unnamed(ParseExpression()));
  if (characters) call.arguments.push_back(Unnamed(std::move(characters)));
}

/// EXTRACT(field FROM x); the field is a word or a string.
void Parser::ParseExtract(CallExpression& call) {
  const uint32_t begin = Begin();
  const Token& field = Peek();
  if (field.kind != TokenKind::kWord && field.kind != TokenKind::kQuotedName && field.kind != TokenKind::kString) {
    Unexpected("a field of a date or time, like YEAR");
  }
  Advance();
  std::string name = field.kind == TokenKind::kWord ? std::string(field.text) : field.value;
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  call.arguments.push_back(Unnamed(MakeLiteral(LiteralKind::kString, std::move(name), begin)));
  ExpectWord("FROM");
  call.arguments.push_back(Unnamed(ParseExpression()));
}

bool Parser::TryKeywordArguments(CallExpression& call) {
  std::vector<CallArgument>& arguments = call.arguments;
  if (IsFunction(call, "position") && AcceptWord("IN")) {
    call.function.parts[0].name = "strpos";
    arguments.insert(arguments.begin(), Unnamed(ParseExpression()));
    return true;
  }
  if (IsFunction(call, "trim") && AcceptWord("FROM")) {
    arguments.insert(arguments.begin(), Unnamed(ParseExpression()));
    return true;
  }
  if (IsFunction(call, "overlay") && AcceptWord("PLACING")) {
    arguments.push_back(Unnamed(ParseExpression()));
    ExpectWord("FROM");
    arguments.push_back(Unnamed(ParseExpression()));
    if (AcceptWord("FOR")) arguments.push_back(Unnamed(ParseExpression()));
    return true;
  }
  if (!IsFunction(call, "substring") || (!AtWord("FROM") && !AtWord("FOR"))) return false;
  const uint32_t begin = Begin();
  if (AcceptWord("FROM")) {
    arguments.push_back(Unnamed(ParseExpression()));
    if (AcceptWord("FOR")) arguments.push_back(Unnamed(ParseExpression()));
  } else {
    ExpectWord("FOR");
    arguments.push_back(Unnamed(MakeLiteral(LiteralKind::kInteger, "1", begin)));
    arguments.push_back(Unnamed(ParseExpression()));
  }
  return true;
}

void Parser::ParseCallSuffixes(CallExpression& call) {
  if (AcceptWords({"WITHIN", "GROUP"})) {
    ExpectSymbol("(");
    ExpectWord("ORDER");
    ExpectWord("BY");
    call.within_group = ParseOrderList();
    ExpectSymbol(")");
  }
  if (AtWord("FILTER") && AtSymbol("(", 1)) {
    Advance();
    ExpectSymbol("(");
    ExpectWord("WHERE");
    call.filter = ParseExpression();
    ExpectSymbol(")");
  }
  if (AcceptWords({"IGNORE", "NULLS"})) call.nulls = NullTreatment::kIgnore;
  if (AcceptWords({"RESPECT", "NULLS"})) call.nulls = NullTreatment::kRespect;
  const TokenKind next = Peek(1).kind;
  if (!AtWord("OVER") || !(AtSymbol("(", 1) || next == TokenKind::kWord || next == TokenKind::kQuotedName)) return;
  if (next == TokenKind::kWord && !AtName(1)) return;  // `sum(x) over FROM t`: an alias
  Advance();
  if (AtSymbol("(")) {
    call.over = ParseWindowSpecification();
    return;
  }
  call.over = std::make_unique<WindowSpecification>();
  call.over->base = ParseName("a window's name");
  call.over->span = call.over->base->span;
}

std::vector<OrderItem> Parser::ParseOrderList() {
  std::vector<OrderItem> items;
  do {
    items.push_back(ParseOrderItem());
  } while (AcceptSymbol(","));
  return items;
}

OrderItem Parser::ParseOrderItem() {
  const uint32_t begin = Begin();
  OrderItem item;
  item.value = ParseExpression();
  if (AtWord("USING")) NotSupported(Peek().span, "ORDER BY … USING");
  item.descending = AcceptWord("DESC");
  if (!item.descending) AcceptWord("ASC");
  item.nulls = TryNullsOrder();
  item.span = SpanFrom(begin);
  return item;
}

NullsOrder Parser::TryNullsOrder() {
  if (AcceptWords({"NULLS", "FIRST"})) return NullsOrder::kFirst;
  if (AcceptWords({"NULLS", "LAST"})) return NullsOrder::kLast;
  return NullsOrder::kDefault;
}

std::unique_ptr<WindowSpecification> Parser::ParseWindowSpecification() {
  const Nesting nesting(*this);
  const uint32_t begin = Begin();
  auto window = std::make_unique<WindowSpecification>();
  ExpectSymbol("(");
  const bool frame_word = AtWord("ROWS") || AtWord("RANGE") || AtWord("GROUPS");
  const bool clause = AtWords({"PARTITION", "BY"}) || (frame_word && !AtSymbol(")", 1));
  if (AtName() && !clause) window->base = ParseName("a window's name");
  if (AcceptWords({"PARTITION", "BY"})) window->partition_by = ParseExpressionList();
  if (AcceptWords({"ORDER", "BY"})) window->order_by = ParseOrderList();
  window->frame = TryFrame();
  ExpectSymbol(")");
  window->span = SpanFrom(begin);
  return window;
}

std::unique_ptr<WindowFrame> Parser::TryFrame() {
  const uint32_t begin = Begin();
  auto frame = std::make_unique<WindowFrame>();
  if (AcceptWord("ROWS")) {
    frame->unit = FrameUnit::kRows;
  } else if (AcceptWord("GROUPS")) {
    frame->unit = FrameUnit::kGroups;
  } else if (!AcceptWord("RANGE")) {
    return nullptr;
  }
  if (AcceptWord("BETWEEN")) {
    frame->start = ParseFrameBound();
    ExpectWord("AND");
    frame->end = ParseFrameBound();
  } else {
    frame->start = ParseFrameBound();
  }
  const bool backwards = frame->start.bound > frame->end.bound;
  if (backwards || frame->start.bound == FrameBoundKind::kUnboundedFollowing ||
      frame->end.bound == FrameBoundKind::kUnboundedPreceding) {
    Fail(SpanFrom(begin), "this window frame ends before it starts");
  }
  if (AcceptWord("EXCLUDE")) {
    if (AcceptWords({"CURRENT", "ROW"})) {
      frame->exclusion = FrameExclusion::kCurrentRow;
    } else if (AcceptWord("GROUP")) {
      frame->exclusion = FrameExclusion::kGroup;
    } else if (AcceptWord("TIES")) {
      frame->exclusion = FrameExclusion::kTies;
    } else if (!AcceptWords({"NO", "OTHERS"})) {
      Unexpected("CURRENT ROW, GROUP, TIES or NO OTHERS");
    }
  }
  frame->span = SpanFrom(begin);
  return frame;
}

FrameBound Parser::ParseFrameBound() {
  const uint32_t begin = Begin();
  FrameBound bound;
  if (AcceptWords({"CURRENT", "ROW"})) {
    bound.bound = FrameBoundKind::kCurrentRow;
  } else if (AcceptWords({"UNBOUNDED", "PRECEDING"})) {
    bound.bound = FrameBoundKind::kUnboundedPreceding;
  } else if (AcceptWords({"UNBOUNDED", "FOLLOWING"})) {
    bound.bound = FrameBoundKind::kUnboundedFollowing;
  } else {
    // Not up to an AND, which may be the frame's own.
    bound.offset = ParseExpression(kPrecedenceAnd + 1);
    if (AcceptWord("PRECEDING")) {
      bound.bound = FrameBoundKind::kPreceding;
    } else if (AcceptWord("FOLLOWING")) {
      bound.bound = FrameBoundKind::kFollowing;
    } else {
      Unexpected("PRECEDING or FOLLOWING");
    }
  }
  bound.span = SpanFrom(begin);
  return bound;
}

}  // namespace laminar::sql
