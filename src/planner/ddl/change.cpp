// UPDATE and DELETE: the query of the rows that a statement takes from a table, and of what it puts in their place.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "planner/binder/bind_error.h"
#include "planner/binder/features.h"
#include "planner/binder/select_binder.h"
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

/// The rows of the table that meet the condition; columns of subqueries may follow its own.
LogicalNodePtr PlanRows(BindContext& context, const TableEntry& table, const std::optional<sql::Identifier>& alias,
                        const sql::Expression* where, std::string_view sql, PlannedChange* change) {
  change->table = table.name;
  std::vector<int> all;
  for (int i = 0; i < table.schema.size(); ++i) all.push_back(i);
  LogicalNodePtr plan = SelectBinder(context, sql, nullptr)
                            .BindRows(MakeScan(table, std::move(all)),
                                      {.name = alias ? alias->name : table.name, .schema = table.schema}, where);
  if (plan->kind == LogicalKind::kFilter && plan->input().kind == LogicalKind::kScan) {
    change->key = KeyOf(*plan->As<LogicalFilter>().predicate, table);
  }
  return plan;
}

/// The rows of a table that a condition lets go.
PlannedChange PlanRemoval(const Catalog& catalog, const TableEntry& table, const std::optional<sql::Identifier>& alias,
                          const sql::Expression* where, SourceSpan span, std::string_view sql, PlanOptions options) {
  PlannedChange change;
  BindContext context{.catalog = catalog, .continuous = false, .program = options.program, .reads = {}};
  LogicalNodePtr plan = PlanRows(context, table, alias, where, sql, &change);
  if (plan->schema.size() != table.schema.size()) {
    plan = MakeProject(std::move(plan), AllColumns(table.schema), table.schema.names());
  }
  options.mode = PlanOptions::Mode::kOnce;
  change.query = FinishPlan(std::move(plan), nullptr, std::move(context.reads), sql, span, options);
  return change;
}

}  // namespace

PlannedChange PlanUpdate(const Catalog& catalog, const sql::UpdateStatement& statement, std::string_view sql,
                         PlanOptions options) {
  if (!statement.from.empty()) ThrowNotSupported("UPDATE … FROM", sql, statement.from[0]->span);
  const TableEntry& table = FindTable(catalog, statement.table, "UPDATE", sql);
  PlannedChange change;
  BindContext context{.catalog = catalog, .continuous = false, .program = options.program, .reads = {}};
  LogicalNodePtr plan = PlanRows(context, table, statement.alias, statement.where.get(), sql, &change);
  const Scope scope = ScopeOf(table, statement.alias);
  const Schema both = BeforeAndAfter(table.schema);
  plan = MakeProject(std::move(plan), BindAssignments(context, statement.assignments, table, scope, "UPDATE", sql),
                     both.names());
  if (std::vector<ExpressionPtr> generated = GeneratedBehind(table, both, table.schema.size()); !generated.empty()) {
    plan = MakeProject(std::move(plan), std::move(generated), both.names());
  }
  options.mode = PlanOptions::Mode::kOnce;
  change.query = FinishPlan(std::move(plan), nullptr, std::move(context.reads), sql, statement.span, options);
  return change;
}

PlannedChange PlanDelete(const Catalog& catalog, const sql::DeleteStatement& statement, std::string_view sql,
                         PlanOptions options) {
  if (!statement.using_tables.empty()) ThrowNotSupported("DELETE … USING", sql, statement.using_tables[0]->span);
  const TableEntry& table = FindTable(catalog, statement.table, "DELETE", sql);
  return PlanRemoval(catalog, table, statement.alias, statement.where.get(), statement.span, sql, options);
}

PlannedChange PlanTruncate(const Catalog& catalog, const sql::QualifiedName& name, std::string_view sql,
                           PlanOptions options) {
  const TableEntry& table = FindTable(catalog, name, "TRUNCATE", sql);
  return PlanRemoval(catalog, table, std::nullopt, nullptr, name.span, sql, options);
}

}  // namespace laminar
