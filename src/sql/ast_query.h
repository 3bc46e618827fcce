// Queries: select, set operations, values, and what can stand in FROM.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sql/ast_expression.h"

namespace laminar::sql {

struct Query;
using QueryPtr = std::unique_ptr<Query>;

// ---------------------------------------------------------------------------------------------------- FROM

#define LAMINAR_SQL_TABLE_KINDS(X) \
  X(Named)                         \
  X(Subquery)                      \
  X(Function)                      \
  X(Window)                        \
  X(Join)

/// In JSON "NamedTable", "SubqueryTable", …
enum class TableKind {
#define LAMINAR_SQL_KIND(Name) k##Name,
  LAMINAR_SQL_TABLE_KINDS(LAMINAR_SQL_KIND)
#undef LAMINAR_SQL_KIND
};

/// Something with columns in FROM: `… AS alias (column_aliases)`.
struct Table : KindNode<TableKind> {
  using KindNode::KindNode;
  std::optional<Identifier> alias;
  std::vector<Identifier> column_aliases;
};
using TablePtr = std::unique_ptr<Table>;

struct NamedTable final : Table {
  LAMINAR_SQL_NODE(Table, Named)
  QualifiedName name;
  /// FOR SYSTEM_TIME AS OF …; null without it.
  ExpressionPtr as_of;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("name", name);
    visit("as_of", as_of);
  }
};

/// `(SELECT …)`, `(VALUES …)`.
struct SubqueryTable final : Table {
  LAMINAR_SQL_NODE(Table, Subquery)
  bool lateral = false;
  QueryPtr query;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("lateral", lateral);
    visit("query", query);
  }
};

/// `UNNEST(a) WITH ORDINALITY`, `generate_series(1, 3)`, `TABLE(f(x))`: `call` is a Call.
struct FunctionTable final : Table {
  LAMINAR_SQL_NODE(Table, Function)
  bool lateral = false;
  bool with_ordinality = false;
  ExpressionPtr call;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("lateral", lateral);
    visit("with_ordinality", with_ordinality);
    visit("call", call);
  }
};

enum class WindowKind { kTumble, kHop, kSession, kCumulate };

/// TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), size)) and TUMBLE(t, ts, size), names of arguments resolved:
///
///     TUMBLE   size [, offset]
///     HOP      slide, size [, offset]      (also HOPPING, SLIDE)
///     SESSION  gap                         (input may be PARTITION BY keys)
///     CUMULATE slide (its step), size
///
/// What a kind does not have is null. `time` is a Column.
struct WindowTable final : Table {
  LAMINAR_SQL_NODE(Table, Window)
  WindowKind window = WindowKind::kTumble;
  TablePtr input;  // NamedTable or SubqueryTable
  std::vector<ExpressionPtr> partition_by;
  ExpressionPtr time;
  ExpressionPtr size;
  ExpressionPtr slide;
  ExpressionPtr gap;
  ExpressionPtr offset;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("window", window);
    visit("input", input);
    visit("partition_by", partition_by);
    visit("time", time);
    visit("size", size);
    visit("slide", slide);
    visit("gap", gap);
    visit("offset", offset);
  }
};

enum class JoinType { kInner, kLeft, kRight, kFull, kSemi, kAnti, kCross };
enum class JoinForm {
  kRegular,        // on / using / natural / cross
  kAsof,           // on / using, match_condition, tolerance
  kTemporalProbe,  // probe
};

/// `TEMPORAL PROBE JOIN r ON (k) TIMESTAMPS (l_ts, r_ts) RANGE FROM 0s TO 30s STEP 5s AS p`, or `LIST (0s, 5s) AS p`.
/// Offsets are IntervalLiterals; RANGE has from, to and step, LIST has offsets.
struct TemporalProbe : Node {
  std::vector<Identifier> keys;
  ExpressionPtr left_time;
  ExpressionPtr right_time;
  ExpressionPtr from;
  ExpressionPtr to;
  ExpressionPtr step;
  std::vector<ExpressionPtr> offsets;
  Identifier alias;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("keys", keys);
    visit("left_time", left_time);
    visit("right_time", right_time);
    visit("from", from);
    visit("to", to);
    visit("step", step);
    visit("offsets", offsets);
    visit("alias", alias);
  }
};

