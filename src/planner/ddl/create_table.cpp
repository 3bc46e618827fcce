// CREATE TABLE: columns, primary key, and the rows of AS SELECT.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/query_binder.h"
#include "planner/bound_query.h"
#include "planner/ddl.h"
#include "planner/ddl/columns.h"
#include "planner/ddl/names.h"
#include "sql/printer.h"

namespace laminar {

namespace {

/// The columns of a key cannot be NULL.
void SetKey(TableEntry& table, const std::vector<int>& key) {
  std::vector<Field> fields = table.schema.fields();
  for (const int column : key) fields[static_cast<size_t>(column)].nullable = false;
  table.schema = Schema(std::move(fields));
  table.primary_key = key;
}

void BindKey(const std::vector<sql::Identifier>& names, std::string_view sql, TableEntry& table) {
  std::vector<int> key;
  for (const sql::Identifier& name : names) {
    const int column = ColumnIndex(table.schema, name, table.name, sql);
    if (std::ranges::find(key, column) != key.end()) {
      ThrowAt(ErrorCode::kInvalidSchema, sql, name.span,
              fmt::format("column \"{}\" is in the primary key twice", name.name));
    }
    key.push_back(column);
  }
  SetKey(table, key);
}

/// The query's rows, brought to the columns of the table; those give the columns when the statement defines none.
PlannedQuery PlanRows(const Catalog& catalog, const sql::Query& query, std::string_view sql, PlanOptions options,
                      TableEntry& table, bool defines_columns) {
  if (query.emit != nullptr) ThrowAt(sql, query.emit->span, "EMIT belongs to a stream or a subscription");
  BindContext context{.catalog = catalog, .continuous = false, .program = options.program, .reads = {}};
  LogicalNodePtr plan = QueryBinder(context, sql, nullptr).BindOutermost(query);
  if (!defines_columns) {
    table.schema = plan->schema;
    CheckColumnNames(
        table.schema, sql, [&](int) { return query.span; }, "name one with AS");
    std::vector<Field> fields = table.schema.fields();
    for (Field& field : fields) field.nullable = true;
    table.schema = Schema(std::move(fields));
  } else {
    const std::vector<int> given = GivenColumns(table);
    if (static_cast<size_t>(plan->schema.size()) != given.size()) {
      ThrowAt(sql, query.span, fmt::format("{} values are given for {} columns", plan->schema.size(), given.size()));
    }
    std::vector<ExpressionPtr> columns;
    std::vector<std::string> names;
    for (size_t i = 0; i < given.size(); ++i) {
      const Field& field = table.schema.field(given[i]);
      columns.push_back(
          CoerceForAssignment(ColumnOf(plan->schema, static_cast<int>(i), query.span), field.type, sql, field.name));
      names.push_back(field.name);
    }
    plan = MakeProject(std::move(plan), std::move(columns), std::move(names));
    plan = CompleteRows(std::move(plan), table, given);
  }
  options.mode = PlanOptions::Mode::kOnce;
  return FinishPlan(std::move(plan), nullptr, std::move(context.reads), sql, query.span, options);
}

}  // namespace

PlannedTable PlanCreateTable(const Catalog& catalog, const sql::CreateTableStatement& statement, std::string_view sql,
                             const PlanOptions& options) {
  PlannedTable planned;
  planned.entry = std::make_unique<TableEntry>();
  TableEntry& table = *planned.entry;
  table.name = RelationName(statement.head.name, sql);
  table.sql = TextOf(sql, statement.span);
  const sql::TableDefinition& definition = statement.definition;
  if (definition.watermark != nullptr) {
    ThrowAt(ErrorCode::kInvalidSchema, sql, definition.watermark->span,
            "a table has no WATERMARK: its rows can change at any time; CREATE SOURCE makes an input with event time");
  }
  for (const sql::Option& option : statement.options) ThrowUnknownOption(option, {}, sql);
  const bool defines_columns = !definition.columns.empty();
  if (defines_columns || statement.query == nullptr) {
    table.schema = BindColumns(definition, "table", sql, statement.span);
    table.rules = BindRules(definition.columns, table.schema, sql);
  }
  if (defines_columns) BindKey(definition.primary_key, sql, table);
  if (statement.query != nullptr) {
    planned.rows = PlanRows(catalog, *statement.query, sql, options, table, defines_columns);
    if (!defines_columns) BindKey(definition.primary_key, sql, table);
    planned.rows->schema = planned.rows->dataflow.schema = table.schema;
    table.sql = CreateText(table);  // the query was asked once: what there is from now on is a table
  }
  return planned;
}

std::unique_ptr<TableEntry> MakeTable(std::string name, Schema schema, const std::vector<std::string>& key) {
  auto table = std::make_unique<TableEntry>();
  table->name = std::move(name);
  table->schema = std::move(schema);
  if (table->schema.size() == 0) throw Error(ErrorCode::kInvalidSchema, "a table needs at least one column");
  std::vector<int> columns;
  for (const std::string& column : key) {
    const int index = table->schema.IndexOf(column);
    if (index < 0 || std::ranges::find(columns, index) != columns.end()) {
      throw Error(ErrorCode::kInvalidSchema,
                  fmt::format("primary_key: {} column \"{}\"", index < 0 ? "there is no" : "twice the", column));
    }
    columns.push_back(index);
  }
  SetKey(*table, columns);
  table->sql = CreateText(*table);
  CheckColumnNames(
      table->schema, table->sql, [](int) { return SourceSpan{}; }, "give one another name");
  return table;
}

std::string CreateText(const TableEntry& table) {
  std::vector<std::string> elements;
  for (int i = 0; i < table.schema.size(); ++i) {
    const Field& field = table.schema.field(i);
    std::string element = fmt::format("{} {}", sql::PrintName(field.name), field.type.ToString());
    const int64_t length = table.rules.empty() ? 0 : table.rules[static_cast<size_t>(i)].max_length;
    if (length != 0) element += fmt::format("({})", length);
    if (!field.nullable && std::ranges::find(table.primary_key, i) == table.primary_key.end()) element += " NOT NULL";
    if (!table.rules.empty()) {
      const ColumnRule& rule = table.rules[static_cast<size_t>(i)];
      if (!rule.default_value.empty()) element += " DEFAULT " + rule.default_value;
      if (!rule.generated_as.empty()) element += fmt::format(" GENERATED ALWAYS AS ({})", rule.generated_as);
    }
    elements.push_back(std::move(element));
  }
  std::vector<std::string> key;
  for (const int column : table.primary_key) key.push_back(sql::PrintName(table.schema.field(column).name));
  if (!key.empty()) elements.push_back(fmt::format("PRIMARY KEY ({})", fmt::join(key, ", ")));
  return fmt::format("CREATE TABLE {} ({})", sql::PrintName(table.name), fmt::join(elements, ", "));
}

}  // namespace laminar
