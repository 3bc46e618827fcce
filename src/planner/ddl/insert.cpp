// INSERT: a query whose rows fit the source or table, and what becomes of those whose key is there.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/sql_error.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/expression_binder.h"
#include "planner/binder/query_binder.h"
#include "planner/bound_query.h"
#include "planner/ddl.h"
#include "planner/ddl/change_rows.h"
#include "planner/ddl/columns.h"
#include "planner/ddl/names.h"

namespace laminar {

namespace {

const WritableEntry& FindTarget(const Catalog& catalog, const sql::InsertStatement& statement, std::string_view sql) {
  const std::string& name = RelationName(statement.table, sql);
  const CatalogEntry* entry = catalog.Find(name);
  if (entry == nullptr) {
    ThrowAt(ErrorCode::kTableNotFound, sql, statement.table.span, fmt::format("table \"{}\" does not exist", name),
            NearestNames(name, catalog.Names()));
  }
  if (!entry->is_source() && !entry->is_table()) {
    ThrowAt(sql, statement.table.span,
            fmt::format("\"{}\" is a {}; rows are inserted into sources and tables", entry->name,
                        RelationKindName(entry->kind)));
  }
  return static_cast<const WritableEntry&>(*entry);
}

/// The column list as positions; without one, all columns but the generated in order.
std::vector<int> BindTargets(const WritableEntry& relation, const sql::InsertStatement& statement,
                             std::string_view sql) {
  if (statement.query == nullptr) return {};
  std::vector<int> targets;
  for (const sql::Identifier& column : statement.columns) {
    const int index = ColumnIndex(relation.schema, column, relation.name, sql);
    if (std::ranges::find(targets, index) != targets.end()) {
      ThrowAt(sql, column.span, fmt::format("column \"{}\" is given twice", column.name));
    }
    if (relation.is_generated(index)) {
      ThrowAt(sql, column.span, fmt::format("column \"{}\" is generated: it follows from the others", column.name));
    }
    targets.push_back(index);
  }
  return statement.columns.empty() ? GivenColumns(relation) : targets;
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

/// ON CONFLICT: over a row that is there and, behind it, the row given in its stead, named `excluded`.
ConflictPlan PlanConflict(BindContext& context, const sql::OnConflictClause& clause, const WritableEntry& relation,
                          std::string_view sql) {
  if (!relation.is_table()) {
    ThrowAt(sql, clause.span, fmt::format("\"{}\" is a source: its rows never conflict", relation.name));
  }
  const auto& table = static_cast<const TableEntry&>(relation);
  if (table.primary_key.empty()) {
    ThrowAt(sql, clause.span,
            fmt::format("table \"{}\" has no PRIMARY KEY, so that no row can conflict with another", table.name));
  }
  std::vector<int> target;
  for (const sql::Identifier& name : clause.target) {
    target.push_back(ColumnIndex(table.schema, name, table.name, sql));
    if (std::ranges::find(table.primary_key, target.back()) == table.primary_key.end()) {
      ThrowAt(sql, name.span, fmt::format("column \"{}\" is not of the primary key", name.name));
    }
  }
  const bool covers = std::ranges::all_of(
      table.primary_key, [&](int column) { return std::ranges::find(target, column) != target.end(); });
  if (!target.empty() && !covers) ThrowAt(sql, clause.target[0].span, "ON CONFLICT must name the whole primary key");
  ConflictPlan plan;
  if (!clause.do_update) return plan;
  Scope scope;
  // A bare name is the row that is there, as `v = v + excluded.v` reads.
  scope.Add({.name = table.name, .schema = table.schema, .shadows = true});
  scope.Add({.name = "excluded", .schema = table.schema, .first_column = table.schema.size()});
  ExpressionPtr predicate;
  if (clause.where != nullptr) {
    ExpressionBinder binder(scope, sql, "WHERE");
    binder.SetContext(&context);
    predicate = binder.BindPredicate(*clause.where, "WHERE");
  }
  const Schema both = BeforeAndAfter(table.schema);
  std::vector<std::vector<ExpressionPtr>> projections;
  projections.push_back(BindAssignments(context, clause.assignments, table, scope, "ON CONFLICT", sql));
  projections.push_back(GeneratedBehind(table, both, table.schema.size()));
  plan.update = OverRows(both.size(), std::move(predicate), std::move(projections), both);
  return plan;
}

/// DEFAULT VALUES: one row, for which nothing is given.
LogicalNodePtr OneRow() { return MakeValues(Schema({{"", TypeId::kBoolean, false}}), {{Value::Boolean(true)}}); }

}  // namespace

LogicalNodePtr CompleteRows(LogicalNodePtr plan, const WritableEntry& relation, const std::vector<int>& given) {
  Completion completion = CompletionOf(relation, given);
  plan = MakeProject(std::move(plan), std::move(completion.columns), relation.schema.names());
  if (completion.generated.empty()) return plan;
  return MakeProject(std::move(plan), std::move(completion.generated), relation.schema.names());
}

std::optional<DataflowSpec> PlanCompletion(const WritableEntry& relation) {
  if (relation.rules.empty()) return std::nullopt;
  const std::vector<int> given = GivenColumns(relation);
  if (static_cast<int>(given.size()) == relation.schema.size()) return std::nullopt;
  Completion completion = CompletionOf(relation, given);
  std::vector<std::vector<ExpressionPtr>> projections;
  projections.push_back(std::move(completion.columns));
  projections.push_back(std::move(completion.generated));
  return OverRows(static_cast<int>(given.size()), nullptr, std::move(projections), relation.schema);
}

Schema GivenSchema(const WritableEntry& relation) {
  std::vector<Field> fields;
  for (const int column : GivenColumns(relation)) fields.push_back(relation.schema.field(column));
  return Schema(std::move(fields));
}

PlannedInsert PlanInsert(const Catalog& catalog, const sql::InsertStatement& statement, std::string_view sql,
                         PlanOptions options) {
  const WritableEntry& relation = FindTarget(catalog, statement, sql);
  const std::vector<int> targets = BindTargets(relation, statement, sql);
  for (int i = 0; i < relation.schema.size(); ++i) {
    const Field& field = relation.schema.field(i);
    const bool has_default = !relation.rules.empty() && !relation.rules[static_cast<size_t>(i)].plain();
    if (field.nullable || has_default || std::ranges::find(targets, i) != targets.end()) continue;
    ThrowAt(sql, statement.table.span, fmt::format("column \"{}\" is NOT NULL and is given no value", field.name));
  }
  PlannedInsert insert;
  insert.source = relation.name;
  BindContext context{.catalog = catalog, .continuous = false, .program = options.program, .reads = {}};
  if (statement.on_conflict != nullptr) {
    insert.on_conflict = PlanConflict(context, *statement.on_conflict, relation, sql);
  }
  LogicalNodePtr plan;
  if (statement.query == nullptr) {
    plan = OneRow();
  } else {
    std::vector<Field> fields;
    for (const int target : targets) fields.push_back(relation.schema.field(target));
    const sql::Query& query = *statement.query;
    if (query.emit != nullptr) ThrowAt(sql, query.emit->span, "EMIT belongs to a stream or a subscription");
    const auto* values = query.body->If<sql::ValuesBody>();
    const bool plain = values != nullptr && query.with.empty() && query.order_by.empty() &&
                       query.order_by_all == nullptr && query.limit == nullptr && query.offset == nullptr;
    const auto default_of = [&](size_t i) { return DefaultOf(relation, targets[i]); };
    plan = plain ? BindValuesRows(context, *values, sql, fields, default_of) : BindSelect(context, query, sql, fields);
  }
  plan = CompleteRows(std::move(plan), relation, targets);
  options.mode = PlanOptions::Mode::kOnce;
  insert.query = FinishPlan(std::move(plan), nullptr, std::move(context.reads), sql, statement.span, options);
  insert.query.schema = insert.query.dataflow.schema = relation.schema;
  return insert;
}

}  // namespace laminar
