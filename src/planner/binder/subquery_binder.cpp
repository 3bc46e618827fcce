#include "planner/binder/subquery_binder.h"

#include <fmt/format.h>

#include <algorithm>

#include "function/registry.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/features.h"
#include "planner/binder/query_binder.h"
#include "planner/binder/subquery_relations.h"

namespace laminar {

bool SubqueryBinder::HasPlaceholder(const Expression& expression) {
  return (expression.is_column() && IsPlaceholder(expression.column)) ||
         std::ranges::any_of(expression.children, [](const ExpressionPtr& child) { return HasPlaceholder(*child); });
}

void SubqueryBinder::MarkUsed(const Expression& expression, std::vector<bool>& used) const {
  if (expression.is_column() && IsPlaceholder(expression.column)) {
    const size_t relation = static_cast<size_t>((kFirstPlaceholder - expression.column) / kMostColumns);
    used[relation] = true;
    for (const ExpressionPtr& operand : relations_[relation].operands) MarkUsed(*operand, used);
  }
  for (const ExpressionPtr& child : expression.children) MarkUsed(*child, used);
}

void SubqueryBinder::Resolve(Expression& expression, const std::vector<int>& places) {
  if (expression.is_column() && IsPlaceholder(expression.column)) {
    const int index = kFirstPlaceholder - expression.column;
    expression.column = places[static_cast<size_t>(index / kMostColumns)] + index % kMostColumns;
  }
  for (const ExpressionPtr& child : expression.children) Resolve(*child, places);
}

LogicalNodePtr SubqueryBinder::BindQuery(const sql::Query& query) {
  if (++context_.depth > BindContext::kMaxDepth) {
    ThrowAt(sql_, query.span, fmt::format("views and subqueries are nested more than {} deep", BindContext::kMaxDepth));
  }
  const Scope* const outer = std::exchange(context_.outer, &scope_);
  LogicalNodePtr plan = QueryBinder(context_, sql_, tables_).BindNested(query);
  context_.outer = outer;
  --context_.depth;
  return plan;
}

LogicalNodePtr SubqueryBinder::WithTypesOf(LogicalNodePtr plan, const sql::Query& query,
                                           std::vector<ExpressionPtr>& operands, SourceSpan span) {
  if (plan->schema.size() != static_cast<int>(operands.size())) {
    ThrowAt(sql_, query.span,
            fmt::format("the subquery has {} column{}, but {} value{} compared with it", plan->schema.size(),
                        plan->schema.size() == 1 ? "" : "s", operands.size(), operands.size() == 1 ? " is" : "s are"));
  }
  if (operands.size() >= static_cast<size_t>(kMostColumns)) {
    ThrowAt(sql_, span, fmt::format("more than {} values are compared with a subquery", kMostColumns - 1));
  }
  std::vector<DataType> types;
  for (size_t i = 0; i < operands.size(); ++i) {
    std::vector<ExpressionPtr> both;
    both.push_back(operands[i]->Clone());
    both.push_back(ColumnOf(plan->schema, static_cast<int>(i), query.span));
    types.push_back(CommonTypeOrThrow(both, sql_, "a value and a column of the subquery"));
    operands[i] = Coerce(std::move(operands[i]), types.back(), sql_, "a value compared with a subquery");
  }
  return CoerceColumns(std::move(plan), types, sql_, query.span, "a column of the subquery");
}

// ------------------------------------------------------------------------------------------------ in expressions

ExpressionPtr SubqueryBinder::Scalar(const sql::ScalarSubqueryExpression& subquery) {
  const std::string text = TextOf("value", *subquery.query);
  LogicalNodePtr plan = BindQuery(*subquery.query);
  if (plan->schema.size() != 1) {
    ThrowAt(sql_, subquery.span,
            fmt::format("a subquery that stands for a value has one column; this one has {}", plan->schema.size()));
  }
  int relation = Find(text, {});
  const bool has_one_row = HasOneRow(*plan);
  const std::vector<std::vector<int>>& keys = plan->properties.keys;
  const bool at_most_one = std::ranges::find(keys, std::vector<int>()) != keys.end();
  if (relation < 0) {
    if (!has_one_row) plan = OneValue(std::move(plan));
    relation = AddOneRow(text, std::move(plan));
  }
  ExpressionPtr value = Placeholder(relation, 0, subquery.span);
  if (has_one_row || at_most_one) return value;
  return CheckedValue(std::move(value), Placeholder(relation, 1, subquery.span), subquery.span);
}

ExpressionPtr SubqueryBinder::Exists(const sql::ExistsExpression& exists) {
  const std::string text = TextOf("exists", *exists.query);
  LogicalNodePtr plan = BindQuery(*exists.query);
  int relation = Find(text, {});
  if (relation < 0) relation = AddOneRow(text, IsFound(std::move(plan)));
  return Placeholder(relation, 0, exists.span);
}

ExpressionPtr SubqueryBinder::In(const sql::Query& query, bool negated, std::vector<ExpressionPtr> operands,
                                 SourceSpan span) {
  LogicalNodePtr plan = WithTypesOf(BindQuery(query), query, operands, span);
  const bool nullable_query = std::ranges::any_of(plan->schema.fields(), &Field::nullable);
  const bool nullable_operand =
      std::ranges::any_of(operands, [](const ExpressionPtr& operand) { return operand->nullable; });
  if (operands.size() > 1 && (nullable_query || nullable_operand)) {
    ThrowNotSupported("a row with columns that may be NULL, IN (SELECT …) elsewhere than as a condition of WHERE,",
                      sql_, span);
  }
  int flags = -1;
  if (nullable_query || nullable_operand) {
    const std::string text = TextOf("nulls", query);
    flags = Find(text, {});
    if (flags < 0) flags = AddOneRow(text, EmptyAndNulls(Clone(*plan)));
  }
  const ExpressionPtr operand = operands[0]->Clone();
  const std::string text = TextOf("in", query);
  const int columns = plan->schema.size();
  int values = Find(text, operands);
  if (values < 0) {
    values = Add({.text = text,
                  .plan = DistinctValues(std::move(plan)),
                  .operands = std::move(operands),
                  .join = JoinKind::kLeft});
  }
  ExpressionPtr found = IsTrue(Placeholder(values, columns, span));
  ExpressionPtr result = std::move(found);
  if (flags >= 0) {
    result = MembershipOf(std::move(result), Placeholder(flags, 0, span), Placeholder(flags, 1, span), *operand, span);
  }
  return negated ? Not(std::move(result)) : std::move(result);
}

ExpressionPtr SubqueryBinder::Quantified(const sql::QuantifiedExpression& quantified,
                                         std::vector<ExpressionPtr> operands) {
  const bool all = quantified.quantifier == sql::Quantifier::kAll;
  if (quantified.op == (all ? sql::BinaryOperator::kNotEqual : sql::BinaryOperator::kEqual)) {
    return In(*quantified.query, all, std::move(operands), quantified.span);
  }
  if (operands.size() > 1) ThrowNotSupported("this comparison of a row with a subquery", sql_, quantified.span);
  LogicalNodePtr plan = WithTypesOf(BindQuery(*quantified.query), *quantified.query, operands, quantified.span);
  const std::string text = TextOf("extremes", *quantified.query) + plan->schema.field(0).type.ToString();
  int relation = Find(text, {});
  if (relation < 0) relation = AddOneRow(text, Extremes(std::move(plan), sql_, quantified.query->span));
  const auto column = [&](int i) { return Placeholder(relation, i, quantified.span); };
  return CompareWithAll(quantified, *operands[0], {column(0), column(1), column(2), column(3)}, sql_);
}

// ----------------------------------------------------------------------------------------------------- relations

std::string SubqueryBinder::TextOf(std::string_view what, const sql::Query& query) const {
  return fmt::format("{} {}", what, sql_.substr(query.span.begin, query.span.end - query.span.begin));
}

int SubqueryBinder::Find(const std::string& text, const std::vector<ExpressionPtr>& operands) const {
  const auto same = [&](const Relation& relation) {
    return relation.text == text &&
           std::ranges::equal(relation.operands, operands,
                              [](const ExpressionPtr& a, const ExpressionPtr& b) { return a->Equals(*b); });
  };
  const auto found = std::ranges::find_if(relations_, same);
  return found == relations_.end() ? -1 : static_cast<int>(found - relations_.begin());
}

int SubqueryBinder::Add(Relation relation) {
  relations_.push_back(std::move(relation));
  return static_cast<int>(relations_.size()) - 1;
}

int SubqueryBinder::AddOneRow(std::string text, LogicalNodePtr plan) {
  // A row whose value fails is set aside, and the subquery has none: it stands for NULL then.
  const JoinKind join = HasOneRow(*plan) ? JoinKind::kInner : JoinKind::kLeft;
  return Add({.text = std::move(text), .plan = std::move(plan), .operands = {}, .join = join});
}

ExpressionPtr SubqueryBinder::Placeholder(int relation, int column, SourceSpan span) const {
  const Relation& of = relations_[static_cast<size_t>(relation)];
  ExpressionPtr reference = ColumnOf(of.plan->schema, column, span);
  reference->column = kFirstPlaceholder - (relation * kMostColumns + column);
  reference->nullable |= of.join == JoinKind::kLeft;
  return reference;
}

int SubqueryBinder::AttachOne(LogicalNodePtr& plan, const Relation& relation, std::vector<ExpressionPtr> operands) {
  plan = ComputeFallible(std::move(plan), operands);
  const int place = plan->schema.size();
  std::vector<ExpressionPtr> equalities = Equalities(operands, *plan, *relation.plan);
  plan = MakeJoin(relation.join, std::move(plan), Clone(*relation.plan), std::move(equalities));
  return place;
}

}  // namespace laminar
