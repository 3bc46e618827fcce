#include "exec/expression/evaluate_constant.h"

#include "exec/expression/evaluator.h"

namespace laminar {

Result<Value> EvaluateConstant(const Expression& expression, int64_t now) {
  if (expression.is_constant()) return expression.value;
  const Expression* const expressions[] = {&expression};
  Evaluator evaluator(CompileExpressions(expressions, false));
  const Delta no_columns;
  evaluator.Begin(no_columns, now);
  evaluator.Run({nullptr, 0, 1}, {});
  const Vector& result = evaluator.vector(evaluator.code().outputs[0]);
  if (result.errors != nullptr) return Status(result.errors->entries[0].code, result.errors->entries[0].message);
  return ReadValue(expression.type, result.values, result.validity, 0);
}

}  // namespace laminar
