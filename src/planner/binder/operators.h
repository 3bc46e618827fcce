// Which registered function an operator of the syntax is.
#pragma once

#include <string_view>

#include "sql/ast_expression.h"

namespace laminar {

inline constexpr std::string_view kAnd = "and";
inline constexpr std::string_view kOr = "or";
inline constexpr std::string_view kNot = "not";

struct OperatorFunction {
  std::string_view name;      // in the registry
  std::string_view spelling;  // in SQL
  bool negated = false;       // NOT around the call
  std::string_view flags{};   // a further argument, when not empty
};

OperatorFunction FunctionOf(sql::BinaryOperator op);
std::string_view FunctionOf(sql::UnaryOperator op);
OperatorFunction FunctionOf(sql::LikeForm form);

}  // namespace laminar
