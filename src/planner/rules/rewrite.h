// Walking and rewriting the expressions of a plan.
#pragma once

#include <functional>
#include <vector>

#include "planner/logical_plan.h"

namespace laminar {

/// Every expression that the node itself holds; null ones (FILTER, a join without residual) are left out.
void ForEachExpression(LogicalNode& node, const std::function<void(ExpressionPtr&)>& visit);
/// Sets used[c] for every column c that the expression refers to.
void MarkColumns(const Expression& expression, std::vector<bool>& used);
/// Column c becomes column map[c].
void RemapColumns(Expression& expression, const std::vector<int>& map);
/// The tree with column c replaced by a copy of replacements[c].
ExpressionPtr Substitute(const Expression& expression, const std::vector<ExpressionPtr>& replacements);
bool AnyFallible(const std::vector<ExpressionPtr>& expressions);

/// The operands of a tree of ANDs, in order; and back.
std::vector<ExpressionPtr> SplitConjunction(ExpressionPtr predicate);
ExpressionPtr MakeConjunction(std::vector<ExpressionPtr> operands);
ExpressionPtr MakeDisjunction(ExpressionPtr left, ExpressionPtr right);
ExpressionPtr MakeIsNull(ExpressionPtr operand);

}  // namespace laminar
