#include "planner/binder/features.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "planner/binder/bind_error.h"

namespace laminar {

namespace {

constexpr std::string_view kTexts[] = {
#define LAMINAR_FEATURE(name, text) text,
    LAMINAR_FEATURES_TO_COME(LAMINAR_FEATURE)
#undef LAMINAR_FEATURE
};

constexpr std::string_view kFunctionsToCome[] = {"array",
                                                 "map_agg",
                                                 "row",
                                                 "unnest",
                                                 "regexp_split_to_array",
                                                 "regexp_matches_all",
                                                 "regexp_extract_all",
                                                 "json_keys",
                                                 "json_object",
                                                 "json_array",
                                                 "json_agg",
                                                 "json_object_agg",
                                                 "grouping",
                                                 "row_number",
                                                 "rank",
                                                 "dense_rank",
                                                 "lag",
                                                 "lead",
                                                 "ntile",
                                                 "percent_rank",
                                                 "cume_dist",
                                                 "nth_value",
                                                 "generate_series",
                                                 "range"};

}  // namespace

bool IsFunctionToCome(std::string_view name) {
  return std::ranges::find(kFunctionsToCome, name) != std::end(kFunctionsToCome);
}

void ThrowNotSupported(Feature feature, std::string_view sql, SourceSpan span) {
  ThrowAt(sql, span, fmt::format("{} not supported yet", kTexts[static_cast<size_t>(feature)]));
}

void ThrowNotSupported(std::string_view subject, std::string_view sql, SourceSpan span) {
  ThrowAt(sql, span, fmt::format("{} is not supported yet", subject));
}

}  // namespace laminar
