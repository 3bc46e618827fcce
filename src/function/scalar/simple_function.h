// Declaring functions whose parameters are plain types.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "function/scalar/kernel.h"

namespace laminar {

struct SimpleOptions {
  FunctionTraits traits = {};
  bool variadic = false;
  std::unique_ptr<CallState> (*bind)(std::span<const ExpressionPtr> arguments, DataType* result) = nullptr;
};

inline void AddFunction(RegistryBuilder& builder, std::string name, std::vector<DataType> parameters, DataType result,
                        ScalarKernel kernel, SimpleOptions options = {}) {
  ScalarFunction function;
  function.name = std::move(name);
  function.parameters = std::move(parameters);
  function.variadic = options.variadic;
  function.result = std::move(result);
  function.traits = options.traits;
  function.kernel = kernel;
  if (options.bind != nullptr) function.bind = options.bind;
  builder.Add(std::move(function));
}

/// `bind` for functions that answer in their first argument's own type: DECIMAL(10,2), TIMESTAMP(3).
inline std::unique_ptr<CallState> SameTypeAsFirst(std::span<const ExpressionPtr> arguments, DataType* result) {
  *result = arguments[0]->type;
  return nullptr;
}

inline constexpr FunctionTraits kFallible{.fallible = true};

}  // namespace laminar
