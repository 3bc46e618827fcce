#include "planner/binder/bind_error.h"

#include <utility>

#include "common/sql_error.h"

namespace laminar {

void ThrowAt(std::string_view sql, SourceSpan span, std::string_view message, std::vector<std::string> candidates) {
  throw MakeSqlError(ErrorCode::kQueryFailed, sql, span, message, std::move(candidates));
}

void ThrowAt(ErrorCode code, std::string_view sql, SourceSpan span, std::string_view message,
             std::vector<std::string> candidates) {
  throw MakeSqlError(code, sql, span, message, std::move(candidates));
}

}  // namespace laminar
