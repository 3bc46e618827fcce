#include "planner/binder/top_n_binder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "exec/expression/evaluate_constant.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/rules/rewrite.h"

namespace laminar {

namespace {

// Like the placeholder of an aggregate, but of none, and none of a subquery.
constexpr int kNumberColumn = -999'999;

std::optional<int64_t> WholeNumber(const Expression& expression) {
  if (!IsFoldable(expression) || expression.type.id() != TypeId::kInt64) return std::nullopt;
  Result<Value> value = EvaluateConstant(expression);
  if (!value.ok() || value.value().is_null()) return std::nullopt;
  return value.value().get<int64_t>();
}

/// `a < b` is `b > a`.
std::string_view Mirrored(std::string_view comparison) {
  if (comparison == "<") return ">";
  if (comparison == "<=") return ">=";
  if (comparison == ">") return "<";
  return comparison == ">=" ? "<=" : comparison;
}

/// The numbered rows that `column` of `node` counts, when only filters and projections stand between; or null.
LogicalTopN* FindNumbered(LogicalNode& node, int column) {
  switch (node.kind) {
    case LogicalKind::kFilter:
      return FindNumbered(node.input(), column);
    case LogicalKind::kProject: {
      const Expression& expression = *node.As<LogicalProject>().expressions[static_cast<size_t>(column)];
      return expression.is_column() ? FindNumbered(node.input(), expression.column) : nullptr;
    }
    case LogicalKind::kTopN: {
      auto& top = node.As<LogicalTopN>();
      return top.numbered && column == top.schema.size() - 1 ? &top : nullptr;
    }
    default:
      return nullptr;
  }
}

}  // namespace

bool NumberBounds::Narrow(const Expression& predicate, const std::function<bool(const Expression&)>& is_number) {
  if (predicate.kind != ExpressionKind::kCall || predicate.children.size() != 2) return false;
  const bool number_left = is_number(*predicate.children[0]);
  if (!number_left && !is_number(*predicate.children[1])) return false;
  const std::optional<int64_t> bound = WholeNumber(*predicate.children[number_left ? 1 : 0]);
  if (!bound) return false;
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  const std::string_view comparison = number_left ? predicate.function->name : Mirrored(predicate.function->name);
  if (comparison == "=") {
    first = std::max(first, *bound);
    last = std::min(last, *bound);
  } else if (comparison == "<=") {
    last = std::min(last, *bound);
  } else if (comparison == "<") {
    last = std::min(last, std::max<int64_t>(*bound, 1) - 1);
  } else if (comparison == ">=") {
    first = std::max(first, *bound);
  } else if (comparison == ">") {
    first = std::max(first, *bound == kMost ? kMost : *bound + 1);
  } else {
    return false;
  }
  return true;
}

void LimitTo(const NumberBounds& bounds, LogicalTopN& top) {
  const int64_t shown = top.limit < 0 ? std::numeric_limits<int64_t>::max() : top.offset + top.limit;
  const int64_t last = std::min(shown, bounds.last);
  top.offset = std::max(top.offset, bounds.first - 1);
  top.limit = last == std::numeric_limits<int64_t>::max() ? -1 : std::max<int64_t>(0, last - top.offset);
}

LogicalNodePtr LimitNumbers(LogicalNodePtr plan) {
  if (plan->kind != LogicalKind::kFilter) return plan;
  auto& filter = plan->As<LogicalFilter>();
  std::vector<ExpressionPtr> kept;
  bool limited = false;
  for (ExpressionPtr& operand : SplitConjunction(filter.predicate->Clone())) {
    NumberBounds bounds;
    LogicalTopN* numbered = nullptr;
    const auto is_number = [&](const Expression& expression) {
      numbered = expression.is_column() ? FindNumbered(filter.input(), expression.column) : nullptr;
      return numbered != nullptr;
    };
    if (bounds.Narrow(*operand, is_number)) {
      LimitTo(bounds, *numbered);
      limited = true;
    } else {
      kept.push_back(std::move(operand));
    }
  }
  if (!limited) return plan;
  LogicalNodePtr input = std::move(filter.inputs[0]);
  InferAllProperties(*input, {});
  return kept.empty() ? std::move(input) : MakeFilter(std::move(input), MakeConjunction(std::move(kept)));
}

void CheckNumbersLimited(const LogicalNode& plan) {
  for (const LogicalNodePtr& input : plan.inputs) CheckNumbersLimited(*input);
  if (plan.kind != LogicalKind::kTopN) return;
  const auto& top = plan.As<LogicalTopN>();
  if (!top.numbered || top.limit >= 0) return;
  ThrowAt(top.place.sql, top.place.span,
          "window functions (OVER) are not supported yet, but for a row_number() of which only the first are kept: "
          "QUALIFY row_number() OVER (…) <= n, or WHERE … <= n around the query");
}

ExpressionPtr MakeNumber(SourceSpan span) {
  return Expression::MakeColumn(kNumberColumn, TypeId::kInt64, false, "row_number", span);
}

bool IsNumber(const Expression& expression) { return expression.is_column() && expression.column == kNumberColumn; }

bool HasNumber(const Expression& expression) {
  return IsNumber(expression) ||
         std::ranges::any_of(expression.children, [](const ExpressionPtr& child) { return HasNumber(*child); });
}

void AddEventTime(const LogicalNode& plan, std::vector<SortKey>* order) {
  if (!plan.properties.append_only || plan.properties.order_column < 0) return;
  order->push_back({plan.properties.order_column, false, true});
}

bool HasDistinctOn(const sql::Query& query) {
  const auto* select = query.body->If<sql::SelectBody>();
  return select != nullptr && !select->distinct_on.empty();
}

std::string WarningOf(const LogicalTopN& top) {
  std::vector<std::string> keys;
  for (const int column : top.partition) keys.push_back(top.schema.field(column).name);
  const std::string per = keys.empty() ? "" : fmt::format(" per ({})", fmt::join(keys, ", "));
  if (!top.input().properties.append_only) {
    return fmt::format("the state of the top-N{} holds all rows of its input, because they may be retracted", per);
  }
  if (top.limit < 0) return fmt::format("the state of the top-N{} holds all rows of its input", per);
  if (keys.empty()) return "";
  return fmt::format("the state of the top-N{} grows with the number of its keys and is never dropped", per);
}

}  // namespace laminar
