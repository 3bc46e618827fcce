// The functions of one database: macros that CREATE FUNCTION made, and what the program registered. Built-in functions
// are the process's (function/registry.h); no function of a database has the name of one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "function/aggregate_function.h"
#include "function/expression.h"
#include "function/registry.h"
#include "function/scalar_function.h"

namespace laminar {

enum class FunctionKind : uint8_t {
  kMacro,      // `body` takes the place of a call
  kScalar,     // `scalar` is called
  kAggregate,  // `aggregate` is called
};

/// "macro", "scalar function": as messages and SHOW FUNCTIONS say it.
std::string_view FunctionKindName(FunctionKind kind);

/// One overload. Immutable once it is in the catalog; a plan that uses it keeps what it needs of it.
struct FunctionDefinition {
  FunctionKind kind = FunctionKind::kMacro;
  std::string name;  // as the user spelled it
  std::vector<DataType> parameters;
  std::vector<std::string> parameter_names;  // kMacro
  DataType result;
  bool deterministic = true;  // not of a macro, which is as its body is
  bool takes_nulls = false;   // its code sees NULLs
  std::string help;
  std::string sql;                                     // kMacro: the CREATE statement
  std::shared_ptr<const ScalarFunction> scalar;        // kMacro: without a kernel, for choosing among overloads
  std::shared_ptr<const AggregateFunction> aggregate;  // kAggregate
  ExpressionPtr body;                                  // kMacro: over its parameters, which are columns 0, 1, …
  std::vector<std::string> calls;                      // kMacro: functions of the database that the body calls

  /// "f(BIGINT, VARCHAR) → DOUBLE"
  std::string Signature() const;
  FunctionDoc Doc() const;
};

using FunctionPtr = std::shared_ptr<const FunctionDefinition>;

/// A name stands for one kind; its overloads differ in the types of their parameters. Names match without regard to
/// case.
///
/// Thread: as the Catalog it belongs to.
class FunctionCatalog {
 public:
  /// The overloads in order of creation; null when there is none of that name.
  const std::vector<FunctionPtr>* Find(std::string_view name) const;
  /// The overload of exactly these parameters, or null.
  const FunctionDefinition* Find(std::string_view name, const std::vector<DataType>& parameters) const;
  /// By name, overloads in order of creation.
  std::vector<FunctionPtr> All() const;
  /// For "did you mean".
  std::vector<std::string> Names() const;
  /// Functions of the database whose bodies call `name`, by name.
  std::vector<std::string> CallersOf(std::string_view name) const;

  /// Throws kTableExists when the name belongs to a built-in function or to another kind of function.
  void CheckName(std::string_view name, FunctionKind kind) const;
  /// Adds an overload, in the place of the one that has its parameters, which is returned (else null).
  FunctionPtr Put(FunctionPtr function);
  /// All overloads of a name that exists.
  std::vector<FunctionPtr> Erase(std::string_view name);
  std::vector<FunctionPtr> EraseAll();

 private:
  std::map<std::string, std::vector<FunctionPtr>, std::less<>> functions_;  // by lower-cased name
};

}  // namespace laminar
