#include "function/call_binder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/sql_error.h"
#include "common/text_cast.h"
#include "function/cast.h"
#include "function/registry.h"
#include "function/registry_builder.h"

namespace laminar {
namespace {

constexpr int kAnyCost = 1;
constexpr int kNullCost = 1;
constexpr int kWidenCost = 2;  // plus the distance in bits
constexpr int kToTimestampCost = 20;
constexpr int kToDoubleCost = 30;
constexpr int kToDecimalCost = 40;
constexpr int kToRealCost = 50;
constexpr int kLiteralLikeOtherCost = 60;
constexpr int kLiteralCost = 70;
constexpr int kLiteralToIntervalCost =
    69;  // a lone text beside an instant is a length of time more often than a number

int Bits(const DataType& type) { return 8 * PhysicalWidth(type.physical()); }

int WideningCost(const DataType& from, const DataType& to) {
  if (to.id() == TypeId::kDouble) return kToDoubleCost;
  if (to.id() == TypeId::kFloat) return kToRealCost;
  if (to.id() == TypeId::kDecimal && from.id() != TypeId::kDecimal) return kToDecimalCost;
  if (to.id() == TypeId::kTimestamp && from.id() == TypeId::kDate) return kToTimestampCost;
  return kWidenCost + std::max(0, Bits(to) - Bits(from)) / 8;
}

bool IsStringLiteral(const Expression& expression) {
  return expression.is_constant() && expression.type.id() == TypeId::kVarchar && !expression.value.is_null();
}

DataType DecimalFor(const DataType& from) {
  DataType decimal;
  CommonType(from, DataType::Decimal(1, 0), &decimal);
  return decimal;
}

[[noreturn]] void ThrowNoOverload(std::string_view name, std::span<const ExpressionPtr> arguments,
                                  const std::string* signature, std::string_view sql, SourceSpan span) {
  constexpr std::array<std::string_view, 6> kComparisons = {"=", "<>", "<", "<=", ">", ">="};
  if (arguments.size() == 2 && std::ranges::find(kComparisons, name) != kComparisons.end()) {
    const Expression& left = *arguments[0];
    const Expression& right = *arguments[1];
    throw MakeSqlError(
        ErrorCode::kQueryFailed, sql, span,
        fmt::format("{} and {} cannot be compared: cast one side, as in CAST({} AS {})", left.type.ToString(),
                    right.type.ToString(), left.ToString(), right.type.ToString()));
  }
  std::string message = "no function " + DescribeCall(LowerCased(name), arguments);
  if (signature != nullptr) message += "; there are: " + *signature;
  throw MakeSqlError(ErrorCode::kQueryFailed, sql, span, message);
}

/// Takes the last arguments of a call, which must be constants.
std::vector<Value> TakeConstants(const AggregateFunction& function, std::vector<ExpressionPtr>& arguments,
                                 std::string_view sql) {
  std::vector<Value> constants;
  const size_t first = arguments.size() - function.constants;
  for (size_t i = first; i < arguments.size(); ++i) {
    if (!arguments[i]->is_constant() || arguments[i]->value.is_null()) {
      throw MakeSqlError(ErrorCode::kQueryFailed, sql, arguments[i]->span,
                         "argument " + std::to_string(i + 1) + " of " + function.name +
                             " must be a constant, and not NULL: a literal");
    }
    constants.push_back(arguments[i]->value);
  }
  try {
    if (function.check != nullptr) function.check(constants);
  } catch (const Error& error) {
    throw MakeSqlError(error.code(), sql, arguments[first]->span, error.what());
  }
  arguments.resize(first);
  return constants;
}

}  // namespace

int MatchArgument(const Expression& argument, const DataType& pattern, std::span<const ExpressionPtr> others,
                  DataType* target) {
  const DataType& type = argument.type;
  *target = pattern;
  if (pattern.id() == kAny.id()) {
    *target = type;
    return kAnyCost;
  }
  if (type.id() == pattern.id()) {
    *target = type;
    return 0;
  }
  if (type.id() == TypeId::kNull) {
    if (pattern.id() == TypeId::kDecimal && pattern.precision() == 0)
      *target = DataType::Decimal(kMaxDecimalPrecision, 0);
    return kNullCost;
  }
  if (ImplicitlyCastable(type, pattern)) {
    if (pattern.id() == TypeId::kDecimal && pattern.precision() == 0) *target = DecimalFor(type);
    return WideningCost(type, pattern);
  }
  if (IsStringLiteral(argument) && !pattern.is_nested()) {
    if (pattern.id() == TypeId::kDecimal && pattern.precision() == 0) return kNoMatch;
    for (const ExpressionPtr& other : others) {
      if (other.get() != &argument && other->type.id() == pattern.id()) {
        *target = other->type;
        return kLiteralLikeOtherCost;
      }
    }
    return pattern.id() == TypeId::kInterval ? kLiteralToIntervalCost : kLiteralCost;
  }
  return kNoMatch;
}

int MatchArguments(std::span<const ExpressionPtr> arguments, std::span<const DataType> patterns, bool variadic,
                   std::vector<DataType>* targets) {
  const size_t least = variadic ? patterns.size() - 1 : patterns.size();
  if (arguments.size() < least || (!variadic && arguments.size() > patterns.size())) return kNoMatch;
  targets->clear();
  int cost = 0;
  for (size_t i = 0; i < arguments.size(); ++i) {
    DataType target;
    const int one = MatchArgument(*arguments[i], patterns[std::min(i, patterns.size() - 1)], arguments, &target);
    if (one == kNoMatch) return kNoMatch;
    cost += one;
    targets->push_back(std::move(target));
  }
  return cost;
}

std::string DescribeCall(std::string_view name, std::span<const ExpressionPtr> arguments) {
  std::string text = std::string(name) + "(";
  for (size_t i = 0; i < arguments.size(); ++i) text += (i > 0 ? ", " : "") + arguments[i]->type.ToString();
  return text + ")";
}

ExpressionPtr BindScalarCall(std::string_view name, std::span<const ScalarFunction* const> overloads,
                             std::vector<ExpressionPtr> arguments, const std::string* signature, std::string_view sql,
                             SourceSpan span) {
  const ScalarFunction* best = nullptr;
  int best_cost = 0;
  std::vector<DataType> best_types;
  for (const ScalarFunction* overload : overloads) {
    std::vector<DataType> types;
    int cost = 0;
    if (!overload->coerce) {
      cost = MatchArguments(arguments, overload->parameters, overload->variadic, &types);
    } else if (overload->coerce(arguments, &types)) {
      for (size_t i = 0; i < arguments.size() && cost != kNoMatch; ++i) {
        DataType target;
        const int one = MatchArgument(*arguments[i], types[i], arguments, &target);
        // What coerce decided holds; matching only ranks it. A conversion it alone knows ranks last.
        cost += one == kNoMatch ? 100 : one;
      }
    } else {
      cost = kNoMatch;
    }
    if (cost == kNoMatch || (best != nullptr && cost >= best_cost)) continue;
    best = overload;
    best_cost = cost;
    best_types = std::move(types);
  }
  if (best == nullptr) ThrowNoOverload(name, arguments, signature, sql, span);

  for (size_t i = 0; i < arguments.size(); ++i) {
    if (best_types[i].id() != TypeId::kNull) arguments[i] = CastTo(std::move(arguments[i]), best_types[i], sql);
  }
  DataType result = best->result;
  if (best->bind) {
    try {
      best->bind(arguments, &result);
    } catch (const Error& error) {
      throw MakeSqlError(error.code(), sql, span, error.what(), error.candidates());
    }
  }
  return Expression::MakeCall(best, std::move(result), std::move(arguments), span);
}

BoundAggregate BindAggregateCall(std::string_view name, std::span<const AggregateFunction* const> overloads,
                                 std::vector<ExpressionPtr> arguments, const std::string* signature,
                                 std::string_view sql, SourceSpan span) {
  const AggregateFunction* best = nullptr;
  int best_cost = 0;
  std::vector<DataType> best_types;
  for (const AggregateFunction* overload : overloads) {
    std::vector<DataType> types;
    const int cost = MatchArguments(arguments, overload->parameters, false, &types);
    if (cost == kNoMatch || (best != nullptr && cost >= best_cost)) continue;
    best = overload;
    best_cost = cost;
    best_types = std::move(types);
  }
  if (best == nullptr) ThrowNoOverload(name, arguments, signature, sql, span);

  for (size_t i = 0; i < arguments.size(); ++i) {
    if (best_types[i].id() != TypeId::kNull) arguments[i] = CastTo(std::move(arguments[i]), best_types[i], sql);
  }
  DataType result = best->result_of != nullptr ? best->result_of(best_types) : best->result;
  std::vector<Value> constants = TakeConstants(*best, arguments, sql);
  return {best, std::move(result), std::move(arguments), std::move(constants)};
}

ExpressionPtr CastTo(ExpressionPtr expression, const DataType& type, std::string_view sql, bool explicit_cast,
                     bool try_cast) {
  const SourceSpan span = expression->span;
  if (expression->type == type) {
    expression->type = type;  // the Arrow form asked for
    return expression;
  }
  if (expression->is_constant()) {
    const Value& value = expression->value;
    if (value.is_null()) return Expression::MakeConstant(Value(type), span);
    if (IsStringLiteral(*expression) && !explicit_cast) {
      Result<Value> parsed = ParseValue(value.get<std::string>(), type);
      if (!parsed.ok()) throw MakeSqlError(ErrorCode::kQueryFailed, sql, span, parsed.status().message());
      return Expression::MakeConstant(parsed.TakeValue(), span);
    }
    // A conversion that fails is left to fail for the rows it is asked for, if any.
    if (Result<Value> converted = CastValue(value, type); converted.ok()) {
      return Expression::MakeConstant(converted.TakeValue(), span);
    }
  }
  const bool allowed = explicit_cast || try_cast
                           ? Castable(expression->type, type)
                           : Castable(expression->type, type) && expression->type.id() != TypeId::kVarchar;
  if (!allowed) {
    throw MakeSqlError(ErrorCode::kQueryFailed, sql, span,
                       "cannot cast " + expression->type.ToString() + " to " + type.ToString());
  }
  return Expression::MakeCast(std::move(expression), type, try_cast, span);
}

}  // namespace laminar
