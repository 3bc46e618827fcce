// Arrays, structs and maps in expressions: made with [ ], { }, ROW and MAP, taken apart with x[i], x[i:j] and x.field.
#include <fmt/format.h>

#include <utility>

#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/expression_binder.h"

namespace laminar {

namespace {

ExpressionPtr Text(std::string text, SourceSpan span) {
  return Expression::MakeConstant(Value::Varchar(std::move(text)), span);
}

}  // namespace

ExpressionPtr ExpressionBinder::BindArray(const sql::ArrayExpression& array) {
  std::vector<ExpressionPtr> values;
  for (const sql::ExpressionPtr& value : array.values) values.push_back(Bind(*value));
  CommonTypeOrThrow(values, sql_, "elements of an array");
  return Call("list_value", std::move(values), array.span);
}

ExpressionPtr ExpressionBinder::BindStruct(const sql::StructExpression& structure) {
  std::vector<ExpressionPtr> arguments;
  for (const sql::StructField& field : structure.fields) {
    arguments.push_back(Text(field.name.name, field.name.span));
    arguments.push_back(Bind(*field.value));
  }
  return Call("struct_pack", std::move(arguments), structure.span);
}

// The fields of a row have no names; they get those that PostgreSQL shows.
ExpressionPtr ExpressionBinder::BindRow(const sql::RowExpression& row) {
  std::vector<ExpressionPtr> arguments;
  for (size_t i = 0; i < row.values.size(); ++i) {
    arguments.push_back(Text(fmt::format("f{}", i + 1), row.span));
    arguments.push_back(Bind(*row.values[i]));
  }
  if (arguments.empty()) ThrowAt(sql_, row.span, "a row needs at least one value");
  return Call("struct_pack", std::move(arguments), row.span);
}

ExpressionPtr ExpressionBinder::BindMap(const sql::MapExpression& map) {
  std::vector<ExpressionPtr> keys;
  std::vector<ExpressionPtr> values;
  for (const sql::MapEntry& entry : map.entries) {
    keys.push_back(Bind(*entry.key));
    values.push_back(Bind(*entry.value));
  }
  return CallOf("map", map.span, Call("list_value", std::move(keys), map.span),
                Call("list_value", std::move(values), map.span));
}

ExpressionPtr ExpressionBinder::BindSubscript(const sql::SubscriptExpression& subscript) {
  ExpressionPtr operand = Bind(*subscript.operand);
  ExpressionPtr index = Bind(*subscript.index);
  const SourceSpan span = subscript.span;
  switch (operand->type.id()) {
    case TypeId::kList:
      return CallOf("list_extract", span, std::move(operand), std::move(index));
    case TypeId::kMap:
      return CallOf("map_extract_value", span, std::move(operand), std::move(index));
    case TypeId::kStruct:
      return CallOf("struct_extract", span, std::move(operand), std::move(index));
    case TypeId::kJson:
      return CallOf("json_extract", span, std::move(operand), std::move(index));
    case TypeId::kVarchar:
      return CallOf("substring", span, std::move(operand), std::move(index),
                    Expression::MakeConstant(Value::BigInt(1), span));
    default:
      ThrowAt(sql_, span, fmt::format("a value of type {} has no elements", operand->type.ToString()));
  }
}

ExpressionPtr ExpressionBinder::BindSlice(const sql::SliceExpression& slice) {
  ExpressionPtr operand = Bind(*slice.operand);
  if (operand->type.id() != TypeId::kList) {
    ThrowAt(sql_, slice.span, fmt::format("a value of type {} has no slices", operand->type.ToString()));
  }
  const auto bound = [&](const sql::ExpressionPtr& expression) {
    return expression != nullptr ? Bind(*expression) : Expression::MakeConstant(Value(TypeId::kInt64), slice.span);
  };
  return CallOf("list_slice", slice.span, std::move(operand), bound(slice.low), bound(slice.high));
}

ExpressionPtr ExpressionBinder::FieldOf(ExpressionPtr operand, const sql::Identifier& field, SourceSpan span) const {
  if (operand->type.id() != TypeId::kStruct) {
    ThrowAt(sql_, span, fmt::format("a value of type {} has no fields", operand->type.ToString()));
  }
  return CallOf("struct_extract", span, std::move(operand), Text(field.name, field.span));
}

// `column.field` and `table.column.field`. Where a table has the name of the column, the table is meant.
ExpressionPtr ExpressionBinder::BindFieldOfColumn(const sql::ColumnExpression& column) {
  const size_t of_column = scope_.HasRelation(column.parts[0].name) ? 2 : 1;
  if (column.parts.size() <= of_column) return nullptr;
  const std::vector<sql::Identifier> parts(column.parts.begin(),
                                           column.parts.begin() + static_cast<std::ptrdiff_t>(of_column));
  ExpressionPtr value = scope_.Resolve(parts, sql_, column.span);
  if (value == nullptr) return nullptr;
  for (size_t i = of_column; i < column.parts.size(); ++i) {
    value = FieldOf(std::move(value), column.parts[i], column.span);
  }
  return value;
}

}  // namespace laminar
