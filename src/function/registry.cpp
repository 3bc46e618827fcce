#include "function/registry.h"

#include <algorithm>
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

  return BindScalarCall(name, *overloads, std::move(arguments), tables_->SignatureOf(LowerCased(name)), sql, span);
}

BoundAggregate FunctionRegistry::BindAggregate(std::string_view name, std::vector<ExpressionPtr> arguments,
                                               std::string_view sql, SourceSpan span) const {
  const std::vector<const AggregateFunction*>* overloads = Find(tables_->aggregate_names, name);
  if (overloads == nullptr) ThrowUnknown(tables_->aggregate_names, "aggregate function", name, sql, span);

  return BindAggregateCall(name, *overloads, std::move(arguments), tables_->SignatureOf(LowerCased(name)), sql, span);
}

bool FunctionRegistry::IsAggregate(std::string_view name) const {
  return Find(tables_->aggregate_names, name) != nullptr;
}
AggregateOrder FunctionRegistry::AggregateOrderOf(std::string_view name) const {
  return Find(tables_->aggregate_names, name)->front()->order;
}
bool FunctionRegistry::IsScalar(std::string_view name) const { return Find(tables_->scalar_names, name) != nullptr; }

}  // namespace laminar
