// Expressions; those that hold a subquery are in ast_query.h.
//
// Sugar is removed by the parser where the plain form says the same: EXTRACT(f FROM x) is extract('f', x),
// SUBSTRING(x FROM a FOR b) is substring(x, a, b), POSITION(a IN b) is strpos(b, a), TRIM(LEADING c FROM x) is
// ltrim(x, c) (TRAILING: rtrim, BOTH: trim), OVERLAY(x PLACING y FROM a FOR b) is overlay(x, y, a, b),
// CURRENT_TIMESTAMP and its kin are calls without arguments, SOME is ANY, (a, b) is ROW(a, b).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/value.h"
#include "sql/ast_node.h"
#include "sql/ast_type.h"

namespace laminar::sql {

/// X(Name): the kind is ExpressionKind::kName, the struct NameExpression, the name in JSON "Name".
#define LAMINAR_SQL_EXPRESSION_KINDS(X) \
  X(Literal)                            \
  X(TypedLiteral)                       \
  X(IntervalLiteral)                    \
  X(IntervalOf)                         \
  X(Parameter)                          \
  X(Column)                             \
  X(Star)                               \
  X(Default)                            \
  X(Unary)                              \
  X(Binary)                             \
  X(Logical)                            \
  X(Is)                                 \
  X(Like)                               \
  X(Between)                            \
  X(InList)                             \
  X(InSubquery)                         \
  X(Exists)                             \
  X(ScalarSubquery)                     \
  X(Quantified)                         \
  X(Cast)                               \
  X(Case)                               \
  X(AtTimeZone)                         \
  X(Subscript)                          \
  X(Slice)                              \
  X(Field)                              \
  X(Row)                                \
  X(Array)                              \
  X(Struct)                             \
  X(Map)                                \
  X(Call)                               \
  X(Lambda)

enum class ExpressionKind {
#define LAMINAR_SQL_KIND(Name) k##Name,
  LAMINAR_SQL_EXPRESSION_KINDS(LAMINAR_SQL_KIND)
#undef LAMINAR_SQL_KIND
};

struct Expression : KindNode<ExpressionKind> {
  using KindNode::KindNode;
};
using ExpressionPtr = std::unique_ptr<Expression>;

/// Gives a node struct its kind and its constructor.
#define LAMINAR_SQL_NODE(Base, Name)                       \
  static constexpr Base::Kind kKind = Base::Kind::k##Name; \
  Name##Base() : Base(kKind) {}

enum class LiteralKind {
  kNull,
  kBoolean,  // text is "true" or "false"
  kInteger,  // text is decimal digits without leading zeros, of any length; a minus sign is a Unary around it
  kDecimal,  // text is digits with a point (".5" is "0.5", "1." is "1.0"), trailing zeros kept: they are the scale
  kFloat,    // text has an exponent: "1e10", "2.5e-3"
  kString,   // text is the value, escapes undone
  kBlob,     // text is the bytes in upper-case hexadecimal digits
};

struct LiteralExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Literal)
  LiteralKind literal = LiteralKind::kNull;
  std::string text;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("literal", literal);
    visit("text", text);
  }
};

/// `DATE '2024-01-01'`, `TIMESTAMP '…'`, `UUID '…'`: a string read as that type.
struct TypedLiteralExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, TypedLiteral)
  TypePtr type;
  std::string text;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("type", type);
    visit("text", text);
  }
};

/// `INTERVAL '1' MINUTE`, `INTERVAL '1 minute 5 seconds'`, `INTERVAL '1 02:03' DAY TO MINUTE`, `INTERVAL 5 MINUTE`.
/// `text` and `qualifier` are as written; the value is the sum of the three numbers, whose signs may differ.
struct IntervalLiteralExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, IntervalLiteral)
  std::string text;
  std::optional<IntervalQualifier> qualifier;
  int64_t months = 0;
  int64_t days = 0;
  int64_t nanoseconds = 0;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("text", text);
    visit("qualifier", qualifier);
    visit("months", months);
    visit("days", days);
    visit("nanoseconds", nanoseconds);
  }
};

/// `INTERVAL (expression) MINUTE`, `INTERVAL ? MINUTE`: that many units, known only when it runs.
struct IntervalOfExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, IntervalOf)
  ExpressionPtr value;
  IntervalUnit unit = IntervalUnit::kSecond;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("value", value);
    visit("unit", unit);
  }
};

/// `?` and `$1` have an index from 1 (the first `?` of a statement is 1), `$name` and `:name` a name.
struct ParameterExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Parameter)
  std::optional<int64_t> index;
  std::optional<std::string> name;

  /// One value, or the values of a list.
  struct Given {
    Value value;
    std::optional<std::vector<Value>> list;
  };
  /// What the caller gives for it before the statement is bound; null: nothing. No part of the syntax, hence mutable.
  mutable std::shared_ptr<const Given> given;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("index", index);
    visit("name", name);
  }
};

