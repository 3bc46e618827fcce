#include "planner/binder/file_table_binder.h"

#include <fmt/format.h>

#include <numeric>
#include <utility>

#include "planner/binder/bind_error.h"
#include "planner/binder/features.h"
#include "planner/binder/literals.h"
#include "sql/ast.h"

namespace laminar {

namespace {

constexpr std::pair<std::string_view, std::string_view> kReaders[] = {
    {"read_file", ""},          {"read_csv", "csv"},     {"read_csv_auto", "csv"},    {"read_json", "json"},
    {"read_json_auto", "json"}, {"read_ndjson", "json"}, {"read_parquet", "parquet"}, {"parquet_scan", "parquet"},
};

/// The format a function reads; null when it reads no file.
const std::string_view* FormatOf(const sql::FunctionTable& table) {
  const auto* call = table.call->If<sql::CallExpression>();
  if (call == nullptr || call->function.parts.size() != 1) return nullptr;
  for (const auto& [name, format] : kReaders) {
    if (NamesEqual(name, call->function.last().name)) return &format;
  }
  return nullptr;
}

/// The text of a literal, signs included.
std::string LiteralText(const sql::Expression& value, std::string_view key, std::string_view sql) {
  if (const auto* parameter = value.If<sql::ParameterExpression>()) {
    const ExpressionPtr given = BindParameter(*parameter, sql);
    if (!given->value.is_null()) return given->value.ToString();
  }
  if (const auto* literal = value.If<sql::LiteralExpression>()) {
    if (literal->literal != sql::LiteralKind::kNull && literal->literal != sql::LiteralKind::kBlob) {
      return literal->text;
    }
  }
  if (const auto* unary = value.If<sql::UnaryExpression>()) {
    const auto* literal = unary->operand->If<sql::LiteralExpression>();
    const bool number = literal != nullptr && literal->literal != sql::LiteralKind::kString;
    if (unary->op == sql::UnaryOperator::kNegate && number) return "-" + literal->text;
  }
  ThrowAt(sql, value.span, fmt::format("the value of \"{}\" must be a literal", key));
}

std::vector<std::string> BindPaths(const sql::Expression& value, std::string_view sql) {
  const FileOption paths = BindFileOption("path", value, value.span, sql);
  std::vector<std::string> texts;
  if (paths.shape != FileOption::Shape::kPairs) {
    for (const FileOption::Item& item : paths.items) texts.push_back(item.text);
  }
  const auto is_text = [&](const sql::Expression& expression) {
    if (const auto* parameter = expression.If<sql::ParameterExpression>()) {
      return BindParameter(*parameter, sql)->type.is_string();
    }
    const auto* literal = expression.If<sql::LiteralExpression>();
    return literal != nullptr && literal->literal == sql::LiteralKind::kString;
  };
  const auto* list = value.If<sql::ArrayExpression>();
  bool all_text = list != nullptr || is_text(value);
  if (list != nullptr) {
    for (const sql::ExpressionPtr& item : list->values) all_text = all_text && is_text(*item);
  }
  if (!all_text || texts.empty()) {
    ThrowAt(sql, value.span, "expected the path of a file in quotes, or a list of paths: ['a.csv', 'b.csv']");
  }
  return texts;
}

}  // namespace

bool ReadsFile(const sql::FunctionTable& table) { return FormatOf(table) != nullptr; }

FileOption BindFileOption(std::string_view key, const sql::Expression& value, SourceSpan span, std::string_view sql) {
  FileOption option{.key = LowerCased(key), .span = span, .shape = FileOption::Shape::kSingle, .items = {}};
  const auto add = [&](std::string name, const sql::Expression& item) {
    option.items.push_back({std::move(name), LiteralText(item, key, sql), item.span});
  };
  if (const auto* list = value.If<sql::ArrayExpression>()) {
    option.shape = FileOption::Shape::kList;
    for (const sql::ExpressionPtr& item : list->values) add("", *item);
  } else if (const auto* pairs = value.If<sql::StructExpression>()) {
    option.shape = FileOption::Shape::kPairs;
    for (const sql::StructField& field : pairs->fields) add(field.name.name, *field.value);
  } else {
    add("", value);
  }
  return option;
}

namespace {

/// `name = value` (which parses as a comparison) and `name => value`; null for an argument that is no option.
const sql::Expression* AsOption(const sql::CallArgument& argument, std::string* name) {
  if (argument.name) {
    *name = argument.name->name;
    return argument.value.get();
  }
  const auto* equals = argument.value->If<sql::BinaryExpression>();
  if (equals == nullptr || equals->op != sql::BinaryOperator::kEqual) return nullptr;
  const auto* column = equals->left->If<sql::ColumnExpression>();
  if (column == nullptr || column->parts.size() != 1) return nullptr;
  *name = column->parts[0].name;
  return equals->right.get();
}

}  // namespace

BoundTable BindFileTable(const BindContext& context, const sql::FunctionTable& table, std::string_view sql) {
  if (table.lateral) ThrowNotSupported(Feature::kLateral, sql, table.span);
  if (table.with_ordinality) ThrowNotSupported("WITH ORDINALITY", sql, table.span);
  const auto& call = table.call->As<sql::CallExpression>();
  if (context.continuous) {
    ThrowAt(sql, call.span,
            "a file cannot be read by a stream, a materialized view or a subscription: it has no changes to follow; "
            "create a source and fill it with INSERT INTO … SELECT … FROM the file");
  }
  if (context.catalog.files() == nullptr) ThrowAt(sql, call.span, "files cannot be read here");
  FileRequest request;
  request.format = std::string(*FormatOf(table));
  request.sql = sql;
  for (const sql::CallArgument& argument : call.arguments) {
    std::string name;
    const sql::Expression* value = AsOption(argument, &name);
    if (value == nullptr) {
      if (!request.paths.empty()) {
        ThrowAt(sql, argument.span,
                fmt::format("{} takes one path, or a list of paths; options are written name = value",
                            call.function.last().name));
      }
      request.paths = BindPaths(*argument.value, sql);
      request.span = argument.value->span;
      continue;
    }
    FileOption option = BindFileOption(name, *value, argument.span, sql);
    for (const FileOption& other : request.options) {
      if (other.key == option.key) ThrowAt(sql, argument.span, fmt::format("option \"{}\" is given twice", option.key));
    }
    request.options.push_back(std::move(option));
  }
  if (request.paths.empty()) {
    ThrowAt(sql, call.span, fmt::format("{} needs the path of a file", call.function.last().name));
  }
  std::shared_ptr<const FileTable> files = context.catalog.files()->Open(request);
  std::vector<int> columns(static_cast<size_t>(files->schema().size()));
  std::iota(columns.begin(), columns.end(), 0);
  std::string name = files->name();
  return {MakeFileScan(std::move(files), std::move(columns)), std::move(name)};
}

}  // namespace laminar
