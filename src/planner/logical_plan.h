// The logical plan: what a query means, before it is decided how it runs.
#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/entry.h"
#include "common/sort_order.h"
#include "common/source_span.h"
#include "common/type.h"
#include "common/value.h"
#include "exec/file_table.h"
#include "exec/join_spec.h"
#include "exec/set_operation.h"
#include "exec/window_assign.h"
#include "function/aggregate_function.h"
#include "function/expression.h"
#include "planner/properties.h"

namespace laminar {

enum class LogicalKind : uint8_t {
  kScan,
  kFileScan,
  kValues,
  kFilter,
  kProject,
  kWindowAssign,
  kAggregate,
  kUnionAll,
  kJoin,
  kSort,
  kLimit,
  kTopN,
  kSetOperation,
  kUnnest,
};

struct LogicalNode;
using LogicalNodePtr = std::unique_ptr<LogicalNode>;

/// A place in a SQL text. The text of a view is another than the statement's, so nodes that may be refused late carry
/// both.
struct SqlPlace {
  std::string_view sql;
  SourceSpan span;
};

/// Column references in a node's expressions are positions in the concatenation of its inputs' schemas. Made by the
/// functions below, which set schema and properties; rewritten by rules, which keep the result's schema.
struct LogicalNode {
  explicit LogicalNode(LogicalKind node_kind) : kind(node_kind) {}
  virtual ~LogicalNode() = default;

  const LogicalKind kind;
  std::vector<LogicalNodePtr> inputs;
  Schema schema;
  Properties properties;

  LogicalNode& input() { return *inputs[0]; }
  const LogicalNode& input() const { return *inputs[0]; }
  template <typename T>
  T& As() {
    assert(kind == T::kKind);
    return static_cast<T&>(*this);
  }
  template <typename T>
  const T& As() const {
    assert(kind == T::kKind);
    return static_cast<const T&>(*this);
  }
};

/// A source or a stream of the catalog, which must outlive the plan.
struct LogicalScan final : LogicalNode {
  static constexpr LogicalKind kKind = LogicalKind::kScan;
  LogicalScan() : LogicalNode(kKind) {}
  const CatalogEntry* relation = nullptr;
  std::vector<int> columns;  // of the relation, in the order of the schema
};

/// Files; only in plans that run once.
struct LogicalFileScan final : LogicalNode {
  static constexpr LogicalKind kKind = LogicalKind::kFileScan;
  LogicalFileScan() : LogicalNode(kKind) {}
  std::shared_ptr<const FileTable> files;
  std::vector<int> columns;  // of the files, in the order of the schema
};

struct LogicalValues final : LogicalNode {
  static constexpr LogicalKind kKind = LogicalKind::kValues;
  LogicalValues() : LogicalNode(kKind) {}
  std::vector<std::vector<Value>> rows;  // in the schema's types
  std::string table;                     // "information_schema.tables"; empty: constants of the query
};

struct LogicalFilter final : LogicalNode {
  static constexpr LogicalKind kKind = LogicalKind::kFilter;
  LogicalFilter() : LogicalNode(kKind) {}
  ExpressionPtr predicate;
};

struct LogicalProject final : LogicalNode {
  static constexpr LogicalKind kKind = LogicalKind::kProject;
  LogicalProject() : LogicalNode(kKind) {}
  std::vector<ExpressionPtr> expressions;
  bool stored = false;  // computed once a row, and kept with it (exec/stored_project.h)
};

/// Adds window_start, window_end and window_time to the input's columns.
struct LogicalWindowAssign final : LogicalNode {
  static constexpr LogicalKind kKind = LogicalKind::kWindowAssign;
  LogicalWindowAssign() : LogicalNode(kKind) {}
  WindowSpec spec;
  int time_column = -1;
  std::string text;  // "TUMBLE(ts, 1 minute)", for messages and EXPLAIN
};

struct AggregateItem {
  struct Order {
    bool descending = false;
    bool nulls_first = false;
    friend bool operator==(const Order&, const Order&) = default;
  };

