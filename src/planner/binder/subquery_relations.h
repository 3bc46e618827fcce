// What subqueries in expressions become: relations made of the subquery, and expressions over their columns.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "planner/logical_plan.h"
#include "sql/ast_query.h"

namespace laminar {

/// Has it one row, always, also when a value fails?
bool HasOneRow(const LogicalNode& plan);

// Relations of one row, made of any.
/// (value, count): the value of its only column if it has one row.
LogicalNodePtr OneValue(LogicalNodePtr plan);
/// (found)
LogicalNodePtr IsFound(LogicalNodePtr plan);
/// (empty, has_null), of its first column.
LogicalNodePtr EmptyAndNulls(LogicalNodePtr plan);
/// (min, max, empty, has_null) of its only column.
LogicalNodePtr Extremes(LogicalNodePtr plan, std::string_view sql, SourceSpan span);

/// One row if it has any, and none otherwise.
LogicalNodePtr IsAny(LogicalNodePtr plan);
/// Its distinct rows without NULLs, and `found`, which is true.
LogicalNodePtr DistinctValues(LogicalNodePtr plan);

// Expressions.
ExpressionPtr IsTrue(ExpressionPtr operand);
ExpressionPtr Not(ExpressionPtr operand);
/// `value`, or the error that there are more rows than one.
ExpressionPtr CheckedValue(ExpressionPtr value, ExpressionPtr count, SourceSpan span);
/// `operand IN (SELECT …)` in three-valued logic.
ExpressionPtr MembershipOf(ExpressionPtr found, ExpressionPtr empty, ExpressionPtr has_null, const Expression& operand,
                           SourceSpan span);
/// `operand op ANY | ALL (…)` from (min, max, empty, has_null).
ExpressionPtr CompareWithAll(const sql::QuantifiedExpression& quantified, const Expression& operand,
                             std::array<ExpressionPtr, 4> extremes, std::string_view sql);

/// The operands of a tree of ANDs, in order.
void CollectConjuncts(const sql::Expression& condition, std::vector<const sql::Expression*>* conjuncts);
/// The rows for which all conjuncts are true; what cannot fail first, for it may become part of a join.
LogicalNodePtr FilterBy(LogicalNodePtr rows, std::vector<ExpressionPtr> conjuncts);

/// Operands that can fail are computed below, once a row: they become columns of the plan returned.
LogicalNodePtr ComputeFallible(LogicalNodePtr plan, std::vector<ExpressionPtr>& operands);
/// operands[i] = column i of `right`, over left ++ right.
std::vector<ExpressionPtr> Equalities(const std::vector<ExpressionPtr>& operands, const LogicalNode& left,
                                      const LogicalNode& right);
/// The rows of `plan` for which `operands NOT IN values` is true.
LogicalNodePtr KeepNotIn(LogicalNodePtr plan, std::vector<ExpressionPtr> operands, LogicalNodePtr values);

}  // namespace laminar