struct JoinTable final : Table {
  LAMINAR_SQL_NODE(Table, Join)
  JoinType type = JoinType::kInner;
  JoinForm form = JoinForm::kRegular;
  bool natural = false;
  TablePtr left;
  TablePtr right;
  ExpressionPtr on;
  std::vector<Identifier> using_columns;
  ExpressionPtr match_condition;
  ExpressionPtr tolerance;
  std::unique_ptr<TemporalProbe> probe;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("type", type);
    visit("form", form);
    visit("natural", natural);
    visit("left", left);
    visit("right", right);
    visit("on", on);
    visit("using_columns", using_columns);
    visit("match_condition", match_condition);
    visit("tolerance", tolerance);
    visit("probe", probe);
  }
};

// ---------------------------------------------------------------------------------------------------- bodies

#define LAMINAR_SQL_BODY_KINDS(X) \
  X(Select)                       \
  X(SetOperation)                 \
  X(Values)                       \
  X(Nested)

/// In JSON "SelectBody", "SetOperationBody", …
enum class QueryBodyKind {
#define LAMINAR_SQL_KIND(Name) k##Name,
  LAMINAR_SQL_BODY_KINDS(LAMINAR_SQL_KIND)
#undef LAMINAR_SQL_KIND
};

struct Body : KindNode<QueryBodyKind> {
  using KindNode::KindNode;
};
using BodyPtr = std::unique_ptr<Body>;

struct SelectItem : Node {
  ExpressionPtr value;
  std::optional<Identifier> alias;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("value", value);
    visit("alias", alias);
  }
};

enum class GroupingKind {
  kExpression,    // expressions = {one}
  kSet,           // `(a, b)` or `()`: expressions
  kRollup,        // expressions; `(a, b)` inside is a Row
  kCube,          // as kRollup
  kGroupingSets,  // sets
};

struct GroupingElement : Node {
  GroupingKind grouping = GroupingKind::kExpression;
  std::vector<ExpressionPtr> expressions;
  std::vector<GroupingElement> sets;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("grouping", grouping);
    visit("expressions", expressions);
    visit("sets", sets);
  }
};

/// `GROUP BY ALL` has `all` and no elements.
struct GroupByClause : Node {
  bool all = false;
  bool distinct = false;
  std::vector<GroupingElement> elements;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("all", all);
    visit("distinct", distinct);
    visit("elements", elements);
  }
};

/// `WINDOW w AS (…)`
struct NamedWindow : Node {
  Identifier name;
  WindowSpecification specification;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("name", name);
    visit("specification", specification);
  }
};

struct SelectBody final : Body {
  LAMINAR_SQL_NODE(Body, Select)
  bool distinct = false;
  std::vector<ExpressionPtr> distinct_on;  // DISTINCT ON (…); then `distinct` too
  std::vector<SelectItem> items;
  std::vector<TablePtr> from;  // the list between commas
  ExpressionPtr where;
  std::unique_ptr<GroupByClause> group_by;
  ExpressionPtr having;
  std::vector<NamedWindow> windows;
  ExpressionPtr qualify;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("distinct", distinct);
    visit("distinct_on", distinct_on);
    visit("items", items);
    visit("from", from);
    visit("where", where);
    visit("group_by", group_by);
    visit("having", having);
    visit("windows", windows);
    visit("qualify", qualify);
  }
};

enum class SetOperator { kUnion, kIntersect, kExcept };

/// `a UNION ALL b UNION ALL c`: two operands at least, applied from left to right.
struct SetOperationBody final : Body {
  LAMINAR_SQL_NODE(Body, SetOperation)
  SetOperator op = SetOperator::kUnion;
  bool all = false;
  std::vector<BodyPtr> operands;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("op", op);
    visit("all", all);
    visit("operands", operands);
  }
};

