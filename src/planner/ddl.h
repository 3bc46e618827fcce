// CREATE, INSERT, UPDATE and DELETE: from a statement's syntax tree to a catalog entry, or to the plan of the rows that
// it brings and takes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "common/value.h"
#include "planner/logical_plan.h"
#include "planner/planner.h"
#include "sql/ast_statement.h"

namespace laminar {

/// Checks columns, watermark and options and makes the entry; the catalog is not asked whether the name is free. Throws
/// Error kInvalidSchema for a definition that makes no sense, kQueryFailed for what is not supported yet; both with the
/// place.
std::unique_ptr<SourceEntry> BindCreateSource(const sql::CreateSourceStatement& statement, std::string_view sql);

/// Whether WITH (…) gives the source itself an option of that lower-cased name; others are its connector's.
bool IsSourceOption(std::string_view key);

/// The source that `create_table(name, schema)` makes: no watermark, default options.
std::unique_ptr<SourceEntry> MakeSource(std::string name, Schema schema);

struct PlannedStream {
  PlannedQuery query;
  std::unique_ptr<StreamEntry> entry;  // to be added once the dataflow is attached
};
/// Plans the query continuously under the kind's default emission and applies the column list. `mode` and
/// `default_emission` of `options` are ignored.
PlannedStream PlanCreateStream(const Catalog& catalog, const sql::CreateStreamStatement& statement,
                               std::string_view sql, PlanOptions options);

/// Takes the statement over; its query is bound once to see that it can be. `statement` must be a CreateViewStatement.
/// `program`: what its query may not name, to say so.
std::unique_ptr<ViewEntry> BindCreateView(const Catalog& catalog, sql::StatementPtr statement, std::string_view sql,
                                          const ProgramNames* program = nullptr);

/// What an INSERT does with a row whose key is in the table.
struct ConflictPlan {
  /// Over rows that are there, followed by the rows given: the former and what they become, where WHERE lets them.
  /// None: DO NOTHING.
  std::optional<DataflowSpec> update;
};

struct PlannedInsert {
  std::string source;  // the source or table, as the catalog spells it
  PlannedQuery query;  // mode kOnce; its schema is the source's: every column, in order, in the source's types
  std::optional<ConflictPlan> on_conflict;
};
/// Coerces as an assignment does: numbers narrow (a value that does not fit fails the row), literals are read as the
/// column's type. A NOT NULL column that is given no value is refused here; NULLs that come at run time are the
/// caller's to refuse.
PlannedInsert PlanInsert(const Catalog& catalog, const sql::InsertStatement& statement, std::string_view sql,
                         PlanOptions options);

/// Puts columns given for `given` where the relation has them, and adds defaults and generated ones.
LogicalNodePtr CompleteRows(LogicalNodePtr plan, const WritableEntry& relation, const std::vector<int>& given);
/// Likewise for rows in hand that have all columns but the generated; none when no column is generated.
std::optional<DataflowSpec> PlanCompletion(const WritableEntry& relation);
/// The columns that rows in hand have: all but the generated.
Schema GivenSchema(const WritableEntry& relation);

/// CREATE FUNCTION: a macro. The body is bound once, over the parameters, so that no call can find a mistake in it.
std::shared_ptr<const FunctionDefinition> BindCreateFunction(const Catalog& catalog,
                                                             const sql::CreateFunctionStatement& statement,
                                                             std::string_view sql);

struct PlannedTable {
  std::unique_ptr<TableEntry> entry;
  std::optional<PlannedQuery> rows;  // AS SELECT; mode kOnce, in the table's columns
};
PlannedTable PlanCreateTable(const Catalog& catalog, const sql::CreateTableStatement& statement, std::string_view sql,
                             const PlanOptions& options);
/// The table that `create_table(name, schema, primary_key)` makes. Throws kInvalidSchema.
std::unique_ptr<TableEntry> MakeTable(std::string name, Schema schema, const std::vector<std::string>& key);

/// A source or table with one more column, and what its rows so far have there.
struct PlannedColumn {
  std::unique_ptr<WritableEntry> entry;
  DataflowSpec fill;       // over rows of all columns but the new: the new one
  bool repeatable = true;  // filled again with the same now(), it comes out the same
};
/// ALTER … ADD COLUMN. Throws kInvalidSchema and kQueryFailed with the place, kTableExists for a name that is there.
PlannedColumn PlanAddColumn(const WritableEntry& relation, const sql::ColumnDefinition& column, std::string_view sql);
/// The entry under another name; its own statement is written anew.
std::unique_ptr<CatalogEntry> RenamedEntry(const CatalogEntry& entry, const std::string& name);
/// The CREATE TABLE that would make the table, without rows.
std::string CreateText(const TableEntry& table);
/// A view bound anew, after what it reads has changed.
std::unique_ptr<ViewEntry> ReboundView(const Catalog& catalog, const ViewEntry& view);

/// UPDATE: rows as they are, followed by what they become. DELETE: the rows that go.
struct PlannedChange {
  std::string table;
  PlannedQuery query;                     // mode kOnce; reads the table alone
  std::optional<std::vector<Value>> key;  // the only key whose row the condition lets through, if it names one
};
PlannedChange PlanUpdate(const Catalog& catalog, const sql::UpdateStatement& statement, std::string_view sql,
                         PlanOptions options);
PlannedChange PlanDelete(const Catalog& catalog, const sql::DeleteStatement& statement, std::string_view sql,
                         PlanOptions options);

/// TRUNCATE of one table: all its rows.
PlannedChange PlanTruncate(const Catalog& catalog, const sql::QualifiedName& table, std::string_view sql,
                           PlanOptions options);

/// The k of AS OF EPOCH k, if it is there.
std::optional<uint64_t> EpochOf(const sql::SubscribeStatement& statement, std::string_view sql);
/// SUBSCRIBE n [WHERE …]: the relation's rows, filtered. AS OF EPOCH is the caller's affair.
PlannedQuery PlanSubscribe(const Catalog& catalog, const sql::SubscribeStatement& statement, std::string_view sql,
                           PlanOptions options);

/// The catalog's kind for DROP and SHOW CREATE; throws kQueryFailed for kinds that are not supported yet.
RelationKind RelationKindOf(sql::ObjectKind kind, std::string_view sql, SourceSpan span);
/// The last part of a relation's name; a schema other than the default one is refused.
const std::string& RelationName(const sql::QualifiedName& name, std::string_view sql);

}  // namespace laminar
