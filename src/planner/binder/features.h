// What the contract has and the binder does not do yet: one table, so that a feature is switched on by removing a line.
#pragma once

#include <string_view>

#include "common/source_span.h"

namespace laminar {

enum class Feature {
  kJoins,
  kAsOfTable,
  kLateral,
  kTableFunctions,
  kSessionWindows,
  kCumulateWindows,
  kPartitionedWindows,
  kGroupingSets,
  kQualify,
  kOver,
  kNamedWindows,
  kDistinctOn,
  kIntersectExcept,
  kRecursive,
  kSubqueryExpressions,
  kQuantified,
  kAggregateOrder,
  kWithinGroup,
  kNullTreatment,
  kNamedArguments,
  kParameters,
  kNestedValues,
  kLambdas,
  kDefaultValues,
  kEmitOnUpdate,
  kEmitEvery,
  kLateDataTo,
  kStreamTopN,
  kStreamLimit,
  kTemporalFilters,
  kTables,
  kSinks,
  kLookupTables,
  kFunctions,
  kConnectors,
  kGeneratedColumns,
  kOnConflict,
  kRetention,
  kIdleTimeout,
  kFutureSkew,
  kStreamOptions,
  kSchemas,
  kPrimaryKeys,
  kTypes,
  kEpochs,
};

/// "joins are not supported yet" at `span` of `sql`, kQueryFailed.
[[noreturn]] void ThrowNotSupported(Feature feature, std::string_view sql, SourceSpan span);
/// Likewise for something that has a name of its own, as `subject` says in singular: "the function x".
[[noreturn]] void ThrowNotSupported(std::string_view subject, std::string_view sql, SourceSpan span);

}  // namespace laminar
