// UNION, INTERSECT and EXCEPT: the types their columns have in common, and what is made of the operands.
#include <fmt/format.h>

#include <utility>

#include "function/registry.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/query_binder.h"

namespace laminar {

namespace {

std::string_view KeywordOf(sql::SetOperator op) {
  switch (op) {
    case sql::SetOperator::kUnion:
      return "UNION";
    case sql::SetOperator::kIntersect:
      return "INTERSECT";
    case sql::SetOperator::kExcept:
      return "EXCEPT";
  }
  return "";
}

/// The type of a column of the result. Literals and NULLs take that of the others.
DataType CommonColumnType(const std::vector<LogicalNodePtr>& inputs, int column, const sql::SetOperationBody& operation,
                          std::string_view sql) {
  DataType common = TypeId::kNull;
  bool has_text = false;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const DataType& type = inputs[i]->schema.field(column).type;
    if (UntypedColumn(*inputs[i], column) != nullptr || type.id() == TypeId::kNull) {
      has_text |= type.is_string();
      continue;
    }
    DataType wider = type;
    if (common.id() != TypeId::kNull && !CommonType(common, type, &wider)) {
      ThrowAt(sql, operation.operands[i]->span,
              fmt::format("column {} of {} {} is of types {} and {}, which do not match", column + 1,
                          operation.op == sql::SetOperator::kUnion ? "a" : "an", KeywordOf(operation.op),
                          common.ToString(), type.ToString()));
    }
    common = wider;
  }
  return common.id() == TypeId::kNull && has_text ? DataType(TypeId::kVarchar) : common;
}

LogicalNodePtr Distinct(LogicalNodePtr plan) {
  std::vector<ExpressionPtr> keys = AllColumns(plan->schema);
  std::vector<std::string> names = plan->schema.names();
  return MakeAggregate(std::move(plan), std::move(keys), {}, std::move(names));
}

}  // namespace

LogicalNodePtr QueryBinder::BindSetOperation(const sql::SetOperationBody& operation) {
  const std::string what =
      fmt::format("{} {}", operation.op == sql::SetOperator::kUnion ? "a" : "an", KeywordOf(operation.op));
  std::vector<LogicalNodePtr> inputs;
  for (const sql::BodyPtr& operand : operation.operands) {
    BoundBody bound = BindBody(*operand, nullptr);
    if (!inputs.empty() && bound.plan->schema.size() != inputs[0]->schema.size()) {
      ThrowAt(sql_, operand->span,
              fmt::format("each part of {} must have the same number of columns: this one has {}, the first {}", what,
                          bound.plan->schema.size(), inputs[0]->schema.size()));
    }
    inputs.push_back(std::move(bound.plan));
  }
  std::vector<DataType> types;
  for (int column = 0; column < inputs[0]->schema.size(); ++column) {
    types.push_back(CommonColumnType(inputs, column, operation, sql_));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputs[i] = CoerceColumns(std::move(inputs[i]), types, sql_, operation.operands[i]->span,
                              fmt::format("a column of {}", what));
  }
  if (operation.op == sql::SetOperator::kUnion) {
    LogicalNodePtr plan = MakeUnionAll(std::move(inputs));
    return operation.all ? std::move(plan) : Distinct(ResolveNullColumns(std::move(plan), sql_, operation.span));
  }
  const auto kind =
      operation.op == sql::SetOperator::kIntersect ? SetOperationKind::kIntersect : SetOperationKind::kExcept;
  LogicalNodePtr plan = ResolveNullColumns(std::move(inputs[0]), sql_, operation.operands[0]->span);
  for (size_t i = 1; i < inputs.size(); ++i) {
    LogicalNodePtr right = ResolveNullColumns(std::move(inputs[i]), sql_, operation.operands[i]->span);
    plan = MakeSetOperation(std::move(plan), std::move(right), kind, operation.all);
  }
  return plan;
}

}  // namespace laminar
