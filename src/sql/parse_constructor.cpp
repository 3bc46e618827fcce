// Forms with their own syntax: CASE, CAST, EXISTS, arrays, maps, structs, stars.
#include "sql/keywords.h"
#include "sql/parser_impl.h"

namespace laminar::sql {

ExpressionPtr Parser::ParseCase() {
  const uint32_t begin = Begin();
  ExpectWord("CASE");
  ++open_cases_;
  auto node = std::make_unique<CaseExpression>();
  if (!AtWord("WHEN")) node->operand = ParseExpression();
  if (!AtWord("WHEN")) Unexpected("WHEN");
  while (AtWord("WHEN")) {
    const uint32_t branch_begin = Begin();
    Advance();
    CaseBranch branch;
    branch.when = ParseExpression();
    ExpectWord("THEN");
    branch.then = ParseExpression();
    branch.span = SpanFrom(branch_begin);
    node->branches.push_back(std::move(branch));
  }
  if (AcceptWord("ELSE")) node->otherwise = ParseExpression();
  if (!AcceptWord("END")) Unexpected(node->otherwise ? "END" : "WHEN, ELSE or END");
  --open_cases_;
  return Finish(std::move(node), begin);
}

ExpressionPtr Parser::ParseCast(bool or_null) {
  const uint32_t begin = Begin();
  Advance();
  ExpectSymbol("(");
  auto node = std::make_unique<CastExpression>();
  node->or_null = or_null;
  node->operand = ParseExpression();
  ExpectWord("AS");
  node->type = ParseType();
  ExpectSymbol(")");
  return Finish(std::move(node), begin);
}

ExpressionPtr Parser::ParseExists() {
  const uint32_t begin = Begin();
  ExpectWord("EXISTS");
  auto node = std::make_unique<ExistsExpression>();
  node->query = ParseParenthesisedQuery();
  return Finish(std::move(node), begin);
}

ExpressionPtr Parser::ParseArray() {
  const uint32_t begin = Begin();
  ExpectWord("ARRAY");
  if (AtSymbol("(")) NotSupported(Peek().span, "ARRAY (subquery)");
  return ParseBracketList(begin);
}

ExpressionPtr Parser::ParseBracketList(uint32_t begin) {
  ExpectSymbol("[");
  auto node = std::make_unique<ArrayExpression>();
  if (!AtSymbol("]")) node->values = ParseExpressionList();
  ExpectSymbol("]");
  return Finish(std::move(node), begin);
}

/// `MAP {k: v, …}` or `MAP[k, v, …]`.
ExpressionPtr Parser::ParseMap() {
  const uint32_t begin = Begin();
  ExpectWord("MAP");
  const bool braces = AcceptSymbol("{");
  if (!braces) ExpectSymbol("[");
  const std::string_view close = braces ? "}" : "]";
  auto node = std::make_unique<MapExpression>();
  if (!AtSymbol(close)) {
    do {
      const uint32_t entry_begin = Begin();
      MapEntry entry;
      entry.key = ParseExpression();
      ExpectSymbol(braces ? ":" : ",");
      entry.value = ParseExpression();
      entry.span = SpanFrom(entry_begin);
      node->entries.push_back(std::move(entry));
    } while (AcceptSymbol(","));
  }
  ExpectSymbol(close);
  return Finish(std::move(node), begin);
}

/// `STRUCT(1 AS a, t.b)`
ExpressionPtr Parser::ParseStructCall() {
  const uint32_t begin = Begin();
  ExpectWord("STRUCT");
  ExpectSymbol("(");
  auto node = std::make_unique<StructExpression>();
  do {
    const uint32_t field_begin = Begin();
    StructField field;
    field.value = ParseExpression();
    if (AcceptWord("AS")) {
      field.name = ParseLabel("a field's name");
    } else if (const auto* column = field.value->If<ColumnExpression>()) {
      field.name = column->parts.back();
    } else {
      Unexpected("AS and the field's name");
    }
    field.span = SpanFrom(field_begin);
    node->fields.push_back(std::move(field));
  } while (AcceptSymbol(","));
  ExpectSymbol(")");
  return Finish(std::move(node), begin);
}

/// `{'a': 1, b: 2}`
ExpressionPtr Parser::ParseBraces() {
  const uint32_t begin = Begin();
  ExpectSymbol("{");
  auto node = std::make_unique<StructExpression>();
  do {
    const uint32_t field_begin = Begin();
    StructField field;
    if (Peek().kind == TokenKind::kString) {
      field.name.span = Peek().span;
      field.name.quoted = true;
      field.name.name = Advance().value;
      if (field.name.name.empty()) Fail(field.name.span, "a field's name cannot be empty");
    } else {
      field.name = ParseLabel("a field's name");
    }
    ExpectSymbol(":");
    field.value = ParseExpression();
    field.span = SpanFrom(field_begin);
    node->fields.push_back(std::move(field));
  } while (AcceptSymbol(","));
  ExpectSymbol("}");
  return Finish(std::move(node), begin);
}

/// `*` or `t.*` with EXCLUDE and REPLACE; null when no star stands here.
ExpressionPtr Parser::TryStar() {
  const uint32_t begin = Begin();
  std::size_t ahead = 0;
  if (!AtSymbol("*")) {
    if (!AtName()) return nullptr;
    for (ahead = 1; AtSymbol(".", ahead) && !AtSymbol("*", ahead + 1); ahead += 2) {
      const TokenKind part = Peek(ahead + 1).kind;
      if (part != TokenKind::kWord && part != TokenKind::kQuotedName) return nullptr;
    }
    if (!AtSymbol(".", ahead)) return nullptr;
  }
  auto star = std::make_unique<StarExpression>();
  while (!AcceptSymbol("*")) {
    star->qualifier.push_back(TakeIdentifier());
    ExpectSymbol(".");
  }
  if (AcceptWord("EXCLUDE")) {
    if (AtSymbol("(")) {
      star->exclude = ParseNameList("a column to exclude");
    } else {
      star->exclude.push_back(ParseName("a column to exclude"));
    }
  }
  if (AcceptWord("REPLACE")) {
    ExpectSymbol("(");
    do {
      const uint32_t replacement_begin = Begin();
      StarReplacement replacement;
      replacement.value = ParseExpression();
      ExpectWord("AS");
      replacement.name = ParseLabel("the column to replace");
      replacement.span = SpanFrom(replacement_begin);
      star->replace.push_back(std::move(replacement));
    } while (AcceptSymbol(","));
    ExpectSymbol(")");
  }
  if (AtWord("RENAME") && AtSymbol("(", 1)) NotSupported(Peek().span, "* RENAME");
  return Finish(std::move(star), begin);
}

}  // namespace laminar::sql
