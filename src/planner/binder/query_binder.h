// Queries: WITH, set operations, VALUES, ORDER BY and LIMIT around select blocks.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "planner/binder/bind_context.h"
#include "planner/logical_plan.h"
#include "sql/ast_query.h"

namespace laminar {

/// What precedes ORDER BY: `plan` has `visible` columns of the result, then columns that exist to be ordered by.
struct BoundBody {
  LogicalNodePtr plan;
  int visible = 0;
  std::vector<SortKey> order;
};

/// Binds queries whose spans point into one text. Cheap; one for every text and WITH scope.
class QueryBinder {
 public:
  QueryBinder(BindContext& context, std::string_view sql, const CommonTableScope* tables)
      : context_(context), sql_(sql), tables_(tables) {}

  /// The statement's query itself: ORDER BY counts, and is refused in a stream. EMIT is the caller's.
  LogicalNodePtr BindOutermost(const sql::Query& query) { return BindQuery(query, true); }
  /// In FROM, WITH or a view: order without LIMIT means nothing and is dropped.
  LogicalNodePtr BindNested(const sql::Query& query) { return BindQuery(query, false); }

 private:
  LogicalNodePtr BindQuery(const sql::Query& query, bool outermost);
  LogicalNodePtr BindWithTables(const sql::Query& query, size_t next, const CommonTableScope* tables, bool outermost);
  LogicalNodePtr BindBodyAndOrder(const sql::Query& query, bool outermost);
  BoundBody BindBody(const sql::Body& body, const sql::Query* ordered_by);
  // set_operation_binder.cpp
  LogicalNodePtr BindSetOperation(const sql::SetOperationBody& operation);
  LogicalNodePtr BindValues(const sql::ValuesBody& values);
  void BindOrderByOutput(const sql::Query& query, BoundBody& body);
  std::optional<int64_t> BindCount(const sql::ExpressionPtr& expression, std::string_view what);

  BindContext& context_;
  std::string_view sql_;
  const CommonTableScope* tables_;
};

/// VALUES of the given target types (INSERT), or of the types common to each column when `targets` is empty. Rows that
/// read the time or are not deterministic are computed when the plan runs, all others now; what fails is an error at
/// its place.
/// `default_of(i)` is what DEFAULT stands for in the i-th column of an INSERT.
LogicalNodePtr BindValuesRows(BindContext& context, const sql::ValuesBody& values, std::string_view sql,
                              const std::vector<Field>& targets,
                              const std::function<ExpressionPtr(size_t)>& default_of = nullptr);

/// Brings the columns of `plan` to `types` by implicit casts; `what` for messages, at `span`.
LogicalNodePtr CoerceColumns(LogicalNodePtr plan, const std::vector<DataType>& types, std::string_view sql,
                             SourceSpan span, std::string_view what);
/// A literal of the select list, which has no type of its own yet; null otherwise.
const Expression* UntypedColumn(const LogicalNode& plan, int column);
/// Columns of bare NULLs are text once nobody gives them another type.
LogicalNodePtr ResolveNullColumns(LogicalNodePtr plan, std::string_view sql, SourceSpan span);
/// A sort key with the default place of NULLs resolved.
SortKey MakeSortKey(int column, bool descending, sql::NullsOrder nulls);

}  // namespace laminar
