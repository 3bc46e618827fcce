// How functions come into the registry: each file of function/scalar/ and function/aggregate/ declares one free
// function
//
//     void RegisterMathFunctions(RegistryBuilder& builder);
//
// in its folder's register.h; RegisterScalarFunctions (scalar/register.cpp) and RegisterAggregateFunctions
// (aggregate/register.cpp) call them all, once, when the registry is built.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "function/aggregate_function.h"
#include "function/registry.h"
#include "function/scalar_function.h"

namespace laminar {

/// In `parameters`: any type is taken as it is, without a cast.
inline const DataType kAny{TypeId::kNull};

/// Collects declarations; only the registry's constructor has one. Every name that is added must also be described, and
/// the other way round; the registry checks it when it is built and refuses to start otherwise.
///
///     builder.Describe({.name = "sqrt", .category = "math", .signature = "sqrt(x DOUBLE) → DOUBLE",
///                       .help = "Square root.", .example = "sqrt(16)", .example_result = "4", .aliases = {}});
///     builder.Add(ScalarFunction{.name = "sqrt", .parameters = {TypeId::kDouble}, …});
class RegistryBuilder {
 public:
  /// Once per name, for all its overloads; the aliases are resolvable names too.
  void Describe(FunctionDoc doc) { docs_.push_back(std::move(doc)); }
  /// One overload. When several match equally well the one added first is taken.
  void Add(ScalarFunction function) { scalars_.push_back(std::move(function)); }
  void Add(AggregateFunction function) { aggregates_.push_back(std::move(function)); }
  /// What was declared so far; tests of kernels look here.
  const std::vector<AggregateFunction>& aggregates() const { return aggregates_; }

 private:
  friend class FunctionRegistry;
  std::vector<FunctionDoc> docs_;
  std::vector<ScalarFunction> scalars_;
  std::vector<AggregateFunction> aggregates_;
};

}  // namespace laminar
