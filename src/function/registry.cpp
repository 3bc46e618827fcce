#include "function/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

#include "common/sql_error.h"
#include "function/aggregate/register.h"
#include "function/call_binder.h"
#include "function/registry_builder.h"
#include "function/scalar/register.h"

namespace laminar {

struct FunctionRegistry::Tables {
  template <typename F>
  using ByName = std::unordered_map<std::string, std::vector<const F*>>;

  std::vector<ScalarFunction> scalars;
  std::vector<AggregateFunction> aggregates;
  ByName<ScalarFunction> scalar_names;  // aliases included
  ByName<AggregateFunction> aggregate_names;
  std::unordered_map<std::string, const FunctionDoc*> doc_names;

  const std::string* SignatureOf(const std::string& name) const {
    const auto doc = doc_names.find(name);
    return doc == doc_names.end() ? nullptr : &doc->second->signature;
  }
};

namespace {

template <typename F>
void Index(const std::vector<F>& functions, const std::vector<FunctionDoc>& docs,
           std::unordered_map<std::string, std::vector<const F*>>* names) {
  for (const F& function : functions) (*names)[function.name].push_back(&function);
  for (const FunctionDoc& doc : docs) {
    const auto named = names->find(doc.name);
    if (named == names->end()) continue;
    const std::vector<const F*> overloads = named->second;
    for (const std::string& alias : doc.aliases) (*names)[alias] = overloads;
  }
}

template <typename F>
const std::vector<const F*>* Find(const std::unordered_map<std::string, std::vector<const F*>>& names,
                                  std::string_view name) {
  const auto found = names.find(LowerCased(name));
  return found == names.end() ? nullptr : &found->second;
}

template <typename F>
[[noreturn]] void ThrowUnknown(const std::unordered_map<std::string, std::vector<const F*>>& names,
                               std::string_view kind, std::string_view name, std::string_view sql, SourceSpan span) {
  std::vector<std::string> known;
  for (const auto& [candidate, overloads] : names) known.push_back(candidate);
  std::sort(known.begin(), known.end());
  throw MakeSqlError(ErrorCode::kQueryFailed, sql, span, "there is no " + std::string(kind) + " " + std::string(name),
                     NearestNames(name, known));
}

[[noreturn]] void ThrowNoOverload(std::string_view name, std::span<const ExpressionPtr> arguments,
                                  const std::string* signature, std::string_view sql, SourceSpan span) {
  constexpr std::array<std::string_view, 6> kComparisons = {"=", "<>", "<", "<=", ">", ">="};
  if (arguments.size() == 2 && std::ranges::find(kComparisons, name) != kComparisons.end()) {
    const Expression& left = *arguments[0];
    const Expression& right = *arguments[1];
    throw MakeSqlError(
        ErrorCode::kQueryFailed, sql, span,
        fmt::format("{} and {} cannot be compared: cast one side, as in CAST({} AS {})", left.type.ToString(),
                    right.type.ToString(), left.ToString(), right.type.ToString()));
  }
  std::string message = "no function " + DescribeCall(LowerCased(name), arguments);
  if (signature != nullptr) message += "; there are: " + *signature;
  throw MakeSqlError(ErrorCode::kQueryFailed, sql, span, message);
}

/// Takes the last arguments of a call, which must be constants.
std::vector<Value> TakeConstants(const AggregateFunction& function, std::vector<ExpressionPtr>& arguments,
                                 std::string_view sql) {
  std::vector<Value> constants;
  const size_t first = arguments.size() - function.constants;
  for (size_t i = first; i < arguments.size(); ++i) {
    if (!arguments[i]->is_constant() || arguments[i]->value.is_null()) {
      throw MakeSqlError(ErrorCode::kQueryFailed, sql, arguments[i]->span,
                         "argument " + std::to_string(i + 1) + " of " + function.name +
                             " must be a constant, and not NULL: a literal");
    }
    constants.push_back(arguments[i]->value);
  }
  try {
    if (function.check != nullptr) function.check(constants);
  } catch (const Error& error) {
    throw MakeSqlError(error.code(), sql, arguments[first]->span, error.what());
  }
  arguments.resize(first);
  return constants;
}

}  // namespace

const FunctionRegistry& FunctionRegistry::Get() {
  static const FunctionRegistry registry;
  return registry;
}

FunctionRegistry::FunctionRegistry() : tables_(std::make_unique<Tables>()) {
  RegistryBuilder builder;
  RegisterScalarFunctions(builder);
  RegisterAggregateFunctions(builder);
  docs_ = std::move(builder.docs_);
  tables_->scalars = std::move(builder.scalars_);
  tables_->aggregates = std::move(builder.aggregates_);
  Index(tables_->scalars, docs_, &tables_->scalar_names);
  Index(tables_->aggregates, docs_, &tables_->aggregate_names);
  for (const FunctionDoc& doc : docs_) {
    if (!tables_->scalar_names.contains(doc.name) && !tables_->aggregate_names.contains(doc.name)) {
      throw std::logic_error("function " + doc.name + " is described but not there");
    }
    if (!tables_->doc_names.emplace(doc.name, &doc).second) {
      throw std::logic_error("function " + doc.name + " is described twice");
    }
    for (const std::string& alias : doc.aliases) tables_->doc_names.emplace(alias, &doc);
  }
  const auto check = [this](const std::string& name) {
    if (!tables_->doc_names.contains(name)) throw std::logic_error("function " + name + " has no description");
  };
  for (const auto& [name, overloads] : tables_->scalar_names) check(name);
  for (const auto& [name, overloads] : tables_->aggregate_names) check(name);
}

FunctionRegistry::~FunctionRegistry() = default;

ExpressionPtr FunctionRegistry::BindScalar(std::string_view name, std::vector<ExpressionPtr> arguments,
                                           std::string_view sql, SourceSpan span) const {
  const std::vector<const ScalarFunction*>* overloads = Find(tables_->scalar_names, name);
  if (overloads == nullptr) ThrowUnknown(tables_->scalar_names, "function", name, sql, span);

  const ScalarFunction* best = nullptr;
  int best_cost = 0;
  std::vector<DataType> best_types;
  for (const ScalarFunction* overload : *overloads) {
    std::vector<DataType> types;
    int cost = 0;
    if (!overload->coerce) {
      cost = MatchArguments(arguments, overload->parameters, overload->variadic, &types);
    } else if (overload->coerce(arguments, &types)) {
      for (size_t i = 0; i < arguments.size() && cost != kNoMatch; ++i) {
        DataType target;
        const int one = MatchArgument(*arguments[i], types[i], arguments, &target);
        // What coerce decided holds; matching only ranks it. A conversion it alone knows ranks last.
        cost += one == kNoMatch ? 100 : one;
      }
    } else {
      cost = kNoMatch;
    }
    if (cost == kNoMatch || (best != nullptr && cost >= best_cost)) continue;
    best = overload;
    best_cost = cost;
    best_types = std::move(types);
  }
  if (best == nullptr) ThrowNoOverload(name, arguments, tables_->SignatureOf(LowerCased(name)), sql, span);

  for (size_t i = 0; i < arguments.size(); ++i) {
    if (best_types[i].id() != TypeId::kNull) arguments[i] = CastTo(std::move(arguments[i]), best_types[i], sql);
  }
  DataType result = best->result;
  if (best->bind) {
    try {
      best->bind(arguments, &result);
    } catch (const Error& error) {
      throw MakeSqlError(error.code(), sql, span, error.what(), error.candidates());
    }
  }
  return Expression::MakeCall(best, std::move(result), std::move(arguments), span);
}

FunctionRegistry::BoundAggregate FunctionRegistry::BindAggregate(std::string_view name,
                                                                 std::vector<ExpressionPtr> arguments,
                                                                 std::string_view sql, SourceSpan span) const {
  const std::vector<const AggregateFunction*>* overloads = Find(tables_->aggregate_names, name);
  if (overloads == nullptr) ThrowUnknown(tables_->aggregate_names, "aggregate function", name, sql, span);

  const AggregateFunction* best = nullptr;
  int best_cost = 0;
  std::vector<DataType> best_types;
  for (const AggregateFunction* overload : *overloads) {
    std::vector<DataType> types;
    const int cost = MatchArguments(arguments, overload->parameters, false, &types);
    if (cost == kNoMatch || (best != nullptr && cost >= best_cost)) continue;
    best = overload;
    best_cost = cost;
    best_types = std::move(types);
  }
  if (best == nullptr) ThrowNoOverload(name, arguments, tables_->SignatureOf(LowerCased(name)), sql, span);

  for (size_t i = 0; i < arguments.size(); ++i) {
    if (best_types[i].id() != TypeId::kNull) arguments[i] = CastTo(std::move(arguments[i]), best_types[i], sql);
  }
  DataType result = best->result_of != nullptr ? best->result_of(best_types) : best->result;
  std::vector<Value> constants = TakeConstants(*best, arguments, sql);
  return {best, std::move(result), std::move(arguments), std::move(constants)};
}

bool FunctionRegistry::IsAggregate(std::string_view name) const {
  return Find(tables_->aggregate_names, name) != nullptr;
}
AggregateOrder FunctionRegistry::AggregateOrderOf(std::string_view name) const {
  return Find(tables_->aggregate_names, name)->front()->order;
}
bool FunctionRegistry::IsScalar(std::string_view name) const { return Find(tables_->scalar_names, name) != nullptr; }

}  // namespace laminar