  const AggregateFunction* function = nullptr;
  DataType result;
  std::vector<ExpressionPtr> arguments;  // those of ORDER BY inside the call are the last ones
  std::vector<Order> order;              // for each of them
  std::vector<Value> constants;
  bool descending = false;  // WITHIN GROUP (ORDER BY … DESC)
  bool distinct = false;
  ExpressionPtr filter;  // may be null
  SqlPlace place;
  std::shared_ptr<const AggregateFunction> kept_function = nullptr;  // `function`, unless it is a built-in one

  bool Equals(const AggregateItem& other) const;
  /// "count(DISTINCT a) FILTER (WHERE b)"
  std::string ToString() const;
  AggregateItem Clone() const;
};

/// Which of the keys are bounds of a window, so that groups come to an end.
struct WindowKeys {
  int start = -1;  // position in keys; -1: not grouped by
  int end = -1;
  std::vector<std::string> sources;  // whose watermark closes the windows; empty: none does
  bool declared = false;
  int64_t nanos_per_unit = 0;
  int64_t lateness = 0;  // raw units: delays from below, and ALLOW LATENESS
};

/// Schema: the keys, then the aggregates. Without keys there is always one row.
struct LogicalAggregate final : LogicalNode {
  static constexpr LogicalKind kKind = LogicalKind::kAggregate;
  LogicalAggregate() : LogicalNode(kKind) {}
  std::vector<ExpressionPtr> keys;
  std::vector<AggregateItem> aggregates;
  std::optional<WindowKeys> window;
};

struct LogicalUnionAll final : LogicalNode {
  static constexpr LogicalKind kKind = LogicalKind::kUnionAll;
  LogicalUnionAll() : LogicalNode(kKind) {}
};

/// `left = right`; with null_safe NULL equals NULL. Both are of one type that rows can be hashed by, cannot fail, and
/// refer to columns of their side alone.
struct JoinKey {
  ExpressionPtr left;
  ExpressionPtr right;
  bool null_safe = false;
};

/// Rows that meet when all keys are equal and the residual is true (exec/join_spec.h). As everywhere, columns are
/// positions in left ++ right, on the right side of a key too.
///
/// A conjunct of the condition that is not true hides the errors of the others: what can be decided by keys is never
/// computed. So a residual that may fail has every conjunct as `… IS TRUE`. A key that may fail is computed below the
/// join, once a row, and its error is that row's.
struct LogicalJoin final : LogicalNode {
  static constexpr LogicalKind kKind = LogicalKind::kJoin;
  LogicalJoin() : LogicalNode(kKind) {}
  JoinKind join = JoinKind::kInner;
  std::vector<JoinKey> keys;
  ExpressionPtr residual;   // may be null
  std::vector<int> output;  // the columns of the schema, as positions in left ++ right; of kSemi and kAnti in left

