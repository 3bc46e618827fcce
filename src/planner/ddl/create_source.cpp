// CREATE SOURCE: columns, watermark, options.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "planner/binder/bind_error.h"
#include "planner/binder/features.h"
#include "planner/binder/window_call.h"
#include "planner/ddl.h"
#include "planner/ddl/columns.h"
#include "planner/ddl/names.h"
#include "sql/printer.h"

namespace laminar {

namespace {

TimeUnit BindTimeUnit(const sql::Option& option, std::string_view sql) {
  const std::string unit = LowerCased(OptionText(option, sql));
  if (unit == "s") return TimeUnit::kSecond;
  if (unit == "ms") return TimeUnit::kMilli;
  if (unit == "us") return TimeUnit::kMicro;
  if (unit == "ns") return TimeUnit::kNano;
  ThrowAt(sql, option.value->span, fmt::format("time_unit is 's', 'ms', 'us' or 'ns', not '{}'", unit));
}

const std::vector<std::string>& SourceOptions() {
  static const std::vector<std::string> kOptions = {"connector", "idle_timeout", "max_future_skew", "retention",
                                                    "time_unit"};
  return kOptions;
}

/// FROM file(…) or WITH (connector = 'file', …).
std::string BindConnector(const sql::CreateSourceStatement& statement, std::string_view sql) {
  const auto check = [&](std::string_view name, SourceSpan span) -> std::string {
    if (!NamesEqual(name, "file")) ThrowNotSupported(Feature::kConnectors, sql, span);
    return "file";
  };
  std::string connector;
  if (statement.connector != nullptr) connector = check(statement.connector->name.name, statement.connector->span);
  for (const sql::Option& option : statement.options) {
    if (!NamesEqual(option.key, "connector")) continue;
    if (!connector.empty()) ThrowAt(sql, option.span, "the connector is given twice");
    connector = check(OptionText(option, sql), option.span);
  }
  return connector;
}

void BindOptions(const sql::CreateSourceStatement& statement, std::string_view sql, SourceEntry& source) {
  for (const sql::Option& option : statement.options) {
    const std::string key = LowerCased(option.key);
    if (!IsSourceOption(key)) {
      // With the connector in the same list, whoever connects knows it.
      if (!source.connector.empty() && statement.connector == nullptr) continue;
      ThrowUnknownOption(option, SourceOptions(), sql);
    }
    std::string value = OptionText(option, sql);
    if (key == "time_unit") {
      source.time_unit = BindTimeUnit(option, sql);
    } else if (key == "retention") {
      source.retention = BindRetention(option, sql);
      value = FormatRetention(source.retention);  // as it is read again from the log
    } else if (key == "idle_timeout") {
      ThrowNotSupported(Feature::kIdleTimeout, sql, option.span);
    } else if (key == "max_future_skew") {
      ThrowNotSupported(Feature::kFutureSkew, sql, option.span);
    }
    for (const auto& [other, unused] : source.options) {
      if (other == key) ThrowAt(sql, option.span, fmt::format("option \"{}\" is given twice", option.key));
    }
    source.options.emplace_back(key, std::move(value));
  }
}

/// `ts`, or `ts - length`; the length in raw units of the column. Without an expression: no slack.
int64_t BindSlack(const sql::WatermarkClause& clause, const DataType& type, int64_t nanos_per_unit,
                  std::string_view sql) {
  if (clause.expression == nullptr) return 0;
  const auto is_column = [&](const sql::Expression& expression) {
    const auto* column = expression.If<sql::ColumnExpression>();
    return column != nullptr && column->parts.size() == 1 && NamesEqual(column->parts[0].name, clause.column.name);
  };
  if (is_column(*clause.expression)) return 0;
  const auto* difference = clause.expression->If<sql::BinaryExpression>();
  if (difference == nullptr || difference->op != sql::BinaryOperator::kSubtract || !is_column(*difference->left)) {
    ThrowAt(ErrorCode::kInvalidSchema, sql, clause.expression->span,
            fmt::format("a watermark is {0}, or {0} - INTERVAL '…'", clause.column.name));
  }
  const WindowLength slack = BindWindowLength(*difference->right, sql);
  if (slack.value.type().id() == TypeId::kInterval) return NonNegativeUnits(slack, nanos_per_unit, "the slack", sql);
  // A number taken from a number counts what the column counts.
  if (!type.is_integer()) {
    ThrowAt(ErrorCode::kInvalidSchema, sql, slack.span,
            fmt::format("the slack of a {} is an INTERVAL", type.ToString()));
  }
  return NonNegativeUnits(slack, kNanosPerMilli, "the slack", sql);
}

void BindWatermark(const sql::WatermarkClause& clause, std::string_view sql, SourceEntry& source) {
  const int column = ColumnIndex(source.schema, clause.column, source.name, sql);
  const DataType& type = source.schema.field(column).type;
  const std::optional<int64_t> nanos_per_unit = NanosPerUnit(type, source.time_unit);
  if (!nanos_per_unit) {
    ThrowAt(ErrorCode::kInvalidSchema, sql, clause.column.span,
            fmt::format("an event time is a TIMESTAMP, a DATE, an INTEGER or a BIGINT; \"{}\" is {}",
                        clause.column.name, type.ToString()));
  }
  source.watermark = SourceWatermark{.column = column, .slack = BindSlack(clause, type, *nanos_per_unit, sql)};
}

}  // namespace

bool IsSourceOption(std::string_view key) { return std::ranges::find(SourceOptions(), key) != SourceOptions().end(); }

std::unique_ptr<SourceEntry> BindCreateSource(const sql::CreateSourceStatement& statement, std::string_view sql) {
  auto source = std::make_unique<SourceEntry>();
  source->name = RelationName(statement.head.name, sql);
  source->sql = TextOf(sql, statement.span);
  source->connector = BindConnector(statement, sql);
  if (!statement.definition.primary_key.empty()) {
    ThrowAt(sql, statement.definition.primary_key[0].span,
            "a source has no PRIMARY KEY, for it only grows; CREATE TABLE makes what can be changed by key");
  }
  source->schema = BindColumns(statement.definition, "source", sql, statement.span);
  source->rules = BindRules(statement.definition.columns, source->schema, sql);
  BindOptions(statement, sql, *source);
  if (statement.definition.watermark != nullptr) BindWatermark(*statement.definition.watermark, sql, *source);
  return source;
}

std::unique_ptr<SourceEntry> MakeSource(std::string name, Schema schema) {
  auto source = std::make_unique<SourceEntry>();
  std::vector<std::string> columns;
  for (const Field& field : schema.fields()) {
    columns.push_back(
        fmt::format("{} {}{}", sql::PrintName(field.name), field.type.ToString(), field.nullable ? "" : " NOT NULL"));
  }
  source->sql = fmt::format("CREATE SOURCE {} ({})", sql::PrintName(name), fmt::join(columns, ", "));
  source->name = std::move(name);
  source->schema = std::move(schema);
  const std::string_view text = source->sql;
  if (source->schema.size() == 0) throw Error(ErrorCode::kInvalidSchema, "a source needs at least one column");
  CheckColumnNames(
      source->schema, text, [](int) { return SourceSpan{}; }, "give one another name");
  return source;
}

}  // namespace laminar
