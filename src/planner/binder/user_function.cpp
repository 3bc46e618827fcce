#include "planner/binder/user_function.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "function/call_binder.h"
#include "planner/binder/bind_error.h"
#include "planner/rules/rewrite.h"

namespace laminar {

namespace {

std::string SignaturesOf(const std::vector<FunctionPtr>& overloads) {
  std::vector<std::string> signatures;
  for (const FunctionPtr& function : overloads) signatures.push_back(function->Signature());
  return fmt::format("{}", fmt::join(signatures, ", "));
}

template <typename F>
const FunctionDefinition& Owner(const std::vector<FunctionPtr>& overloads, const F* chosen,
                                std::shared_ptr<const F> FunctionDefinition::*member) {
  const auto is_chosen = [&](const FunctionPtr& function) { return ((*function).*member).get() == chosen; };
  return **std::ranges::find_if(overloads, is_chosen);
}

/// Overloads match by the kind of type: a DECIMAL of any precision is one. What is called has the exact one.
void CastExactly(std::vector<ExpressionPtr>& arguments, const std::vector<DataType>& parameters, std::string_view sql) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    arguments[i] = CastTo(std::move(arguments[i]), parameters[i], sql, true);
  }
}

/// From here on copies of the argument are one evaluation, even of random().
void EvaluateOnce(Expression& argument) {
  static std::atomic<uint64_t> next{1};
  if (argument.deterministic()) return;
  argument.evaluation = next.fetch_add(1);
  for (const ExpressionPtr& child : argument.children) EvaluateOnce(*child);
}

constexpr size_t kMaxNodes = 100'000;

size_t NodesOf(const Expression& expression) {
  size_t nodes = 1;
  for (const ExpressionPtr& child : expression.children) nodes += NodesOf(*child);
  return nodes;
}

/// Of the body with the arguments in it, where each parameter counts for as many nodes as `sizes` says.
size_t ExpandedNodes(const Expression& body, const std::vector<size_t>& sizes) {
  if (body.is_column()) return sizes[static_cast<size_t>(body.column)];
  size_t nodes = 1;
  for (const ExpressionPtr& child : body.children) nodes += ExpandedNodes(*child, sizes);
  return nodes;
}

void PointAt(Expression& expression, SourceSpan span) {
  expression.span = span;
  for (const ExpressionPtr& child : expression.children) PointAt(*child, span);
}

}  // namespace

const std::vector<FunctionPtr>* FindUserFunction(BindContext& context, std::string_view name) {
  const std::vector<FunctionPtr>* overloads = context.catalog.functions().Find(name);
  if (overloads == nullptr) return nullptr;
  const std::string& spelled = overloads->front()->name;
  if (std::ranges::find(context.calls, spelled) == context.calls.end()) context.calls.push_back(spelled);
  return overloads;
}

ExpressionPtr BindUserCall(const std::vector<FunctionPtr>& overloads, std::string_view name,
                           std::vector<ExpressionPtr> arguments, std::string_view sql, SourceSpan span) {
  std::vector<const ScalarFunction*> choices;
  for (const FunctionPtr& function : overloads) choices.push_back(function->scalar.get());
  const std::string signatures = SignaturesOf(overloads);
  ExpressionPtr call = BindScalarCall(name, choices, std::move(arguments), &signatures, sql, span);
  const FunctionDefinition& chosen = Owner(overloads, call->function, &FunctionDefinition::scalar);
  CastExactly(call->children, chosen.parameters, sql);
  if (chosen.kind == FunctionKind::kScalar) {
    return Expression::MakeCall(chosen.scalar, call->type, std::move(call->children), span);
  }
  std::vector<size_t> sizes;
  for (const ExpressionPtr& argument : call->children) sizes.push_back(NodesOf(*argument));
  if (ExpandedNodes(*chosen.body, sizes) > kMaxNodes) {
    ThrowAt(
        sql, span,
        fmt::format("{} has more than {} parts once its macros are expanded: each macro that uses a parameter twice "
                    "doubles what it is given",
                    chosen.name, kMaxNodes));
  }
  ExpressionPtr body = chosen.body->Clone();
  PointAt(*body, span);
  for (const ExpressionPtr& argument : call->children) EvaluateOnce(*argument);
  return Substitute(*body, call->children);
}

BoundUserAggregate BindUserAggregate(const std::vector<FunctionPtr>& overloads, std::string_view name,
                                     std::vector<ExpressionPtr> arguments, std::string_view sql, SourceSpan span) {
  std::vector<const AggregateFunction*> choices;
  for (const FunctionPtr& function : overloads) choices.push_back(function->aggregate.get());
  const std::string signatures = SignaturesOf(overloads);
  BoundAggregate bound = BindAggregateCall(name, choices, std::move(arguments), &signatures, sql, span);
  const FunctionDefinition& chosen = Owner(overloads, bound.function, &FunctionDefinition::aggregate);
  CastExactly(bound.arguments, chosen.parameters, sql);
  return {chosen, std::move(bound)};
}

}  // namespace laminar
