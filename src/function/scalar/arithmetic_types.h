// Which number type an arithmetic operator computes in.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "function/expression.h"

namespace laminar {

/// The type both operands of + - * / % meet in: PostgreSQL's rules, except that an integer literal that is not negative
/// takes the unsigned type of the other side, and a string literal the other side's type. False: they are no numbers.
bool ArithmeticType(std::span<const ExpressionPtr> arguments, DataType* type);

/// `coerce` of the overload that computes in `type`, an integer or float.
std::function<bool(std::span<const ExpressionPtr>, std::vector<DataType>*)> CoerceToNumber(TypeId type);

}  // namespace laminar
