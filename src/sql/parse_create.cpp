// CREATE: heads, column definitions, connectors, options.
#include "sql/keywords.h"
#include "sql/parser_impl.h"

namespace laminar::sql {

StatementPtr Parser::ParseCreate() {
  const uint32_t begin = Begin();
  ExpectWord("CREATE");
  CreateHead head;
  if (AcceptWord("OR")) {
    ExpectWord("REPLACE");
    head.or_replace = true;
  }
  for (const std::string_view word : {"TEMPORARY", "TEMP", "UNLOGGED", "EXTERNAL", "GLOBAL", "RECURSIVE"}) {
    if (AtWord(word)) NotSupported(Peek().span, "CREATE " + std::string(word));
  }
  const ObjectKind kind = ParseObjectKind("CREATE");
  ParseCreateName(head, begin);
  switch (kind) {
    case ObjectKind::kSource:
      return ParseCreateSource(std::move(head));
    case ObjectKind::kTable:
      return ParseCreateTable(std::move(head));
    case ObjectKind::kStream:
      return ParseCreateStream(std::move(head), false);
    case ObjectKind::kMaterializedView:
      return ParseCreateStream(std::move(head), true);
    case ObjectKind::kView:
      return ParseCreateView(std::move(head));
    case ObjectKind::kSink:
      return ParseCreateSink(std::move(head));
    case ObjectKind::kLookupTable:
      return ParseCreateLookupTable(std::move(head));
    case ObjectKind::kFunction:
      return ParseCreateFunction(std::move(head));
  }
  __builtin_unreachable();
}

void Parser::ParseCreateName(CreateHead& head, uint32_t begin) {
  const SourceSpan span = Peek().span;
  if (AcceptWords({"IF", "NOT", "EXISTS"})) {
    head.if_not_exists = true;
    if (head.or_replace) Fail(span, "OR REPLACE and IF NOT EXISTS contradict each other");
  }
  head.name = ParseQualifiedName("a name");
  head.span = SpanFrom(begin);
}

StatementPtr Parser::ParseCreateSource(CreateHead head) {
  auto statement = std::make_unique<CreateSourceStatement>();
  statement->head = std::move(head);
  statement->definition = ParseTableDefinition();
  if (AcceptWord("FROM")) statement->connector = ParseConnector();
  statement->options = TryWithOptions();
  return statement;
}

StatementPtr Parser::ParseCreateTable(CreateHead head) {
  auto statement = std::make_unique<CreateTableStatement>();
  statement->head = std::move(head);
  if (AtSymbol("(")) statement->definition = ParseTableDefinition();
  statement->options = TryWithOptions();
  if (AcceptWord("AS")) {
    statement->query = ParseQuery(QueryPlace::kNested);
  } else if (statement->definition.columns.empty()) {
    Unexpected("'(' and the columns, or AS and a query,");
  }
  return statement;
}

StatementPtr Parser::ParseCreateStream(CreateHead head, bool materialized_view) {
  auto statement = std::make_unique<CreateStreamStatement>();
  statement->materialized_view = materialized_view;
  statement->head = std::move(head);
  if (AtSymbol("(")) statement->columns = ParseNameList("a column's name");
  statement->options = TryWithOptions();
  ExpectWord("AS");
  statement->query = ParseQuery(QueryPlace::kStatement);
  const SourceSpan span = Peek().span;
  if (AtWord("WITH")) {
    if (!statement->options.empty()) Fail(span, "WITH (…) is given twice");
    statement->options = TryWithOptions();
  }
  return statement;
}

StatementPtr Parser::ParseCreateView(CreateHead head) {
  auto statement = std::make_unique<CreateViewStatement>();
  statement->head = std::move(head);
  if (AtSymbol("(")) statement->columns = ParseNameList("a column's name");
  ExpectWord("AS");
  statement->query = ParseQuery(QueryPlace::kNested);
  return statement;
}

StatementPtr Parser::ParseCreateSink(CreateHead head) {
  auto statement = std::make_unique<CreateSinkStatement>();
  statement->head = std::move(head);
  if (AcceptWord("FROM")) statement->from = ParseQualifiedName("the name of a stream");
  if (AcceptWord("INTO")) statement->connector = ParseConnector();
  statement->options = TryWithOptions();
  if (!statement->from) {
    ExpectWord("AS");
    statement->query = ParseQuery(QueryPlace::kStatement);
  } else {
    statement->emit = TryEmit();
  }
  if (statement->options.empty()) statement->options = TryWithOptions();
  if (!statement->connector && statement->options.empty()) Unexpected("INTO and a connector, or WITH and its options,");
  return statement;
}

StatementPtr Parser::ParseCreateLookupTable(CreateHead head) {
  auto statement = std::make_unique<CreateLookupTableStatement>();
  statement->head = std::move(head);
  if (AtSymbol("(")) statement->definition = ParseTableDefinition();
  if (AcceptWord("FROM")) statement->connector = ParseConnector();
  statement->options = TryWithOptions();
  if (!statement->connector && statement->options.empty()) Unexpected("FROM and a connector");
  return statement;
}

StatementPtr Parser::ParseCreateFunction(CreateHead head) {
  auto statement = std::make_unique<CreateFunctionStatement>();
  statement->head = std::move(head);
  ExpectSymbol("(");
  if (!AtSymbol(")")) {
    do {
      const uint32_t begin = Begin();
      FunctionParameter parameter;
      parameter.name = ParseName("a parameter's name");
      parameter.type = ParseType();
      parameter.span = SpanFrom(begin);
      statement->parameters.push_back(std::move(parameter));
    } while (AcceptSymbol(","));
  }
  ExpectSymbol(")");
  ExpectWord("RETURNS");
  if (AtWord("TABLE")) NotSupported(Peek().span, "a function that returns a table");
  statement->returns = ParseType();
  if (AtWord("LANGUAGE")) NotSupported(Peek().span, "CREATE FUNCTION … LANGUAGE");
  ExpectWord("AS");
  statement->body = ParseExpression();
  return statement;
}

TableDefinition Parser::ParseTableDefinition() {
  const uint32_t begin = Begin();
  TableDefinition definition;
  ExpectSymbol("(");
  do {
    ParseDefinitionElement(definition);
  } while (AcceptSymbol(","));
  ExpectSymbol(")");
  definition.span = SpanFrom(begin);
  return definition;
}

void Parser::ParseDefinitionElement(TableDefinition& definition) {
  const uint32_t begin = Begin();
  if (AcceptWords({"WATERMARK", "FOR"})) {
    if (definition.watermark) Fail(SpanFrom(begin), "a second WATERMARK; one is allowed");
    auto watermark = std::make_unique<WatermarkClause>();
    watermark->column = ParseName("the event-time column");
    if (AcceptWord("AS")) watermark->expression = ParseExpression();
    watermark->span = SpanFrom(begin);
    definition.watermark = std::move(watermark);
    return;
  }
  if (AcceptWords({"PRIMARY", "KEY"})) {
    if (!definition.primary_key.empty()) Fail(SpanFrom(begin), "a second PRIMARY KEY; one is allowed");
    definition.primary_key = ParseNameList("a column of the key");
    return;
  }
  for (const std::string_view word : {"CONSTRAINT", "CHECK", "UNIQUE", "FOREIGN", "EXCLUDE", "LIKE"}) {
    const bool column = AtWord(word) && Peek(1).kind == TokenKind::kWord && !IsReserved(word) && word != "CONSTRAINT";
    if (AtWord(word) && !column) NotSupported(Peek().span, word);
  }
  definition.columns.push_back(ParseColumnDefinition(&definition.primary_key));
}

/// `primary_key` is null where none may be declared.
ColumnDefinition Parser::ParseColumnDefinition(std::vector<Identifier>* primary_key) {
  const uint32_t begin = Begin();
  ColumnDefinition column;
  column.name = ParseName("a column's name");
  column.type = ParseType();
  bool nullable = false;
  while (true) {
    const SourceSpan span = Peek().span;
    if (AcceptWords({"NOT", "NULL"})) {
      column.not_null = true;
    } else if (AcceptWord("NULL")) {
      nullable = true;
    } else if (AcceptWords({"PRIMARY", "KEY"})) {
      if (primary_key == nullptr) NotSupported(span, "PRIMARY KEY on an added column");
      if (!primary_key->empty()) Fail(span, "a second PRIMARY KEY; one is allowed");
      primary_key->push_back(column.name);
    } else if (AcceptWord("DEFAULT")) {
      if (column.default_value) Fail(span, "a second DEFAULT; one is allowed");
      column.default_value = ParseExpression();
    } else if (AcceptWords({"GENERATED", "ALWAYS", "AS"})) {
      if (AtWord("IDENTITY")) NotSupported(span, "GENERATED ALWAYS AS IDENTITY");
      if (column.generated_as) Fail(span, "a second GENERATED; one is allowed");
      ExpectSymbol("(");
      column.generated_as = ParseExpression();
      ExpectSymbol(")");
      if (AtWord("VIRTUAL")) NotSupported(Peek().span, "a VIRTUAL column");
      AcceptWord("STORED");
    } else {
      break;
    }
    if (nullable && column.not_null) Fail(span, "NULL and NOT NULL contradict each other");
  }
  if (column.default_value && column.generated_as) {
    Fail(column.name.span, "a generated column cannot have a DEFAULT");
  }
  for (const std::string_view word :
       {"CHECK", "UNIQUE", "REFERENCES", "COLLATE", "CONSTRAINT", "GENERATED", "METADATA"}) {
    if (AtWord(word)) NotSupported(Peek().span, std::string(word) + " on a column");
  }
  column.span = SpanFrom(begin);
  return column;
}

std::unique_ptr<ConnectorClause> Parser::ParseConnector() {
  const uint32_t begin = Begin();
  auto connector = std::make_unique<ConnectorClause>();
  connector->name = ParseName("the name of a connector");
  connector->options = ParseOptions();
  connector->span = SpanFrom(begin);
  return connector;
}

std::vector<Option> Parser::TryWithOptions() {
  if (!AcceptWord("WITH")) return {};
  const SourceSpan span = Peek().span;
  std::vector<Option> options = ParseOptions();
  if (options.empty()) Fail(span, "WITH () is empty");
  return options;
}

/// `(k = v, …)`
std::vector<Option> Parser::ParseOptions() {
  std::vector<Option> options;
  ExpectSymbol("(");
  if (AcceptSymbol(")")) return options;
  do {
    const uint32_t begin = Begin();
    Option option;
    option.key = ParseOptionKey();
    ExpectSymbol("=");
    option.value = ParseOptionValue();
    option.span = SpanFrom(begin);
    for (const Option& other : options) {
      if (SameWord(other.key, option.key)) Fail(option.span, "option '" + option.key + "' is given twice");
    }
    options.push_back(std::move(option));
  } while (AcceptSymbol(","));
  ExpectSymbol(")");
  return options;
}

std::string Parser::ParseOptionKey() {
  if (Peek().kind == TokenKind::kString) {
    if (Peek().value.empty()) Fail(Peek().span, "an option's name cannot be empty");
    return Advance().value;
  }
  std::string key = ParseLabel("the name of an option").name;
  while (AcceptSymbol(".")) key += "." + ParseLabel("a name after '.'").name;
  return key;
}

/// A bare word is a string; else any expression.
ExpressionPtr Parser::ParseOptionValue() {
  const bool alone = AtSymbol(",", 1) || AtSymbol(")", 1) || AtSymbol(";", 1) || Peek(1).kind == TokenKind::kEnd;
  const bool word = Peek().kind == TokenKind::kWord || Peek().kind == TokenKind::kQuotedName;
  if (!word || !alone || AtWord("TRUE") || AtWord("FALSE") || AtWord("NULL")) return ParseExpression();
  const uint32_t begin = Begin();
  std::string text = TakeIdentifier().name;
  return MakeLiteral(LiteralKind::kString, std::move(text), begin);
}

}  // namespace laminar::sql
