#include "function/scalar/arithmetic_types.h"

#include "function/cast.h"
#include "function/registry.h"

namespace laminar {
namespace {

bool IsTextLiteral(const Expression& expression) {
  return expression.is_constant() &&
         (expression.type.id() == TypeId::kVarchar || expression.type.id() == TypeId::kNull);
}

bool FitsUnsigned(const Expression& literal, const DataType& type) {
  return literal.is_constant() && literal.type.is_signed_integer() && !literal.value.is_null() && type.is_integer() &&
         !type.is_signed_integer() && CastValue(literal.value, type).ok();
}

}  // namespace

bool ArithmeticType(std::span<const ExpressionPtr> arguments, DataType* type) {
  if (arguments.size() != 2) return false;
  const Expression& a = *arguments[0];
  const Expression& b = *arguments[1];
  if (a.type.is_numeric() && b.type.is_numeric()) {
    if (FitsUnsigned(b, a.type)) {
      *type = a.type;
    } else if (FitsUnsigned(a, b.type)) {
      *type = b.type;
    } else {
      return CommonType(a.type, b.type, type);
    }
    return true;
  }
  if (a.type.is_numeric() && IsTextLiteral(b)) {
    *type = a.type;
    return true;
  }
  if (b.type.is_numeric() && IsTextLiteral(a)) {
    *type = b.type;
    return true;
  }
  if (a.type.id() == TypeId::kNull && b.type.id() == TypeId::kNull) {
    *type = TypeId::kInt64;
    return true;
  }
  return false;
}

std::function<bool(std::span<const ExpressionPtr>, std::vector<DataType>*)> CoerceToNumber(TypeId type) {
  return [type](std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
    DataType common;
    if (!ArithmeticType(arguments, &common) || common.id() != type) return false;
    types->assign(2, common);
    return true;
  };
}

}  // namespace laminar
