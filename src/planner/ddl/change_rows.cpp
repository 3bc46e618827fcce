#include "planner/ddl/change_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/sql_error.h"
#include "exec/filter.h"
#include "exec/project.h"
#include "exec/union.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/expression_binder.h"
#include "planner/ddl.h"
#include "planner/ddl/columns.h"
#include "planner/ddl/names.h"

namespace laminar {

const TableEntry& FindTable(const Catalog& catalog, const sql::QualifiedName& qualified, std::string_view verb,
                            std::string_view sql) {
  const std::string& name = RelationName(qualified, sql);
  const CatalogEntry* entry = catalog.Find(name);
  if (entry == nullptr) {
    ThrowAt(ErrorCode::kTableNotFound, sql, qualified.span, fmt::format("table \"{}\" does not exist", name),
            NearestNames(name, catalog.Names()));
  }
  if (entry->is_source()) {
    ThrowAt(sql, qualified.span,
            fmt::format("\"{}\" is a source, which only grows: {} changes tables (CREATE TABLE)", entry->name, verb));
  }
  if (!entry->is_table()) {
    ThrowAt(sql, qualified.span,
            fmt::format("\"{}\" is a {}, which follows from what it reads: {} changes tables", entry->name,
                        RelationKindName(entry->kind), verb));
  }
  return static_cast<const TableEntry&>(*entry);
}

std::vector<ExpressionPtr> BindAssignments(BindContext& context, const std::vector<sql::Assignment>& assignments,
                                           const TableEntry& table, const Scope& scope, std::string_view clause,
                                           std::string_view sql) {
  const int width = table.schema.size();
  std::vector<ExpressionPtr> columns = AllColumns(table.schema);
  for (int i = 0; i < width; ++i) {
    columns.push_back(table.is_generated(i) ? Expression::MakeConstant(Value(table.schema.field(i).type))
                                            : ColumnOf(table.schema, i));
  }
  ExpressionBinder binder(scope, sql, std::string(clause));
  binder.SetContext(&context);
  std::vector<bool> assigned(static_cast<size_t>(width), false);
  for (const sql::Assignment& assignment : assignments) {
    const int column = ColumnIndex(table.schema, assignment.column, table.name, sql);
    const Field& field = table.schema.field(column);
    if (assigned[static_cast<size_t>(column)]) {
      ThrowAt(sql, assignment.column.span, fmt::format("column \"{}\" is assigned to twice", field.name));
    }
    assigned[static_cast<size_t>(column)] = true;
    const bool is_default = assignment.value->kind == sql::ExpressionKind::kDefault;
    if (table.is_generated(column)) {
      if (is_default) continue;
      ThrowAt(sql, assignment.column.span,
              fmt::format("column \"{}\" is generated: it follows from the others", field.name));
    }
    ExpressionPtr value = is_default ? DefaultOf(table, column)
                                     : CoerceForAssignment(binder.Bind(*assignment.value), field.type, sql, field.name);
    if (!field.nullable && value->is_constant() && value->value.is_null()) {
      ThrowAt(sql, assignment.value->span, fmt::format("column \"{}\" is NOT NULL", field.name));
    }
    columns[static_cast<size_t>(width + column)] = std::move(value);
  }
  return columns;
}

Schema BeforeAndAfter(const Schema& schema) {
  std::vector<Field> fields = schema.fields();
  fields.insert(fields.end(), schema.fields().begin(), schema.fields().end());
  return Schema(std::move(fields));
}

DataflowSpec OverRows(int width, ExpressionPtr predicate, std::vector<std::vector<ExpressionPtr>> projections,
                      Schema result) {
  DataflowSpec spec;
  DataflowInput input;  // bound to rows in hand (RunOver), to no relation
  for (int i = 0; i < width; ++i) input.columns.push_back(i);
  spec.inputs.push_back(std::move(input));
  spec.schema = std::move(result);
  const auto add = [&](std::unique_ptr<Operator> op) {
    DataflowNode node;
    node.op = std::move(op);
    node.inputs.push_back({.from = spec.nodes.empty() ? ~0 : static_cast<int>(spec.nodes.size()) - 1});
    spec.nodes.push_back(std::move(node));
  };
  if (predicate != nullptr) add(std::make_unique<Filter>(std::move(predicate)));
  for (std::vector<ExpressionPtr>& expressions : projections) {
    if (!expressions.empty()) add(std::make_unique<Project>(std::move(expressions)));
  }
  if (spec.nodes.empty()) add(std::make_unique<Union>());
  return spec;
}

}  // namespace laminar
