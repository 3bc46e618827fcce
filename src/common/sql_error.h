// Errors that point into a SQL text: one place formats the line, the caret and the suggestion.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/source_span.h"
#include "laminar/error.h"

namespace laminar {

/// Builds the error for a mistake at `span` of `sql`. The message is
///
///     <message>; did you mean "<first candidate>"?
///     LINE 2: SELECT prise FROM trades
///                    ^
///
/// with the line shortened around the caret when it is longer than 100 columns. `position()` is `span.begin`.
/// Never fails on any bytes in `sql`; a span past the end points at the end.
Error MakeSqlError(ErrorCode code, std::string_view sql, SourceSpan span, std::string_view message,
                   std::vector<std::string> candidates = {});

/// Names of `known` within edit distance of `wanted` (case-insensitive Damerau-Levenshtein, at most a third of its
/// length and never more than 3), nearest first, at most three.
std::vector<std::string> NearestNames(std::string_view wanted, const std::vector<std::string>& known);

}  // namespace laminar
