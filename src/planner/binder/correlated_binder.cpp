// EXISTS and IN as conditions of WHERE: joins. A subquery that is correlated keeps its own rows, and what it says of
// both becomes the condition of the join.
#include <algorithm>
#include <utility>

#include "function/registry.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/expression_binder.h"
#include "planner/binder/features.h"
#include "planner/binder/from_binder.h"
#include "planner/binder/subquery_binder.h"
#include "planner/binder/subquery_relations.h"
#include "planner/rules/rewrite.h"

namespace laminar {

namespace {

constexpr std::string_view kClause = "a correlated subquery";

/// The only form that a join can stand for; what else there is would have to be done once for each row around it.
const sql::SelectBody& PlainSelect(const sql::Query& query, std::string_view sql) {
  const auto* body = query.body->If<sql::SelectBody>();
  const auto refuse = [&](std::string_view what, SourceSpan span) {
    ThrowNotSupported(std::string(what) + " in a correlated subquery", sql, span);
  };
  if (body == nullptr) refuse("anything but a SELECT", query.span);
  if (!query.with.empty()) refuse("WITH", query.span);
  if (query.limit != nullptr || query.offset != nullptr) refuse("LIMIT", query.span);
  if (body->group_by != nullptr || body->having != nullptr) refuse("GROUP BY", query.span);
  if (body->qualify != nullptr || !body->distinct_on.empty()) refuse("QUALIFY or DISTINCT ON", query.span);
  if (body->from.empty()) refuse("a SELECT without FROM", query.span);
  return *body;
}

template <typename... Arguments>
ExpressionPtr CallOf(std::string_view function, SourceSpan span, Arguments... arguments) {
  std::vector<ExpressionPtr> all;
  (all.push_back(std::move(arguments)), ...);
  return FunctionRegistry::Get().BindScalar(function, std::move(all), "", span);
}

bool RefersPast(const Expression& expression, int width) {
  return (expression.is_column() && expression.column >= width) ||
         std::ranges::any_of(expression.children,
                             [&](const ExpressionPtr& child) { return RefersPast(*child, width); });
}

}  // namespace

LogicalNodePtr SubqueryBinder::BindUncorrelated(const sql::Query& query) {
  const int depth = context_.depth;
  const int relations = context_.relations;
  const Scope* const outer = context_.outer;
  try {
    return BindQuery(query);
  } catch (const CorrelatedReference&) {
    context_.depth = depth;
    context_.relations = relations;
    context_.outer = outer;
    return nullptr;
  }
}

SubqueryBinder::Correlated SubqueryBinder::BindCorrelated(const sql::Query& query, int width) {
  const sql::SelectBody& body = PlainSelect(query, sql_);
  Correlated bound;
  Scope scope;
  scope.SetOuter(&scope_);
  const Scope* const outer = std::exchange(context_.outer, &scope_);
  bound.rows = FromBinder(context_, sql_, tables_).BindFrom(body.from, scope);
  context_.outer = outer;
  const int own = bound.rows->schema.size();
  scope.AllowOuter(own);
  ExpressionBinder binder(scope, sql_, std::string(kClause));
  binder.SetContext(&context_);

  // Bound over its own columns ++ those around it, and joined the other way round.
  std::vector<int> places;
  for (int column = 0; column < own; ++column) places.push_back(width + column);
  for (int column = 0; column < width; ++column) places.push_back(column);
  std::vector<const sql::Expression*> conjuncts;
  if (body.where != nullptr) CollectConjuncts(*body.where, &conjuncts);
  std::vector<ExpressionPtr> alone;
  for (const sql::Expression* conjunct : conjuncts) {
    ExpressionPtr condition = binder.BindPredicate(*conjunct, conjuncts.size() == 1 ? "WHERE" : "an operand of AND");
    if (!RefersPast(*condition, own)) {
      alone.push_back(std::move(condition));
      continue;
    }
    RemapColumns(*condition, places);
    bound.conditions.push_back(std::move(condition));
  }
  for (const sql::SelectItem& item : body.items) {
    if (item.value->kind == sql::ExpressionKind::kStar) continue;
    ExpressionPtr column = binder.Bind(*item.value);
    if (RefersPast(*column, own)) {
      ThrowNotSupported("a column of the query around it in the select list of a correlated subquery", sql_,
                        item.value->span);
    }
    bound.columns.push_back(std::move(column));
  }
  bound.rows = FilterBy(std::move(bound.rows), std::move(alone));
  return bound;
}

LogicalNodePtr SubqueryBinder::KeepExisting(LogicalNodePtr plan, const sql::ExistsExpression& exists, bool negated) {
  const JoinKind kind = negated ? JoinKind::kAnti : JoinKind::kSemi;
  if (LogicalNodePtr found = BindUncorrelated(*exists.query)) {
    return MakeJoin(kind, std::move(plan), IsAny(std::move(found)), {});
  }
  Correlated bound = BindCorrelated(*exists.query, plan->schema.size());
  return MakeJoin(kind, std::move(plan), std::move(bound.rows), std::move(bound.conditions));
}

LogicalNodePtr SubqueryBinder::KeepIn(LogicalNodePtr plan, const sql::InSubqueryExpression& in,
                                      std::vector<ExpressionPtr> operands, bool negated) {
  LogicalNodePtr values = BindUncorrelated(*in.query);
  if (values == nullptr) return KeepInCorrelated(std::move(plan), in, std::move(operands), negated);
  values = WithTypesOf(std::move(values), *in.query, operands, in.span);
  plan = ComputeFallible(std::move(plan), operands);
  if (!negated) {
    std::vector<ExpressionPtr> equalities = Equalities(operands, *plan, *values);
    return MakeJoin(JoinKind::kSemi, std::move(plan), std::move(values), std::move(equalities));
  }
  return KeepNotIn(std::move(plan), std::move(operands), std::move(values));
}

LogicalNodePtr SubqueryBinder::KeepInCorrelated(LogicalNodePtr plan, const sql::InSubqueryExpression& in,
                                                std::vector<ExpressionPtr> operands, bool negated) {
  const int width = plan->schema.size();
  Correlated bound = BindCorrelated(*in.query, width);
  if (bound.columns.size() != operands.size()) {
    ThrowAt(sql_, in.query->span, "a correlated subquery behind IN names as many columns as are compared with it");
  }
  std::vector<ExpressionPtr> columns = AllColumns(bound.rows->schema);
  std::vector<std::string> names = bound.rows->schema.names();
  for (size_t i = 0; i < operands.size(); ++i) {
    std::vector<ExpressionPtr> both;
    both.push_back(operands[i]->Clone());
    both.push_back(bound.columns[i]->Clone());
    const DataType type = CommonTypeOrThrow(both, sql_, "a value and a column of the subquery");
    operands[i] = Coerce(std::move(operands[i]), type, sql_, "a value compared with a subquery");
    columns.push_back(Coerce(std::move(bound.columns[i]), type, sql_, "a column of the subquery"));
    names.push_back(columns.back()->ToString());
  }
  const int first = static_cast<int>(columns.size() - operands.size());
  LogicalNodePtr values = MakeProject(std::move(bound.rows), std::move(columns), std::move(names));
  // Operands that can fail become columns of the plan, behind which the others move.
  plan = ComputeFallible(std::move(plan), operands);
  std::vector<int> places;
  for (int column = 0; column < width; ++column) places.push_back(column);
  for (int column = 0; column < first; ++column) places.push_back(plan->schema.size() + column);
  for (ExpressionPtr& condition : bound.conditions) RemapColumns(*condition, places);
  for (size_t i = 0; i < operands.size(); ++i) {
    ExpressionPtr value = ColumnOf(values->schema, first + static_cast<int>(i));
    const bool may_be_null = operands[i]->nullable || value->nullable;
    value->column += plan->schema.size();
    ExpressionPtr equality = CallOf("=", in.span, std::move(operands[i]), std::move(value));
    // A pair of rows excludes when no column tells them apart: NULL does not.
    if (negated && may_be_null) equality = CallOf("is not false", in.span, std::move(equality));
    bound.conditions.push_back(std::move(equality));
  }
  return MakeJoin(negated ? JoinKind::kAnti : JoinKind::kSemi, std::move(plan), std::move(values),
                  std::move(bound.conditions));
}

}  // namespace laminar
