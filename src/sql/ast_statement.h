// Statements.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sql/ast_query.h"

namespace laminar::sql {

#define LAMINAR_SQL_STATEMENT_KINDS(X) \
  X(Query)                             \
  X(CreateSource)                      \
  X(CreateTable)                       \
  X(CreateStream)                      \
  X(CreateView)                        \
  X(CreateSink)                        \
  X(CreateLookupTable)                 \
  X(CreateFunction)                    \
  X(Drop)                              \
  X(Alter)                             \
  X(Insert)                            \
  X(Update)                            \
  X(Delete)                            \
  X(Truncate)                          \
  X(Copy)                              \
  X(Show)                              \
  X(ShowCreate)                        \
  X(Describe)                          \
  X(Explain)                           \
  X(Subscribe)                         \
  X(DeclareCursor)                     \
  X(Fetch)                             \
  X(CloseCursor)                       \
  X(Transaction)                       \
  X(Set)

enum class StatementKind {
#define LAMINAR_SQL_KIND(Name) k##Name,
  LAMINAR_SQL_STATEMENT_KINDS(LAMINAR_SQL_KIND)
#undef LAMINAR_SQL_KIND
};

/// `span` is the statement's own text, without the semicolon and what surrounds it.
struct Statement : KindNode<StatementKind> {
  using KindNode::KindNode;
};
using StatementPtr = std::unique_ptr<Statement>;

enum class ObjectKind {
  kSource,
  kTable,
  kStream,
  kMaterializedView,
  kView,
  kSink,
  kLookupTable,
  kFunction,
};

/// `key = value` in WITH (…) and in a connector's parentheses. The key may be written as a word, as words with dots,
/// or as a string; it comes out the same. A bare word as value is a String literal.
struct Option : Node {
  std::string key;
  ExpressionPtr value;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("key", key);
    visit("value", value);
  }
};

/// `KAFKA (topic = 't')`
struct ConnectorClause : Node {
  Identifier name;
  std::vector<Option> options;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("name", name);
    visit("options", options);
  }
};

struct ColumnDefinition : Node {
  Identifier name;
  TypePtr type;
  bool not_null = false;
  ExpressionPtr default_value;
  ExpressionPtr generated_as;  // GENERATED ALWAYS AS (…)

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("name", name);
    visit("type", type);
    visit("not_null", not_null);
    visit("default_value", default_value);
    visit("generated_as", generated_as);
  }
};

/// `WATERMARK FOR ts [AS expression]`; without expression: no slack.
struct WatermarkClause : Node {
  Identifier column;
  ExpressionPtr expression;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("column", column);
    visit("expression", expression);
  }
};

/// The list in parentheses after the name of a source, table or lookup table. PRIMARY KEY is collected here whether
/// it was written with its column or on its own.
struct TableDefinition : Node {
  std::vector<ColumnDefinition> columns;
  std::vector<Identifier> primary_key;
  std::unique_ptr<WatermarkClause> watermark;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("columns", columns);
    visit("primary_key", primary_key);
    visit("watermark", watermark);
  }
};

/// The head of every CREATE.
struct CreateHead : Node {
  bool or_replace = false;
  bool if_not_exists = false;
  QualifiedName name;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("or_replace", or_replace);
    visit("if_not_exists", if_not_exists);
    visit("name", name);
  }
};

/// A query as a statement of its own.
struct QueryStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, Query)
  QueryPtr query;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("query", query);
  }
};

struct CreateSourceStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, CreateSource)
  CreateHead head;
  TableDefinition definition;
  std::unique_ptr<ConnectorClause> connector;  // FROM connector(…)
  std::vector<Option> options;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("head", head);
    visit("definition", definition);
    visit("connector", connector);
    visit("options", options);
  }
};

/// With a query, the definition may be empty.
struct CreateTableStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, CreateTable)
  CreateHead head;
  TableDefinition definition;
  std::vector<Option> options;
  QueryPtr query;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("head", head);
    visit("definition", definition);
    visit("options", options);
    visit("query", query);
  }
};

