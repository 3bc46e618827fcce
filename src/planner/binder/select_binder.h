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
#include "planner/binder/top_n_binder.h"
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
  /// The rows of one relation that meet WHERE (null: all), for UPDATE and DELETE. Columns of subqueries may follow its
  /// own.
  LogicalNodePtr BindRows(LogicalNodePtr rows, ScopeRelation relation, const sql::Expression* where);

 private:
  struct OutputColumn {
    const sql::Expression* syntax = nullptr;  // null for what `*` brought
    ExpressionPtr bound;
    std::string name;
    bool has_alias = false;
    SourceSpan span;
    bool is_number = false;  // row_number() itself
  };

  ExpressionBinder MakeBinder(std::string clause);
  void BindOutputs(const sql::SelectBody& select);
  void ExpandStar(const sql::StarExpression& star);
  const OutputColumn* FindAlias(const std::string& name) const;

  // where_binder.cpp
  void BindWhere(const sql::Expression& where, const std::vector<sql::SelectItem>& items);
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
  /// A position in the select list, a name of it, or an expression.
  int OutputOf(const sql::Expression& value, std::string clause);
  int OutputFor(ExpressionPtr expression, SourceSpan span);

  // rank_binder.cpp
  ExpressionPtr BindRowNumber(const sql::CallExpression& call);
  void BindDistinctOn(const sql::SelectBody& select);
  void BindQualify(const sql::Expression& condition);
  /// Adds what the numbers depend on to the outputs.
  void CompleteRanking(const sql::SelectBody& select, const sql::Query* ordered_by);
  void CheckNumberStandsAlone(const OutputColumn& output) const;
  /// The projection to all outputs; numbered and limited where the block asks for it.
  void ProjectOutputs();

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

  /// row_number() OVER (…) and DISTINCT ON: which rows of each key are left.
  struct Ranking {
    const sql::CallExpression* call = nullptr;  // null: DISTINCT ON
    std::vector<ExpressionPtr> partition;       // bound, then:
    std::vector<ExpressionPtr> order;
    std::vector<SortKey> order_keys;     // beside `order`
    std::vector<int> partition_outputs;  // positions in outputs_
    bool by_event_time = false;          // the last of the order
    NumberBounds bounds;
  };
  std::optional<Ranking> ranking_;
};

/// The name of a select item without AS, as PostgreSQL makes it.
std::string NameOf(const sql::Expression& expression);
/// Does the bound tree refer to an aggregate?
bool HasAggregate(const Expression& expression);

}  // namespace laminar
