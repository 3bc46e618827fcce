// Runs one parsed statement against a database.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "common/value.h"
#include "laminar/result.h"
#include "main/database.h"
#include "planner/ddl.h"
#include "sql/ast.h"

namespace laminar {

class SinkOutput;
struct PlannedSink;
struct SinkEntry;
struct SinkMissed;
struct SinkStart;
using SinkOpener = std::function<std::unique_ptr<SinkOutput>()>;

/// Lives for one statement; `sql` is the whole text that the statement's spans point into.
class StatementRunner {
 public:
  /// `within`: the open transaction of the connection, or null. `program`: what the statement may name of the program,
  /// or null.
  StatementRunner(Database& database, std::string_view sql, WriteSet* within = nullptr,
                  const ProgramNames* program = nullptr)
      : database_(database), sql_(sql), within_(within), program_(program) {}
  ~StatementRunner();

  ExecuteResult Run(sql::StatementPtr statement);
  /// INSERT, UPDATE and DELETE; others are refused. How many rows.
  int64_t ChangeRows(const sql::Statement& statement);
  /// For statements that return rows; others are refused.
  QueryResult Rows(const sql::Statement& statement);
  /// A planned SELECT with its inputs frozen, ready to be pulled.
  std::unique_ptr<QueryRun> OpenQuery(const sql::Query& query);
  /// EXPLAIN, and the plan of a statement that is not one (explain.cpp).
  std::string ExplainText(const sql::ExplainStatement& statement);
  std::string PlanText(const sql::Statement& statement, sql::ExplainFormat format);

 private:
  ExecuteResult CreateSource(const sql::CreateSourceStatement& statement);
  ExecuteResult CreateTable(const sql::CreateTableStatement& statement);
  ExecuteResult CreateStream(const sql::CreateStreamStatement& statement);
  ExecuteResult CreateView(sql::StatementPtr statement);
  ExecuteResult Drop(const sql::DropStatement& statement);
  ExecuteResult Set(const sql::SetStatement& statement);
  // function_statements.cpp
  ExecuteResult CreateFunction(const sql::CreateFunctionStatement& statement);
  ExecuteResult DropFunction(const sql::DropStatement& statement);
  QueryResult ShowCreateFunction(const sql::ShowCreateStatement& statement);
  // alter.cpp
  ExecuteResult Alter(const sql::AlterStatement& statement);
  /// `now`: what now() is to the rows that are there.
  void AddColumn(const sql::AlterStatement& statement, int64_t now);
  void RenameTo(const sql::AlterStatement& statement);
  // change_statements.cpp
  ExecuteResult Insert(const sql::InsertStatement& statement);
  ExecuteResult Update(const sql::UpdateStatement& statement);
  ExecuteResult Delete(const sql::DeleteStatement& statement);
  ExecuteResult Truncate(const sql::TruncateStatement& statement);
  /// The table of that name; nothing when it is something else or not there.
  std::optional<ResolvedSource> TableNamed(const sql::QualifiedName& name);
  /// Plans a statement whose table is none, which throws what is wrong with the name.
  [[noreturn]] void Refuse(const std::function<PlannedChange()>& plan);
  /// The rows that the plan is over: of one key, or all that its condition lets through. The table's lock is held.
  std::vector<Ref<RowBatch>> RowsOf(const TableDraft& draft, SourceSpan span,
                                    const std::function<PlannedChange()>& plan);
  /// Opens the table under the statement's writer, makes the change, and commits unless a transaction will.
  ExecuteResult Change(const ResolvedSource& table, const std::function<RowChange(TableDraft&)>& make);
  /// Takes the write locks of tables that are to go, before any other lock.
  void OpenDoomed(WriteSet& writer, const sql::QualifiedName& name);
  // sink/sink_runner.cpp
  friend class Database;
  friend class Recovery;
  ExecuteResult CreateSink(sql::CreateSinkStatement& statement);
  /// With the create lock held and the name free.
  void StartSink(SinkEntry entry, PlannedSink planned, bool snapshot, bool net, const SinkOpener& open);
  /// One that the log or a checkpoint has, where it has it: goes on behind its record, once Sinks::Release says so,
  /// with what it missed first. Without a record it was dropped later, and is not started.
  void ResumeSink(const SinkEntry& sink, SinkMissed missed);
  /// Opens the output, and the worker that carries changes there. `net`: equal rows of an epoch are merged.
  /// `definition` is logged where the worker's changes begin.
  void StartWorker(const SinkEntry& sink, PlannedSink planned, bool snapshot, bool net, const SinkOpener& open,
                   std::string_view definition, SinkStart start);
  // copy_runner.cpp
  ExecuteResult Copy(const sql::CopyStatement& statement);
  ExecuteResult CopyFrom(const sql::CopyStatement& statement);
  ExecuteResult CopyTo(const sql::CopyStatement& statement);
  /// IF NOT EXISTS and OR REPLACE. True when the statement has nothing to do. Called with the create lock held.
  bool PrepareName(const sql::CreateHead& head, RelationKind kind);
  /// With the relations lock held exclusively and the catalog's too.
  void EraseLocked(const std::string& name);
  /// What the log is to say of that; nothing of what it does not know.
  std::string DropDefinition(const std::string& name) const;
  void FillInStatement(CatalogEntry* entry, SourceSpan span);
  PlanOptions Options(PlanOptions base) const;
  std::string TextOf(SourceSpan span) const { return std::string(sql_.substr(span.begin, span.end - span.begin)); }

  QueryResult RunQuery(const sql::Query& query);
  /// Pulls everything, listed among the running queries meanwhile.
  std::vector<Ref<RowBatch>> Drain(const std::shared_ptr<QueryRun>& run, const sql::Query& query);
  std::string ExplainRun(const sql::Statement& statement, sql::ExplainFormat format);
  std::string ExplainStream(const sql::QualifiedName& name, bool analyze, sql::ExplainFormat format);
  QueryResult Show(const sql::ShowStatement& statement);
  QueryResult ShowCheckpoints();
  QueryResult ShowTables();
  QueryResult ShowCreate(const sql::ShowCreateStatement& statement);
  QueryResult Describe(const sql::DescribeStatement& statement);
  QueryResult Explain(const sql::ExplainStatement& statement);
  [[noreturn]] void NotSupported(std::string_view what, SourceSpan span) const;

  /// The catalog knows no places: gives its errors the one of the name in the statement.
  template <typename Ask>
  decltype(auto) AtPlace(SourceSpan span, Ask ask) const {
    try {
      return ask();
    } catch (const Error& error) {
      throw Placed(error, span);
    }
  }
  Error Placed(const Error& error, SourceSpan span) const;

  Database& database_;
  std::string_view sql_;
  WriteSet* within_;
  const ProgramNames* program_;
  std::string replaced_;  // definitions of what OR REPLACE took away, until they are logged with what comes instead
};

/// Parses one statement and gives its parameters their values; a syntax error is a failed query (kQueryFailed).
sql::StatementPtr ParseCall(const SqlCall& call);
/// The error of a parser as kQueryFailed.
[[noreturn]] void ThrowAsQueryError(const Error& error);

/// Rows of text columns, as SHOW and DESCRIBE answer.
class MetadataTable {
 public:
  explicit MetadataTable(std::vector<std::pair<std::string, DataType>> columns);
  explicit MetadataTable(Schema schema);
  void AddRow(std::vector<Value> cells);
  QueryResult Finish();

 private:
  Schema schema_;
  RowBatchBuilder builder_;
};

}  // namespace laminar
