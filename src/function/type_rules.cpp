// Which types meet in which: the lattice behind comparisons, CASE, UNION and implicit casts.
#include <algorithm>

#include "common/decimal.h"
#include "function/cast.h"
#include "function/registry.h"

namespace laminar {
namespace {

int BitsOf(const DataType& integer) { return 8 * PhysicalWidth(integer.physical()); }

// Decimal digits that every value of an integer type fits in.
int DigitsOf(const DataType& integer) {
  switch (BitsOf(integer)) {
    case 8:
      return 3;
    case 16:
      return 5;
    case 32:
      return 10;
    default:
      return integer.is_signed_integer() ? 19 : 20;
  }
}

DataType CommonInteger(const DataType& a, const DataType& b) {
  if (a.is_signed_integer() == b.is_signed_integer()) return BitsOf(a) >= BitsOf(b) ? a : b;
  const DataType& with_sign = a.is_signed_integer() ? a : b;
  const DataType& without = a.is_signed_integer() ? b : a;
  if (BitsOf(with_sign) > BitsOf(without)) return with_sign;
  switch (BitsOf(without)) {
    case 8:
      return TypeId::kInt16;
    case 16:
      return TypeId::kInt32;
    case 32:
      return TypeId::kInt64;
    default:
      return DataType::Decimal(20, 0);
  }
}

DataType AsDecimal(const DataType& type) {
  return type.id() == TypeId::kDecimal ? type : DataType::Decimal(DigitsOf(type), 0);
}

DataType CommonNumber(const DataType& a, const DataType& b) {
  if (a.is_float() || b.is_float()) return TypeId::kDouble;  // two REALs are equal types and never come here
  if (a.is_integer() && b.is_integer()) return CommonInteger(a, b);
  const DataType x = AsDecimal(a);
  const DataType y = AsDecimal(b);
  const int scale = std::max(x.scale(), y.scale());
  const int whole = std::max(x.precision() - x.scale(), y.precision() - y.scale());
  return DataType::Decimal(std::min(whole + scale, kMaxDecimalPrecision), scale);
}

// Part by part; structs have the same fields in the same order, and keep the names of the first.
bool CommonNested(const DataType& a, const DataType& b, DataType* common) {
  if (a.children().size() != b.children().size()) return false;
  std::vector<TypeChild> children;
  for (size_t i = 0; i < a.children().size(); ++i) {
    const TypeChild& left = a.children()[i];
    const TypeChild& right = b.children()[i];
    DataType type;
    if (!NamesEqual(left.name, right.name) || !CommonType(left.type, right.type, &type)) return false;
    children.push_back({left.name, std::move(type)});
  }
  *common = a.id() == TypeId::kList  ? DataType::List(children[0].type)
            : a.id() == TypeId::kMap ? DataType::Map(children[0].type, children[1].type)
                                     : DataType::Struct(std::move(children));
  return true;
}

TimeUnit Finer(TimeUnit a, TimeUnit b) { return std::max(a, b); }

bool IsInstant(const DataType& type) { return type.id() == TypeId::kDate || type.id() == TypeId::kTimestamp; }

bool IsStringLiteral(const Expression& expression) {
  return expression.is_constant() && expression.type.id() == TypeId::kVarchar && !expression.value.is_null();
}

// Does a constant mean exactly the same as a value of `type`? Then the column beside it need not be cast, row by row.
bool ConvertsExactly(const Value& value, const DataType& type) {
  const DataType& from = value.type();
  const bool exact_number =
      (from.is_integer() || from.id() == TypeId::kDecimal) && (type.is_integer() || type.id() == TypeId::kDecimal);
  const bool instant = IsInstant(from) && IsInstant(type) && (from.id() == TypeId::kDate || !from.with_zone());
  if (value.is_null() || (!exact_number && !instant)) return false;
  Result<Value> there = CastValue(value, type);
  if (!there.ok()) return false;
  Result<Value> back = CastValue(there.value(), from);
  return back.ok() && back.value() == value;
}

}  // namespace

bool CommonType(const DataType& a, const DataType& b, DataType* common) {
  if (a == b || b.id() == TypeId::kNull) {
    *common = a;
  } else if (a.id() == TypeId::kNull) {
    *common = b;
  } else if (a.is_numeric() && b.is_numeric()) {
    *common = CommonNumber(a, b);
  } else if (IsInstant(a) && IsInstant(b)) {
    const TimeUnit unit = a.id() == TypeId::kDate   ? b.unit()
                          : b.id() == TypeId::kDate ? a.unit()
                                                    : Finer(a.unit(), b.unit());
    *common = DataType::Timestamp(unit, a.with_zone() || b.with_zone(), a.with_zone() ? a.zone() : b.zone());
  } else if (a.id() == TypeId::kTime && b.id() == TypeId::kTime) {
    *common = DataType::Time(Finer(a.unit(), b.unit()));
  } else if (a.is_nested() && a.id() == b.id()) {
    return CommonNested(a, b, common);
  } else {
    return false;
  }
  return true;
}

bool CommonTypeOf(std::span<const ExpressionPtr> expressions, DataType* common) {
  // First what is not a literal decides, then literals that do not fit it widen it, in the manner of CommonType.
  DataType type;
  bool any_typed = false;
  for (const ExpressionPtr& expression : expressions) {
    if (expression->is_constant()) continue;
    if (!CommonType(type, expression->type, &type)) return false;
    any_typed = true;
  }
  bool any_string_literal = false;
  for (const ExpressionPtr& expression : expressions) {
    if (!expression->is_constant() || expression->type.id() == TypeId::kNull) continue;
    if (IsStringLiteral(*expression)) {
      any_string_literal = true;
      continue;
    }
    if (any_typed && ConvertsExactly(expression->value, type)) continue;
    if (!CommonType(type, expression->type, &type)) return false;
  }
  if (any_string_literal && type.id() == TypeId::kNull) type = TypeId::kVarchar;
  *common = type;
  return true;
}

bool ImplicitlyCastable(const DataType& from, const DataType& to) {
  if (from == to || from.id() == TypeId::kNull) return true;
  if (to.id() == TypeId::kDecimal && to.precision() == 0) return from.is_integer() || from.id() == TypeId::kDecimal;
  if (from.id() == TypeId::kTimestamp && to.id() == TypeId::kTimestamp && from.with_zone() && !to.with_zone())
    return false;
  if (from.is_float() && to.id() == TypeId::kFloat) return false;
  if ((from.is_integer() || from.id() == TypeId::kDecimal) && to.is_float()) return true;
  DataType common;
  return CommonType(from, to, &common) && common == to;
}

}  // namespace laminar
