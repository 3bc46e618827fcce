#include "planner/binder/unnest_binder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "common/nested.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/expression_binder.h"
#include "planner/binder/features.h"

namespace laminar {

namespace {

constexpr std::string_view kOfColumns = "UNNEST of a column";

const sql::CallExpression& CallIn(const sql::FunctionTable& table) { return table.call->As<sql::CallExpression>(); }

}  // namespace

bool IsUnnest(const sql::FunctionTable& table) {
  const sql::QualifiedName& function = CallIn(table).function;
  return function.parts.size() == 1 && NamesEqual(function.last().name, "unnest");
}

BoundUnnest BindUnnestOver(const sql::FunctionTable& table, ExpressionBinder& binder, std::string_view sql) {
  const sql::CallExpression& call = CallIn(table);
  if (call.arguments.empty()) ThrowAt(sql, call.span, "UNNEST needs a list");
  BoundUnnest bound;
  for (const sql::CallArgument& argument : call.arguments) {
    if (argument.name) ThrowNotSupported(Feature::kNamedArguments, sql, argument.span);
    ExpressionPtr list = binder.Bind(*argument.value);
    if (list->type.id() != TypeId::kList) {
      ThrowAt(sql, argument.span, fmt::format("UNNEST takes lists, not a value of type {}", list->type.ToString()));
    }
    const bool takes_alias = table.alias && call.arguments.size() == 1 && !table.with_ordinality;
    bound.names.push_back(takes_alias ? table.alias->name : "unnest");
    bound.lists.push_back(std::move(list));
  }
  if (table.with_ordinality) bound.names.emplace_back("ordinality");
  return bound;
}

BoundTable BindUnnest(const sql::FunctionTable& table, std::string_view sql) {
  static const Scope kNoColumns;
  ExpressionBinder binder(kNoColumns, sql, "UNNEST");
  binder.SetAliases(
      [&](const sql::ColumnExpression& column) -> ExpressionPtr { ThrowNotSupported(kOfColumns, sql, column.span); });

  std::vector<Field> fields;
  std::vector<std::vector<Value>> columns;
  size_t rows = 0;
  BoundUnnest bound = BindUnnestOver(table, binder, sql);
  for (size_t i = 0; i < bound.lists.size(); ++i) {
    const ExpressionPtr& list = bound.lists[i];
    const Value value = ConstantValue(*list, sql, "a list in UNNEST");
    const DataType& element = list->type.children()[0].type;
    std::vector<Value>& parts = columns.emplace_back();
    if (!value.is_null()) {
      NestedReader reader(value.get<std::string>());
      while (reader.Next()) parts.push_back(reader.TakePart(element));
    }
    rows = std::max(rows, parts.size());
    fields.push_back({bound.names[i], element, true});
  }
  if (table.with_ordinality) fields.push_back({"ordinality", TypeId::kInt64, false});

  std::vector<std::vector<Value>> values(rows);
  for (size_t row = 0; row < rows; ++row) {
    for (size_t c = 0; c < columns.size(); ++c) {
      values[row].push_back(row < columns[c].size() ? columns[c][row] : Value(fields[c].type));
    }
    if (table.with_ordinality) values[row].push_back(Value::BigInt(static_cast<int64_t>(row) + 1));
  }
  return {MakeValues(Schema(std::move(fields)), std::move(values)), "unnest"};
}

}  // namespace laminar
