#include "planner/binder/subquery_relations.h"

#include <algorithm>
#include <string>
#include <utility>

#include "function/registry.h"
#include "planner/binder/features.h"
#include "planner/binder/operators.h"
#include "planner/join_condition.h"
#include "planner/rules/rewrite.h"

namespace laminar {

namespace {

template <typename... Arguments>
ExpressionPtr CallOf(std::string_view function, SourceSpan span, Arguments... arguments) {
  std::vector<ExpressionPtr> list;
  (list.push_back(std::move(arguments)), ...);
  return FunctionRegistry::Get().BindScalar(function, std::move(list), "", span);
}

ExpressionPtr Integer(int64_t value) { return Expression::MakeConstant(Value(TypeId::kInt64, value)); }
ExpressionPtr Truth(bool value) { return Expression::MakeConstant(Value::Boolean(value)); }
ExpressionPtr Unknown() { return Expression::MakeConstant(Value(DataType(TypeId::kBoolean))); }

template <typename... Children>
ExpressionPtr Case(const DataType& type, SourceSpan span, Children... children) {
  std::vector<ExpressionPtr> list;
  (list.push_back(std::move(children)), ...);
  return Expression::MakeCase(std::move(list), type, span);
}

AggregateItem Item(std::string_view name, ExpressionPtr argument, std::string_view sql = "", SourceSpan span = {}) {
  std::vector<ExpressionPtr> arguments;
  if (argument != nullptr) arguments.push_back(std::move(argument));
  auto bound = FunctionRegistry::Get().BindAggregate(name, std::move(arguments), sql, span);
  AggregateItem item;
  item.function = bound.function;
  item.result = bound.result;
  item.arguments = std::move(bound.arguments);
  item.place = {sql, span};
  return item;
}

LogicalNodePtr Aggregate(LogicalNodePtr plan, std::vector<AggregateItem> items) {
  std::vector<std::string> names;
  for (const AggregateItem& item : items) names.push_back(item.ToString());
  return MakeAggregate(std::move(plan), {}, std::move(items), std::move(names));
}

/// DISTINCT: of a relation of one row it lets only changes pass.
LogicalNodePtr Distinct(LogicalNodePtr plan) {
  std::vector<ExpressionPtr> keys = AllColumns(plan->schema);
  std::vector<std::string> names = plan->schema.names();
  return MakeAggregate(std::move(plan), std::move(keys), {}, std::move(names));
}

LogicalNodePtr Netted(LogicalNodePtr plan, std::vector<ExpressionPtr> expressions, std::vector<std::string> names) {
  return Distinct(MakeProject(std::move(plan), std::move(expressions), std::move(names)));
}

ExpressionPtr IsNotNull(ExpressionPtr operand) {
  const SourceSpan span = operand->span;
  return CallOf("is not null", span, std::move(operand));
}

/// The count of values beside the count of rows.
ExpressionPtr FewerThan(const Schema& counts, int values, int rows) {
  return CallOf("<", {}, ColumnOf(counts, values), ColumnOf(counts, rows));
}

}  // namespace

bool HasOneRow(const LogicalNode& plan) {
  switch (plan.kind) {
    case LogicalKind::kValues:
      return plan.As<LogicalValues>().rows.size() == 1;
    case LogicalKind::kProject:
      return !AnyFallible(plan.As<LogicalProject>().expressions) && HasOneRow(plan.input());
    case LogicalKind::kAggregate: {
      const auto& aggregate = plan.As<LogicalAggregate>();
      // DISTINCT of one row is one row.
      if (!aggregate.keys.empty()) return aggregate.aggregates.empty() && HasOneRow(plan.input());
      return std::ranges::none_of(aggregate.aggregates, [](const AggregateItem& item) {
        return item.function->append_only.fallible || item.function->retractable.fallible;
      });
    }
    default:
      return false;
  }
}

LogicalNodePtr OneValue(LogicalNodePtr plan) {
  std::vector<AggregateItem> items;
  items.push_back(Item("any_value", ColumnOf(plan->schema, 0)));
  items.push_back(Item("count", nullptr));
  return Aggregate(std::move(plan), std::move(items));
}

LogicalNodePtr IsFound(LogicalNodePtr plan) {
  std::vector<AggregateItem> items;
  items.push_back(Item("count", nullptr));
  plan = Aggregate(std::move(plan), std::move(items));
  std::vector<ExpressionPtr> found;
  found.push_back(CallOf(">", {}, ColumnOf(plan->schema, 0), Integer(0)));
  return Netted(std::move(plan), std::move(found), {"found"});
}

LogicalNodePtr EmptyAndNulls(LogicalNodePtr plan) {
  std::vector<AggregateItem> items;
  items.push_back(Item("count", nullptr));
  items.push_back(Item("count", ColumnOf(plan->schema, 0)));
  plan = Aggregate(std::move(plan), std::move(items));
  std::vector<ExpressionPtr> flags;
  flags.push_back(CallOf("=", {}, ColumnOf(plan->schema, 0), Integer(0)));
  flags.push_back(FewerThan(plan->schema, 1, 0));
  return Netted(std::move(plan), std::move(flags), {"empty", "has_null"});
}

LogicalNodePtr Extremes(LogicalNodePtr plan, std::string_view sql, SourceSpan span) {
  std::vector<AggregateItem> items;
  items.push_back(Item("min", ColumnOf(plan->schema, 0, span), sql, span));
  items.push_back(Item("max", ColumnOf(plan->schema, 0, span), sql, span));
  items.push_back(Item("count", nullptr));
  items.push_back(Item("count", ColumnOf(plan->schema, 0)));
  plan = Aggregate(std::move(plan), std::move(items));
  std::vector<ExpressionPtr> columns;
  columns.push_back(ColumnOf(plan->schema, 0));
  columns.push_back(ColumnOf(plan->schema, 1));
  columns.push_back(CallOf("=", {}, ColumnOf(plan->schema, 2), Integer(0)));
  columns.push_back(FewerThan(plan->schema, 3, 2));
  return Netted(std::move(plan), std::move(columns), {"min", "max", "empty", "has_null"});
}

LogicalNodePtr IsAny(LogicalNodePtr plan) {
  std::vector<ExpressionPtr> found;
  found.push_back(Truth(true));
  return Netted(std::move(plan), std::move(found), {"found"});
}

LogicalNodePtr DistinctValues(LogicalNodePtr plan) {
  std::vector<ExpressionPtr> not_null;
  for (int i = 0; i < plan->schema.size(); ++i) {
    if (plan->schema.field(i).nullable) not_null.push_back(IsNotNull(ColumnOf(plan->schema, i)));
  }
  if (!not_null.empty()) plan = MakeFilter(std::move(plan), MakeConjunction(std::move(not_null)));
  plan = Distinct(std::move(plan));
  std::vector<ExpressionPtr> columns = AllColumns(plan->schema);
  std::vector<std::string> names = plan->schema.names();
  columns.push_back(Truth(true));
  names.push_back("found");
  return MakeProject(std::move(plan), std::move(columns), std::move(names));
}

ExpressionPtr IsTrue(ExpressionPtr operand) {
  const SourceSpan span = operand->span;
  return CallOf("is true", span, std::move(operand));
}

ExpressionPtr Not(ExpressionPtr operand) {
  const SourceSpan span = operand->span;
  return CallOf(kNot, span, std::move(operand));
}

ExpressionPtr CheckedValue(ExpressionPtr value, ExpressionPtr count, SourceSpan span) {
  const DataType type = value->type;
  ExpressionPtr several = CallOf(">", span, std::move(count), Integer(1));
  ExpressionPtr error = CallOf(
      "error", span,
      Expression::MakeConstant(Value::Varchar("more than one row returned by a subquery used as an expression"), span));
  // The condition itself fails when there are several.
  ExpressionPtr single = Case(TypeId::kBoolean, span, std::move(several), std::move(error), Truth(true));
  return Case(type, span, std::move(single), std::move(value), Expression::MakeConstant(Value(type), span));
}

ExpressionPtr MembershipOf(ExpressionPtr found, ExpressionPtr empty, ExpressionPtr has_null, const Expression& operand,
                           SourceSpan span) {
  ExpressionPtr unknown = MakeDisjunction(MakeIsNull(operand.Clone()), std::move(has_null));
  return Case(TypeId::kBoolean, span, std::move(found), Truth(true), std::move(empty), Truth(false), std::move(unknown),
              Unknown(), Truth(false));
}

ExpressionPtr CompareWithAll(const sql::QuantifiedExpression& quantified, const Expression& operand,
                             std::array<ExpressionPtr, 4> extremes, std::string_view sql) {
  using Op = sql::BinaryOperator;
  const bool all = quantified.quantifier == sql::Quantifier::kAll;
  const SourceSpan span = quantified.span;
  auto& [least, most, empty, has_null] = extremes;
  const OperatorFunction function = FunctionOf(quantified.op);
  const auto compare = [&](ExpressionPtr& extreme) {
    return CallOf(function.name, span, operand.Clone(), std::move(extreme));
  };
  ExpressionPtr decided;
  switch (quantified.op) {
    case Op::kLess:
    case Op::kLessOrEqual:
      decided = compare(all ? least : most);
      break;
    case Op::kGreater:
    case Op::kGreaterOrEqual:
      decided = compare(all ? most : least);
      break;
    case Op::kEqual:  // of ALL; = ANY is IN
      decided = CallOf(kAnd, span, compare(least), compare(most));
      break;
    case Op::kNotEqual:  // of ANY; <> ALL is NOT IN
      decided = CallOf(kOr, span, compare(least), compare(most));
      break;
    default:
      ThrowNotSupported(std::string(function.spelling) + (all ? " ALL (SELECT …)" : " ANY (SELECT …)"), sql, span);
  }
  ExpressionPtr unknown = MakeDisjunction(MakeIsNull(operand.Clone()), std::move(has_null));
  ExpressionPtr counts = all ? Not(std::move(decided)) : std::move(decided);
  return Case(TypeId::kBoolean, span, std::move(empty), Truth(all), std::move(counts), Truth(!all), std::move(unknown),
              Unknown(), Truth(all));
}

void CollectConjuncts(const sql::Expression& condition, std::vector<const sql::Expression*>* conjuncts) {
  const auto* logical = condition.If<sql::LogicalExpression>();
  if (logical == nullptr || logical->op != sql::LogicalOperator::kAnd) {
    conjuncts->push_back(&condition);
    return;
  }
  for (const sql::ExpressionPtr& operand : logical->operands) CollectConjuncts(*operand, conjuncts);
}

LogicalNodePtr FilterBy(LogicalNodePtr rows, std::vector<ExpressionPtr> conjuncts) {
  std::vector<ExpressionPtr> sure, fallible;
  for (ExpressionPtr& conjunct : conjuncts) (conjunct->fallible() ? fallible : sure).push_back(std::move(conjunct));
  if (!sure.empty()) rows = MakeFilter(std::move(rows), MakeConjunction(std::move(sure)));
  if (!fallible.empty()) rows = MakeFilter(std::move(rows), MakeCondition(std::move(fallible)));
  return rows;
}

LogicalNodePtr ComputeFallible(LogicalNodePtr plan, std::vector<ExpressionPtr>& operands) {
  if (!AnyFallible(operands)) return plan;
  std::vector<ExpressionPtr> columns = AllColumns(plan->schema);
  std::vector<std::string> names = plan->schema.names();
  for (ExpressionPtr& operand : operands) {
    if (!operand->fallible()) continue;
    const int column = static_cast<int>(columns.size());
    std::string name = operand->ToString();
    ExpressionPtr reference = Expression::MakeColumn(column, operand->type, operand->nullable, name, operand->span);
    columns.push_back(std::exchange(operand, std::move(reference)));
    names.push_back(std::move(name));
  }
  return MakeProject(std::move(plan), std::move(columns), std::move(names));
}

std::vector<ExpressionPtr> Equalities(const std::vector<ExpressionPtr>& operands, const LogicalNode& left,
                                      const LogicalNode& right) {
  std::vector<ExpressionPtr> equalities;
  for (size_t i = 0; i < operands.size(); ++i) {
    ExpressionPtr column = ColumnOf(right.schema, static_cast<int>(i));
    column->column += left.schema.size();
    equalities.push_back(CallOf("=", operands[i]->span, operands[i]->Clone(), std::move(column)));
  }
  return equalities;
}

LogicalNodePtr KeepNotIn(LogicalNodePtr plan, std::vector<ExpressionPtr> operands, LogicalNodePtr values) {
  std::vector<ExpressionPtr> equalities = Equalities(operands, *plan, *values);
  const auto may_be_null = [&](size_t i) {
    return operands[i]->nullable || values->schema.field(static_cast<int>(i)).nullable;
  };
  if (operands.size() > 1 || !may_be_null(0)) {
    // A pair of rows excludes when no column tells them apart: NULL does not.
    for (size_t i = 0; i < operands.size(); ++i) {
      if (may_be_null(i)) equalities[i] = CallOf("is not false", {}, std::move(equalities[i]));
    }
    return MakeJoin(JoinKind::kAnti, std::move(plan), std::move(values), std::move(equalities));
  }
  LogicalNodePtr flags = EmptyAndNulls(Clone(*values));
  plan = MakeJoin(JoinKind::kAnti, std::move(plan), std::move(values), std::move(equalities));
  const int place = plan->schema.size();
  const auto flag = [&](int i) {
    ExpressionPtr column = ColumnOf(flags->schema, i);
    column->column += place;
    return column;
  };
  ExpressionPtr all_known = CallOf(kAnd, {}, IsNotNull(operands[0]->Clone()), Not(flag(1)));
  std::vector<ExpressionPtr> conditions;
  conditions.push_back(MakeDisjunction(flag(0), std::move(all_known)));
  return MakeJoin(JoinKind::kInner, std::move(plan), std::move(flags), std::move(conditions));
}

}  // namespace laminar
