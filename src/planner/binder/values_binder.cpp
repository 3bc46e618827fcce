// VALUES: rows of constants, computed when bound wherever that is possible.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/expression_binder.h"
#include "planner/binder/query_binder.h"

namespace laminar {

namespace {

using Row = std::vector<ExpressionPtr>;

std::vector<Row> BindRows(BindContext& context, const sql::ValuesBody& values, std::string_view sql,
                          const std::vector<Field>& targets, const std::function<ExpressionPtr(size_t)>& default_of) {
  static const Scope kNoColumns;
  ExpressionBinder binder(kNoColumns, sql, "VALUES");
  binder.SetContext(&context);
  std::vector<Row> rows;
  for (const sql::ValuesRow& syntax : values.rows) {
    const size_t wanted = !targets.empty() ? targets.size() : values.rows[0].values.size();
    if (syntax.values.size() != wanted) {
      ThrowAt(sql, syntax.span,
              targets.empty()
                  ? fmt::format("rows of VALUES must have the same length: this one has {} values, the first {}",
                                syntax.values.size(), wanted)
                  : fmt::format("{} values are given for {} columns", syntax.values.size(), wanted));
    }
    Row row;
    for (size_t i = 0; i < syntax.values.size(); ++i) {
      const sql::Expression& value = *syntax.values[i];
      const bool is_default = default_of && value.kind == sql::ExpressionKind::kDefault;
      row.push_back(is_default ? default_of(i) : binder.Bind(value));
      if (is_default) row.back()->span = value.span;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

/// A run of rows that are constants becomes one Values, any other a projection of one row.
LogicalNodePtr PlanRows(std::vector<Row> rows, const Schema& schema, std::string_view sql) {
  std::vector<LogicalNodePtr> parts;
  std::vector<std::vector<Value>> constants;
  const auto flush = [&] {
    if (!constants.empty()) parts.push_back(MakeValues(schema, std::exchange(constants, {})));
  };
  for (Row& row : rows) {
    if (std::ranges::all_of(row, [](const ExpressionPtr& value) { return IsFoldable(*value); })) {
      std::vector<Value> constant;
      for (const ExpressionPtr& value : row) {
        constant.push_back(value->is_constant() ? value->value : ConstantValue(*value, sql, "a value"));
      }
      constants.push_back(std::move(constant));
      continue;
    }
    flush();
    LogicalNodePtr one = MakeValues(Schema({{"", TypeId::kBoolean, false}}), {{Value::Boolean(true)}});
    parts.push_back(MakeProject(std::move(one), std::move(row), schema.names()));
  }
  flush();
  return parts.size() == 1 ? std::move(parts[0]) : MakeUnionAll(std::move(parts));
}

}  // namespace

LogicalNodePtr BindValuesRows(BindContext& context, const sql::ValuesBody& values, std::string_view sql,
                              const std::vector<Field>& targets,
                              const std::function<ExpressionPtr(size_t)>& default_of) {
  std::vector<Row> rows = BindRows(context, values, sql, targets, default_of);
  std::vector<Field> fields = targets;
  for (size_t column = 0; column < rows[0].size(); ++column) {
    if (targets.empty()) {
      std::vector<ExpressionPtr> all;
      for (Row& row : rows) all.push_back(std::move(row[column]));
      fields.push_back(
          {fmt::format("column{}", column + 1), CommonTypeOrThrow(all, sql, "values of one column"), false});
      for (size_t i = 0; i < rows.size(); ++i) rows[i][column] = std::move(all[i]);
    }
    Field& field = fields[column];
    for (Row& row : rows) {
      ExpressionPtr& value = row[column];
      const SourceSpan span = value->span;
      value = targets.empty() ? Coerce(std::move(value), field.type, sql, "a value")
                              : CoerceForAssignment(std::move(value), field.type, sql, field.name);
      const bool is_null = value->is_constant() && value->value.is_null();
      if (!targets.empty() && is_null && !field.nullable) {
        ThrowAt(sql, span, fmt::format("column \"{}\" is NOT NULL", field.name));
      }
      if (targets.empty()) field.nullable |= value->nullable || is_null;
    }
  }
  return PlanRows(std::move(rows), Schema(std::move(fields)), sql);
}

}  // namespace laminar
