// FROM: tables, subqueries, table functions, joins.
#include "sql/keywords.h"
#include "sql/parser_impl.h"

namespace laminar::sql {

std::vector<TablePtr> Parser::ParseTableList() {
  std::vector<TablePtr> tables;
  do {
    tables.push_back(ParseTable());
  } while (AcceptSymbol(","));
  return tables;
}

TablePtr Parser::ParseTable() {
  const uint32_t begin = Begin();
  TablePtr table = ParseTablePrimary();
  while (AtJoin()) table = ParseJoins(std::move(table), begin);
  return table;
}

bool Parser::AtJoin() {
  if (AtWord("JOIN") || AtWord("INNER") || AtWord("LEFT") || AtWord("RIGHT") || AtWord("FULL") || AtWord("CROSS") ||
      AtWord("NATURAL")) {
    return true;
  }
  if (AtWord("SEMI") || AtWord("ANTI")) return AtWord("JOIN", 1);
  if (AtWord("ASOF")) return AtWord("JOIN", 1) || AtWord("LEFT", 1) || AtWord("INNER", 1);
  return AtWords({"TEMPORAL", "PROBE", "JOIN"});
}

/// One join of `left`.
TablePtr Parser::ParseJoins(TablePtr left, uint32_t begin) {
  const Nesting nesting(*this);
  auto join = std::make_unique<JoinTable>();
  ParseJoinHead(*join);
  join->left = std::move(left);
  const uint32_t right_begin = Begin();
  join->right = ParseTablePrimary();
  if (join->type != JoinType::kCross && !join->natural) {
    if (join->form != JoinForm::kTemporalProbe) {
      // `a JOIN b JOIN c ON … ON …`: the inner join comes first.
      while (AtJoin()) join->right = ParseJoins(std::move(join->right), right_begin);
    }
    ParseJoinCondition(*join);
  }
  return Finish(std::move(join), begin);
}

void Parser::ParseJoinHead(JoinTable& join) {
  join.natural = AcceptWord("NATURAL");
  if (AcceptWord("CROSS")) {
    join.type = JoinType::kCross;
    if (join.natural) Fail(Peek().span, "a CROSS JOIN cannot be NATURAL");
  } else if (AcceptWord("ASOF")) {
    join.form = JoinForm::kAsof;
    if (AcceptWord("LEFT")) {
      join.type = JoinType::kLeft;
      AcceptWord("OUTER");
    } else {
      AcceptWord("INNER");
    }
  } else if (AcceptWords({"TEMPORAL", "PROBE"})) {
    join.form = JoinForm::kTemporalProbe;
  } else if (AcceptWord("SEMI")) {
    join.type = JoinType::kSemi;
  } else if (AcceptWord("ANTI")) {
    join.type = JoinType::kAnti;
  } else if (AtWord("LEFT") || AtWord("RIGHT") || AtWord("FULL")) {
    join.type = AtWord("LEFT") ? JoinType::kLeft : AtWord("RIGHT") ? JoinType::kRight : JoinType::kFull;
    Advance();
    if (join.type == JoinType::kLeft && AcceptWord("SEMI")) {
      join.type = JoinType::kSemi;
    } else if (join.type == JoinType::kLeft && AcceptWord("ANTI")) {
      join.type = JoinType::kAnti;
    } else {
      AcceptWord("OUTER");
    }
  } else {
    AcceptWord("INNER");
  }
  ExpectWord("JOIN");
}

void Parser::ParseJoinCondition(JoinTable& join) {
  if (join.form == JoinForm::kTemporalProbe) {
    join.probe = ParseTemporalProbe();
    return;
  }
  const auto match_condition = [&] {
    if (join.form != JoinForm::kAsof || join.match_condition || !AcceptWord("MATCH_CONDITION")) return;
    ExpectSymbol("(");
    join.match_condition = ParseExpression();
    ExpectSymbol(")");
  };
  match_condition();
  if (AcceptWord("ON")) {
    join.on = ParseExpression();
  } else if (AcceptWord("USING")) {
    join.using_columns = ParseNameList("a column of both tables");
  } else if (!join.match_condition) {
    Unexpected("ON or USING with the condition of the join");
  }
  match_condition();
  if (join.form == JoinForm::kAsof && AcceptWord("TOLERANCE")) join.tolerance = ParseDuration();
}

/// Behind the right table of TEMPORAL PROBE JOIN.
std::unique_ptr<TemporalProbe> Parser::ParseTemporalProbe() {
  const uint32_t begin = Begin();
  auto probe = std::make_unique<TemporalProbe>();
  ExpectWord("ON");
  probe->keys = ParseNameList("a key of both tables");
  ExpectWord("TIMESTAMPS");
  ExpectSymbol("(");
  probe->left_time = ParseExpression();
  ExpectSymbol(",");
  probe->right_time = ParseExpression();
  ExpectSymbol(")");
  if (AcceptWord("LIST")) {
    ExpectSymbol("(");
    do {
      probe->offsets.push_back(ParseDuration());
    } while (AcceptSymbol(","));
    ExpectSymbol(")");
  } else {
    if (!AcceptWord("RANGE")) Unexpected("RANGE or LIST");
    ExpectWord("FROM");
    probe->from = ParseDuration();
    ExpectWord("TO");
    probe->to = ParseDuration();
    ExpectWord("STEP");
    probe->step = ParseDuration();
  }
  ExpectWord("AS");
  probe->alias = ParseName("a name for the probe");
  probe->span = SpanFrom(begin);
  return probe;
}

TablePtr Parser::ParseTablePrimary() {
  const Nesting nesting(*this);
  const uint32_t begin = Begin();
  const bool lateral = AcceptWord("LATERAL");
  if (AtSymbol("(")) return ParseParenthesisedTable(lateral, begin);
  if (lateral && AtWindowTable()) NotSupported(Peek().span, "a LATERAL window table");
  if (AtWord("TABLE") && AtSymbol("(", 1)) {
    Advance();
    ExpectSymbol("(");
    const bool window = AtWindowTable();
    if (window && lateral) NotSupported(Peek().span, "a LATERAL window table");
    TablePtr table = window ? ParseWindowTable() : ParseTableFunction(lateral, begin);
    ExpectSymbol(")");
    TryAlias(*table);
    table->span = SpanFrom(begin);
    return table;
  }
  if (AtWindowTable()) {
    TablePtr table = ParseWindowTable();
    TryAlias(*table);
    table->span = SpanFrom(begin);
    return table;
  }
  std::size_t ahead = 1;
  while (AtSymbol(".", ahead)) ahead += 2;
  if (lateral || AtSymbol("(", ahead)) {
    TablePtr table = ParseTableFunction(lateral, begin);
    TryAlias(*table);
    table->span = SpanFrom(begin);
    return table;
  }
  return ParseNamedTable();
}

/// `(query)` or `(a JOIN b …)`.
TablePtr Parser::ParseParenthesisedTable(bool lateral, uint32_t begin) {
  const auto subquery = [&](QueryPtr query) {
    auto table = std::make_unique<SubqueryTable>();
    table->lateral = lateral;
    table->query = std::move(query);
    TryAlias(*table);
    return Finish(std::move(table), begin);
  };
  if (lateral || AtQuery(1)) return subquery(ParseParenthesisedQuery());
  ExpectSymbol("(");
  const uint32_t inner_begin = Begin();
  TablePtr table = ParseTable();
  const bool bare_subquery = table->kind == TableKind::kSubquery && !table->alias && table->column_aliases.empty() &&
                             !table->As<SubqueryTable>().lateral;
  if (bare_subquery && AtQueryContinuation()) {
    QueryPtr query = ContinueQuery(std::move(table->As<SubqueryTable>().query), inner_begin);
    ExpectSymbol(")");
    return subquery(std::move(query));
  }
  ExpectSymbol(")");
  if (!table->alias) {
    TryAlias(*table);
    table->span = SpanFrom(begin);
  } else if (AtWord("AS") || AtImplicitAlias()) {
    Fail(Peek().span, "this table has an alias already, inside the parentheses");
  }
  return table;
}

TablePtr Parser::ParseNamedTable() {
  const uint32_t begin = Begin();
  auto table = std::make_unique<NamedTable>();
  if (Peek().kind == TokenKind::kString) return ParseFileTable(begin);
  table->name = ParseQualifiedName("a table");
  const auto as_of = [&] {
    if (table->as_of || !AtWords({"FOR", "SYSTEM_TIME"})) return;
    Advance();
    Advance();
    ExpectWord("AS");
    ExpectWord("OF");
    table->as_of = ParseExpression();
  };
  as_of();
  TryAlias(*table);
  as_of();
  if (AtWord("TABLESAMPLE")) NotSupported(Peek().span, "TABLESAMPLE");
  return Finish(std::move(table), begin);
}

/// `'trades.parquet'` is read_file('trades.parquet').
TablePtr Parser::ParseFileTable(uint32_t begin) {
  auto call = std::make_unique<CallExpression>();
  Identifier function;
  function.name = "read_file";
  function.span = call->function.span = Peek().span;
  call->function.parts.push_back(std::move(function));
  CallArgument path;
  path.span = Peek().span;
  std::string text = Advance().value;
  path.value = MakeLiteral(LiteralKind::kString, std::move(text), begin);
  call->arguments.push_back(std::move(path));
  auto table = std::make_unique<FunctionTable>();
  table->call = Finish(std::move(call), begin);
  TryAlias(*table);
  return Finish(std::move(table), begin);
}

TablePtr Parser::ParseTableFunction(bool lateral, uint32_t begin) {
  auto table = std::make_unique<FunctionTable>();
  table->lateral = lateral;
  const uint32_t call_begin = Begin();
  QualifiedName name = ParseQualifiedName("a table function");
  if (!AtSymbol("(")) Unexpected("'(' and the arguments of the table function");
  table->call = ParseCall(std::move(name), call_begin);
  if (AcceptWords({"WITH", "ORDINALITY"})) table->with_ordinality = true;
  return Finish(std::move(table), begin);
}

void Parser::TryAlias(Table& table) {
  if (AcceptWord("AS")) {
    table.alias = ParseName("a name after AS");
  } else if (AtImplicitAlias()) {
    table.alias = TakeImplicitAlias();
  } else {
    return;
  }
  if (AtSymbol("(")) table.column_aliases = ParseNameList("a column's name");
}

}  // namespace laminar::sql
