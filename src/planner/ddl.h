// CREATE and INSERT: from a statement's syntax tree to a catalog entry or to a plan whose rows fit a source.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "planner/planner.h"
#include "sql/ast_statement.h"

namespace laminar {

/// Checks columns, watermark and options and makes the entry; the catalog is not asked whether the name is free. Throws
/// Error kInvalidSchema for a definition that makes no sense, kQueryFailed for what is not supported yet; both with the
/// place.
std::unique_ptr<SourceEntry> BindCreateSource(const sql::CreateSourceStatement& statement, std::string_view sql);

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
std::unique_ptr<ViewEntry> BindCreateView(const Catalog& catalog, sql::StatementPtr statement, std::string_view sql);

struct PlannedInsert {
  std::string source;  // as the catalog spells it
  PlannedQuery query;  // mode kOnce; its schema is the source's: every column, in order, in the source's types
};
/// Coerces as an assignment does: numbers narrow (a value that does not fit fails the row), literals are read as the
/// column's type. A NOT NULL column that is given no value is refused here; NULLs that come at run time are the
/// caller's to refuse.
PlannedInsert PlanInsert(const Catalog& catalog, const sql::InsertStatement& statement, std::string_view sql,
                         PlanOptions options);

/// SUBSCRIBE n [WHERE …]: the relation's rows, filtered.
PlannedQuery PlanSubscribe(const Catalog& catalog, const sql::SubscribeStatement& statement, std::string_view sql,
                           PlanOptions options);

/// The catalog's kind for DROP and SHOW CREATE; throws kQueryFailed for kinds that are not supported yet.
RelationKind RelationKindOf(sql::ObjectKind kind, std::string_view sql, SourceSpan span);
/// The last part of a relation's name; a schema other than the default one is refused.
const std::string& RelationName(const sql::QualifiedName& name, std::string_view sql);

}  // namespace laminar
