// Subqueries in expressions: relations that are joined to the rows the expression is computed for.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "planner/binder/bind_context.h"
#include "planner/binder/scope.h"
#include "planner/logical_plan.h"
#include "sql/ast_query.h"

namespace laminar {

/// The subqueries of one select block. A bound expression refers to a column of one by a placeholder, until Attach
/// has joined the relation to the plan that the expression is over:
///
///     v > (SELECT max(v) FROM u)     one row, cross join:              v > #0
///     EXISTS (SELECT … FROM u)       one row (found), cross join:      #0
///     v IN (SELECT v FROM u)         its distinct values, left join on v = value, and one row (empty, has_null)
///                                    CASE WHEN #0 THEN true WHEN empty THEN false WHEN v IS NULL OR … END
///     v < ANY (SELECT v FROM u)      one row (min, max, empty, has_null), cross join
///
/// One-row relations are netted (DISTINCT above the aggregation), so that rows meet a change of the answer only.
class SubqueryBinder {
 public:
  SubqueryBinder(BindContext& context, std::string_view sql, const CommonTableScope* tables, const Scope& scope)
      : context_(context), sql_(sql), tables_(tables), scope_(scope) {}

  // What stands in an expression. Operands are bound by the caller, over the scope.
  ExpressionPtr Scalar(const sql::ScalarSubqueryExpression& subquery);
  ExpressionPtr Exists(const sql::ExistsExpression& exists);
  ExpressionPtr In(const sql::InSubqueryExpression& in, std::vector<ExpressionPtr> operands) {
    return In(*in.query, in.negated, std::move(operands), in.span);
  }
  ExpressionPtr Quantified(const sql::QuantifiedExpression& quantified, std::vector<ExpressionPtr> operands);

  // A condition that rows of `plan` must meet: no more than a join. Operands are over `plan`.
  LogicalNodePtr KeepExisting(LogicalNodePtr plan, const sql::ExistsExpression& exists, bool negated);
  LogicalNodePtr KeepIn(LogicalNodePtr plan, const sql::InSubqueryExpression& in, std::vector<ExpressionPtr> operands,
                        bool negated);

  static constexpr bool IsPlaceholder(int column) { return column <= kFirstPlaceholder; }
  static bool HasPlaceholder(const Expression& expression);
  /// Marks the relations that the expression needs.
  void MarkUsed(const Expression& expression, std::vector<bool>& used) const;
  std::vector<bool> NoneUsed() const { return std::vector<bool>(relations_.size(), false); }
  /// Joins those marked to `plan`; `over_plan` brings an operand, bound over the scope, to the columns of `plan`.
  /// Returns where the columns of each relation lie then; for Resolve.
  template <typename OverPlan>
  std::vector<int> Attach(LogicalNodePtr& plan, const std::vector<bool>& used, OverPlan over_plan) const {
    std::vector<int> places(relations_.size(), -1);
    for (size_t i = 0; i < relations_.size(); ++i) {
      if (!used[i]) continue;
      std::vector<ExpressionPtr> operands;
      for (const ExpressionPtr& operand : relations_[i].operands) {
        operands.push_back(over_plan(operand->Clone()));
        Resolve(*operands.back(), places);
      }
      places[i] = AttachOne(plan, relations_[i], std::move(operands));
    }
    return places;
  }
  /// Placeholders become columns.
  static void Resolve(Expression& expression, const std::vector<int>& places);

 private:
  struct Relation {
    std::string text;  // what it was made for: equal ones are made once
    LogicalNodePtr plan;
    std::vector<ExpressionPtr> operands;  // left join on operands[i] = column i; none: it has one row
    JoinKind join = JoinKind::kInner;
  };
  static constexpr int kFirstPlaceholder = -1'000'000;
  static constexpr int kMostColumns = 64;

  ExpressionPtr In(const sql::Query& query, bool negated, std::vector<ExpressionPtr> operands, SourceSpan span);
  LogicalNodePtr BindQuery(const sql::Query& query);
  // correlated_binder.cpp
  /// Likewise; null when it is correlated.
  LogicalNodePtr BindUncorrelated(const sql::Query& query);
  /// A subquery that names columns of the query around it, taken apart so that a join puts it together again.
  struct Correlated {
    LogicalNodePtr rows;                    // its FROM, with what its WHERE says of them alone
    std::vector<ExpressionPtr> conditions;  // the rest of its WHERE, over the rows around it ++ its own
    std::vector<ExpressionPtr> columns;     // its select list over its own rows; a star is left out
  };
  /// `width`: of the rows around it.
  Correlated BindCorrelated(const sql::Query& query, int width);
  LogicalNodePtr KeepInCorrelated(LogicalNodePtr plan, const sql::InSubqueryExpression& in,
                                  std::vector<ExpressionPtr> operands, bool negated);
  /// The plan of the query, which has a column for each operand; both are brought to their common type.
  LogicalNodePtr WithTypesOf(LogicalNodePtr plan, const sql::Query& query, std::vector<ExpressionPtr>& operands,
                             SourceSpan span);
  /// The relation made for the same, or -1.
  int Find(const std::string& text, const std::vector<ExpressionPtr>& operands) const;
  int Add(Relation relation);
  int AddOneRow(std::string text, LogicalNodePtr plan);
  ExpressionPtr Placeholder(int relation, int column, SourceSpan span) const;
  std::string TextOf(std::string_view what, const sql::Query& query) const;
  static int AttachOne(LogicalNodePtr& plan, const Relation& relation, std::vector<ExpressionPtr> operands);

  BindContext& context_;
  std::string_view sql_;
  const CommonTableScope* tables_;
  const Scope& scope_;
  std::vector<Relation> relations_;
};

}  // namespace laminar
