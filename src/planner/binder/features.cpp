#include "planner/binder/features.h"

#include <fmt/format.h>

#include "planner/binder/bind_error.h"

namespace laminar {

namespace {

struct FeatureText {
  Feature feature;
  std::string_view text;
};

constexpr FeatureText kNotSupportedYet[] = {
    {Feature::kJoins, "joins are"},
    {Feature::kAsOfTable, "FOR SYSTEM_TIME AS OF is"},
    {Feature::kLateral, "LATERAL is"},
    {Feature::kTableFunctions, "table functions are"},
    {Feature::kSessionWindows, "SESSION windows are"},
    {Feature::kCumulateWindows, "CUMULATE windows are"},
    {Feature::kPartitionedWindows, "PARTITION BY in a window table is"},
    {Feature::kGroupingSets, "GROUPING SETS, ROLLUP and CUBE are"},
    {Feature::kQualify, "QUALIFY is"},
    {Feature::kOver, "window functions (OVER) are"},
    {Feature::kNamedWindows, "named windows (WINDOW … AS) are"},
    {Feature::kDistinctOn, "DISTINCT ON is"},
    {Feature::kIntersectExcept, "INTERSECT and EXCEPT are"},
    {Feature::kRecursive, "recursive queries are"},
    {Feature::kSubqueryExpressions, "subqueries in expressions are"},
    {Feature::kQuantified, "ANY and ALL comparisons are"},
    {Feature::kAggregateOrder, "ORDER BY inside an aggregate is"},
    {Feature::kWithinGroup, "WITHIN GROUP is"},
    {Feature::kNullTreatment, "IGNORE NULLS and RESPECT NULLS are"},
    {Feature::kNamedArguments, "named arguments are"},
    {Feature::kParameters, "parameters are"},
    {Feature::kNestedValues, "arrays, structs and maps in expressions are"},
    {Feature::kLambdas, "lambdas are"},
    {Feature::kDefaultValues, "DEFAULT values are"},
    {Feature::kEmitOnUpdate, "EMIT ON UPDATE is"},
    {Feature::kEmitEvery, "emission on a timer is"},
    {Feature::kLateDataTo, "LATE DATA TO is"},
    {Feature::kStreamTopN, "ORDER BY … LIMIT in a stream is"},
    {Feature::kStreamLimit, "LIMIT in a stream is"},
    {Feature::kTemporalFilters, "temporal filters (now() in WHERE of a stream) are"},
    {Feature::kTables, "tables are"},
    {Feature::kSinks, "sinks are"},
    {Feature::kLookupTables, "lookup tables are"},
    {Feature::kFunctions, "SQL functions are"},
    {Feature::kConnectors, "connectors are"},
    {Feature::kGeneratedColumns, "DEFAULT and generated columns are"},
    {Feature::kOnConflict, "ON CONFLICT is"},
    {Feature::kRetention, "a retention other than 'forever' is"},
    {Feature::kIdleTimeout, "idle_timeout is"},
    {Feature::kFutureSkew, "max_future_skew is"},
    {Feature::kStreamOptions, "options of streams are"},
    {Feature::kSchemas, "names with a schema are"},
    {Feature::kPrimaryKeys, "primary keys are"},
    {Feature::kTypes, "this type is"},
    {Feature::kEpochs, "AS OF EPOCH is"},
};

std::string_view TextOf(Feature feature) {
  for (const FeatureText& entry : kNotSupportedYet) {
    if (entry.feature == feature) return entry.text;
  }
  return "this is";
}

}  // namespace

void ThrowNotSupported(Feature feature, std::string_view sql, SourceSpan span) {
  ThrowAt(sql, span, fmt::format("{} not supported yet", TextOf(feature)));
}

void ThrowNotSupported(std::string_view subject, std::string_view sql, SourceSpan span) {
  ThrowAt(sql, span, fmt::format("{} is not supported yet", subject));
}

}  // namespace laminar
