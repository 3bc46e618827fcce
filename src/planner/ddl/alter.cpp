// ALTER: entries of the catalog with one more column, or with another name.
#include <fmt/format.h>

#include <utility>

#include "planner/binder/bind_error.h"
#include "planner/ddl.h"
#include "planner/ddl/change_rows.h"
#include "planner/ddl/columns.h"
#include "planner/ddl/names.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace laminar {

namespace {

template <typename Statement>
std::string Renamed(const sql::StatementPtr& statement, const std::string& name) {
  sql::Identifier& last = statement->As<Statement>().head.name.parts.back();
  last.name = name;
  last.quoted = true;
  return sql::PrintStatement(*statement);
}

std::string RenamedSql(const CatalogEntry& entry, const std::string& name) {
  const sql::StatementPtr statement = sql::ParseStatement(entry.sql);
  if (entry.is_source()) return Renamed<sql::CreateSourceStatement>(statement, name);
  if (entry.is_view()) return Renamed<sql::CreateViewStatement>(statement, name);
  return Renamed<sql::CreateStreamStatement>(statement, name);
}

/// CREATE SOURCE with one more column.
std::string WidenedSql(const SourceEntry& source, const sql::ColumnDefinition& column, std::string_view sql) {
  const sql::StatementPtr statement = sql::ParseStatement(source.sql);
  const std::string text = fmt::format("ALTER SOURCE s ADD COLUMN {}", TextOf(sql, column.span));
  const sql::StatementPtr alter = sql::ParseStatement(text);
  statement->As<sql::CreateSourceStatement>().definition.columns.push_back(
      std::move(*alter->As<sql::AlterStatement>().add_column));
  return sql::PrintStatement(*statement);
}

}  // namespace

PlannedColumn PlanAddColumn(const WritableEntry& relation, const sql::ColumnDefinition& column, std::string_view sql) {
  if (relation.schema.IndexOf(column.name.name) >= 0) {
    ThrowAt(ErrorCode::kTableExists, sql, column.name.span,
            fmt::format("{} \"{}\" has a column \"{}\" already", RelationKindName(relation.kind), relation.name,
                        column.name.name));
  }
  PlannedColumn planned;
  if (relation.is_table()) {
    planned.entry = std::make_unique<TableEntry>(static_cast<const TableEntry&>(relation));
  } else {
    planned.entry = std::make_unique<SourceEntry>(static_cast<const SourceEntry&>(relation));
  }
  WritableEntry& entry = *planned.entry;
  const int place = relation.schema.size();
  std::vector<Field> fields = relation.schema.fields();
  fields.push_back(BindColumn(column, sql));
  entry.schema = Schema(std::move(fields));
  CheckColumnNames(
      entry.schema, sql, [&](int) { return column.name.span; }, "give it another name");
  const ColumnRule rule = BindRule(column, entry.schema, place, entry.rules, sql);
  if (!rule.plain() || !entry.rules.empty()) {
    entry.rules.resize(static_cast<size_t>(place));
    entry.rules.push_back(rule);
  }
  entry.sql = relation.is_table() ? CreateText(static_cast<const TableEntry&>(entry))
                                  : WidenedSql(static_cast<const SourceEntry&>(entry), column, sql);

  std::vector<ExpressionPtr> value;
  if (rule.generated_as.empty()) {
    value.push_back(DefaultOf(entry, place));
  } else {
    value.push_back(std::move(GeneratedBehind(entry, entry.schema, 0).back()));
  }
  planned.repeatable = value.back()->deterministic();
  std::vector<std::vector<ExpressionPtr>> projections;
  projections.push_back(std::move(value));
  planned.fill = OverRows(place, nullptr, std::move(projections), Schema({entry.schema.field(place)}));
  return planned;
}

std::unique_ptr<CatalogEntry> RenamedEntry(const CatalogEntry& entry, const std::string& name) {
  std::unique_ptr<CatalogEntry> renamed;
  if (entry.is_table()) {
    auto table = std::make_unique<TableEntry>(static_cast<const TableEntry&>(entry));
    table->name = name;
    table->sql = CreateText(*table);
    return table;
  }
  std::string sql = RenamedSql(entry, name);
  if (entry.is_source()) {
    renamed = std::make_unique<SourceEntry>(static_cast<const SourceEntry&>(entry));
  } else if (entry.is_view()) {
    const auto& view = static_cast<const ViewEntry&>(entry);
    auto copy = std::make_unique<ViewEntry>();
    copy->statement = sql::ParseStatement(sql);
    copy->text = sql;
    copy->schema = view.schema;
    copy->reads = view.reads;
    copy->calls = view.calls;
    renamed = std::move(copy);
  } else {
    renamed = std::make_unique<StreamEntry>(static_cast<const StreamEntry&>(entry));
  }
  renamed->name = name;
  renamed->sql = std::move(sql);
  return renamed;
}

std::unique_ptr<ViewEntry> ReboundView(const Catalog& catalog, const ViewEntry& view) {
  std::unique_ptr<ViewEntry> rebound = BindCreateView(catalog, sql::ParseStatement(view.sql), view.sql);
  rebound->name = view.name;
  return rebound;
}

}  // namespace laminar
