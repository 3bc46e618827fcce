// WHERE, and subqueries joined to the rows that expressions are computed for.
#include <algorithm>
#include <utility>

#include "planner/binder/coercion.h"
#include "planner/binder/select_binder.h"
#include "planner/binder/subquery_relations.h"
#include "planner/join_condition.h"
#include "planner/rules/rewrite.h"

namespace laminar {

namespace {

/// `NOT x`, as often as it is there.
const sql::Expression& WithoutNot(const sql::Expression& condition, bool* negated) {
  const auto* unary = condition.If<sql::UnaryExpression>();
  if (unary == nullptr || unary->op != sql::UnaryOperator::kNot) return condition;
  *negated = !*negated;
  return WithoutNot(*unary->operand, negated);
}

/// A condition that is a join and nothing else.
bool IsJoinCondition(const sql::Expression& condition) {
  bool negated = false;
  const sql::ExpressionKind kind = WithoutNot(condition, &negated).kind;
  return kind == sql::ExpressionKind::kInSubquery || kind == sql::ExpressionKind::kExists;
}

}  // namespace

/// Over one relation and without subqueries WHERE is one predicate. Otherwise its conjuncts become filters and joins of
/// their own, in which a conjunct that is not true hides the errors of the others: those without subqueries first, then
/// the others in order.
void SelectBinder::BindWhere(const sql::Expression& where, const std::vector<sql::SelectItem>& items) {
  ExpressionBinder binder = MakeBinder("WHERE; filter groups with HAVING");
  binder.SetUnknownColumnHint([&](const std::string& name) -> std::string {
    const auto is_alias = [&](const sql::SelectItem& item) { return item.alias && NamesEqual(item.alias->name, name); };
    return std::ranges::any_of(items, is_alias) ? " (a name given in the select list cannot be used in WHERE)" : "";
  });
  std::vector<const sql::Expression*> conditions;
  CollectConjuncts(where, &conditions);
  if (scope_.relations().size() <= 1 &&
      std::ranges::none_of(conditions, [](const sql::Expression* condition) { return IsJoinCondition(*condition); })) {
    ExpressionPtr predicate = binder.BindPredicate(where, "WHERE");
    if (!SubqueryBinder::HasPlaceholder(*predicate)) {
      plan_ = MakeFilter(std::move(plan_), std::move(predicate));
      return;
    }
  }
  const std::string_view what = conditions.size() == 1 ? "WHERE" : "an operand of AND";
  std::vector<ExpressionPtr> plain, with_subqueries;
  std::vector<const sql::Expression*> joins;
  for (const sql::Expression* condition : conditions) {
    if (IsJoinCondition(*condition)) {
      joins.push_back(condition);
      continue;
    }
    ExpressionPtr bound = binder.BindPredicate(*condition, what);
    (SubqueryBinder::HasPlaceholder(*bound) ? with_subqueries : plain).push_back(std::move(bound));
  }
  plan_ = FilterBy(std::move(plan_), std::move(plain));
  for (const sql::Expression* condition : joins) KeepWhereSubquery(*condition, binder);
  for (ExpressionPtr& condition : with_subqueries) {
    AttachSubqueries({&condition});
    plan_ = MakeFilter(std::move(plan_), std::move(condition));
  }
}

LogicalNodePtr SelectBinder::BindRows(LogicalNodePtr rows, ScopeRelation relation, const sql::Expression* where) {
  plan_ = std::move(rows);
  scope_.Add(std::move(relation));
  if (where != nullptr) BindWhere(*where, {});
  return std::move(plan_);
}

void SelectBinder::KeepWhereSubquery(const sql::Expression& condition, ExpressionBinder& binder) {
  bool negated = false;
  const sql::Expression& subquery = WithoutNot(condition, &negated);
  if (const auto* exists = subquery.If<sql::ExistsExpression>()) {
    plan_ = subqueries_.KeepExisting(std::move(plan_), *exists, negated);
    return;
  }
  const auto& in = subquery.As<sql::InSubqueryExpression>();
  std::vector<ExpressionPtr> operands = binder.BindOperands(*in.operand);
  std::vector<ExpressionPtr*> bound;
  for (ExpressionPtr& operand : operands) bound.push_back(&operand);
  AttachSubqueries(bound);
  plan_ = subqueries_.KeepIn(std::move(plan_), in, std::move(operands), in.negated != negated);
}

void SelectBinder::AttachSubqueries(const std::vector<ExpressionPtr*>& expressions) {
  std::vector<bool> used = subqueries_.NoneUsed();
  for (const ExpressionPtr* expression : expressions) subqueries_.MarkUsed(**expression, used);
  const std::vector<int> places = subqueries_.Attach(plan_, used, [](ExpressionPtr operand) { return operand; });
  for (ExpressionPtr* expression : expressions) SubqueryBinder::Resolve(**expression, places);
}

}  // namespace laminar
