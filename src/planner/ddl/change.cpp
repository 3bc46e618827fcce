// UPDATE and DELETE: the query of the rows that a statement takes from a table, and of what it puts in their place.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "planner/binder/bind_error.h"
#include "planner/binder/expression_binder.h"
#include "planner/binder/features.h"
#include "planner/bound_query.h"
#include "planner/ddl.h"
#include "planner/ddl/change_rows.h"
#include "planner/ddl/columns.h"
#include "planner/rules/rewrite.h"

namespace laminar {

namespace {

/// The value of every key column, when the condition asks for one key: `k = 3 AND …`.
std::optional<std::vector<Value>> KeyOf(const Expression& predicate, const TableEntry& table) {
  std::vector<Value> key(table.primary_key.size());
  size_t found = 0;
  for (const ExpressionPtr& operand : SplitConjunction(predicate.Clone())) {
    if (operand->kind != ExpressionKind::kCall || operand->function->name != "=") continue;
    for (const size_t side : {0, 1}) {
      const Expression& column = *operand->children[side];
      const Expression& constant = *operand->children[1 - side];
      if (!column.is_column() || !constant.is_constant() || constant.value.is_null()) continue;
      const auto place = std::ranges::find(table.primary_key, column.column);
      if (place == table.primary_key.end() || !(constant.type == table.schema.field(column.column).type)) continue;
      Value& value = key[static_cast<size_t>(place - table.primary_key.begin())];
      found += value.is_null() ? 1 : 0;
      value = constant.value;
    }
  }
  if (key.empty() || found != key.size()) return std::nullopt;
  return key;
}

Scope ScopeOf(const TableEntry& table, const std::optional<sql::Identifier>& alias) {
  Scope scope;
  scope.Add({.name = alias ? alias->name : table.name, .schema = table.schema});
  return scope;
}

/// The rows of the table that meet the condition.
LogicalNodePtr PlanRows(const TableEntry& table, const Scope& scope, const sql::ExpressionPtr& where,
                        std::string_view sql, PlannedChange* change) {
  std::vector<int> all;
  for (int i = 0; i < table.schema.size(); ++i) all.push_back(i);
  LogicalNodePtr plan = MakeScan(table, std::move(all));
  if (where == nullptr) return plan;
  ExpressionPtr predicate = ExpressionBinder(scope, sql, "WHERE").BindPredicate(*where, "WHERE");
  change->key = KeyOf(*predicate, table);
  return MakeFilter(std::move(plan), std::move(predicate));
}

}  // namespace

PlannedChange PlanUpdate(const Catalog& catalog, const sql::UpdateStatement& statement, std::string_view sql,
                         PlanOptions options) {
  const TableEntry& table = FindTable(catalog, statement.table, "UPDATE", sql);
  if (!statement.from.empty()) ThrowNotSupported("UPDATE … FROM", sql, statement.from[0]->span);
  PlannedChange change;
  change.table = table.name;
  const Scope scope = ScopeOf(table, statement.alias);
  LogicalNodePtr plan = PlanRows(table, scope, statement.where, sql, &change);
  const Schema both = BeforeAndAfter(table.schema);
  plan = MakeProject(std::move(plan), BindAssignments(statement.assignments, table, scope, "UPDATE", sql),
                     both.names());
  if (std::vector<ExpressionPtr> generated = GeneratedBehind(table, both, table.schema.size()); !generated.empty()) {
    plan = MakeProject(std::move(plan), std::move(generated), both.names());
  }
  options.mode = PlanOptions::Mode::kOnce;
  change.query = FinishPlan(std::move(plan), nullptr, {table.name}, sql, statement.span, options);
  return change;
}

PlannedChange PlanDelete(const Catalog& catalog, const sql::DeleteStatement& statement, std::string_view sql,
                         PlanOptions options) {
  const TableEntry& table = FindTable(catalog, statement.table, "DELETE", sql);
  if (!statement.using_tables.empty()) ThrowNotSupported("DELETE … USING", sql, statement.using_tables[0]->span);
  PlannedChange change;
  change.table = table.name;
  LogicalNodePtr plan = PlanRows(table, ScopeOf(table, statement.alias), statement.where, sql, &change);
  options.mode = PlanOptions::Mode::kOnce;
  change.query = FinishPlan(std::move(plan), nullptr, {table.name}, sql, statement.span, options);
  return change;
}

PlannedChange PlanTruncate(const Catalog& catalog, const sql::QualifiedName& name, std::string_view sql,
                           PlanOptions options) {
  const TableEntry& table = FindTable(catalog, name, "TRUNCATE", sql);
  PlannedChange change;
  change.table = table.name;
  LogicalNodePtr plan = PlanRows(table, ScopeOf(table, std::nullopt), nullptr, sql, &change);
  options.mode = PlanOptions::Mode::kOnce;
  change.query = FinishPlan(std::move(plan), nullptr, {table.name}, sql, name.span, options);
  return change;
}

}  // namespace laminar
