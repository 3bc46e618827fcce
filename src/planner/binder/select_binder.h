// One SELECT block: FROM, WHERE, GROUP BY, HAVING, the select list, DISTINCT, and what ORDER BY needs of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/binder/bind_context.h"
#include "planner/binder/expression_binder.h"
#include "planner/binder/query_binder.h"
#include "planner/binder/scope.h"
#include "planner/binder/subquery_binder.h"
#include "planner/logical_plan.h"
#include "sql/ast_query.h"

namespace laminar {

/// Binds one block, once.
///
/// Everything is bound over the input first, with aggregates as placeholders. If the block groups, the bound trees are
/// then rewritten over the aggregation's output: a subtree equal to a key becomes that key, a placeholder its column,
/// and any input column that is left is the famous error.
class SelectBinder {
 public:
  SelectBinder(BindContext& context, std::string_view sql, const CommonTableScope* tables)
      : context_(context), sql_(sql), tables_(tables), subqueries_(context, sql, tables, scope_) {}

  /// `ordered_by`: the query whose ORDER BY applies to this block, or null.
  BoundBody Bind(const sql::SelectBody& select, const sql::Query* ordered_by);

 private:
  struct OutputColumn {
    const sql::Expression* syntax = nullptr;  // null for what `*` brought
    ExpressionPtr bound;
    std::string name;
    bool has_alias = false;
    SourceSpan span;
  };

  ExpressionBinder MakeBinder(std::string clause);
  void BindOutputs(const sql::SelectBody& select);
  void ExpandStar(const sql::StarExpression& star);
  const OutputColumn* FindAlias(const std::string& name) const;

  // where_binder.cpp
  void BindWhere(const sql::SelectBody& select);
  void KeepWhere(std::vector<ExpressionPtr> conjuncts);
  void KeepWhereSubquery(const sql::Expression& condition, ExpressionBinder& binder);
  /// Joins the subqueries of `expressions`, which are over `plan_`, and resolves them.
  void AttachSubqueries(const std::vector<ExpressionPtr*>& expressions);

  // group_binder.cpp
  void CollectGroupItems(const sql::SelectBody& select);
  void BindGroupWindow();
  void BindKeys(const sql::SelectBody& select);
  void BindKey(const sql::Expression& item);
  void AddKey(ExpressionPtr key);
  void CompleteWindowKeys();
  void Aggregate();
  void AttachSubqueriesOfGroups();
  ExpressionPtr RewriteOverGroups(ExpressionPtr expression) const;

  // order_binder.cpp
  void BindOrder(const sql::Query& query);
  void BindOrderItem(const sql::OrderItem& item);
  int OutputFor(ExpressionPtr expression, SourceSpan span);

  BindContext& context_;
  std::string_view sql_;
  const CommonTableScope* tables_;

  LogicalNodePtr plan_;
  Scope scope_;
  SubqueryBinder subqueries_;
  AggregateCollector aggregates_;
  std::optional<GroupWindow> window_;
  const sql::CallExpression* window_call_ = nullptr;
  std::vector<const sql::Expression*> group_items_;  // GROUP BY without the window
  std::vector<ExpressionPtr> keys_;
  std::vector<OutputColumn> outputs_;  // visible ones, then those that ORDER BY added
  size_t visible_ = 0;
  bool distinct_ = false;
  ExpressionPtr having_;
  std::vector<SortKey> order_;
};

/// The name of a select item without AS, as PostgreSQL makes it.
std::string NameOf(const sql::Expression& expression);
/// Does the bound tree refer to an aggregate?
bool HasAggregate(const Expression& expression);

}  // namespace laminar
