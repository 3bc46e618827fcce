// Overload resolution: which of a name's overloads a call means, and what its arguments become for it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "function/expression.h"
#include "function/registry.h"

namespace laminar {

/// How far an argument is from a parameter: 0 the same type; more for conversions that lose more of what was meant.
constexpr int kNoMatch = -1;

/// Cost of giving `argument` where `pattern` is wanted, and the exact type it is brought to. `others` decide what a
/// string literal most likely is.
int MatchArgument(const Expression& argument, const DataType& pattern, std::span<const ExpressionPtr> others,
                  DataType* target);

/// Cost of a whole call over parameter patterns, and the type of each argument.
int MatchArguments(std::span<const ExpressionPtr> arguments, std::span<const DataType> patterns, bool variadic,
                   std::vector<DataType>* targets);

/// The overload that the arguments fit best, over them as it takes them. `name` as it is called, `signature` what there
/// is, for the error that none fits (may be null). Throws Error kQueryFailed with the place.
ExpressionPtr BindScalarCall(std::string_view name, std::span<const ScalarFunction* const> overloads,
                             std::vector<ExpressionPtr> arguments, const std::string* signature, std::string_view sql,
                             SourceSpan span);
BoundAggregate BindAggregateCall(std::string_view name, std::span<const AggregateFunction* const> overloads,
                                 std::vector<ExpressionPtr> arguments, const std::string* signature,
                                 std::string_view sql, SourceSpan span);

/// "date_trunc(VARCHAR, TIMESTAMP(6))", for messages.
std::string DescribeCall(std::string_view name, std::span<const ExpressionPtr> arguments);

}  // namespace laminar
