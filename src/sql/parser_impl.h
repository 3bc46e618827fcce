// The recursive-descent parser. Private to src/sql: the entrance is parser.h.
//
// One method per rule of the grammar, spread over parse_*.cpp by topic. Invariants:
//  1. A method that starts with Parse begins at the first token of its rule and leaves the first token behind it.
//     It throws or returns a whole node; a method that starts with Try may find its rule absent and says so.
//  2. There is no backtracking: a method looks at a few tokens ahead, never parses twice.
//  3. Every node of the four families, every Query and TypeName goes through `Finish`, which sets its span and
//     height and bounds the latter; every method that can recurse into itself holds a `Nesting`.
//  4. `AtWord`/`AtSymbol` note what they looked for, so that an error can tell a misspelt keyword.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/ast.h"
#include "sql/ast_walk.h"
#include "sql/lexer.h"
#include "sql/parser.h"

namespace laminar::sql {

/// How tightly operators bind, loosest first (PostgreSQL's table).
enum Precedence : int {
  kPrecedenceOr = 1,
  kPrecedenceAnd,
  kPrecedenceNot,
  kPrecedenceIs,          // IS …, IS DISTINCT FROM, ISNULL, NOTNULL
  kPrecedenceComparison,  // = <> < <= > >=, not chainable
  kPrecedenceRange,       // BETWEEN, IN, LIKE, ILIKE, SIMILAR TO, not chainable
  kPrecedenceOther,       // || & | # ~ << >> -> ->> and kin
  kPrecedenceAdd,
  kPrecedenceMultiply,
  kPrecedencePower,
  kPrecedenceAtTimeZone,
  kPrecedenceUnary,    // - +
  kPrecedencePostfix,  // :: [] .
  kPrecedencePrimary,
};

class Parser {
 public:
  Parser(std::string_view sql, TypeNames names);

  std::vector<StatementPtr> ParseScript();
  ExpressionPtr ParseWholeExpression();
  TypePtr ParseWholeType();

 private:
  /// Where a query stands decides what it may have.
  enum class QueryPlace {
    kStatement,  // EMIT and its kin
    kInsert,     // DEFAULT in VALUES
    kNested,
  };

  class Nesting {
   public:
    explicit Nesting(Parser& parser);
    ~Nesting() { --parser_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Parser& parser_;
  };

  // --- tokens (parser_tokens.cpp)
  const Token& Peek(std::size_t ahead = 0) const;
  const Token& Advance();
  uint32_t Begin() const { return Peek().span.begin; }
  /// From `begin` to the end of the last token taken.
  SourceSpan SpanFrom(uint32_t begin) const;
  bool AtWord(std::string_view word, std::size_t ahead = 0);
  bool AtWords(std::initializer_list<std::string_view> words);
  bool AtSymbol(std::string_view symbol, std::size_t ahead = 0) const;
  bool AtEnd() const { return Peek().kind == TokenKind::kEnd; }
  bool AcceptWord(std::string_view word);
  /// All of them, or none is taken.
  bool AcceptWords(std::initializer_list<std::string_view> words);
  bool AcceptSymbol(std::string_view symbol);
  void ExpectWord(std::string_view word);
  void ExpectSymbol(std::string_view symbol);
  /// No blank between the token `ahead` and the one before it.
  bool Adjacent(std::size_t ahead) const;

  [[noreturn]] void Fail(SourceSpan span, std::string_view message, std::vector<std::string> candidates = {}) const;
  /// "expected `expected` but found 'token'".
  [[noreturn]] void Unexpected(std::string_view expected) const;
  [[noreturn]] void NotSupported(SourceSpan span, std::string_view what) const;

  /// A word that may be a name here, or a quoted name.
  bool AtName(std::size_t ahead = 0) const;
  Identifier TakeIdentifier();
  Identifier ParseName(std::string_view what);
  /// Any word: behind a dot or AS nothing is reserved.
  Identifier ParseLabel(std::string_view what);
  QualifiedName ParseQualifiedName(std::string_view what);
  std::vector<Identifier> ParseNameList(std::string_view what);  // in parentheses
  bool AtImplicitAlias();
  Identifier TakeImplicitAlias();
  int64_t ParseSmallInteger(std::string_view what, int64_t least, int64_t most);

  template <typename T>
  std::unique_ptr<T> Finish(std::unique_ptr<T> node, uint32_t begin) {
    node->span = SpanFrom(begin);
    node->height = ChildHeight::Of(*node) + 1;
    if (node->height > kMaxNesting) TooDeep(node->span);
    return node;
  }
  [[noreturn]] void TooDeep(SourceSpan span) const;

