// Calls of the functions of a database (catalog/functions.h).
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "catalog/functions.h"
#include "function/expression.h"
#include "planner/binder/bind_context.h"

namespace laminar {

/// Null when the database has no function of that name; the context then is as it was, and otherwise knows that it is
/// called.
const std::vector<FunctionPtr>* FindUserFunction(BindContext& context, std::string_view name);

/// A call of a scalar function or macro. A macro's body takes the place of the call: its parameters become the
/// arguments, each evaluated once, and everything in it points at the call. Throws Error kQueryFailed with the place.
ExpressionPtr BindUserCall(const std::vector<FunctionPtr>& overloads, std::string_view name,
                           std::vector<ExpressionPtr> arguments, std::string_view sql, SourceSpan span);

struct BoundUserAggregate {
  const FunctionDefinition& definition;  // as long as the catalog is locked
  BoundAggregate bound;
};
BoundUserAggregate BindUserAggregate(const std::vector<FunctionPtr>& overloads, std::string_view name,
                                     std::vector<ExpressionPtr> arguments, std::string_view sql, SourceSpan span);

}  // namespace laminar
