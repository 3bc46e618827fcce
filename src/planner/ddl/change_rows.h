// What INSERT, UPDATE and ON CONFLICT share: assignments, and dataflows over rows that are in hand.
#pragma once

#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "exec/dataflow_spec.h"
#include "planner/binder/bind_context.h"
#include "planner/binder/scope.h"
#include "planner/logical_plan.h"
#include "sql/ast_statement.h"

namespace laminar {

/// The table that a statement changes; whatever else has the name is refused with advice. `verb` is "UPDATE".
const TableEntry& FindTable(const Catalog& catalog, const sql::QualifiedName& name, std::string_view verb,
                            std::string_view sql);

/// Over rows whose first columns are the table's: those columns as they are, then as the assignments make them. What is
/// generated is NULL, for GeneratedBehind to compute.
std::vector<ExpressionPtr> BindAssignments(BindContext& context, const std::vector<sql::Assignment>& assignments,
                                           const TableEntry& table, const Scope& scope, std::string_view clause,
                                           std::string_view sql);
/// The columns of the table twice: before and after.
Schema BeforeAndAfter(const Schema& schema);

/// Rows of `width` columns in hand, filtered (null: all), then projected by each of the lists in turn.
DataflowSpec OverRows(int width, ExpressionPtr predicate, std::vector<std::vector<ExpressionPtr>> projections,
                      Schema result);

}  // namespace laminar
