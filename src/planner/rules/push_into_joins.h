// Predicate pushdown at joins; part of push_predicates.cpp.
#pragma once

#include "planner/logical_plan.h"

namespace laminar {

/// `plan` is a filter that cannot fail over a join. Conjuncts of one input that is not padded go below the join, those
/// of both into its condition if it is an inner one; what is left stays.
void PushIntoJoin(LogicalNodePtr& plan);
/// Conjuncts of the join's own residual that look at one input go below it, where that input's rows are not kept
/// without a match anyway.
void PushOutOfJoin(LogicalJoin& join);

}  // namespace laminar
