#include "planner/binder/query_binder.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "common/sql_error.h"
#include "function/registry.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/expression_binder.h"
#include "planner/binder/features.h"
#include "planner/binder/select_binder.h"
#include "planner/binder/top_n_binder.h"

namespace laminar {

namespace {

LogicalNodePtr KeepColumns(LogicalNodePtr plan, int count) {
  if (plan->schema.size() == count) return plan;
  std::vector<ExpressionPtr> columns = AllColumns(plan->schema);
  std::vector<std::string> names = plan->schema.names();
  columns.resize(static_cast<size_t>(count));
  names.resize(static_cast<size_t>(count));
  return MakeProject(std::move(plan), std::move(columns), std::move(names));
}

}  // namespace

const Expression* UntypedColumn(const LogicalNode& plan, int column) {
  if (plan.kind != LogicalKind::kProject) return nullptr;
  const Expression& expression = *plan.As<LogicalProject>().expressions[static_cast<size_t>(column)];
  return IsUntyped(expression) ? &expression : nullptr;
}

LogicalNodePtr ResolveNullColumns(LogicalNodePtr plan, std::string_view sql, SourceSpan span) {
  std::vector<DataType> types;
  bool changed = false;
  for (const Field& field : plan->schema.fields()) {
    const bool is_null = field.type.id() == TypeId::kNull;
    changed |= is_null;
    types.push_back(is_null ? DataType(TypeId::kVarchar) : field.type);
  }
  return changed ? CoerceColumns(std::move(plan), types, sql, span, "the query") : std::move(plan);
}

LogicalNodePtr CoerceColumns(LogicalNodePtr plan, const std::vector<DataType>& types, std::string_view sql,
                             SourceSpan span, std::string_view what) {
  std::vector<ExpressionPtr> columns;
  bool changed = false;
  for (int i = 0; i < plan->schema.size(); ++i) {
    const DataType& type = types[static_cast<size_t>(i)];
    ExpressionPtr column = ColumnOf(plan->schema, i, span);
    if (column->type == type) {
      columns.push_back(std::move(column));
      continue;
    }
    changed = true;
    if (const Expression* literal = UntypedColumn(*plan, i)) {
      column = literal->Clone();
    } else if (column->type.id() == TypeId::kNull) {
      column = Expression::MakeConstant(Value(), span);
    }
    columns.push_back(Coerce(std::move(column), type, sql, what));
  }
  if (!changed) return plan;
  std::vector<std::string> names = plan->schema.names();
  return MakeProject(std::move(plan), std::move(columns), std::move(names));
}

LogicalNodePtr QueryBinder::BindQuery(const sql::Query& query, bool outermost) {
  if (query.recursive) ThrowNotSupported(Feature::kRecursive, sql_, query.span);
  return ResolveNullColumns(BindWithTables(query, 0, tables_, outermost), sql_, query.span);
}

LogicalNodePtr QueryBinder::BindWithTables(const sql::Query& query, size_t next, const CommonTableScope* tables,
                                           bool outermost) {
  if (next == query.with.size()) return QueryBinder(context_, sql_, tables).BindBodyAndOrder(query, outermost);
  const sql::CommonTable& table = query.with[next];
  for (size_t i = 0; i < next; ++i) {
    if (NamesEqual(query.with[i].name.name, table.name.name)) {
      ThrowAt(sql_, table.name.span, fmt::format("WITH defines \"{}\" twice", table.name.name));
    }
  }
  const CommonTableScope scope{.table = &table, .sql = sql_, .visible = tables, .outer = tables};
  // Bound here for its errors, which must not depend on its being used; what it reads by itself does not count.
  std::vector<std::string> reads = context_.reads;
  (void)QueryBinder(context_, sql_, tables).BindNested(*table.query);
  context_.reads = std::move(reads);
  return BindWithTables(query, next + 1, &scope, outermost);
}

LogicalNodePtr QueryBinder::BindBodyAndOrder(const sql::Query& query, bool outermost) {
  const bool ordered = !query.order_by.empty() || query.order_by_all != nullptr;
  const bool limited = query.limit != nullptr || query.offset != nullptr;
  const SourceSpan order_span = query.order_by_all != nullptr ? query.order_by_all->span
                                : query.order_by.empty()      ? query.span
                                                              : query.order_by[0].span;
  const std::optional<int64_t> limit = BindCount(query.limit, "LIMIT");
  const int64_t offset = BindCount(query.offset, "OFFSET").value_or(0);
  const bool cuts = limit || offset > 0;
  if (context_.continuous && cuts && !ordered) {
    ThrowAt(sql_, (query.limit != nullptr ? query.limit : query.offset)->span,
            "LIMIT without ORDER BY has no continuous form: which rows are left would depend on chance; say which come "
            "first, ORDER BY … LIMIT …");
  }
  if (context_.continuous && ordered && outermost && !cuts && !HasDistinctOn(query)) {
    ThrowAt(
        sql_, order_span,
        "ORDER BY without LIMIT has no continuous form: rows would move as others come; leave it out here and order "
        "when you read, SELECT * FROM … ORDER BY …");
  }
  BoundBody body;
  if (const auto* nested = query.body->If<sql::NestedBody>(); nested != nullptr && !ordered && !limited) {
    body.plan = BindQuery(*nested->query, outermost);
    body.visible = body.plan->schema.size();
  } else {
    body = BindBody(*query.body, ordered ? &query : nullptr);
  }
  if (!body.order.empty() && cuts) {
    AddEventTime(*body.plan, &body.order);
    body.plan = MakeTopN(std::move(body.plan), {}, std::move(body.order), limit.value_or(-1), offset);
  } else if (!body.order.empty() && outermost && !context_.continuous) {
    body.plan = MakeSort(std::move(body.plan), std::move(body.order), -1, 0);
  } else if (cuts) {
    body.plan = MakeLimit(std::move(body.plan), limit.value_or(-1), offset);
  }
  return KeepColumns(std::move(body.plan), body.visible);
}

BoundBody QueryBinder::BindBody(const sql::Body& body, const sql::Query* ordered_by) {
  BoundBody bound;
  switch (body.kind) {
    case sql::QueryBodyKind::kSelect:
      return SelectBinder(context_, sql_, tables_).Bind(body.As<sql::SelectBody>(), ordered_by);
    case sql::QueryBodyKind::kSetOperation:
      bound.plan = BindSetOperation(body.As<sql::SetOperationBody>());
      break;
    case sql::QueryBodyKind::kValues:
      bound.plan = BindValues(body.As<sql::ValuesBody>());
      break;
    case sql::QueryBodyKind::kNested:
      bound.plan = BindNested(*body.As<sql::NestedBody>().query);
      break;
  }
  bound.visible = bound.plan->schema.size();
  if (ordered_by != nullptr) BindOrderByOutput(*ordered_by, bound);
  return bound;
}

LogicalNodePtr QueryBinder::BindValues(const sql::ValuesBody& values) {
  return BindValuesRows(context_, values, sql_, {});
}

void QueryBinder::BindOrderByOutput(const sql::Query& query, BoundBody& body) {
  const Schema& schema = body.plan->schema;
  if (query.order_by_all != nullptr) {
    for (int i = 0; i < schema.size(); ++i) {
      body.order.push_back(MakeSortKey(i, query.order_by_all->descending, query.order_by_all->nulls));
    }
  }
  for (const sql::OrderItem& item : query.order_by) {
    int column = -1;
    const auto* literal = item.value->If<sql::LiteralExpression>();
    const auto* name = item.value->If<sql::ColumnExpression>();
    if (literal != nullptr && literal->literal == sql::LiteralKind::kInteger) {
      column = literal->text.size() > 6 ? -1 : std::stoi(literal->text) - 1;
      if (column < 0 || column >= schema.size()) {
        ThrowAt(sql_, item.value->span, fmt::format("position {} is not among the columns", literal->text));
      }
    } else if (name != nullptr && name->parts.size() == 1) {
      column = schema.IndexOf(name->parts[0].name);
      if (column < 0) {
        ThrowAt(sql_, item.value->span, fmt::format("column \"{}\" does not exist", name->parts[0].name),
                NearestNames(name->parts[0].name, schema.names()));
      }
    } else {
      ThrowAt(
          sql_, item.value->span,
          "here ORDER BY takes a column's name or position; select from it in a subquery to order by an expression");
    }
    body.order.push_back(MakeSortKey(column, item.descending, item.nulls));
  }
}

std::optional<int64_t> QueryBinder::BindCount(const sql::ExpressionPtr& expression, std::string_view what) {
  if (expression == nullptr) return std::nullopt;
  static const Scope kNoColumns;
  ExpressionPtr count = ExpressionBinder(kNoColumns, sql_, std::string(what)).Bind(*expression);
  count = Coerce(std::move(count), TypeId::kInt64, sql_, what);
  const Value value = ConstantValue(*count, sql_, what);
  if (value.is_null()) return std::nullopt;
  if (value.get<int64_t>() < 0) ThrowAt(sql_, expression->span, fmt::format("{} must not be negative", what));
  return value.get<int64_t>();
}

}  // namespace laminar
