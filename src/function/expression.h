// Bound expressions: typed, resolved, still a tree. The planner builds and rewrites them; exec/expression compiles them
// into a flat program.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/source_span.h"
#include "common/type.h"
#include "common/value.h"

namespace laminar {

class ScalarFunction;
class Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

enum class ExpressionKind : uint8_t {
  kColumn,    // input column `column`
  kConstant,  // `value`
  kCall,      // `function` over `children`
  kCast,      // children[0] to `type`; `try_cast`: NULL instead of an error
  kCase,  // children: condition, result, condition, result, …, else (always present; a NULL constant when omitted)
};

/// One node. Every child has exactly the type its parent's function expects: coercions are explicit casts.
class Expression {
 public:
  static ExpressionPtr MakeColumn(int column, DataType type, bool nullable, std::string name, SourceSpan span = {});
  static ExpressionPtr MakeConstant(Value value, SourceSpan span = {});
  static ExpressionPtr MakeCall(const ScalarFunction* function, DataType type, std::vector<ExpressionPtr> children,
                                SourceSpan span = {});
  /// Of a function that may be taken away while the expression is still there: keeps it.
  static ExpressionPtr MakeCall(std::shared_ptr<const ScalarFunction> function, DataType type,
                                std::vector<ExpressionPtr> children, SourceSpan span = {});
  static ExpressionPtr MakeCast(ExpressionPtr child, DataType type, bool try_cast, SourceSpan span = {});
  static ExpressionPtr MakeCase(std::vector<ExpressionPtr> children, DataType type, SourceSpan span = {});

  ExpressionKind kind = ExpressionKind::kConstant;
  DataType type;
  bool nullable = true;
  SourceSpan span;
  std::vector<ExpressionPtr> children;

  int column = -1;                                      // kColumn
  std::string name;                                     // kColumn: for messages and EXPLAIN
  Value value;                                          // kConstant
  const ScalarFunction* function = nullptr;             // kCall
  bool try_cast = false;                                // kCast
  std::shared_ptr<const ScalarFunction> kept_function;  // kCall: `function`, unless it is a built-in one
  /// Not 0: expressions of one number are one evaluation, even if they are not deterministic: the places at which a
  /// macro uses its argument.
  uint64_t evaluation = 0;

  ExpressionPtr Clone() const;
  /// Same tree, spans aside.
  bool Equals(const Expression& other) const;
  /// SQL with column names, as EXPLAIN and error messages show it.
  std::string ToString() const;

  /// May a row of it fail (division, overflow, cast)? Such expressions never move across a filter or a join.
  bool fallible() const;
  /// Same inputs, same answer, whenever asked. False for random(); now() is deterministic within a call.
  bool deterministic() const;
  /// Reads the logged time of the call (now(), PROCTIME()).
  bool reads_time() const;
  bool is_constant() const { return kind == ExpressionKind::kConstant; }
  bool is_column() const { return kind == ExpressionKind::kColumn; }
};

}  // namespace laminar