/// CREATE STREAM, and CREATE MATERIALIZED VIEW with `materialized_view`.
struct CreateStreamStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, CreateStream)
  bool materialized_view = false;
  CreateHead head;
  std::vector<Identifier> columns;
  std::vector<Option> options;
  QueryPtr query;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("materialized_view", materialized_view);
    visit("head", head);
    visit("columns", columns);
    visit("options", options);
    visit("query", query);
  }
};

struct CreateViewStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, CreateView)
  CreateHead head;
  std::vector<Identifier> columns;
  QueryPtr query;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("head", head);
    visit("columns", columns);
    visit("query", query);
  }
};

/// Exactly one of `from` and `query`; the connector is in INTO connector(…) or in the options.
struct CreateSinkStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, CreateSink)
  CreateHead head;
  std::optional<QualifiedName> from;
  std::unique_ptr<ConnectorClause> connector;
  std::vector<Option> options;
  std::unique_ptr<EmitClause> emit;  // with `from`; a query has its own
  QueryPtr query;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("head", head);
    visit("from", from);
    visit("connector", connector);
    visit("options", options);
    visit("emit", emit);
    visit("query", query);
  }
};

struct CreateLookupTableStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, CreateLookupTable)
  CreateHead head;
  TableDefinition definition;
  std::unique_ptr<ConnectorClause> connector;
  std::vector<Option> options;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("head", head);
    visit("definition", definition);
    visit("connector", connector);
    visit("options", options);
  }
};

struct FunctionParameter : Node {
  Identifier name;
  TypePtr type;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("name", name);
    visit("type", type);
  }
};

struct CreateFunctionStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, CreateFunction)
  CreateHead head;
  std::vector<FunctionParameter> parameters;
  TypePtr returns;
  ExpressionPtr body;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("head", head);
    visit("parameters", parameters);
    visit("returns", returns);
    visit("body", body);
  }
};

struct DropStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, Drop)
  ObjectKind object = ObjectKind::kTable;
  bool if_exists = false;
  bool cascade = false;
  std::vector<QualifiedName> names;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("object", object);
    visit("if_exists", if_exists);
    visit("cascade", cascade);
    visit("names", names);
  }
};

/// `ADD COLUMN` has `add_column`, `RENAME TO` has `rename_to`.
struct AlterStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, Alter)
  ObjectKind object = ObjectKind::kTable;
  bool if_exists = false;
  QualifiedName name;
  std::unique_ptr<ColumnDefinition> add_column;
  bool add_if_not_exists = false;
  std::optional<Identifier> rename_to;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("object", object);
    visit("if_exists", if_exists);
    visit("name", name);
    visit("add_column", add_column);
    visit("add_if_not_exists", add_if_not_exists);
    visit("rename_to", rename_to);
  }
};

/// `column = value` in UPDATE and in ON CONFLICT DO UPDATE.
struct Assignment : Node {
  Identifier column;
  ExpressionPtr value;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("column", column);
    visit("value", value);
  }
};

/// `ON CONFLICT (target) DO NOTHING` has no assignments.
struct OnConflictClause : Node {
  std::vector<Identifier> target;
  bool do_update = false;
  std::vector<Assignment> assignments;
  ExpressionPtr where;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("target", target);
    visit("do_update", do_update);
    visit("assignments", assignments);
    visit("where", where);
  }
};

/// The rows are `query` (a ValuesBody for VALUES); null for DEFAULT VALUES.
struct InsertStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, Insert)
  QualifiedName table;
  std::vector<Identifier> columns;
  QueryPtr query;
  std::unique_ptr<OnConflictClause> on_conflict;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("table", table);
    visit("columns", columns);
    visit("query", query);
    visit("on_conflict", on_conflict);
  }
};

struct UpdateStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, Update)
  QualifiedName table;
  std::optional<Identifier> alias;
  std::vector<Assignment> assignments;
  std::vector<TablePtr> from;
  ExpressionPtr where;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("table", table);
    visit("alias", alias);
    visit("assignments", assignments);
    visit("from", from);
    visit("where", where);
  }
};

