// ORDER BY of a select block: output names first, then anything over the input.
#include <fmt/format.h>

#include <utility>

#include "planner/binder/bind_error.h"
#include "planner/binder/query_binder.h"
#include "planner/binder/select_binder.h"

namespace laminar {

SortKey MakeSortKey(int column, bool descending, sql::NullsOrder nulls) {
  const bool nulls_first = nulls == sql::NullsOrder::kDefault ? descending : nulls == sql::NullsOrder::kFirst;
  return {column, descending, nulls_first};
}

void SelectBinder::BindOrder(const sql::Query& query) {
  if (query.order_by_all != nullptr) {
    for (size_t i = 0; i < visible_; ++i) {
      order_.push_back(MakeSortKey(static_cast<int>(i), query.order_by_all->descending, query.order_by_all->nulls));
    }
  }
  for (const sql::OrderItem& item : query.order_by) {
    order_.push_back(MakeSortKey(OutputOf(*item.value, "ORDER BY"), item.descending, item.nulls));
  }
}

int SelectBinder::OutputOf(const sql::Expression& value, std::string clause) {
  int column = -1;
  const auto* literal = value.If<sql::LiteralExpression>();
  const auto* name = value.If<sql::ColumnExpression>();
  if (literal != nullptr && literal->literal == sql::LiteralKind::kInteger) {
    column = literal->text.size() > 6 ? -1 : std::stoi(literal->text) - 1;
    if (column < 0 || static_cast<size_t>(column) >= visible_) {
      ThrowAt(sql_, value.span, fmt::format("position {} is not in the select list", literal->text));
    }
  } else if (name != nullptr && name->parts.size() == 1) {
    for (size_t i = 0; i < visible_; ++i) {
      if (!NamesEqual(outputs_[i].name, name->parts[0].name)) continue;
      if (column >= 0 && !outputs_[i].bound->Equals(*outputs_[static_cast<size_t>(column)].bound)) {
        ThrowAt(sql_, value.span, fmt::format("{} \"{}\" is ambiguous", clause, name->parts[0].name));
      }
      if (column < 0) column = static_cast<int>(i);
    }
  }
  if (column >= 0) return column;
  ExpressionBinder binder = MakeBinder(std::move(clause));
  binder.AllowAggregates(&aggregates_);
  binder.SetAliases([&](const sql::ColumnExpression& alias) -> ExpressionPtr {
    const OutputColumn* output = alias.parts.size() == 1 ? FindAlias(alias.parts[0].name) : nullptr;
    return output != nullptr ? output->bound->Clone() : nullptr;
  });
  return OutputFor(binder.Bind(value), value.span);
}

int SelectBinder::OutputFor(ExpressionPtr expression, SourceSpan span) {
  for (size_t i = 0; i < outputs_.size(); ++i) {
    if (outputs_[i].bound->Equals(*expression)) return static_cast<int>(i);
  }
  if (distinct_) ThrowAt(sql_, span, "with SELECT DISTINCT, ORDER BY must be of the select list");
  std::string name = expression->ToString();
  outputs_.push_back(
      {.syntax = nullptr, .bound = std::move(expression), .name = std::move(name), .has_alias = false, .span = span});
  return static_cast<int>(outputs_.size()) - 1;
}

}  // namespace laminar
