// Runs one parsed statement against a database.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "common/value.h"
#include "laminar/result.h"
#include "main/database.h"
#include "planner/ddl.h"
#include "sql/ast.h"

namespace laminar {

class SinkOutput;
struct PlannedSink;

/// Lives for one statement; `sql` is the whole text that the statement's spans point into.
class StatementRunner {
 public:
  StatementRunner(Database& database, std::string_view sql) : database_(database), sql_(sql) {}

  ExecuteResult Run(sql::StatementPtr statement);
  /// For statements that return rows; others are refused.
  QueryResult Rows(const sql::Statement& statement);
  /// A planned SELECT with its inputs frozen, ready to be pulled.
  std::unique_ptr<QueryRun> OpenQuery(const sql::Query& query);
  /// The plan of a query, an INSERT, or a CREATE STREAM, as text.
  std::string PlanText(const sql::Statement& statement);

 private:
  ExecuteResult CreateSource(const sql::CreateSourceStatement& statement);
  ExecuteResult CreateStream(const sql::CreateStreamStatement& statement);
  ExecuteResult CreateView(sql::StatementPtr statement);
  ExecuteResult Drop(const sql::DropStatement& statement);
  ExecuteResult Insert(const sql::InsertStatement& statement);
  // sink/sink_runner.cpp
  friend class Database;
  ExecuteResult CreateSink(sql::CreateSinkStatement& statement);
  /// With the create lock held and the name free. `net`: equal rows of an epoch are merged; `open` makes the output.
  void StartSink(std::string name, std::string connector, std::string sql, PlannedSink planned, bool snapshot, bool net,
                 const std::function<std::unique_ptr<SinkOutput>()>& open);
  // copy_runner.cpp
  ExecuteResult Copy(const sql::CopyStatement& statement);
  ExecuteResult CopyFrom(const sql::CopyStatement& statement);
  ExecuteResult CopyTo(const sql::CopyStatement& statement);
  /// IF NOT EXISTS and OR REPLACE. True when the statement has nothing to do. Called with the create lock held.
  bool PrepareName(const sql::CreateHead& head, RelationKind kind);
  /// With the relations lock held exclusively and the catalog's too.
  void EraseLocked(const std::string& name);
  void FillInStatement(CatalogEntry* entry, SourceSpan span);

  QueryResult RunQuery(const sql::Query& query);
  QueryResult Show(const sql::ShowStatement& statement);
  QueryResult ShowCreate(const sql::ShowCreateStatement& statement);
  QueryResult Describe(const sql::DescribeStatement& statement);
  QueryResult Explain(const sql::ExplainStatement& statement);
  [[noreturn]] void NotSupported(std::string_view what, SourceSpan span) const;

  Database& database_;
  std::string_view sql_;
};

/// Parses one statement; a syntax error is a failed query (kQueryFailed).
sql::StatementPtr ParseAsQuery(std::string_view sql);

/// Throws kBatchSchemaMismatch naming column and row when a NOT NULL column of the source has a NULL.
void CheckNotNull(const RowBatch& batch, const ResolvedSource& source);

/// Rows of text columns, as SHOW and DESCRIBE answer.
class MetadataTable {
 public:
  explicit MetadataTable(std::vector<std::pair<std::string, DataType>> columns);
  void AddRow(std::vector<Value> cells);
  QueryResult Finish();

 private:
  Schema schema_;
  RowBatchBuilder builder_;
};

}  // namespace laminar
