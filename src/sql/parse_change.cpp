// Statements that change data or the catalog: INSERT, UPDATE, DELETE, TRUNCATE, COPY, DROP, ALTER.
#include "sql/keywords.h"
#include "sql/parser_impl.h"

namespace laminar::sql {

StatementPtr Parser::ParseInsert() {
  ExpectWord("INSERT");
  if (AtWord("OR")) NotSupported(Peek().span, "INSERT OR …; write ON CONFLICT: it");
  ExpectWord("INTO");
  auto statement = std::make_unique<InsertStatement>();
  statement->table = ParseQualifiedName("a table");
  if (AtSymbol("(") && !AtQuery(1) && !AtSymbol("(", 1)) statement->columns = ParseNameList("a column's name");
  if (!AcceptWords({"DEFAULT", "VALUES"})) {
    if (!AtQuery() && !AtSymbol("(")) {
      Unexpected(statement->columns.empty() ? "'(', VALUES or SELECT" : "VALUES or SELECT");
    }
    statement->query = ParseQuery(QueryPlace::kInsert);
    if (statement->query->emit) Fail(statement->query->emit->span, "EMIT has no place in an INSERT");
  }
  if (AtWord("ON")) statement->on_conflict = ParseOnConflict();
  if (AtWord("RETURNING")) NotSupported(Peek().span, "RETURNING");
  return statement;
}

std::unique_ptr<OnConflictClause> Parser::ParseOnConflict() {
  const uint32_t begin = Begin();
  auto clause = std::make_unique<OnConflictClause>();
  ExpectWord("ON");
  ExpectWord("CONFLICT");
  if (AtSymbol("(")) clause->target = ParseNameList("a column of the key");
  ExpectWord("DO");
  if (!AcceptWord("NOTHING")) {
    if (!AcceptWord("UPDATE")) Unexpected("NOTHING or UPDATE");
    clause->do_update = true;
    clause->assignments = ParseAssignments();
    if (AcceptWord("WHERE")) clause->where = ParseExpression();
  }
  clause->span = SpanFrom(begin);
  return clause;
}

/// `SET a = 1, b = DEFAULT`
std::vector<Assignment> Parser::ParseAssignments() {
  std::vector<Assignment> assignments;
  ExpectWord("SET");
  do {
    const uint32_t begin = Begin();
    if (AtSymbol("(")) NotSupported(Peek().span, "assigning to several columns at once");
    Assignment assignment;
    assignment.column = ParseName("a column's name");
    ExpectSymbol("=");
    assignment.value = ParseDefaultOrExpression();
    assignment.span = SpanFrom(begin);
    assignments.push_back(std::move(assignment));
  } while (AcceptSymbol(","));
  return assignments;
}

StatementPtr Parser::ParseUpdate() {
  ExpectWord("UPDATE");
  auto statement = std::make_unique<UpdateStatement>();
  statement->table = ParseQualifiedName("a table");
  if (AcceptWord("AS")) {
    statement->alias = ParseName("a name after AS");
  } else if (AtImplicitAlias()) {
    statement->alias = TakeImplicitAlias();
  }
  statement->assignments = ParseAssignments();
  if (AcceptWord("FROM")) statement->from = ParseTableList();
  if (AcceptWord("WHERE")) statement->where = ParseExpression();
  if (AtWord("RETURNING")) NotSupported(Peek().span, "RETURNING");
  return statement;
}

StatementPtr Parser::ParseDelete() {
  ExpectWord("DELETE");
  ExpectWord("FROM");
  auto statement = std::make_unique<DeleteStatement>();
  statement->table = ParseQualifiedName("a table");
  if (AcceptWord("AS")) {
    statement->alias = ParseName("a name after AS");
  } else if (AtImplicitAlias()) {
    statement->alias = TakeImplicitAlias();
  }
  if (AcceptWord("USING")) statement->using_tables = ParseTableList();
  if (AcceptWord("WHERE")) statement->where = ParseExpression();
  if (AtWord("RETURNING")) NotSupported(Peek().span, "RETURNING");
  return statement;
}

StatementPtr Parser::ParseTruncate() {
  ExpectWord("TRUNCATE");
  AcceptWord("TABLE");
  auto statement = std::make_unique<TruncateStatement>();
  do {
    statement->tables.push_back(ParseQualifiedName("a table"));
  } while (AcceptSymbol(","));
  return statement;
}

StatementPtr Parser::ParseCopy() {
  ExpectWord("COPY");
  auto statement = std::make_unique<CopyStatement>();
  if (AtSymbol("(")) {
    statement->query = ParseParenthesisedQuery();
  } else {
    statement->table = ParseQualifiedName("a table");
    if (AtSymbol("(")) statement->columns = ParseNameList("a column's name");
  }
  const SourceSpan direction = Peek().span;
  if (AcceptWord("TO")) {
    statement->to_file = true;
  } else if (AcceptWord("FROM")) {
    if (statement->query) Fail(direction, "a query cannot be copied into; write COPY table FROM 'file'");
  } else {
    Unexpected("FROM or TO and a file");
  }
  if (AtWord("STDIN") || AtWord("STDOUT") || AtWord("PROGRAM")) NotSupported(Peek().span, Peek().text);
  if (Peek().kind != TokenKind::kString) Unexpected("a file's path in quotes");
  statement->path = Advance().value;
  AcceptWord("WITH");
  if (!AtSymbol("(")) return statement;
  ExpectSymbol("(");
  do {
    const uint32_t begin = Begin();
    Option option;
    option.key = ParseOptionKey();
    const bool alone = AtSymbol(",") || AtSymbol(")");
    AcceptSymbol("=");
    // `HEADER` alone switches it on.
    option.value = alone ? MakeLiteral(LiteralKind::kBoolean, "true", begin) : ParseOptionValue();
    option.span = SpanFrom(begin);
    for (const Option& other : statement->options) {
      if (SameWord(other.key, option.key)) Fail(option.span, "option '" + option.key + "' is given twice");
    }
    statement->options.push_back(std::move(option));
  } while (AcceptSymbol(","));
  ExpectSymbol(")");
  return statement;
}

StatementPtr Parser::ParseDrop() {
  ExpectWord("DROP");
  auto statement = std::make_unique<DropStatement>();
  statement->object = ParseObjectKind("DROP");
  statement->if_exists = AcceptWords({"IF", "EXISTS"});
  do {
    statement->names.push_back(ParseQualifiedName("a name"));
  } while (AcceptSymbol(","));
  statement->cascade = AcceptWord("CASCADE");
  if (!statement->cascade) AcceptWord("RESTRICT");
  return statement;
}

StatementPtr Parser::ParseAlter() {
  ExpectWord("ALTER");
  auto statement = std::make_unique<AlterStatement>();
  statement->object = ParseObjectKind("ALTER");
  statement->if_exists = AcceptWords({"IF", "EXISTS"});
  statement->name = ParseQualifiedName("a name");
  const SourceSpan action = Peek().span;
  if (AcceptWord("ADD")) {
    AcceptWord("COLUMN");
    statement->add_if_not_exists = AcceptWords({"IF", "NOT", "EXISTS"});
    statement->add_column = std::make_unique<ColumnDefinition>(ParseColumnDefinition(nullptr));
  } else if (AcceptWords({"RENAME", "TO"})) {
    statement->rename_to = ParseName("the new name");
  } else {
    for (const std::string_view word : {"DROP", "ALTER", "SET", "RENAME", "OWNER"}) {
      if (AtWord(word)) NotSupported(action, "ALTER … " + std::string(word));
    }
    Unexpected("ADD COLUMN or RENAME TO");
  }
  return statement;
}

}  // namespace laminar::sql
