#include "planner/rules/rule.h"

namespace laminar {

std::span<const Rule> Rules() {
  static constexpr Rule kRules[] = {
      {"fold_constants", FoldConstants},   {"merge_projects", MergeProjects}, {"merge_filters", MergeFilters},
      {"push_predicates", PushPredicates}, {"merge_filters", MergeFilters},  // those that came together
      {"order_joins", OrderJoins},         {"prune_columns", PruneColumns},   {"merge_projects", MergeProjects},
  };
  return kRules;
}

}  // namespace laminar
