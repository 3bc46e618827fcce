#include "planner/binder/select_binder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/sql_error.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/features.h"
#include "planner/binder/from_binder.h"

namespace laminar {

bool HasAggregate(const Expression& expression) {
  return (expression.is_column() && AggregateCollector::IsPlaceholder(expression.column)) ||
         std::ranges::any_of(expression.children, [](const ExpressionPtr& child) { return HasAggregate(*child); });
}

std::string NameOf(const sql::Expression& expression) {
  switch (expression.kind) {
    case sql::ExpressionKind::kColumn:
      return expression.As<sql::ColumnExpression>().parts.back().name;
    case sql::ExpressionKind::kCall:
      return LowerCased(expression.As<sql::CallExpression>().function.last().name);
    case sql::ExpressionKind::kCase:
      return "case";
    case sql::ExpressionKind::kCast: {
      const std::string name = NameOf(*expression.As<sql::CastExpression>().operand);
      return name == "?column?" ? "cast" : name;
    }
    default:
      return "?column?";
  }
}

BoundBody SelectBinder::Bind(const sql::SelectBody& select, const sql::Query* ordered_by) {
  if (!select.windows.empty()) ThrowNotSupported(Feature::kNamedWindows, sql_, select.windows[0].span);
  distinct_ = select.distinct && select.distinct_on.empty();
  scope_.SetOuter(context_.outer);
  plan_ = FromBinder(context_, sql_, tables_).BindFrom(select.from, scope_);
  if (select.where != nullptr) {
    BindWhere(*select.where, select.items);
    plan_ = LimitNumbers(std::move(plan_));
  }
  CollectGroupItems(select);
  if (window_call_ != nullptr) BindGroupWindow();
  BindOutputs(select);
  BindKeys(select);
  if (select.having != nullptr) {
    ExpressionBinder binder = MakeBinder("HAVING");
    binder.AllowAggregates(&aggregates_);
    binder.SetAliases([&](const sql::ColumnExpression& column) -> ExpressionPtr {
      const OutputColumn* output = column.parts.size() == 1 ? FindAlias(column.parts[0].name) : nullptr;
      return output != nullptr ? output->bound->Clone() : nullptr;
    });
    having_ = binder.BindPredicate(*select.having, "HAVING");
  }
  if (ordered_by != nullptr) BindOrder(*ordered_by);
  CompleteRanking(select, ordered_by);

  if (select.group_by != nullptr || having_ != nullptr || !aggregates_.items().empty()) {
    Aggregate();
  } else {
    std::vector<ExpressionPtr*> bound;
    for (OutputColumn& output : outputs_) {
      if (!output.is_number) bound.push_back(&output.bound);
    }
    AttachSubqueries(bound);
  }
  ProjectOutputs();
  if (distinct_) {
    std::vector<ExpressionPtr> all = AllColumns(plan_->schema);
    std::vector<std::string> all_names = plan_->schema.names();
    plan_ = MakeAggregate(std::move(plan_), std::move(all), {}, std::move(all_names));
  }
  return {std::move(plan_), static_cast<int>(visible_), std::move(order_)};
}

ExpressionBinder SelectBinder::MakeBinder(std::string clause) {
  ExpressionBinder binder(scope_, sql_, std::move(clause));
  binder.SetContext(&context_);
  binder.AllowSubqueries(&subqueries_);
  if (window_) binder.SetWindow(&*window_);
  return binder;
}

const SelectBinder::OutputColumn* SelectBinder::FindAlias(const std::string& name) const {
  for (size_t i = 0; i < visible_; ++i) {
    if (outputs_[i].has_alias && !outputs_[i].is_number && NamesEqual(outputs_[i].name, name)) return &outputs_[i];
  }
  return nullptr;
}

void SelectBinder::BindOutputs(const sql::SelectBody& select) {
  ExpressionBinder binder = MakeBinder("the select list");
  binder.AllowAggregates(&aggregates_);
  binder.SetWindowCalls([this](const sql::CallExpression& call) { return BindRowNumber(call); });
  for (const sql::SelectItem& item : select.items) {
    if (const auto* star = item.value->If<sql::StarExpression>()) {
      ExpandStar(*star);
      continue;
    }
    outputs_.push_back({.syntax = item.value.get(),
                        .bound = binder.Bind(*item.value),
                        .name = item.alias ? item.alias->name : NameOf(*item.value),
                        .has_alias = item.alias.has_value(),
                        .span = item.value->span});
    outputs_.back().is_number = IsNumber(*outputs_.back().bound);
  }
  visible_ = outputs_.size();
  for (const OutputColumn& output : outputs_) CheckNumberStandsAlone(output);
}

void SelectBinder::ExpandStar(const sql::StarExpression& star) {
  if (scope_.empty()) ThrowAt(sql_, star.span, "* needs a FROM");
  if (star.qualifier.size() > 1) ThrowNotSupported(Feature::kSchemas, sql_, star.span);
  const ScopeRelation* only = star.qualifier.empty() ? nullptr : &scope_.FindRelation(star.qualifier[0], sql_);
  std::vector<std::string> names;
  for (const ScopeRelation& relation : scope_.relations()) {
    if (relation.hidden || (only != nullptr && only != &relation)) continue;
    for (const Field& field : relation.schema.fields()) names.push_back(field.name);
  }
  const auto check = [&](const sql::Identifier& name, std::string_view where) {
    const auto matches = [&](const std::string& known) { return NamesEqual(known, name.name); };
    if (std::ranges::none_of(names, matches)) {
      ThrowAt(sql_, name.span, fmt::format("column \"{}\" in {} does not exist", name.name, where),
              NearestNames(name.name, names));
    }
  };
  for (const sql::Identifier& excluded : star.exclude) check(excluded, "EXCLUDE");
  for (const sql::StarReplacement& replacement : star.replace) check(replacement.name, "REPLACE");

  ExpressionBinder binder = MakeBinder("the select list");
  binder.AllowAggregates(&aggregates_);
  for (const ScopeRelation& relation : scope_.relations()) {
    if (relation.hidden || (only != nullptr && only != &relation)) continue;
    for (int i = 0; i < relation.schema.size(); ++i) {
      if (only == nullptr && relation.is_merged(i)) continue;
      const std::string& name = relation.schema.field(i).name;
      const auto is_excluded = [&](const sql::Identifier& excluded) { return NamesEqual(excluded.name, name); };
      if (std::ranges::any_of(star.exclude, is_excluded)) continue;
      OutputColumn output{.syntax = nullptr, .bound = nullptr, .name = name, .has_alias = false, .span = star.span};
      for (const sql::StarReplacement& replacement : star.replace) {
        if (NamesEqual(replacement.name.name, name)) output.bound = binder.Bind(*replacement.value);
      }
      if (output.bound == nullptr) {
        output.bound = ColumnOf(relation.schema, i, star.span);
        output.bound->column += relation.first_column;
      }
      outputs_.push_back(std::move(output));
    }
  }
}

}  // namespace laminar
