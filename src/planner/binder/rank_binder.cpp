// row_number() OVER (…), QUALIFY and DISTINCT ON of a select block.
#include <fmt/format.h>

#include <utility>

#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/features.h"
#include "planner/binder/select_binder.h"
#include "planner/rules/rewrite.h"

namespace laminar {

namespace {

/// A key of bare NULLs is one of text.
ExpressionPtr KeyOf(ExpressionPtr key, std::string_view sql) {
  return key->type.id() == TypeId::kNull ? Coerce(std::move(key), TypeId::kVarchar, sql, "a key") : std::move(key);
}

}  // namespace

ExpressionPtr SelectBinder::BindRowNumber(const sql::CallExpression& call) {
  const sql::WindowSpecification& over = *call.over;
  if (over.base) ThrowNotSupported(Feature::kNamedWindows, sql_, over.base->span);
  if (!call.arguments.empty() || call.distinct || call.filter != nullptr || !call.order_by.empty() ||
      !call.within_group.empty() || call.nulls != sql::NullTreatment::kDefault) {
    ThrowAt(sql_, call.span, "row_number() takes no arguments and no clause but OVER (PARTITION BY … ORDER BY …)");
  }
  if (over.frame != nullptr) ThrowAt(sql_, over.frame->span, "row_number() counts from the first row: it has no frame");
  Ranking ranking;
  ranking.call = &call;
  ExpressionBinder binder = MakeBinder("OVER");
  binder.AllowAggregates(&aggregates_);
  for (const sql::ExpressionPtr& key : over.partition_by) ranking.partition.push_back(KeyOf(binder.Bind(*key), sql_));
  for (const sql::OrderItem& item : over.order_by) {
    ranking.order.push_back(KeyOf(binder.Bind(*item.value), sql_));
    ranking.order_keys.push_back(MakeSortKey(-1, item.descending, item.nulls));
  }
  if (!ranking_) {
    ranking_ = std::move(ranking);
    return MakeNumber(call.span);
  }
  const auto equal = [](const ExpressionPtr& a, const ExpressionPtr& b) { return a->Equals(*b); };
  const auto same_key = [](const SortKey& a, const SortKey& b) {
    return a.descending == b.descending && a.nulls_first == b.nulls_first;
  };
  if (!std::ranges::equal(ranking.partition, ranking_->partition, equal) ||
      !std::ranges::equal(ranking.order, ranking_->order, equal) ||
      !std::ranges::equal(ranking.order_keys, ranking_->order_keys, same_key)) {
    ThrowNotSupported("a second row_number() over another window", sql_, call.span);
  }
  return MakeNumber(call.span);
}

void SelectBinder::CheckNumberStandsAlone(const OutputColumn& output) const {
  if (output.is_number || !HasNumber(*output.bound)) return;
  ThrowNotSupported("row_number() inside an expression", sql_, output.span);
}

void SelectBinder::BindDistinctOn(const sql::SelectBody& select) {
  if (ranking_) ThrowNotSupported("DISTINCT ON beside row_number()", sql_, select.distinct_on[0]->span);
  ranking_.emplace();
  ranking_->bounds.last = 1;
  // Keys are written as in ORDER BY: a position, a name of the select list, or an expression.
  std::vector<SortKey> order = std::exchange(order_, {});
  for (const sql::ExpressionPtr& key : select.distinct_on) {
    ranking_->partition_outputs.push_back(OutputOf(*key, "DISTINCT ON"));
  }
  ranking_->order_keys = order;
  order_ = std::move(order);
}

void SelectBinder::BindQualify(const sql::Expression& condition) {
  ExpressionBinder binder = MakeBinder("QUALIFY");
  binder.AllowAggregates(&aggregates_);
  binder.SetWindowCalls([this](const sql::CallExpression& call) { return BindRowNumber(call); });
  binder.SetAliases([&](const sql::ColumnExpression& column) -> ExpressionPtr {
    if (column.parts.size() != 1) return nullptr;
    for (size_t i = 0; i < visible_; ++i) {
      if (outputs_[i].has_alias && NamesEqual(outputs_[i].name, column.parts[0].name))
        return outputs_[i].bound->Clone();
    }
    return nullptr;
  });
  for (const ExpressionPtr& operand : SplitConjunction(binder.BindPredicate(condition, "QUALIFY"))) {
    if (ranking_ && ranking_->bounds.Narrow(*operand, IsNumber)) continue;
    ThrowAt(sql_, operand->span,
            "QUALIFY takes comparisons of row_number() with whole numbers, joined by AND; conditions on rows go into "
            "WHERE or HAVING");
  }
}

void SelectBinder::CompleteRanking(const sql::SelectBody& select, const sql::Query* ordered_by) {
  if (!select.distinct_on.empty()) BindDistinctOn(select);
  if (select.qualify != nullptr) BindQualify(*select.qualify);
  const bool groups = select.group_by != nullptr || having_ != nullptr || !aggregates_.items().empty();
  const int time = groups || distinct_ || !plan_->properties.append_only ? -1 : plan_->properties.order_column;
  const auto event_time = [&] { return OutputFor(ColumnOf(plan_->schema, time), select.span); };
  if (time >= 0 && ordered_by != nullptr && (ordered_by->limit != nullptr || ordered_by->offset != nullptr)) {
    event_time();
  }
  if (!ranking_) return;
  if (distinct_) ThrowNotSupported("SELECT DISTINCT beside row_number()", sql_, ranking_->call->span);
  for (ExpressionPtr& key : ranking_->partition) {
    ranking_->partition_outputs.push_back(OutputFor(std::move(key), select.span));
  }
  for (size_t i = 0; i < ranking_->order.size(); ++i) {
    ranking_->order_keys[i].column = OutputFor(std::move(ranking_->order[i]), select.span);
  }
  if (time < 0) return;
  ranking_->order_keys.push_back({event_time(), false, true});
  ranking_->by_event_time = true;
}

void SelectBinder::ProjectOutputs() {
  std::vector<ExpressionPtr> expressions;
  std::vector<std::string> names;
  std::vector<int> place(outputs_.size(), -1);  // of each output among the expressions
  std::string number_name = "row_number";
  for (size_t i = 0; i < outputs_.size(); ++i) {
    if (outputs_[i].is_number) {
      number_name = outputs_[i].name;
      continue;
    }
    place[i] = static_cast<int>(expressions.size());
    expressions.push_back(std::move(outputs_[i].bound));
    names.push_back(outputs_[i].name);
  }
  if (expressions.empty()) {
    expressions.push_back(Expression::MakeConstant(Value::Boolean(true)));
    names.emplace_back();
  }
  plan_ = MakeProject(std::move(plan_), std::move(expressions), std::move(names));
  if (!ranking_) return;

  // Subqueries among the outputs may have made rows that go.
  if (ranking_->by_event_time && !plan_->properties.append_only) ranking_->order_keys.pop_back();
  for (int& column : ranking_->partition_outputs) column = place[static_cast<size_t>(column)];
  for (SortKey& key : ranking_->order_keys) {
    if (outputs_[static_cast<size_t>(key.column)].is_number) {
      ThrowNotSupported("DISTINCT ON beside row_number()", sql_, outputs_[static_cast<size_t>(key.column)].span);
    }
    key.column = place[static_cast<size_t>(key.column)];
  }
  std::vector<int> partition = std::move(ranking_->partition_outputs);
  std::vector<SortKey> order = std::move(ranking_->order_keys);
  if (ranking_->call == nullptr) {
    plan_ = MakeTopN(std::move(plan_), std::move(partition), std::move(order), 1, 0);
    return;
  }
  plan_ = MakeNumberedTopN(std::move(plan_), std::move(partition), std::move(order), std::move(number_name),
                           {sql_, ranking_->call->over->span});
  LimitTo(ranking_->bounds, plan_->As<LogicalTopN>());
  InferProperties(*plan_, {});
  std::vector<ExpressionPtr> all;
  std::vector<std::string> all_names;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    all.push_back(ColumnOf(plan_->schema, place[i] < 0 ? plan_->schema.size() - 1 : place[i], outputs_[i].span));
    all_names.push_back(outputs_[i].name);
  }
  plan_ = MakeProject(std::move(plan_), std::move(all), std::move(all_names));
}

}  // namespace laminar
