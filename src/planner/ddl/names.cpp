#include "planner/ddl/names.h"

#include <fmt/format.h>

#include "common/sql_error.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/features.h"
#include "planner/binder/schema_name.h"
#include "planner/binder/window_call.h"
#include "planner/ddl.h"

namespace laminar {

std::string TextOf(std::string_view sql, SourceSpan span) {
  return std::string(sql.substr(span.begin, span.end - span.begin));
}

int ColumnIndex(const Schema& schema, const sql::Identifier& name, std::string_view relation, std::string_view sql) {
  const int index = schema.IndexOf(name.name);
  if (index >= 0) return index;
  ThrowAt(sql, name.span, fmt::format("column \"{}\" does not exist in \"{}\"", name.name, relation),
          NearestNames(name.name, schema.names()));
}

void CheckColumnNames(const Schema& schema, std::string_view sql, const std::function<SourceSpan(int)>& span_of,
                      std::string_view advice) {
  for (int i = 0; i < schema.size(); ++i) {
    const std::string& name = schema.field(i).name;
    if (NamesEqual(name, "__weight")) {
      ThrowAt(ErrorCode::kInvalidSchema, sql, span_of(i),
              "the name \"__weight\" is reserved for the weight of a change");
    }
    if (schema.IndexOf(name) == i) continue;
    ThrowAt(ErrorCode::kInvalidSchema, sql, span_of(i), fmt::format("column \"{}\" is there twice; {}", name, advice));
  }
}

std::string OptionText(const sql::Option& option, std::string_view sql) {
  if (const auto* literal = option.value->If<sql::LiteralExpression>()) return literal->text;
  if (const auto* interval = option.value->If<sql::IntervalLiteralExpression>()) return TextOf(sql, interval->span);
  ThrowAt(sql, option.value->span, fmt::format("the value of option \"{}\" must be a literal", option.key));
}

Retention BindRetention(const sql::Option& option, std::string_view sql) {
  if (option.value->If<sql::IntervalLiteralExpression>() != nullptr) {
    constexpr int64_t kNanosPerMicro = 1000;
    const int64_t micros = NonNegativeUnits(BindWindowLength(*option.value, sql), kNanosPerMicro, "the retention", sql);
    if (micros > 0) return {Retention::Kind::kTime, micros};
  } else if (const std::optional<Retention> retention = ParseRetention(OptionText(option, sql))) {
    return *retention;
  }
  ThrowAt(sql, option.value->span,
          fmt::format("a retention is '1 hour' or any other time, '1000000 rows', 'none' or 'forever', not '{}'",
                      OptionText(option, sql)));
}

void ThrowUnknownOption(const sql::Option& option, const std::vector<std::string>& known, std::string_view sql) {
  ThrowAt(sql, option.span, fmt::format("there is no option \"{}\"", option.key), NearestNames(option.key, known));
}

RelationKind RelationKindOf(sql::ObjectKind kind, std::string_view sql, SourceSpan span) {
  switch (kind) {
    case sql::ObjectKind::kSource:
      return RelationKind::kSource;
    case sql::ObjectKind::kStream:
      return RelationKind::kStream;
    case sql::ObjectKind::kMaterializedView:
      return RelationKind::kMaterializedView;
    case sql::ObjectKind::kView:
      return RelationKind::kView;
    case sql::ObjectKind::kTable:
      return RelationKind::kTable;
    case sql::ObjectKind::kSink:
      return RelationKind::kSink;
    case sql::ObjectKind::kLookupTable:
      ThrowNotSupported(Feature::kLookupTables, sql, span);
    case sql::ObjectKind::kFunction:
      break;  // no relation: the caller has seen to it
  }
  ThrowNotSupported("this kind of object", sql, span);
}

const std::string& RelationName(const sql::QualifiedName& name, std::string_view sql) {
  if (name.parts.size() > 1 && !IsInDefaultSchema(name)) {
    ThrowAt(sql, name.span,
            fmt::format("relations are made in the schema \"{}\", which need not be written, and in no other",
                        kDefaultSchema));
  }
  return name.last().name;
}

}  // namespace laminar