struct DeleteStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, Delete)
  QualifiedName table;
  std::optional<Identifier> alias;
  std::vector<TablePtr> using_tables;
  ExpressionPtr where;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("table", table);
    visit("alias", alias);
    visit("using_tables", using_tables);
    visit("where", where);
  }
};

struct TruncateStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, Truncate)
  std::vector<QualifiedName> tables;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("tables", tables);
  }
};

/// `COPY t (columns) FROM 'path' (options)`, `COPY t TO …`, `COPY (query) TO …`: exactly one of `table` and `query`.
struct CopyStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, Copy)
  bool to_file = false;
  std::optional<QualifiedName> table;
  std::vector<Identifier> columns;
  QueryPtr query;
  std::string path;
  std::vector<Option> options;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("to_file", to_file);
    visit("table", table);
    visit("columns", columns);
    visit("query", query);
    visit("path", path);
    visit("options", options);
  }
};

enum class ShowSubject {
  kSources,
  kTables,
  kStreams,
  kMaterializedViews,
  kViews,
  kSinks,
  kQueries,
  kFunctions,
  kConnectors,
  kCheckpoints,
};

struct ShowStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, Show)
  ShowSubject subject = ShowSubject::kTables;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("subject", subject);
  }
};

struct ShowCreateStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, ShowCreate)
  ObjectKind object = ObjectKind::kTable;
  QualifiedName name;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("object", object);
    visit("name", name);
  }
};

struct DescribeStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, Describe)
  bool extended = false;
  QualifiedName name;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("extended", extended);
    visit("name", name);
  }
};

enum class ExplainFormat { kText, kJson, kMermaid };

/// `EXPLAIN [ANALYZE] [(FORMAT …)] statement`, or in the place of the statement `[STREAM | MATERIALIZED VIEW] n`, a
/// running stream: exactly one of `statement` and `stream`.
struct ExplainStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, Explain)
  bool analyze = false;
  ExplainFormat format = ExplainFormat::kText;
  StatementPtr statement;
  std::optional<QualifiedName> stream;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("analyze", analyze);
    visit("format", format);
    visit("statement", statement);
    visit("stream", stream);
  }
};

/// `SUBSCRIBE n [AS OF EPOCH k] [WHERE …] [EMIT …]`
struct SubscribeStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, Subscribe)
  QualifiedName name;
  ExpressionPtr as_of_epoch;
  ExpressionPtr where;
  std::unique_ptr<EmitClause> emit;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("name", name);
    visit("as_of_epoch", as_of_epoch);
    visit("where", where);
    visit("emit", emit);
  }
};

/// `DECLARE c CURSOR FOR SUBSCRIBE …`; `subscribe` is a Subscribe.
struct DeclareCursorStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, DeclareCursor)
  Identifier cursor;
  StatementPtr subscribe;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("cursor", cursor);
    visit("subscribe", subscribe);
  }
};

/// `FETCH [FORWARD] n FROM c`; `count` is null for FETCH ALL, a literal 1 for FETCH NEXT.
struct FetchStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, Fetch)
  ExpressionPtr count;
  Identifier cursor;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("count", count);
    visit("cursor", cursor);
  }
};

struct CloseCursorStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, CloseCursor)
  Identifier cursor;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("cursor", cursor);
  }
};

enum class TransactionAction { kBegin, kCommit, kRollback };

struct TransactionStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, Transaction)
  TransactionAction action = TransactionAction::kBegin;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("action", action);
  }
};

/// `SET k = v`, `SET k TO v`; null value for DEFAULT. A bare word as value is a String literal.
struct SetStatement final : Statement {
  LAMINAR_SQL_NODE(Statement, Set)
  QualifiedName name;
  ExpressionPtr value;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("name", name);
    visit("value", value);
  }
};

}  // namespace laminar::sql