/// `a`, `t.a`, `s.t.a`; which part is a table and which a struct's field is for the binder to find out.
struct ColumnExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Column)
  std::vector<Identifier> parts;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("parts", parts);
  }
};

/// `expression AS name` in REPLACE.
struct StarReplacement : Node {
  ExpressionPtr value;
  Identifier name;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("value", value);
    visit("name", name);
  }
};

/// `*`, `t.*`, `* EXCLUDE (a) REPLACE (b + 1 AS b)`: only in a select list, or alone in a call as in count(*).
struct StarExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Star)
  std::vector<Identifier> qualifier;
  std::vector<Identifier> exclude;
  std::vector<StarReplacement> replace;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("qualifier", qualifier);
    visit("exclude", exclude);
    visit("replace", replace);
  }
};

/// `DEFAULT` in the rows of an INSERT, or as the new value of an UPDATE.
struct DefaultExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Default)

  template <typename Visitor>
  void Fields(Visitor&) const {}
};

enum class UnaryOperator { kNot, kNegate, kPlus, kBitNot };

struct UnaryExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Unary)
  UnaryOperator op = UnaryOperator::kNot;
  ExpressionPtr operand;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("op", op);
    visit("operand", operand);
  }
};

/// In JSON by their spelling.
enum class BinaryOperator {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kPower,   // ^
  kConcat,  // ||
  kBitAnd,
  kBitOr,
  kBitXor,  // #
  kShiftLeft,
  kShiftRight,
  kEqual,
  kNotEqual,  // <> and !=
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kIsDistinctFrom,
  kIsNotDistinctFrom,
  kRegexMatch,           // ~
  kRegexMatchNoCase,     // ~*
  kRegexNotMatch,        // !~
  kRegexNotMatchNoCase,  // !~*
  kJsonGet,              // ->
  kJsonGetText,          // ->>
};

struct BinaryExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Binary)
  BinaryOperator op = BinaryOperator::kAdd;
  /// Where the operator itself stands.
  SourceSpan op_span;
  ExpressionPtr left;
  ExpressionPtr right;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("op", op);
    visit("left", left);
    visit("right", right);
  }
};

enum class LogicalOperator { kAnd, kOr };

/// `a AND b AND c`: two operands at least, in order. Parentheses of the user nest.
struct LogicalExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Logical)
  LogicalOperator op = LogicalOperator::kAnd;
  std::vector<ExpressionPtr> operands;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("op", op);
    visit("operands", operands);
  }
};

enum class IsTest { kNull, kTrue, kFalse, kUnknown };

struct IsExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Is)
  IsTest test = IsTest::kNull;
  bool negated = false;
  ExpressionPtr operand;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("test", test);
    visit("negated", negated);
    visit("operand", operand);
  }
};

enum class LikeForm { kLike, kILike, kSimilarTo };

struct LikeExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Like)
  LikeForm form = LikeForm::kLike;
  bool negated = false;
  ExpressionPtr operand;
  ExpressionPtr pattern;
  ExpressionPtr escape;  // may be null

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("form", form);
    visit("negated", negated);
    visit("operand", operand);
    visit("pattern", pattern);
    visit("escape", escape);
  }
};

struct BetweenExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Between)
  bool negated = false;
  bool symmetric = false;
  ExpressionPtr operand;
  ExpressionPtr low;
  ExpressionPtr high;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("negated", negated);
    visit("symmetric", symmetric);
    visit("operand", operand);
    visit("low", low);
    visit("high", high);
  }
};

struct InListExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, InList)
  bool negated = false;
  ExpressionPtr operand;
  std::vector<ExpressionPtr> values;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("negated", negated);
    visit("operand", operand);
    visit("values", values);
  }
};

/// CAST(a AS t), a::t, TRY_CAST(a AS t).
struct CastExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Cast)
  bool or_null = false;  // TRY_CAST
  ExpressionPtr operand;
  TypePtr type;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("or_null", or_null);
    visit("operand", operand);
    visit("type", type);
  }
};

struct CaseBranch : Node {
  ExpressionPtr when;
  ExpressionPtr then;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("when", when);
    visit("then", then);
  }
};

struct CaseExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Case)
  ExpressionPtr operand;  // null in CASE WHEN …
  std::vector<CaseBranch> branches;
  ExpressionPtr otherwise;  // null without ELSE

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("operand", operand);
    visit("branches", branches);
    visit("otherwise", otherwise);
  }
};

