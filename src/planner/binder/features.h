// What the contract has and the planner does not do yet: one table, so that a feature is switched on by removing a line
// and whatever then no longer compiles.
#pragma once

#include <string_view>

#include "common/source_span.h"

namespace laminar {

/// X(name, "<what> is|are"): the message goes on "… not supported yet".
// clang-format off
#define LAMINAR_FEATURES_TO_COME(X) \
  X(kAsofJoins, "ASOF joins are") \
  X(kTemporalProbe, "TEMPORAL PROBE joins are") \
  X(kAsOfTable, "FOR SYSTEM_TIME AS OF is") \
  X(kLateral, "LATERAL is") \
  X(kTableFunctions, "table functions are") \
  X(kSessionWindows, "SESSION windows are") \
  X(kCumulateWindows, "CUMULATE windows are") \
  X(kPartitionedWindows, "PARTITION BY in a window table is") \
  X(kGroupingSets, "GROUPING SETS, ROLLUP and CUBE are") \
  X(kOver, "window functions (OVER) are") \
  X(kNamedWindows, "named windows (WINDOW … AS) are") \
  X(kRecursive, "recursive queries are") \
  X(kCorrelated, "correlated subqueries are") \
  X(kQuantifiedArrays, "ANY and ALL over arrays are") \
  X(kAggregateOrder, "ORDER BY inside arg_min and arg_max is") \
  X(kNullTreatment, "IGNORE NULLS and RESPECT NULLS are") \
  X(kNamedArguments, "named arguments are") \
  X(kLambdas, "lambdas are") \
  X(kLateDataTo, "LATE DATA TO is") \
  X(kTemporalFilters, "temporal filters (now() in WHERE of a stream) are") \
  X(kLookupTables, "lookup tables are") \
  X(kConnectors, "connectors are") \
  X(kRetention, "retention together with EMIT EVERY is") \
  X(kIdleTimeout, "idle_timeout is") \
  X(kFutureSkew, "max_future_skew is") \
  X(kSchemas, "names with a schema are") \
  X(kTypes, "this type is")
// clang-format on

enum class Feature {
#define LAMINAR_FEATURE(name, text) name,
  LAMINAR_FEATURES_TO_COME(LAMINAR_FEATURE)
#undef LAMINAR_FEATURE
};

/// "ASOF joins are not supported yet" at `span` of `sql`, kQueryFailed.
[[noreturn]] void ThrowNotSupported(Feature feature, std::string_view sql, SourceSpan span);
/// Functions of the contract whose arguments or results are arrays, maps or structs: "array_agg".
bool IsFunctionToCome(std::string_view name);
/// Likewise for something that has a name of its own, as `subject` says in singular: "the operator ->".
[[noreturn]] void ThrowNotSupported(std::string_view subject, std::string_view sql, SourceSpan span);

}  // namespace laminar
