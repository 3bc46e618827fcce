// ALTER … ADD COLUMN and ALTER … RENAME TO.
#include <fmt/format.h>

#include <mutex>
#include <utility>

#include "common/sql_error.h"
#include "main/durable/definition.h"
#include "main/now.h"
#include "main/row_change.h"
#include "main/statement_runner.h"

namespace laminar {

namespace {

/// The new column of some rows.
Result<Ref<RowBatch>> Fill(const DataflowSpec& spec, const Delta& rows, const Field& field, std::string_view relation,
                           const std::vector<DataType>& types, int64_t now) {
  Delta bare = rows;
  bare.weights = nullptr;
  bare.marks = {};
  try {
    const std::vector<Ref<RowBatch>> parts = RunOver(CloneSpec(spec), {RowBatch::FromDelta(bare, types)}, now);
    RowBatchBuilder column({field.type});
    for (const Ref<RowBatch>& part : parts) column.Append(part->delta());
    Ref<RowBatch> filled = column.Finish();
    if (!field.nullable) CheckNotNull({filled}, Schema({field}), relation);
    return filled;
  } catch (const Error& error) {
    return Status(Error(error));
  }
}

/// Whoever feeds it knows its name and its columns.
void RefuseConnector(const CatalogEntry& entry, std::string_view what, SourceSpan span, std::string_view sql) {
  if (!entry.is_source() || static_cast<const SourceEntry&>(entry).connector.empty()) return;
  throw MakeSqlError(ErrorCode::kQueryFailed, sql, span,
                     fmt::format("{} a source that is fed by a connector is not supported yet: DROP it, and CREATE it "
                                 "anew",
                                 what));
}

}  // namespace

ExecuteResult StatementRunner::Alter(const sql::AlterStatement& statement) {
  const RelationKind kind = RelationKindOf(statement.object, sql_, statement.span);
  ExecuteResult result;
  result.type = ExecuteResult::Type::kDdl;
  result.ddl_type = fmt::format("ALTER {}", RelationKindName(kind));
  for (char& c : result.ddl_type) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  result.ddl_object = RelationName(statement.name, sql_);
  // Who changes the table is waited for, before any other lock.
  WriteSet writer(database_, true);
  OpenDoomed(writer, statement.name);
  std::unique_lock create(database_.create_mutex_);
  std::unique_lock relations(database_.relations_mutex_);
  std::unique_lock catalog(database_.catalog_mutex_);
  const CatalogEntry* entry = database_.catalog_.Find(RelationName(statement.name, sql_));
  if (entry == nullptr && statement.if_exists) return result;
  if (entry == nullptr) database_.catalog_.Get(RelationName(statement.name, sql_));  // throws, with candidates
  if (entry->kind != kind) {
    throw MakeSqlError(ErrorCode::kTableNotFound, sql_, statement.name.span,
                       fmt::format("\"{}\" is a {}", entry->name, RelationKindName(entry->kind)));
  }
  if (statement.add_column != nullptr) {
    AddColumn(statement, NowMicros());
  } else {
    RenameTo(statement);
  }
  return result;
}

void StatementRunner::AddColumn(const sql::AlterStatement& statement, int64_t now) {
  Catalog& catalog = database_.catalog_;
  const CatalogEntry& entry = catalog.Get(RelationName(statement.name, sql_));
  if (!entry.is_source() && !entry.is_table()) {
    throw MakeSqlError(
        ErrorCode::kQueryFailed, sql_, statement.name.span,
        fmt::format("the columns of {} \"{}\" follow from its query", RelationKindName(entry.kind), entry.name));
  }
  RefuseConnector(entry, "another column for", statement.name.span, sql_);
  const sql::ColumnDefinition& column = *statement.add_column;
  if (statement.add_if_not_exists && entry.schema.IndexOf(column.name.name) >= 0) return;
  const std::string name = entry.name;
  std::vector<DataType> types;
  for (const Field& field : entry.schema.fields()) types.push_back(field.type);
  PlannedColumn planned = PlanAddColumn(static_cast<const WritableEntry&>(entry), column, sql_);
  if (!planned.repeatable && database_.log_ != nullptr) {
    throw MakeSqlError(ErrorCode::kQueryFailed, sql_, column.span,
                       "a default that is not the same each time, for rows that are there, is not supported yet in a "
                       "database in a directory: add the column without it, and UPDATE a table");
  }
  const Field field = planned.entry->schema.field(planned.entry->schema.size() - 1);
  auto access = std::make_shared<RelationAccess>();
  access->schema = planned.entry->schema;
  access->is_table = entry.is_table();
  access->key = database_.intakes_.at(name).access->key;
  access->max_lengths = planned.entry->max_lengths();
  access->completion = PlanCompletion(*planned.entry);

  // A view is its text, in which * now has a column more: it must still be one.
  std::vector<std::pair<std::string, std::unique_ptr<CatalogEntry>>> replaced;
  const auto restore = [&] {
    for (auto it = replaced.rbegin(); it != replaced.rend(); ++it) catalog.Replace(it->first, std::move(it->second));
  };
  replaced.emplace_back(name, catalog.Replace(name, std::move(planned.entry)));
  try {
    for (const CatalogEntry* other : catalog.All()) {
      if (!other->is_view()) continue;
      const std::string view = other->name;
      std::unique_ptr<ViewEntry> rebound = ReboundView(catalog, static_cast<const ViewEntry&>(*other));
      replaced.emplace_back(view, catalog.Replace(view, std::move(rebound)));
    }
    ThrowIfError(database_.engine_.AddColumn(
        name, field, [&](const Delta& rows) { return Fill(planned.fill, rows, field, name, types, now); },
        ColumnAdded(sql_.substr(statement.span.begin, statement.span.end - statement.span.begin), now)));
  } catch (...) {
    restore();
    throw;
  }
  // Rows that were begun for the columns of before are refused, as those of a relation that was replaced.
  database_.intakes_[name] = {database_.next_source_id_++, std::move(access)};
}

void StatementRunner::RenameTo(const sql::AlterStatement& statement) {
  Catalog& catalog = database_.catalog_;
  const CatalogEntry& entry = catalog.Get(RelationName(statement.name, sql_));
  RefuseConnector(entry, "another name for", statement.name.span, sql_);
  const std::string from = entry.name;
  const std::string& to = statement.rename_to->name;
  if (!NamesEqual(from, to)) catalog.CheckFree(to);
  try {
    catalog.CheckUnread(from, "rename");
  } catch (const Error& error) {
    throw MakeSqlError(error.code(), sql_, statement.name.span, error.what());
  }
  if (from == to) return;
  database_.RenameLocked(from, to);
}

}  // namespace laminar