struct ValuesRow : Node {
  std::vector<ExpressionPtr> values;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("values", values);
  }
};

struct ValuesBody final : Body {
  LAMINAR_SQL_NODE(Body, Values)
  std::vector<ValuesRow> rows;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("rows", rows);
  }
};

/// A query in parentheses that has clauses of its own, `(SELECT … ORDER BY a LIMIT 1) UNION …`; without them the
/// parentheses leave no trace.
struct NestedBody final : Body {
  LAMINAR_SQL_NODE(Body, Nested)
  QueryPtr query;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("query", query);
  }
};

// ---------------------------------------------------------------------------------------------------- query

enum class EmitMode {
  kDefault,        // no EMIT, but ALLOW LATENESS or LATE DATA TO
  kOnWindowClose,  // EMIT ON WINDOW CLOSE, EMIT AFTER WATERMARK
  kFinal,          // EMIT FINAL
  kOnUpdate,
  kChanges,
  kEvery,  // EMIT EVERY i, EMIT PERIODICALLY i
};

/// What follows a whole query: `EMIT …`, `ALLOW LATENESS i`, `LATE DATA TO sink`.
struct EmitClause : Node {
  EmitMode mode = EmitMode::kDefault;
  ExpressionPtr every;  // of kEvery
  ExpressionPtr allow_lateness;
  std::optional<QualifiedName> late_data_to;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("mode", mode);
    visit("every", every);
    visit("allow_lateness", allow_lateness);
    visit("late_data_to", late_data_to);
  }
};

enum class Materialization { kDefault, kMaterialized, kNotMaterialized };

struct CommonTable : Node {
  Identifier name;
  std::vector<Identifier> columns;
  Materialization materialization = Materialization::kDefault;
  QueryPtr query;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("name", name);
    visit("columns", columns);
    visit("materialization", materialization);
    visit("query", query);
  }
};

/// `ORDER BY ALL [DESC] [NULLS …]`
struct OrderByAll : Node {
  bool descending = false;
  NullsOrder nulls = NullsOrder::kDefault;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("descending", descending);
    visit("nulls", nulls);
  }
};

struct Query : Node {
  bool recursive = false;
  std::vector<CommonTable> with;
  BodyPtr body;
  std::vector<OrderItem> order_by;
  std::unique_ptr<OrderByAll> order_by_all;
  ExpressionPtr limit;  // null without LIMIT, and for LIMIT ALL
  ExpressionPtr offset;
  /// Only on the outermost query of a statement.
  std::unique_ptr<EmitClause> emit;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("recursive", recursive);
    visit("with", with);
    visit("body", body);
    visit("order_by", order_by);
    visit("order_by_all", order_by_all);
    visit("limit", limit);
    visit("offset", offset);
    visit("emit", emit);
  }
};

// ---------------------------------------------------------------------------------------------------- subqueries

struct InSubqueryExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, InSubquery)
  bool negated = false;
  ExpressionPtr operand;
  QueryPtr query;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("negated", negated);
    visit("operand", operand);
    visit("query", query);
  }
};

struct ExistsExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Exists)
  QueryPtr query;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("query", query);
  }
};

struct ScalarSubqueryExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, ScalarSubquery)
  QueryPtr query;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("query", query);
  }
};

enum class Quantifier { kAny, kAll };

/// `a = ANY (SELECT …)`, `a < ALL (array)`: exactly one of `query` and `array`. `op` is a comparison or a match.
struct QuantifiedExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Quantified)
  BinaryOperator op = BinaryOperator::kEqual;
  Quantifier quantifier = Quantifier::kAny;
  ExpressionPtr operand;
  QueryPtr query;
  ExpressionPtr array;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("op", op);
    visit("quantifier", quantifier);
    visit("operand", operand);
    visit("query", query);
    visit("array", array);
  }
};

}  // namespace laminar::sql
