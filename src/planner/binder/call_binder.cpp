// Calls: scalar functions, aggregates, and the bounds of the window in GROUP BY.
#include <fmt/format.h>

#include <utility>

#include "common/sql_error.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/expression_binder.h"
#include "planner/binder/features.h"
#include "planner/binder/user_function.h"
#include "planner/binder/window_call.h"

namespace laminar {

/// The nearest of scalar functions and aggregates alike.
void ExpressionBinder::ThrowUnknownFunction(const sql::CallExpression& call) const {
  std::vector<std::string> known;
  for (const FunctionDoc& doc : FunctionRegistry::Get().docs()) {
    if (doc.category == "operator") continue;
    known.push_back(doc.name);
    known.insert(known.end(), doc.aliases.begin(), doc.aliases.end());
  }
  if (context_ != nullptr) {
    for (std::string& own : context_->catalog.functions().Names()) known.push_back(std::move(own));
  }
  const std::string& name = call.function.last().name;
  if (IsFunctionToCome(LowerCased(name))) ThrowNotSupported(fmt::format("the function {}", name), sql_, call.span);
  ThrowAt(sql_, call.span,
          context_ != nullptr ? fmt::format("there is no function {}", name)
                              : fmt::format("there is no built-in function {}; user-defined functions in {} are not "
                                            "supported yet",
                                            name, clause_),
          NearestNames(name, known));
}

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
  if (call.over != nullptr) {
    if (over_ == nullptr || name != "row_number") ThrowNotSupported(Feature::kOver, sql_, call.over->span);
    return over_(call);
  }
  if (call.nulls != sql::NullTreatment::kDefault) ThrowNotSupported(Feature::kNullTreatment, sql_, call.span);
  const std::vector<FunctionPtr>* const own = context_ != nullptr ? FindUserFunction(*context_, name) : nullptr;
  if (registry.IsAggregate(name) || (own != nullptr && own->front()->kind == FunctionKind::kAggregate)) {
    return BindAggregate(call, name, own);
  }
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
  if (own == nullptr && !registry.IsScalar(name)) ThrowUnknownFunction(call);
  if (call.distinct) refuse("DISTINCT");
  if (call.filter != nullptr) refuse("FILTER");
  if (!call.order_by.empty()) refuse("ORDER BY");
  std::vector<ExpressionPtr> arguments = BindArguments(call);
  if (own != nullptr) {
    ExpressionPtr bound = BindUserCall(*own, name, std::move(arguments), sql_, call.span);
    if (context_->continuous) CheckContinuous(*bound, call.span);
    return bound;
  }
  const DataType first = arguments.empty() ? DataType() : arguments[0]->type;
  ExpressionPtr bound = registry.BindScalar(name, std::move(arguments), sql_, call.span);
  // Integers are compared in the wider type, but what comes out is the first one, as in PostgreSQL.
  if (name == "nullif" && first.is_integer() && bound->type.is_integer()) {
    return CastTo(std::move(bound), first, sql_, true, false);
  }
  if (context_ != nullptr && context_->continuous && bound->kind == ExpressionKind::kCall)
    CheckContinuous(*bound->function, call.span);
  return bound;
}

void ExpressionBinder::CheckContinuous(const Expression& expression, SourceSpan span) const {
  if (expression.kind == ExpressionKind::kCall) CheckContinuous(*expression.function, span);
  for (const ExpressionPtr& child : expression.children) CheckContinuous(*child, span);
}

/// Rows must not change as time passes. PROCTIME() is the time its row was accepted at.
void ExpressionBinder::CheckContinuous(const ScalarFunction& function, SourceSpan span) const {
  if (!function.traits.reads_time || function.name == "proctime") return;
  if (clause_.starts_with("WHERE")) ThrowNotSupported(Feature::kTemporalFilters, sql_, span);
  ThrowAt(
      sql_, span,
      fmt::format("{}() is not allowed in a stream: its rows would change as time passes; PROCTIME() is the time a row "
                  "came at",
                  function.name));
}

