// Expressions: syntax tree to bound tree over the columns of a scope.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/functions.h"
#include "function/expression.h"
#include "function/registry.h"
#include "planner/binder/scope.h"
#include "planner/binder/subquery_binder.h"
#include "planner/logical_plan.h"
#include "sql/ast.h"

namespace laminar {

struct BindContext;

/// The aggregates of a select. A bound expression refers to aggregate i as column `PlaceholderOf(i)`, until it is known
/// at which column the aggregation will put it.
class AggregateCollector {
 public:
  /// Equal calls are kept once. Returns the index.
  int Add(AggregateItem item);
  const std::vector<AggregateItem>& items() const { return items_; }
  std::vector<AggregateItem> Take() { return std::move(items_); }

  static constexpr int PlaceholderOf(int index) { return -2 - index; }
  static constexpr bool IsPlaceholder(int column) { return column <= -2 && !SubqueryBinder::IsPlaceholder(column); }
  static constexpr int IndexOf(int placeholder) { return -2 - placeholder; }

 private:
  std::vector<AggregateItem> items_;
};

/// The window of GROUP BY TUMBLE(…), as TUMBLE_START(…) in the select list refers to it.
struct GroupWindow {
  sql::WindowKind kind = sql::WindowKind::kTumble;
  WindowSpec spec;
  int64_t nanos_per_unit = 0;
  ExpressionPtr time;    // over the scope
  Schema columns;        // window_start, window_end, window_time
  int first_column = 0;  // where they lie in the scope
};

/// Binds any number of expressions of one clause. Lives on the stack; one thread.
class ExpressionBinder {
 public:
  /// What stands there instead of a column of no relation: an alias of the select list. Null: nothing.
  using AliasResolver = std::function<ExpressionPtr(const sql::ColumnExpression&)>;

  ExpressionBinder(const Scope& scope, std::string_view sql, std::string clause)
      : scope_(scope), sql_(sql), clause_(std::move(clause)) {}

  /// Without one, aggregates are refused: "aggregates are not allowed in <clause>".
  void AllowAggregates(AggregateCollector* collector) { aggregates_ = collector; }
  /// With a context, functions of the database can be called, and in a stream what depends on time or chance is
  /// refused.
  void SetContext(BindContext* context) { context_ = context; }
  /// Without one, subqueries are refused in this clause.
  void AllowSubqueries(SubqueryBinder* subqueries) { subqueries_ = subqueries; }
  void SetWindow(const GroupWindow* window) { window_ = window; }
  void SetAliases(AliasResolver aliases) { aliases_ = std::move(aliases); }
  /// Added to "column … does not exist" when an alias of that name exists but may not be used here.
  void SetUnknownColumnHint(std::function<std::string(const std::string& name)> hint) { hint_ = std::move(hint); }

  /// What a call with OVER is. Without one, such calls are refused.
  void SetWindowCalls(std::function<ExpressionPtr(const sql::CallExpression&)> calls) { over_ = std::move(calls); }

  ExpressionPtr Bind(const sql::Expression& expression);
  /// The values before IN (SELECT …): one, or those of a row.
  std::vector<ExpressionPtr> BindOperands(const sql::Expression& operand);
  /// WHERE, HAVING, FILTER: must be BOOLEAN.
  ExpressionPtr BindPredicate(const sql::Expression& expression, std::string_view what);

 private:
  ExpressionPtr BindColumn(const sql::ColumnExpression& column);
  ExpressionPtr BindUnary(const sql::UnaryExpression& unary);
  ExpressionPtr BindBinary(const sql::BinaryExpression& binary);
  ExpressionPtr BindLogical(const sql::LogicalExpression& logical);
  ExpressionPtr BindIs(const sql::IsExpression& is);
  ExpressionPtr BindLike(const sql::LikeExpression& like);
  ExpressionPtr BindBetween(const sql::BetweenExpression& between);
  ExpressionPtr BindInList(const sql::InListExpression& in);
  ExpressionPtr BindQuantifiedList(const sql::QuantifiedExpression& quantified, const sql::ParameterExpression& list);
  ExpressionPtr BindSubquery(const sql::Expression& expression);
  // nested_binder.cpp
  ExpressionPtr BindArray(const sql::ArrayExpression& array);
  ExpressionPtr BindStruct(const sql::StructExpression& structure);
  ExpressionPtr BindRow(const sql::RowExpression& row);
  ExpressionPtr BindMap(const sql::MapExpression& map);
  ExpressionPtr BindSubscript(const sql::SubscriptExpression& subscript);
  ExpressionPtr BindSlice(const sql::SliceExpression& slice);
  ExpressionPtr FieldOf(ExpressionPtr operand, const sql::Identifier& field, SourceSpan span) const;
  /// Null when the name is no more than a column.
  ExpressionPtr BindFieldOfColumn(const sql::ColumnExpression& column);
  ExpressionPtr BindCase(const sql::CaseExpression& expression);
  ExpressionPtr BindCall(const sql::CallExpression& call);
  /// `own`: the overloads, when the aggregate is one of the database.
  ExpressionPtr BindAggregate(const sql::CallExpression& call, const std::string& name,
                              const std::vector<FunctionPtr>* own);
  std::vector<ExpressionPtr> BindAggregateArguments(const sql::CallExpression& call, AggregateOrder order,
                                                    AggregateItem* item);
  ExpressionPtr BindWindowBound(const sql::CallExpression& call, const std::string& name);
  /// Likewise for every call in the tree: what a macro was expanded to.
  void CheckContinuous(const Expression& expression, SourceSpan span) const;
  void CheckContinuous(const ScalarFunction& function, SourceSpan span) const;
  [[noreturn]] void ThrowUnknownFunction(const sql::CallExpression& call) const;
  std::vector<ExpressionPtr> BindArguments(const sql::CallExpression& call);

  /// A call of a registered function or operator.
  ExpressionPtr Call(std::string_view function, std::vector<ExpressionPtr> arguments, SourceSpan span) const;
  template <typename... Arguments>
  ExpressionPtr CallOf(std::string_view function, SourceSpan span, Arguments... arguments) const {
    std::vector<ExpressionPtr> list;
    (list.push_back(std::move(arguments)), ...);
    return Call(function, std::move(list), span);
  }
  ExpressionPtr Negate(ExpressionPtr operand, bool negated, SourceSpan span) const;

  const Scope& scope_;
  std::string_view sql_;
  std::string clause_;
  AggregateCollector* aggregates_ = nullptr;
  SubqueryBinder* subqueries_ = nullptr;
  const GroupWindow* window_ = nullptr;
  BindContext* context_ = nullptr;
  AliasResolver aliases_;
  std::function<ExpressionPtr(const sql::CallExpression&)> over_;
  std::function<std::string(const std::string&)> hint_;
};

}  // namespace laminar
