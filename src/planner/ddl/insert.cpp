// INSERT … VALUES | SELECT: a query whose rows fit the source.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/sql_error.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/features.h"
#include "planner/binder/query_binder.h"
#include "planner/bound_query.h"
#include "planner/ddl.h"
#include "planner/ddl/names.h"

namespace laminar {

namespace {

const SourceEntry& FindTarget(const Catalog& catalog, const sql::InsertStatement& statement, std::string_view sql) {
  const std::string& name = RelationName(statement.table, sql);
  const CatalogEntry* entry = catalog.Find(name);
  if (entry == nullptr) {
    ThrowAt(ErrorCode::kTableNotFound, sql, statement.table.span, fmt::format("table \"{}\" does not exist", name),
            NearestNames(name, catalog.Names()));
  }
  if (!entry->is_source()) {
    ThrowAt(sql, statement.table.span,
            fmt::format("\"{}\" is a {}; rows are inserted into sources", entry->name, RelationKindName(entry->kind)));
  }
  return static_cast<const SourceEntry&>(*entry);
}

/// The column list as positions in the source; all of them in order when there is none.
std::vector<int> BindTargets(const SourceEntry& source, const sql::InsertStatement& statement, std::string_view sql) {
  std::vector<int> targets;
  for (const sql::Identifier& column : statement.columns) {
    const int index = ColumnIndex(source.schema, column, source.name, sql);
    if (std::ranges::find(targets, index) != targets.end()) {
      ThrowAt(sql, column.span, fmt::format("column \"{}\" is given twice", column.name));
    }
    targets.push_back(index);
  }
  if (!statement.columns.empty()) return targets;
  for (int i = 0; i < source.schema.size(); ++i) targets.push_back(i);
  return targets;
}

/// A query's columns, assigned to `targets` in order.
LogicalNodePtr BindSelect(BindContext& context, const sql::Query& query, std::string_view sql,
                          const std::vector<Field>& targets) {
  LogicalNodePtr plan = QueryBinder(context, sql, nullptr).BindOutermost(query);
  if (static_cast<size_t>(plan->schema.size()) != targets.size()) {
    ThrowAt(sql, query.span, fmt::format("{} values are given for {} columns", plan->schema.size(), targets.size()));
  }
  std::vector<ExpressionPtr> columns;
  std::vector<std::string> names;
  for (size_t i = 0; i < targets.size(); ++i) {
    ExpressionPtr column = ColumnOf(plan->schema, static_cast<int>(i), query.span);
    if (plan->kind == LogicalKind::kProject) {
      const Expression& expression = *plan->As<LogicalProject>().expressions[i];
      if (IsUntyped(expression)) column = expression.Clone();
    }
    columns.push_back(CoerceForAssignment(std::move(column), targets[i].type, sql, targets[i].name));
    names.push_back(targets[i].name);
  }
  return MakeProject(std::move(plan), std::move(columns), std::move(names));
}

/// Puts the assigned columns where the source has them; the others are NULL.
LogicalNodePtr Complete(LogicalNodePtr plan, const std::vector<int>& targets, const SourceEntry& source,
                        std::string_view sql, SourceSpan span) {
  std::vector<ExpressionPtr> columns;
  for (int i = 0; i < source.schema.size(); ++i) {
    const Field& field = source.schema.field(i);
    const auto found = std::ranges::find(targets, i);
    if (found != targets.end()) {
      columns.push_back(ColumnOf(plan->schema, static_cast<int>(found - targets.begin())));
      continue;
    }
    if (!field.nullable) {
      ThrowAt(sql, span, fmt::format("column \"{}\" is NOT NULL and is given no value", field.name));
    }
    columns.push_back(Expression::MakeConstant(Value(field.type)));
  }
  return MakeProject(std::move(plan), std::move(columns), source.schema.names());
}

}  // namespace

PlannedInsert PlanInsert(const Catalog& catalog, const sql::InsertStatement& statement, std::string_view sql,
                         PlanOptions options) {
  if (statement.on_conflict != nullptr) ThrowNotSupported(Feature::kOnConflict, sql, statement.on_conflict->span);
  if (statement.query == nullptr) ThrowNotSupported(Feature::kDefaultValues, sql, statement.span);
  const SourceEntry& source = FindTarget(catalog, statement, sql);
  const std::vector<int> targets = BindTargets(source, statement, sql);
  std::vector<Field> fields;
  for (const int target : targets) fields.push_back(source.schema.field(target));

  const sql::Query& query = *statement.query;
  if (query.emit != nullptr) ThrowAt(sql, query.emit->span, "EMIT belongs to a stream or a subscription");
  const auto* values = query.body->If<sql::ValuesBody>();
  const bool plain = values != nullptr && query.with.empty() && query.order_by.empty() &&
                     query.order_by_all == nullptr && query.limit == nullptr && query.offset == nullptr;
  BindContext context{.catalog = catalog, .continuous = false, .reads = {}};
  LogicalNodePtr plan = plain ? BindValuesRows(*values, sql, fields) : BindSelect(context, query, sql, fields);
  plan = Complete(std::move(plan), targets, source, sql, statement.table.span);
  options.mode = PlanOptions::Mode::kOnce;
  PlannedQuery planned = FinishPlan(std::move(plan), nullptr, std::move(context.reads), sql, query.span, options);
  planned.schema = source.schema;
  planned.dataflow.schema = source.schema;
  return {source.name, std::move(planned)};
}

}  // namespace laminar
