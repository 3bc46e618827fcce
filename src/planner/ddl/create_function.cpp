// CREATE FUNCTION f(a type, …) RETURNS type AS expression.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/expression_binder.h"
#include "planner/binder/types.h"
#include "planner/binder/window_call.h"
#include "planner/ddl.h"
#include "planner/ddl/names.h"

namespace laminar {

namespace {

Schema BindParameters(const sql::CreateFunctionStatement& statement, std::string_view sql) {
  std::vector<Field> fields;
  for (const sql::FunctionParameter& parameter : statement.parameters) {
    const auto same = [&](const Field& field) { return NamesEqual(field.name, parameter.name.name); };
    if (std::ranges::any_of(fields, same)) {
      ThrowAt(ErrorCode::kInvalidSchema, sql, parameter.name.span,
              fmt::format("parameter \"{}\" is there twice", parameter.name.name));
    }
    fields.push_back({parameter.name.name, BindType(*parameter.type, sql), true});
  }
  return Schema(std::move(fields));
}

/// Coerced as in an assignment.
ExpressionPtr BindBody(BindContext& context, const sql::CreateFunctionStatement& statement, const std::string& name,
                       const Schema& parameters, const DataType& result, std::string_view sql) {
  Scope scope;
  scope.Add({.name = name, .schema = parameters});
  ExpressionBinder binder(scope, sql, "the body of a function");
  binder.SetContext(&context);
  ExpressionPtr body = binder.Bind(*statement.body);
  const std::string from = body->type.ToString();
  try {
    return CoerceForAssignment(std::move(body), result, sql, name);
  } catch (const Error& error) {
    ThrowAt(sql, statement.body->span,
            fmt::format("the body of {} is of type {}, which does not become the {} it RETURNS; write CAST(… AS {})",
                        name, from, result.ToString(), result.ToString()));
  }
}

}  // namespace

FunctionPtr BindCreateFunction(const Catalog& catalog, const sql::CreateFunctionStatement& statement,
                               std::string_view sql) {
  auto function = std::make_shared<FunctionDefinition>();
  function->name = RelationName(statement.head.name, sql);
  function->sql = TextOf(sql, statement.span);
  const Schema parameters = BindParameters(statement, sql);
  for (const Field& field : parameters.fields()) {
    function->parameters.push_back(field.type);
    function->parameter_names.push_back(field.name);
  }
  function->result = BindType(*statement.returns, sql);
  BindContext context{.catalog = catalog, .continuous = false, .reads = {}};
  function->body = BindBody(context, statement, function->name, parameters, function->result, sql);
  function->calls = std::move(context.calls);
  const auto is_itself = [&](const std::string& call) { return NamesEqual(call, function->name); };
  if (std::ranges::any_of(function->calls, is_itself)) {
    ThrowAt(sql, statement.body->span, fmt::format("function \"{}\" cannot call itself", function->name));
  }
  function->help = TextOf(sql, statement.body->span);
  auto choice = std::make_shared<ScalarFunction>();
  choice->name = LowerCased(function->name);
  choice->parameters = function->parameters;
  choice->result = function->result;
  function->scalar = std::move(choice);
  return function;
}

}  // namespace laminar
