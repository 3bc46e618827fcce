#include "catalog/functions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "common/sql_error.h"

namespace laminar {

std::string_view FunctionKindName(FunctionKind kind) {
  switch (kind) {
    case FunctionKind::kMacro:
      return "macro";
    case FunctionKind::kScalar:
      return "scalar function";
    case FunctionKind::kAggregate:
      return "aggregate function";
  }
  return "function";
}

std::string FunctionDefinition::Signature() const {
  std::vector<std::string> types;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const std::string type = parameters[i].ToString();
    types.push_back(parameter_names.empty() ? type : fmt::format("{} {}", parameter_names[i], type));
  }
  return fmt::format("{}({}) → {}", name, fmt::join(types, ", "), result.ToString());
}

FunctionDoc FunctionDefinition::Doc() const {
  const char* category = kind == FunctionKind::kMacro    ? "macro"
                         : kind == FunctionKind::kScalar ? "user-defined"
                                                         : "user-defined aggregate";
  return {.name = name,
          .category = category,
          .signature = Signature(),
          .help = help,
          .example = "",
          .example_result = "",
          .aliases = {}};
}

const std::vector<FunctionPtr>* FunctionCatalog::Find(std::string_view name) const {
  const auto found = functions_.find(LowerCased(name));
  return found == functions_.end() ? nullptr : &found->second;
}

const FunctionDefinition* FunctionCatalog::Find(std::string_view name, const std::vector<DataType>& parameters) const {
  const std::vector<FunctionPtr>* overloads = Find(name);
  if (overloads == nullptr) return nullptr;
  const auto found =
      std::ranges::find_if(*overloads, [&](const FunctionPtr& function) { return function->parameters == parameters; });
  return found == overloads->end() ? nullptr : found->get();
}

std::vector<FunctionPtr> FunctionCatalog::All() const {
  std::vector<FunctionPtr> all;
  for (const auto& [name, overloads] : functions_) all.insert(all.end(), overloads.begin(), overloads.end());
  return all;
}

std::vector<std::string> FunctionCatalog::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, overloads] : functions_) names.push_back(overloads.front()->name);
  return names;
}

std::vector<std::string> FunctionCatalog::CallersOf(std::string_view name) const {
  std::vector<std::string> callers;
  for (const auto& [key, overloads] : functions_) {
    const auto calls = [&](const FunctionPtr& function) {
      return std::ranges::any_of(function->calls, [&](const std::string& call) { return NamesEqual(call, name); });
    };
    if (std::ranges::any_of(overloads, calls)) callers.push_back(overloads.front()->name);
  }
  return callers;
}

void FunctionCatalog::CheckName(std::string_view name, FunctionKind kind) const {
  if (FunctionRegistry::Get().Has(name)) {
    throw Error(ErrorCode::kTableExists,
                fmt::format("there is a built-in function {}: give yours another name", LowerCased(name)));
  }
  const std::vector<FunctionPtr>* overloads = Find(name);
  if (overloads == nullptr || overloads->front()->kind == kind) return;
  throw Error(ErrorCode::kTableExists,
              fmt::format("{} is {} {} already: a name stands for one kind of function", overloads->front()->name,
                          overloads->front()->kind == FunctionKind::kAggregate ? "an" : "a",
                          FunctionKindName(overloads->front()->kind)));
}

FunctionPtr FunctionCatalog::Put(FunctionPtr function) {
  std::vector<FunctionPtr>& overloads = functions_[LowerCased(function->name)];
  for (FunctionPtr& old : overloads) {
    if (old->parameters == function->parameters) return std::exchange(old, std::move(function));
  }
  overloads.push_back(std::move(function));
  return nullptr;
}

std::vector<FunctionPtr> FunctionCatalog::Erase(std::string_view name) {
  auto node = functions_.extract(functions_.find(LowerCased(name)));
  return std::move(node.mapped());
}

std::vector<FunctionPtr> FunctionCatalog::EraseAll() {
  std::vector<FunctionPtr> all = All();
  functions_.clear();
  return all;
}

}  // namespace laminar