/// Those of the call, before them what WITHIN GROUP names, and the expressions of ORDER BY behind them.
std::vector<ExpressionPtr> ExpressionBinder::BindAggregateArguments(const sql::CallExpression& call,
                                                                    AggregateOrder order, AggregateItem* item) {
  std::vector<ExpressionPtr> arguments;
  const bool within = order == AggregateOrder::kWithin && !call.within_group.empty();
  if (within) {
    if (call.within_group.size() > 1) ThrowAt(sql_, call.span, "WITHIN GROUP orders by one expression");
    arguments.push_back(Bind(*call.within_group[0].value));
    item->descending = call.within_group[0].descending;
  }
  const bool star = call.arguments.size() == 1 && call.arguments[0].value->kind == sql::ExpressionKind::kStar;
  if (star && (!NamesEqual(call.function.last().name, "count") || call.distinct)) {
    ThrowAt(sql_, call.arguments[0].value->span, "* stands alone in count(*) only");
  }
  if (!star) {
    for (ExpressionPtr& argument : BindArguments(call)) arguments.push_back(std::move(argument));
  }
  for (const sql::OrderItem& key : within || call.within_group.empty() ? call.order_by : call.within_group) {
    ExpressionPtr bound = Bind(*key.value);
    if (order != AggregateOrder::kByKey) continue;
    const bool is_argument = !arguments.empty() && arguments[0]->Equals(*bound);
    if (call.distinct && !is_argument) {
      ThrowAt(sql_, key.span, "in an aggregate with DISTINCT, ORDER BY can only name its first argument");
    }
    const bool nulls_first =
        key.nulls == sql::NullsOrder::kDefault ? key.descending : key.nulls == sql::NullsOrder::kFirst;
    item->order.push_back({key.descending, nulls_first});
    arguments.push_back(std::move(bound));
  }
  return arguments;
}

ExpressionPtr ExpressionBinder::BindAggregate(const sql::CallExpression& call, const std::string& name,
                                              const std::vector<FunctionPtr>* own) {
  if (aggregates_ == nullptr) ThrowAt(sql_, call.span, fmt::format("aggregates are not allowed in {}", clause_));
  const FunctionRegistry& registry = FunctionRegistry::Get();
  const AggregateOrder order = own != nullptr ? own->front()->aggregate->order : registry.AggregateOrderOf(name);
  if (!call.within_group.empty() && order != AggregateOrder::kWithin && order != AggregateOrder::kByKey) {
    ThrowAt(sql_, call.span, fmt::format("{} takes no WITHIN GROUP", call.function.last().name));
  }
  if (!call.order_by.empty() && (order == AggregateOrder::kLeast || order == AggregateOrder::kGreatest)) {
    ThrowNotSupported(Feature::kAggregateOrder, sql_, call.span);
  }
  AggregateCollector* const collector = std::exchange(aggregates_, nullptr);
  const std::string clause = std::exchange(clause_, "the arguments of an aggregate");
  const auto over = std::exchange(over_, nullptr);

  AggregateItem item;
  std::vector<ExpressionPtr> arguments = BindAggregateArguments(call, order, &item);
  ExpressionPtr filter = call.filter != nullptr ? BindPredicate(*call.filter, "FILTER") : nullptr;
  if (call.distinct && arguments.empty()) ThrowAt(sql_, call.span, "DISTINCT needs an argument");

  aggregates_ = collector;
  clause_ = clause;
  over_ = over;
  std::vector<ExpressionPtr> keys(std::make_move_iterator(arguments.end() - std::ssize(item.order)),
                                  std::make_move_iterator(arguments.end()));
  arguments.resize(arguments.size() - keys.size());
  BoundAggregate bound;
  if (own != nullptr) {
    BoundUserAggregate user = BindUserAggregate(*own, name, std::move(arguments), sql_, call.span);
    bound = std::move(user.bound);
    item.kept_function = user.definition.aggregate;
    if (call.distinct && user.definition.takes_nulls) {
      ThrowNotSupported(fmt::format("DISTINCT in a call of {}, which takes NULLs,", name), sql_, call.span);
    }
  } else {
    if ((name == "array_agg" || name == "list" || name == "histogram") && arguments.size() == 1) {
      // Lists are put together from lists: of one value each.
      arguments[0] = CallOf("list_value", call.span, std::move(arguments[0]));
    }
    bound = registry.BindAggregate(name, std::move(arguments), sql_, call.span);
  }
  item.function = bound.function;
  item.result = bound.result;
  item.arguments = std::move(bound.arguments);
  for (ExpressionPtr& key : keys) item.arguments.push_back(std::move(key));
  item.constants = std::move(bound.constants);
  item.distinct = (call.distinct && !bound.function->ignores_distinct) || bound.function->always_distinct;
  item.filter = std::move(filter);
  item.place = {sql_, call.span};
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
