#include "planner/ddl/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/expression_binder.h"
#include "planner/binder/types.h"
#include "planner/ddl/names.h"
#include "planner/rules/rewrite.h"
#include "sql/parser.h"

namespace laminar {

namespace {

ExpressionPtr BindDefault(const sql::Expression& expression, const Field& field, std::string_view sql) {
  static const Scope kNoColumns;
  return CoerceForAssignment(ExpressionBinder(kNoColumns, sql, "DEFAULT").Bind(expression), field.type, sql,
                             field.name);
}

ExpressionPtr BindGenerated(const sql::Expression& expression, const Schema& schema, const Field& field,
                            std::string_view sql) {
  Scope scope;
  scope.Add({.name = "", .schema = schema});
  return CoerceForAssignment(ExpressionBinder(scope, sql, "a generated column").Bind(expression), field.type, sql,
                             field.name);
}

/// Column c of a row becomes column c + first.
void Shift(Expression& expression, int first, int columns) {
  std::vector<int> map;
  for (int i = 0; i < columns; ++i) map.push_back(i + first);
  RemapColumns(expression, map);
}

}  // namespace

Field BindColumn(const sql::ColumnDefinition& column, std::string_view sql) {
  return {column.name.name, BindType(*column.type, sql), !column.not_null};
}

Schema BindColumns(const sql::TableDefinition& definition, std::string_view kind, std::string_view sql,
                   SourceSpan statement) {
  if (definition.columns.empty()) {
    const bool table = kind == "table";
    ThrowAt(
        ErrorCode::kInvalidSchema, sql, statement,
        fmt::format("a {} needs at least one column: CREATE {} (a BIGINT, …)", kind, table ? "TABLE t" : "SOURCE s"));
  }
  std::vector<Field> fields;
  for (const sql::ColumnDefinition& column : definition.columns) fields.push_back(BindColumn(column, sql));
  Schema schema(std::move(fields));
  CheckColumnNames(
      schema, sql, [&](int i) { return definition.columns[static_cast<size_t>(i)].name.span; },
      "give one another name");
  return schema;
}

ColumnRule BindRule(const sql::ColumnDefinition& definition, const Schema& schema, int column,
                    const std::vector<ColumnRule>& rules, std::string_view sql) {
  ColumnRule rule;
  rule.max_length = MaxLengthOf(*definition.type);
  const Field& field = schema.field(column);
  if (definition.default_value != nullptr) {
    const sql::Expression& expression = *definition.default_value;
    const ExpressionPtr bound = BindDefault(expression, field, sql);
    if (bound->is_constant() && bound->value.is_null() && !field.nullable) {
      ThrowAt(ErrorCode::kInvalidSchema, sql, expression.span,
              fmt::format("column \"{}\" is NOT NULL: its DEFAULT cannot be NULL", field.name));
    }
    rule.default_value = TextOf(sql, expression.span);
  }
  if (definition.generated_as != nullptr) {
    const sql::Expression& expression = *definition.generated_as;
    const ExpressionPtr bound = BindGenerated(expression, schema, field, sql);
    if (!bound->deterministic() || bound->reads_time()) {
      ThrowAt(ErrorCode::kInvalidSchema, sql, expression.span,
              "a generated column may depend on the row alone: this expression gives another value each time");
    }
    std::vector<bool> used(static_cast<size_t>(schema.size()), false);
    MarkColumns(*bound, used);
    for (int i = 0; i < schema.size(); ++i) {
      const size_t index = static_cast<size_t>(i);
      const bool generated = i == column || (index < rules.size() && !rules[index].generated_as.empty());
      if (!used[index] || !generated) continue;
      ThrowAt(ErrorCode::kInvalidSchema, sql, expression.span,
              fmt::format("a generated column cannot be computed from \"{}\", which is generated too",
                          schema.field(i).name));
    }
    rule.generated_as = TextOf(sql, expression.span);
  }
  return rule;
}

std::vector<ColumnRule> BindRules(const std::vector<sql::ColumnDefinition>& columns, const Schema& schema,
                                  std::string_view sql) {
  std::vector<ColumnRule> rules(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].generated_as != nullptr) rules[i].generated_as = TextOf(sql, columns[i].generated_as->span);
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    rules[i] = BindRule(columns[i], schema, static_cast<int>(i), rules, sql);
  }
  if (std::ranges::all_of(rules, &ColumnRule::plain)) rules.clear();
  return rules;
}

ExpressionPtr DefaultOf(const WritableEntry& entry, int column) {
  const Field& field = entry.schema.field(column);
  const std::string text = entry.rules.empty() ? "" : entry.rules[static_cast<size_t>(column)].default_value;
  if (text.empty()) return Expression::MakeConstant(Value(field.type));
  return BindDefault(*sql::ParseExpression(text), field, text);
}

std::vector<int> GivenColumns(const WritableEntry& entry) {
  std::vector<int> columns;
  for (int i = 0; i < entry.schema.size(); ++i) {
    if (!entry.is_generated(i)) columns.push_back(i);
  }
  return columns;
}

Completion CompletionOf(const WritableEntry& entry, const std::vector<int>& given) {
  Completion completion;
  for (int i = 0; i < entry.schema.size(); ++i) {
    const Field& field = entry.schema.field(i);
    const auto found = std::ranges::find(given, i);
    if (found != given.end()) {
      completion.columns.push_back(Expression::MakeColumn(static_cast<int>(found - given.begin()), field.type,
                                                          field.nullable, field.name, SourceSpan{}));
    } else if (entry.is_generated(i)) {
      completion.columns.push_back(Expression::MakeConstant(Value(field.type)));
    } else {
      completion.columns.push_back(DefaultOf(entry, i));
    }
  }
  completion.generated = GeneratedBehind(entry, entry.schema, 0);
  return completion;
}

std::vector<ExpressionPtr> GeneratedBehind(const WritableEntry& entry, const Schema& wide, int first) {
  std::vector<ExpressionPtr> columns;
  if (std::ranges::all_of(entry.rules, [](const ColumnRule& rule) { return rule.generated_as.empty(); })) {
    return columns;
  }
  for (int i = 0; i < first; ++i) columns.push_back(ColumnOf(wide, i));
  for (int i = 0; i < entry.schema.size(); ++i) {
    if (!entry.is_generated(i)) {
      columns.push_back(ColumnOf(wide, first + i));
      continue;
    }
    const std::string& text = entry.rules[static_cast<size_t>(i)].generated_as;
    columns.push_back(BindGenerated(*sql::ParseExpression(text), entry.schema, entry.schema.field(i), text));
    Shift(*columns.back(), first, entry.schema.size());
  }
  return columns;
}

}  // namespace laminar
