// The condition of a join: which conjuncts are keys, what is left, and back.
#pragma once

#include <string>
#include <vector>

#include "planner/logical_plan.h"

namespace laminar {

/// Which inputs of a join an expression over left ++ right looks at.
enum class JoinSide : uint8_t { kNeither, kLeft, kRight, kBoth };
JoinSide SideOf(const Expression& expression, int left_width);

/// Adds conjuncts of ON: an equality of both sides that cannot fail becomes a key, the rest goes into the residual.
void AddConditions(LogicalJoin& join, std::vector<ExpressionPtr> conditions);
/// The conjuncts of the residual, which is gone then.
std::vector<ExpressionPtr> TakeResidual(LogicalJoin& join);
/// The key as it was written.
ExpressionPtr EqualityOf(const JoinKey& key);
/// "trades" for what is read from one relation; otherwise `fallback`.
std::string NameOfInput(const LogicalNode& input, const std::string& fallback);
/// Is it known to have one row at most?
bool IsOneRow(const LogicalNode& input);
/// Conjuncts, at least one, as one predicate in which one that is not true hides the errors of the others.
ExpressionPtr MakeCondition(std::vector<ExpressionPtr> conjuncts);

}  // namespace laminar