struct AtTimeZoneExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, AtTimeZone)
  ExpressionPtr operand;
  ExpressionPtr zone;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("operand", operand);
    visit("zone", zone);
  }
};

/// `a[i]`
struct SubscriptExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Subscript)
  ExpressionPtr operand;
  ExpressionPtr index;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("operand", operand);
    visit("index", index);
  }
};

/// `a[i:j]`; a bound left out is null.
struct SliceExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Slice)
  ExpressionPtr operand;
  ExpressionPtr low;
  ExpressionPtr high;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("operand", operand);
    visit("low", low);
    visit("high", high);
  }
};

/// `(expression).field`; a plain `a.b` is a Column.
struct FieldExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Field)
  ExpressionPtr operand;
  Identifier field;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("operand", operand);
    visit("field", field);
  }
};

/// `ROW(a, b)`, `(a, b)`.
struct RowExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Row)
  std::vector<ExpressionPtr> values;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("values", values);
  }
};

/// `ARRAY[a, b]`, `[a, b]`.
struct ArrayExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Array)
  std::vector<ExpressionPtr> values;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("values", values);
  }
};

struct StructField : Node {
  Identifier name;
  ExpressionPtr value;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("name", name);
    visit("value", value);
  }
};

/// `{'a': 1, b: 2}`, `STRUCT(1 AS a, t.b)`: a field without a name takes that of its column.
struct StructExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Struct)
  std::vector<StructField> fields;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("fields", fields);
  }
};

struct MapEntry : Node {
  ExpressionPtr key;
  ExpressionPtr value;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("key", key);
    visit("value", value);
  }
};

/// `MAP {'a': 1}`, `MAP['a', 1]`.
struct MapExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Map)
  std::vector<MapEntry> entries;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("entries", entries);
  }
};

/// Where NULLs go: kDefault is last when ascending, first when descending, as in PostgreSQL.
enum class NullsOrder { kDefault, kFirst, kLast };

struct OrderItem : Node {
  ExpressionPtr value;
  bool descending = false;
  NullsOrder nulls = NullsOrder::kDefault;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("value", value);
    visit("descending", descending);
    visit("nulls", nulls);
  }
};

enum class FrameUnit { kRows, kRange, kGroups };
enum class FrameBoundKind { kUnboundedPreceding, kPreceding, kCurrentRow, kFollowing, kUnboundedFollowing };
enum class FrameExclusion { kNoOthers, kCurrentRow, kGroup, kTies };

struct FrameBound : Node {
  FrameBoundKind bound = FrameBoundKind::kCurrentRow;
  ExpressionPtr offset;  // of kPreceding and kFollowing

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("bound", bound);
    visit("offset", offset);
  }
};

/// `ROWS n PRECEDING` ends at the current row.
struct WindowFrame : Node {
  FrameUnit unit = FrameUnit::kRange;
  FrameBound start;
  FrameBound end;
  FrameExclusion exclusion = FrameExclusion::kNoOthers;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("unit", unit);
    visit("start", start);
    visit("end", end);
    visit("exclusion", exclusion);
  }
};

/// `(base PARTITION BY … ORDER BY … frame)`; `OVER w` is a specification with nothing but its base.
struct WindowSpecification : Node {
  std::optional<Identifier> base;
  std::vector<ExpressionPtr> partition_by;
  std::vector<OrderItem> order_by;
  std::unique_ptr<WindowFrame> frame;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("base", base);
    visit("partition_by", partition_by);
    visit("order_by", order_by);
    visit("frame", frame);
  }
};

/// `value`, or `name => value` (also `:=`).
struct CallArgument : Node {
  std::optional<Identifier> name;
  ExpressionPtr value;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("name", name);
    visit("value", value);
  }
};

enum class NullTreatment { kDefault, kRespect, kIgnore };

/// A call of a scalar, aggregate, window or table function. count(*) has one Star argument.
struct CallExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Call)
  QualifiedName function;
  bool distinct = false;
  std::vector<CallArgument> arguments;
  std::vector<OrderItem> order_by;
  std::vector<OrderItem> within_group;
  ExpressionPtr filter;
  NullTreatment nulls = NullTreatment::kDefault;
  std::unique_ptr<WindowSpecification> over;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("function", function);
    visit("distinct", distinct);
    visit("arguments", arguments);
    visit("order_by", order_by);
    visit("within_group", within_group);
    visit("filter", filter);
    visit("nulls", nulls);
    visit("over", over);
  }
};

/// `lambda x, y: x + y`, only as an argument of a call.
struct LambdaExpression final : Expression {
  LAMINAR_SQL_NODE(Expression, Lambda)
  std::vector<Identifier> parameters;
  ExpressionPtr body;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("parameters", parameters);
    visit("body", body);
  }
};

}  // namespace laminar::sql