  int left_width() const { return inputs[0]->schema.size(); }
  const LogicalNode& right() const { return *inputs[1]; }
};

/// ORDER BY, with or without LIMIT; only in plans that run once.
struct LogicalSort final : LogicalNode {
  static constexpr LogicalKind kKind = LogicalKind::kSort;
  LogicalSort() : LogicalNode(kKind) {}
  std::vector<SortKey> keys;
  int64_t limit = -1;
  int64_t offset = 0;
};

struct LogicalLimit final : LogicalNode {
  static constexpr LogicalKind kKind = LogicalKind::kLimit;
  LogicalLimit() : LogicalNode(kKind) {}
  int64_t limit = -1;
  int64_t offset = 0;
};

/// The rows at positions (offset, offset + limit] of each key, in order: ORDER BY … LIMIT, row_number() <= n, DISTINCT
/// ON. Schema: the input's, and the row's number when `numbered`.
struct LogicalTopN final : LogicalNode {
  static constexpr LogicalKind kKind = LogicalKind::kTopN;
  LogicalTopN() : LogicalNode(kKind) {}
  std::vector<int> partition;
  std::vector<SortKey> order;
  /// Ties: in order of arrival, which rows that can be taken back have none of; then by the whole row.
  bool by_arrival = false;
  int64_t limit = -1;
  int64_t offset = 0;
  bool numbered = false;
  SqlPlace place;  // of row_number() OVER (…), which must be limited
};

/// INTERSECT and EXCEPT of two inputs of the same types; whole rows are compared, NULLs are equal.
struct LogicalSetOperation final : LogicalNode {
  static constexpr LogicalKind kKind = LogicalKind::kSetOperation;
  LogicalSetOperation() : LogicalNode(kKind) {}
  SetOperationKind operation = SetOperationKind::kIntersect;
  bool all = false;
};

/// The rows of the input, each as often as its longest list has elements (exec/unnest.h). Schema: the input's, a column
/// for each list and, when `ordinality`, the element's place.
struct LogicalUnnest final : LogicalNode {
  static constexpr LogicalKind kKind = LogicalKind::kUnnest;
  LogicalUnnest() : LogicalNode(kKind) {}
  std::vector<ExpressionPtr> lists;
  bool ordinality = false;
  bool outer = false;
};

LogicalNodePtr MakeScan(const CatalogEntry& relation, std::vector<int> columns);
LogicalNodePtr MakeFileScan(std::shared_ptr<const FileTable> files, std::vector<int> columns);
LogicalNodePtr MakeValues(Schema schema, std::vector<std::vector<Value>> rows);
LogicalNodePtr MakeFilter(LogicalNodePtr input, ExpressionPtr predicate);
/// `names` beside `expressions`.
LogicalNodePtr MakeProject(LogicalNodePtr input, std::vector<ExpressionPtr> expressions,
                           std::vector<std::string> names);
LogicalNodePtr MakeWindowAssign(LogicalNodePtr input, WindowSpec spec, int time_column, std::string text);
/// Finds the window among the keys by itself. `names` of keys, then of aggregates.
LogicalNodePtr MakeAggregate(LogicalNodePtr input, std::vector<ExpressionPtr> keys,
                             std::vector<AggregateItem> aggregates, std::vector<std::string> names);
/// The inputs have the same types; the result has the names of the first.
LogicalNodePtr MakeUnionAll(std::vector<LogicalNodePtr> inputs);
/// `conditions` are the conjuncts of ON over left ++ right; equalities of both sides become keys.
LogicalNodePtr MakeJoin(JoinKind kind, LogicalNodePtr left, LogicalNodePtr right,
                        std::vector<ExpressionPtr> conditions);
/// As MakeUnionAll, of two.
LogicalNodePtr MakeSetOperation(LogicalNodePtr left, LogicalNodePtr right, SetOperationKind operation, bool all);
LogicalNodePtr MakeSort(LogicalNodePtr input, std::vector<SortKey> keys, int64_t limit, int64_t offset);
LogicalNodePtr MakeLimit(LogicalNodePtr input, int64_t limit, int64_t offset);
LogicalNodePtr MakeTopN(LogicalNodePtr input, std::vector<int> partition, std::vector<SortKey> order, int64_t limit,
                        int64_t offset);
/// `names` of the columns that are added.
LogicalNodePtr MakeUnnest(LogicalNodePtr input, std::vector<ExpressionPtr> lists, bool ordinality, bool outer,
                          std::vector<std::string> names);
/// With the row's number as a last column of that name, and no limit yet.
LogicalNodePtr MakeNumberedTopN(LogicalNodePtr input, std::vector<int> partition, std::vector<SortKey> order,
                                std::string name, SqlPlace place);

/// A copy of the whole plan.
LogicalNodePtr Clone(const LogicalNode& plan);
/// Do both compute the same rows, column by column? Names and spans aside.
bool SamePlan(const LogicalNode& a, const LogicalNode& b);

/// One line for a node, with the names of its columns; used by EXPLAIN and tests.
std::string Describe(const LogicalNode& node);
/// The tree, one node a line, inputs indented by two.
std::string ToString(const LogicalNode& plan);

/// Reference to column `i` of a schema.
ExpressionPtr ColumnOf(const Schema& schema, int i, SourceSpan span = {});
/// References to all of them: the expressions of a project that changes nothing.
std::vector<ExpressionPtr> AllColumns(const Schema& schema);

}  // namespace laminar