  // --- expressions (parse_expression.cpp, parse_operator.cpp, parse_primary.cpp, parse_call.cpp,
  // parse_constructor.cpp)
  ExpressionPtr ParseExpression(int least_precedence = kPrecedenceOr);
  ExpressionPtr ParsePrefix();
  ExpressionPtr ParseInfix(ExpressionPtr left, uint32_t begin, int least_precedence);
  int InfixPrecedence();
  ExpressionPtr ParseOneInfix(ExpressionPtr left, uint32_t begin, int precedence);
  ExpressionPtr ParseLogical(ExpressionPtr left, uint32_t begin, LogicalOperator op);
  ExpressionPtr ParseBinaryRest(ExpressionPtr left, uint32_t begin, int precedence);
  ExpressionPtr ParseQuantified(ExpressionPtr left, uint32_t begin, BinaryOperator op);
  QueryPtr TakeQuery(ExpressionPtr& first);
  ExpressionPtr ParseIs(ExpressionPtr left, uint32_t begin);
  ExpressionPtr ParseRange(ExpressionPtr left, uint32_t begin);
  ExpressionPtr ParseIn(ExpressionPtr left, uint32_t begin, bool negated);
  ExpressionPtr ParseLike(ExpressionPtr left, uint32_t begin, bool negated, LikeForm form);
  ExpressionPtr ParsePostfix(ExpressionPtr left, uint32_t begin);
  ExpressionPtr ParseSubscript(ExpressionPtr left, uint32_t begin);

  ExpressionPtr ParsePrimary();
  ExpressionPtr ParseLiteral(LiteralKind kind);
  ExpressionPtr MakeLiteral(LiteralKind kind, std::string text, uint32_t begin);
  bool AtParameter();
  ExpressionPtr ParseParameter();
  ExpressionPtr ParseParenthesised();
  ExpressionPtr ParseWordPrimary();
  /// The forms that start with a word of their own; null when the word is only a name here.
  ExpressionPtr TrySpecialForm();
  ExpressionPtr ParseColumnOrCall();
  ExpressionPtr TryTypedLiteral();
  ExpressionPtr ParseInterval();
  ExpressionPtr MakeInterval(std::string text, std::optional<IntervalQualifier> qualifier, uint32_t begin);
  std::optional<IntervalQualifier> TryIntervalQualifier();
  /// `5s`, `5 SECONDS`, or any expression.
  ExpressionPtr ParseDuration();
  ExpressionPtr ParseCase();
  ExpressionPtr ParseCast(bool or_null);
  ExpressionPtr ParseExists();
  ExpressionPtr ParseArray();
  ExpressionPtr ParseBracketList(uint32_t begin);
  ExpressionPtr ParseMap();
  ExpressionPtr ParseStructCall();
  ExpressionPtr ParseBraces();
  ExpressionPtr TryStar();
  ExpressionPtr ParseDefaultOrExpression();
  std::vector<ExpressionPtr> ParseExpressionList();

  ExpressionPtr ParseCall(QualifiedName function, uint32_t begin);
  void ParseCallArguments(CallExpression& call);
  CallArgument ParseCallArgument(bool of_position);
  ExpressionPtr TryLambda();
  void ParseTrim(CallExpression& call);
  void ParseExtract(CallExpression& call);
  /// The tail of SUBSTRING(x FROM …), POSITION(x IN …), OVERLAY(x PLACING …) behind x.
  bool TryKeywordArguments(CallExpression& call);
  void ParseCallSuffixes(CallExpression& call);
  std::vector<OrderItem> ParseOrderList();
  OrderItem ParseOrderItem();
  NullsOrder TryNullsOrder();
  std::unique_ptr<WindowSpecification> ParseWindowSpecification();
  std::unique_ptr<WindowFrame> TryFrame();
  FrameBound ParseFrameBound();

  // --- types (parse_type.cpp)
  TypePtr ParseType();
  TypePtr ParseBaseType();
  void ParseTypeDetails(TypeName& type, std::string_view word);
  void ParseSecondPrecision(TypeName& type, std::string_view word);
  void TryTimeZone(TypeName& type);
  void ParseFields(TypeName& type);
  void ParseTypeArguments(TypeName& type, std::string_view word);
  /// `>` of a type, also as the first half of `>>`.
  void ExpectTypeClose(std::string_view symbol);

