// Every function there is: what the binder resolves, SHOW FUNCTIONS lists and the reference page is generated from.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "function/aggregate_function.h"
#include "function/expression.h"
#include "function/scalar_function.h"

namespace laminar {

/// Help that all overloads of a name share. `example` is a SQL expression, `example_result` what it shows; a test runs
/// each.
struct FunctionDoc {
  std::string name;
  std::string category;   // "string", "math", "date", "conditional", "aggregate", "operator", …
  std::string signature;  // "date_trunc(unit VARCHAR, ts TIMESTAMP) → TIMESTAMP"
  std::string help;       // one line
  std::string example;
  std::string example_result;
  std::vector<std::string> aliases;
};

/// A call of an aggregate, resolved.
struct BoundAggregate {
  const AggregateFunction* function;
  DataType result;
  std::vector<ExpressionPtr> arguments;  // the constant ones left out
  std::vector<Value> constants;
};

/// Immutable after start-up; every method may be called from any thread.
class FunctionRegistry {
 public:
  static const FunctionRegistry& Get();
  ~FunctionRegistry();

  /// Resolves `name` over the argument types, inserts the casts that the chosen overload needs; of constants only
  /// literals are folded, into the type they are coerced to. `sql` and
  /// `span` locate errors: unknown name (candidates), no matching overload (the signatures there are), a constant
  /// argument that makes no sense. Throws Error kQueryFailed.
  ExpressionPtr BindScalar(std::string_view name, std::vector<ExpressionPtr> arguments, std::string_view sql,
                           SourceSpan span) const;

  /// Likewise for aggregates. count(*) has no argument.
  BoundAggregate BindAggregate(std::string_view name, std::vector<ExpressionPtr> arguments, std::string_view sql,
                               SourceSpan span) const;

  bool IsAggregate(std::string_view name) const;
  /// What ORDER BY does inside a call of this aggregate.
  AggregateOrder AggregateOrderOf(std::string_view name) const;
  bool IsScalar(std::string_view name) const;
  /// Is there a function or operator of this name, or alias?
  bool Has(std::string_view name) const { return IsScalar(name) || IsAggregate(name); }
  const std::vector<FunctionDoc>& docs() const { return docs_; }

 private:
  FunctionRegistry();

  std::vector<FunctionDoc> docs_;
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

/// The type both sides of a comparison, a UNION column, CASE results or an IN list are brought to; nothing when there
/// is none. PostgreSQL's rules: integers widen, integer with decimal gives decimal, anything numeric with DOUBLE gives
/// DOUBLE, a string literal takes the other's type.
bool CommonType(const DataType& a, const DataType& b, DataType* common);
/// The type that a list of expressions is brought to, constants counting for what they can become: a string literal
/// takes the others' type, an integer literal a narrower or unsigned type it fits. False when there is none.
bool CommonTypeOf(std::span<const ExpressionPtr> expressions, DataType* common);
/// Brings an expression to a type: literals are converted at once, everything else is wrapped in a cast; nothing
/// happens to one that has it already. Throws Error (kQueryFailed, at the expression) for a literal that does not
/// convert and for types without a conversion. `explicit_cast`: as CAST may, not only as coercion may.
ExpressionPtr CastTo(ExpressionPtr expression, const DataType& type, std::string_view sql, bool explicit_cast = false,
                     bool try_cast = false);
/// May a value of `from` be given where `to` is wanted, without being asked (widening, NULL, date → timestamp)?
bool ImplicitlyCastable(const DataType& from, const DataType& to);

}  // namespace laminar
