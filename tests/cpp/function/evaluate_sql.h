// For tests: the value of a SQL expression without columns.
#pragma once

#include <string>

#include "exec/expression/evaluate_constant.h"
#include "planner/binder/expression_binder.h"
#include "sql/parser.h"

namespace laminar {

inline ExpressionPtr BindSql(const std::string& sql) {
  const sql::ExpressionPtr parsed = sql::ParseExpression(sql);
  const Scope scope;
  return ExpressionBinder(scope, sql, "a test").Bind(*parsed);
}

/// Its text, or "error: " and the first line of the message of whatever refuses it.
inline std::string EvaluateSql(const std::string& sql) {
  try {
    const ExpressionPtr bound = BindSql(sql);
    Result<Value> value = EvaluateConstant(*bound, 1'360'305'600'000'000);
    if (!value.ok()) return "error: " + value.status().message();
    return value.value().ToString();
  } catch (const Error& error) {
    const std::string message = error.what();
    return "error: " + message.substr(0, message.find('\n'));
  }
}

}  // namespace laminar
