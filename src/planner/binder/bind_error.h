// How the planner refuses: always with the place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/source_span.h"
#include "laminar/error.h"

namespace laminar {

/// Throws kQueryFailed with line, caret and candidates (common/sql_error.h).
[[noreturn]] void ThrowAt(std::string_view sql, SourceSpan span, std::string_view message,
                          std::vector<std::string> candidates = {});
[[noreturn]] void ThrowAt(ErrorCode code, std::string_view sql, SourceSpan span, std::string_view message,
                          std::vector<std::string> candidates = {});

}  // namespace laminar
