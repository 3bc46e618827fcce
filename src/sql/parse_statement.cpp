// Statements: which one it is, and the small ones.
#include <algorithm>
#include <array>

#include "common/sql_error.h"
#include "sql/ast_names.h"
#include "sql/keywords.h"
#include "sql/parser_impl.h"

namespace laminar::sql {
namespace {

constexpr std::array kUnsupportedStatements = std::to_array<std::string_view>({
    "ANALYZE", "ATTACH", "CALL",   "COMMENT", "DETACH",  "EXECUTE", "FROM",   "GRANT",     "LISTEN", "LOCK",   "MERGE",
    "NOTIFY",  "PIVOT",  "PRAGMA", "PREPARE", "RELEASE", "RESET",   "REVOKE", "SAVEPOINT", "USE",    "VACUUM",
});

constexpr std::array kShowSubjects = std::to_array<ShowSubject>({
    ShowSubject::kSources,
    ShowSubject::kTables,
    ShowSubject::kStreams,
    ShowSubject::kViews,
    ShowSubject::kSinks,
    ShowSubject::kQueries,
    ShowSubject::kFunctions,
    ShowSubject::kConnectors,
    ShowSubject::kCheckpoints,
});

}  // namespace

std::vector<StatementPtr> Parser::ParseScript() {
  std::vector<StatementPtr> statements;
  while (true) {
    while (AcceptSymbol(";")) {
    }
    if (AtEnd()) return statements;
    question_marks_ = 0;
    numbered_parameters_ = false;
    implicit_alias_.reset();
    const uint32_t begin = Begin();
    try {
      statements.push_back(ParseStatement());
      if (!AtEnd() && !AtSymbol(";")) Unexpected("the end of the statement");
    } catch (const Error& error) {
      if (IsOnlyStatement()) throw;
      // A statement that was parsed before the one that goes wrong behind its end.
      const std::size_t number =
          statements.empty() || statements.back()->span.end <= begin ? statements.size() + 1 : statements.size();
      Error numbered(error.code(), "statement " + std::to_string(number) + ": " + error.what());
      if (!error.position()) throw std::move(numbered).WithCandidates(error.candidates());
      throw std::move(numbered).At(*error.position()).WithCandidates(error.candidates());
    }
  }
}

bool Parser::IsOnlyStatement() const {
  const auto ends = [](const Token& token) { return token.kind == TokenKind::kSymbol && token.text == ";"; };
  const auto first = std::ranges::find_if_not(tokens_, ends);
  const auto end = std::find_if(first, tokens_.end(), ends);
  return std::all_of(end, tokens_.end(),
                     [&](const Token& token) { return ends(token) || token.kind == TokenKind::kEnd; });
}

StatementPtr Parser::ParseStatement() {
  const Nesting nesting(*this);
  const uint32_t begin = Begin();
  StatementPtr statement = ParseStatementBody();
  statement->span = SpanFrom(begin);
  statement->height = 1 + Dispatch(*statement, [](const auto& node) { return ChildHeight::Of(node); });
  if (statement->height > kMaxNesting) TooDeep(statement->span);
  return statement;
}

StatementPtr Parser::ParseStatementBody() {
  for (const std::string& word : StatementWords()) AtWord(word);  // for the suggestion
  if (AtQuery() || AtSymbol("(")) return ParseQueryStatement();
  if (AtWord("CREATE")) return ParseCreate();
  if (AtWord("DROP")) return ParseDrop();
  if (AtWord("ALTER")) return ParseAlter();
  if (AtWord("INSERT")) return ParseInsert();
  if (AtWord("UPDATE")) return ParseUpdate();
  if (AtWord("DELETE")) return ParseDelete();
  if (AtWord("TRUNCATE")) return ParseTruncate();
  if (AtWord("COPY")) return ParseCopy();
  if (AtWord("SHOW")) return ParseShow();
  if (AtWord("DESCRIBE") || AtWord("DESC")) return ParseDescribe();
  if (AtWord("EXPLAIN")) return ParseExplain();
  if (AtWord("SUBSCRIBE")) return ParseSubscribe();
  if (AtWord("DECLARE")) return ParseDeclare();
  if (AtWord("FETCH")) return ParseFetch();
  if (AtWord("CLOSE")) return ParseClose();
  if (AtWord("BEGIN") || AtWord("START") || AtWord("COMMIT") || AtWord("END") || AtWord("ROLLBACK") ||
      AtWord("ABORT")) {
    return ParseTransaction();
  }
  if (AtWord("SET")) return ParseSet();
  for (const std::string_view word : kUnsupportedStatements) {
    if (Peek().kind == TokenKind::kWord && SameWord(Peek().text, word)) NotSupported(Peek().span, word);
  }
  Unexpected("a statement");
}

StatementPtr Parser::ParseQueryStatement() {
  auto statement = std::make_unique<QueryStatement>();
  statement->query = ParseQuery(QueryPlace::kStatement);
  return statement;
}

StatementPtr Parser::ParseExplain() {
  ExpectWord("EXPLAIN");
  auto statement = std::make_unique<ExplainStatement>();
  statement->analyze = AcceptWord("ANALYZE");
  // `(FORMAT JSON)`, unlike `(SELECT …)`.
  if (AtSymbol("(") && (AtWord("FORMAT", 1) || AtWord("ANALYZE", 1))) {
    ExpectSymbol("(");
    do {
      if (AcceptWord("ANALYZE")) {
        statement->analyze = true;
        continue;
      }
      ExpectWord("FORMAT");
      if (AcceptWord("JSON")) {
        statement->format = ExplainFormat::kJson;
      } else if (AcceptWord("MERMAID")) {
        statement->format = ExplainFormat::kMermaid;
      } else if (!AcceptWord("TEXT")) {
        Unexpected("TEXT, JSON or MERMAID");
      }
    } while (AcceptSymbol(","));
    ExpectSymbol(")");
  }
  if (AtEnd()) Unexpected("the statement to explain");
  if (AcceptWord("STREAM") || AcceptWords({"MATERIALIZED", "VIEW"}) || AtLoneName()) {
    statement->stream = ParseQualifiedName("the name of a stream");
  } else {
    statement->statement = ParseStatement();
  }
  return statement;
}

bool Parser::AtLoneName() const {
  const Token& token = Peek();
  if (token.kind != TokenKind::kWord && token.kind != TokenKind::kQuotedName) return false;
  const bool ends = Peek(1).kind == TokenKind::kEnd || AtSymbol(";", 1) || AtSymbol(".", 1);
  if (!ends || token.kind == TokenKind::kQuotedName) return ends;
  const std::vector<std::string>& words = StatementWords();
  return std::none_of(words.begin(), words.end(), [&](const std::string& word) { return SameWord(token.text, word); });
}

ObjectKind Parser::ParseObjectKind(std::string_view statement) {
  if (AcceptWord("SOURCE")) return ObjectKind::kSource;
  if (AcceptWord("TABLE")) return ObjectKind::kTable;
  if (AcceptWord("STREAM")) return ObjectKind::kStream;
  if (AcceptWords({"MATERIALIZED", "VIEW"})) return ObjectKind::kMaterializedView;
  if (AcceptWord("VIEW")) return ObjectKind::kView;
  if (AcceptWord("SINK")) return ObjectKind::kSink;
  if (AcceptWords({"LOOKUP", "TABLE"})) return ObjectKind::kLookupTable;
  if (AcceptWord("FUNCTION")) return ObjectKind::kFunction;
  for (const std::string_view word : {"SCHEMA", "DATABASE", "INDEX", "SEQUENCE", "TYPE", "TRIGGER", "ROLE", "USER"}) {
    if (AtWord(word)) NotSupported(Peek().span, std::string(statement) + " " + std::string(word));
  }
  Unexpected("SOURCE, TABLE, STREAM, MATERIALIZED VIEW, VIEW, SINK, LOOKUP TABLE or FUNCTION behind " +
             std::string(statement));
}

StatementPtr Parser::ParseShow() {
  ExpectWord("SHOW");
  if (AcceptWord("CREATE")) {
    auto statement = std::make_unique<ShowCreateStatement>();
    statement->object = ParseObjectKind("SHOW CREATE");
    statement->name = ParseQualifiedName("a name");
    return statement;
  }
  auto statement = std::make_unique<ShowStatement>();
  if (AcceptWords({"MATERIALIZED", "VIEWS"})) {
    statement->subject = ShowSubject::kMaterializedViews;
    return statement;
  }
  for (const ShowSubject subject : kShowSubjects) {
    if (!AcceptWord(EnumName(subject))) continue;
    statement->subject = subject;
    return statement;
  }
  Unexpected(
      "SOURCES, TABLES, STREAMS, MATERIALIZED VIEWS, VIEWS, SINKS, QUERIES, FUNCTIONS, CONNECTORS, CHECKPOINTS or "
      "CREATE behind SHOW");
}

StatementPtr Parser::ParseDescribe() {
  Advance();
  auto statement = std::make_unique<DescribeStatement>();
  const TokenKind next = Peek(1).kind;
  const bool named_extended = next != TokenKind::kWord && next != TokenKind::kQuotedName;
  if (!named_extended) statement->extended = AcceptWord("EXTENDED");
  if (AtQuery()) NotSupported(Peek().span, "DESCRIBE of a query");
  statement->name = ParseQualifiedName("a name");
  return statement;
}

StatementPtr Parser::ParseSubscribe() {
  ExpectWord("SUBSCRIBE");
  auto statement = std::make_unique<SubscribeStatement>();
  if (AtQuery() || AtSymbol("(")) NotSupported(Peek().span, "SUBSCRIBE to a query that has no name");
  statement->name = ParseQualifiedName("the name of a stream");
  if (AcceptWords({"AS", "OF"})) {
    ExpectWord("EPOCH");
    statement->as_of_epoch = ParseExpression();
  }
  if (AcceptWord("WHERE")) statement->where = ParseExpression();
  statement->emit = TryEmit();
  return statement;
}

StatementPtr Parser::ParseDeclare() {
  ExpectWord("DECLARE");
  auto statement = std::make_unique<DeclareCursorStatement>();
  statement->cursor = ParseName("a cursor's name");
  ExpectWord("CURSOR");
  ExpectWord("FOR");
  if (AtQuery()) NotSupported(Peek().span, "a cursor for a query");
  if (!AtWord("SUBSCRIBE")) Unexpected("SUBSCRIBE");
  statement->subscribe = ParseStatement();
  return statement;
}

StatementPtr Parser::ParseFetch() {
  ExpectWord("FETCH");
  auto statement = std::make_unique<FetchStatement>();
  const uint32_t begin = Begin();
  const bool forward = AcceptWord("FORWARD");
  if (!forward && AcceptWord("NEXT")) {
    statement->count = MakeLiteral(LiteralKind::kInteger, "1", begin);
  } else if (AcceptWord("ALL")) {
    statement->count = nullptr;
  } else if (Peek().kind == TokenKind::kInteger) {
    statement->count = ParseLiteral(LiteralKind::kInteger);
  } else if (forward || AtWord("FROM") || AtWord("IN")) {
    statement->count = MakeLiteral(LiteralKind::kInteger, "1", begin);
  } else {
    Unexpected("a number of rows, NEXT or ALL");
  }
  if (!AcceptWord("FROM")) {
    if (!AcceptWord("IN")) Unexpected("FROM and the name of a cursor");
  }
  statement->cursor = ParseName("a cursor's name");
  return statement;
}

StatementPtr Parser::ParseClose() {
  ExpectWord("CLOSE");
  auto statement = std::make_unique<CloseCursorStatement>();
  statement->cursor = ParseName("a cursor's name");
  return statement;
}

StatementPtr Parser::ParseTransaction() {
  auto statement = std::make_unique<TransactionStatement>();
  if (AcceptWord("START")) {
    ExpectWord("TRANSACTION");
    statement->action = TransactionAction::kBegin;
    return statement;
  }
  if (AcceptWord("BEGIN")) {
    statement->action = TransactionAction::kBegin;
  } else if (AcceptWord("COMMIT") || AcceptWord("END")) {
    statement->action = TransactionAction::kCommit;
  } else {
    Advance();
    statement->action = TransactionAction::kRollback;
  }
  if (!AcceptWord("TRANSACTION")) AcceptWord("WORK");
  return statement;
}

StatementPtr Parser::ParseSet() {
  ExpectWord("SET");
  auto statement = std::make_unique<SetStatement>();
  statement->name = ParseQualifiedName("the name of a setting");
  if (!AcceptSymbol("=")) {
    if (!AcceptWord("TO")) Unexpected("'=' or TO");
  }
  if (!AcceptWord("DEFAULT")) statement->value = ParseOptionValue();
  return statement;
}

std::vector<StatementPtr> ParseStatements(std::string_view sql) { return Parser(sql, TypeNames::kSql).ParseScript(); }

StatementPtr ParseStatement(std::string_view sql) {
  std::vector<StatementPtr> statements = ParseStatements(sql);
  if (statements.size() == 1) return std::move(statements.front());
  const std::string found = statements.empty() ? "none" : std::to_string(statements.size());
  const SourceSpan span = statements.empty() ? SourceSpan{} : statements[1]->span;
  throw MakeSqlError(ErrorCode::kSqlParseError, sql, span, "expected one statement but found " + found);
}

ExpressionPtr ParseExpression(std::string_view sql) { return Parser(sql, TypeNames::kSql).ParseWholeExpression(); }

TypePtr ParseType(std::string_view sql, TypeNames names) { return Parser(sql, names).ParseWholeType(); }

}  // namespace laminar::sql