  // --- queries (parse_query.cpp, parse_select.cpp, parse_table.cpp, parse_window_table.cpp)
  bool AtQuery(std::size_t ahead = 0);
  QueryPtr ParseQuery(QueryPlace place);
  /// The rest of a query whose first operand has been read.
  QueryPtr FinishQuery(std::unique_ptr<Query> query, uint32_t begin, QueryPlace place);
  /// `query` was read in parentheses and turns out to be the first operand of a larger one.
  bool AtQueryContinuation();
  QueryPtr ContinueQuery(QueryPtr query, uint32_t begin);
  QueryPtr ParseParenthesisedQuery();
  void ParseWith(Query& query);
  BodyPtr ParseSetOperations(BodyPtr left, uint32_t begin, int least_precedence, QueryPlace place);
  BodyPtr ParseQueryPrimary(QueryPlace place);
  BodyPtr Unwrap(QueryPtr query);
  BodyPtr ParseValues(QueryPlace place);
  BodyPtr ParseTableQuery();
  void ParseOrderAndLimit(Query& query);
  std::unique_ptr<EmitClause> TryEmit();
  void ParseEmitMode(EmitClause& emit);

  BodyPtr ParseSelect();
  SelectItem ParseSelectItem();
  std::unique_ptr<GroupByClause> ParseGroupBy();
  GroupingElement ParseGroupingElement();
  void ParseNamedWindows(SelectBody& select);

  std::vector<TablePtr> ParseTableList();
  TablePtr ParseTable();
  TablePtr ParseJoins(TablePtr left, uint32_t begin);
  bool AtJoin();
  void ParseJoinHead(JoinTable& join);
  void ParseJoinCondition(JoinTable& join);
  std::unique_ptr<TemporalProbe> ParseTemporalProbe();
  TablePtr ParseTablePrimary();
  TablePtr ParseParenthesisedTable(bool lateral, uint32_t begin);
  TablePtr ParseNamedTable();
  TablePtr ParseFileTable(uint32_t begin);
  TablePtr ParseTableFunction(bool lateral, uint32_t begin);
  void TryAlias(Table& table);
  bool AtWindowTable();
  TablePtr ParseWindowTable();
  TablePtr ParseWindowInput(WindowTable& window);
  ExpressionPtr ParseWindowTime();

  // --- statements (parse_statement.cpp, parse_create.cpp, parse_change.cpp)
  StatementPtr ParseStatement();
  StatementPtr ParseStatementBody();
  StatementPtr ParseQueryStatement();
  StatementPtr ParseExplain();
  /// Whether nothing but one statement is in the text: its errors need no number.
  bool IsOnlyStatement() const;
  /// A name that the statement ends with, and not a word that a statement starts with.
  bool AtLoneName() const;
  StatementPtr ParseShow();
  StatementPtr ParseDescribe();
  StatementPtr ParseSubscribe();
  StatementPtr ParseDeclare();
  StatementPtr ParseFetch();
  StatementPtr ParseClose();
  StatementPtr ParseTransaction();
  StatementPtr ParseSet();
  StatementPtr ParseCreate();
  StatementPtr ParseCreateSource(CreateHead head);
  StatementPtr ParseCreateTable(CreateHead head);
  StatementPtr ParseCreateStream(CreateHead head, bool materialized_view);
  StatementPtr ParseCreateView(CreateHead head);
  StatementPtr ParseCreateSink(CreateHead head);
  StatementPtr ParseCreateLookupTable(CreateHead head);
  StatementPtr ParseCreateFunction(CreateHead head);
  void ParseCreateName(CreateHead& head, uint32_t begin);
  ObjectKind ParseObjectKind(std::string_view statement);
  TableDefinition ParseTableDefinition();
  ColumnDefinition ParseColumnDefinition(std::vector<Identifier>* primary_key);
  void ParseDefinitionElement(TableDefinition& definition);
  std::unique_ptr<ConnectorClause> ParseConnector();
  std::vector<Option> ParseOptions();
  std::vector<Option> TryWithOptions();
  ExpressionPtr ParseOptionValue();
  std::string ParseOptionKey();
  StatementPtr ParseDrop();
  StatementPtr ParseAlter();
  StatementPtr ParseInsert();
  std::unique_ptr<OnConflictClause> ParseOnConflict();
  std::vector<Assignment> ParseAssignments();
  StatementPtr ParseUpdate();
  StatementPtr ParseDelete();
  StatementPtr ParseTruncate();
  StatementPtr ParseCopy();

  std::string_view sql_;
  TypeNames type_names_;
  std::vector<Token> tokens_;
  std::size_t pos_ = 0;
  uint32_t depth_ = 0;
  /// CASE … END around here: there, END is not a name.
  uint32_t open_cases_ = 0;
  /// `?` seen in this statement, and whether `$1` was.
  int64_t question_marks_ = 0;
  bool numbered_parameters_ = false;
  /// Index of the last word that was taken as an alias without AS.
  std::optional<std::size_t> implicit_alias_;
  /// Keywords that were looked for at the current token.
  mutable std::vector<std::string_view> wanted_words_;
};

}  // namespace laminar::sql
