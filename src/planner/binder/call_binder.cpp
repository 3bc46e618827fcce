// Calls: scalar functions, aggregates, and the bounds of the window in GROUP BY.
#include <fmt/format.h>

#include <utility>

#include "common/sql_error.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/expression_binder.h"
#include "planner/binder/features.h"
#include "planner/binder/window_call.h"

namespace laminar {

namespace {

/// The nearest of scalar functions and aggregates alike.
[[noreturn]] void ThrowUnknownFunction(const sql::CallExpression& call, std::string_view sql) {
  std::vector<std::string> known;
  for (const FunctionDoc& doc : FunctionRegistry::Get().docs()) {
    if (doc.category == "operator") continue;
    known.push_back(doc.name);
    known.insert(known.end(), doc.aliases.begin(), doc.aliases.end());
  }
  const std::string& name = call.function.last().name;
  ThrowAt(sql, call.span, fmt::format("there is no function {}", name), NearestNames(name, known));
}

}  // namespace

std::vector<ExpressionPtr> ExpressionBinder::BindArguments(const sql::CallExpression& call) {
  std::vector<ExpressionPtr> arguments;
  for (const sql::CallArgument& argument : call.arguments) {
    if (argument.name) ThrowNotSupported(Feature::kNamedArguments, sql_, argument.span);
    arguments.push_back(Bind(*argument.value));
  }
  return arguments;
}

ExpressionPtr ExpressionBinder::BindCall(const sql::CallExpression& call) {
  if (call.function.parts.size() > 1) ThrowNotSupported(Feature::kSchemas, sql_, call.function.span);
  const std::string name = LowerCased(call.function.last().name);
  const FunctionRegistry& registry = FunctionRegistry::Get();
  if (call.over != nullptr) ThrowNotSupported(Feature::kOver, sql_, call.over->span);
  if (!call.within_group.empty()) ThrowNotSupported(Feature::kWithinGroup, sql_, call.span);
  if (call.nulls != sql::NullTreatment::kDefault) ThrowNotSupported(Feature::kNullTreatment, sql_, call.span);
  if (registry.IsAggregate(name)) return BindAggregate(call, name);
  if (WindowBoundOf(name)) return BindWindowBound(call, name);
  if (WindowKindOf(name)) {
    ThrowAt(
        sql_, call.span,
        fmt::format("{} stands in GROUP BY or FROM; its bounds are {}_START and {}_END, or window_start and window_end",
                    call.function.last().name, call.function.last().name, call.function.last().name));
  }
  const auto refuse = [&](std::string_view what) {
    ThrowAt(sql_, call.span, fmt::format("{} is for aggregates; {} is not one", what, call.function.last().name));
  };
  if (!registry.IsScalar(name)) ThrowUnknownFunction(call, sql_);
  if (call.distinct) refuse("DISTINCT");
  if (call.filter != nullptr) refuse("FILTER");
  if (!call.order_by.empty()) refuse("ORDER BY");
  std::vector<ExpressionPtr> arguments = BindArguments(call);
  const DataType first = arguments.empty() ? DataType() : arguments[0]->type;
  ExpressionPtr bound = registry.BindScalar(name, std::move(arguments), sql_, call.span);
  // Integers are compared in the wider type, but what comes out is the first one, as in PostgreSQL.
  if (name == "nullif" && first.is_integer() && bound->type.is_integer()) {
    return CastTo(std::move(bound), first, sql_, true, false);
  }
  if (continuous_ && bound->kind == ExpressionKind::kCall) CheckContinuous(*bound->function, call.span);
  return bound;
}

/// What a row gives must not depend on when or how often it is asked. PROCTIME() reads the time its row was accepted
/// at, which is kept with the row.
void ExpressionBinder::CheckContinuous(const ScalarFunction& function, SourceSpan span) const {
  if (!function.traits.deterministic) {
    ThrowAt(
        sql_, span,
        fmt::format("{}() is not allowed in a stream: it would give another answer each time it is computed; compute "
                    "it before the insert",
                    function.name));
  }
  if (!function.traits.reads_time || function.name == "proctime") return;
  if (clause_.starts_with("WHERE")) ThrowNotSupported(Feature::kTemporalFilters, sql_, span);
  ThrowAt(
      sql_, span,
      fmt::format("{}() is not allowed in a stream: its rows would change as time passes; PROCTIME() is the time a row "
                  "came at",
                  function.name));
}

ExpressionPtr ExpressionBinder::BindAggregate(const sql::CallExpression& call, const std::string& name) {
  if (aggregates_ == nullptr) ThrowAt(sql_, call.span, fmt::format("aggregates are not allowed in {}", clause_));
  if (!call.order_by.empty()) ThrowNotSupported(Feature::kAggregateOrder, sql_, call.span);
  AggregateCollector* const collector = std::exchange(aggregates_, nullptr);
  const std::string clause = std::exchange(clause_, "the arguments of an aggregate");

  std::vector<ExpressionPtr> arguments;
  const bool star = call.arguments.size() == 1 && call.arguments[0].value->kind == sql::ExpressionKind::kStar;
  if (star && (name != "count" || call.distinct)) {
    ThrowAt(sql_, call.arguments[0].value->span, "* stands alone in count(*) only");
  }
  if (!star) arguments = BindArguments(call);
  ExpressionPtr filter = call.filter != nullptr ? BindPredicate(*call.filter, "FILTER") : nullptr;
  if (call.distinct && arguments.empty()) ThrowAt(sql_, call.span, "DISTINCT needs an argument");

  aggregates_ = collector;
  clause_ = clause;
  auto bound = FunctionRegistry::Get().BindAggregate(name, std::move(arguments), sql_, call.span);
  AggregateItem item{.function = bound.function,
                     .result = bound.result,
                     .arguments = std::move(bound.arguments),
                     .distinct = call.distinct && !bound.function->ignores_distinct,
                     .filter = std::move(filter),
                     .place = {sql_, call.span}};
  std::string text = item.ToString();
  const bool nullable = bound.function->result_nullable;
  const int index = aggregates_->Add(std::move(item));
  return Expression::MakeColumn(AggregateCollector::PlaceholderOf(index), bound.result, nullable, std::move(text),
                                call.span);
}

ExpressionPtr ExpressionBinder::BindWindowBound(const sql::CallExpression& call, const std::string& name) {
  const WindowBound bound = *WindowBoundOf(name);
  const std::string& spelled = call.function.last().name;
  CheckWindowKind(bound.kind, sql_, call.span);
  if (window_ == nullptr) {
    ThrowAt(sql_, call.span, fmt::format("{} needs {}(…) in GROUP BY", spelled, WindowKindName(bound.kind)));
  }
  bool same = window_->kind == bound.kind;
  if (same && !call.arguments.empty()) {
    ExpressionPtr time;
    const WindowArguments arguments = BindWindowCall(call, bound.kind, *this, sql_, &time);
    same = time->Equals(*window_->time) &&
           SameWindow(ResolveWindow(arguments, time->type, window_->nanos_per_unit, sql_), window_->spec);
  }
  if (!same) ThrowAt(sql_, call.span, fmt::format("{} is not of the window in GROUP BY", spelled));
  ExpressionPtr column = ColumnOf(window_->columns, bound.column, call.span);
  column->column += window_->first_column;
  return column;
}

}  // namespace laminar
