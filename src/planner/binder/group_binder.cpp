// GROUP BY: keys, windows, and the rewriting of everything above them.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/features.h"
#include "planner/binder/select_binder.h"
#include "planner/binder/window_call.h"

namespace laminar {

namespace {

void ForEachColumn(const Expression& expression, const std::function<void(const Expression&)>& visit) {
  if (expression.is_column()) visit(expression);
  for (const ExpressionPtr& child : expression.children) ForEachColumn(*child, visit);
}

/// Does it have the same value in every row, folded to a constant yet or not?
bool IsTheSameForAllRows(const Expression& expression) {
  bool varies = !expression.deterministic();
  ForEachColumn(expression, [&](const Expression&) { varies = true; });
  return !varies;
}

/// `GROUP BY 2`: the number, or nothing when it is no ordinal.
std::optional<size_t> OrdinalOf(const sql::Expression& item, size_t columns, std::string_view sql) {
  const auto* literal = item.If<sql::LiteralExpression>();
  if (literal == nullptr || literal->literal != sql::LiteralKind::kInteger) return std::nullopt;
  const size_t ordinal = literal->text.size() > 6 ? 0 : static_cast<size_t>(std::stoul(literal->text));
  if (ordinal == 0 || ordinal > columns) {
    ThrowAt(sql, item.span, fmt::format("position {} is not in the select list", literal->text));
  }
  return ordinal - 1;
}

}  // namespace

void SelectBinder::CollectGroupItems(const sql::SelectBody& select) {
  if (select.group_by == nullptr) return;
  if (select.group_by->distinct) ThrowNotSupported(Feature::kGroupingSets, sql_, select.group_by->span);
  const auto add = [&](const sql::Expression& item) {
    const auto* call = item.If<sql::CallExpression>();
    if (call == nullptr || call->function.parts.size() != 1 || !WindowKindOf(LowerCased(call->function.last().name))) {
      group_items_.push_back(&item);
      return;
    }
    if (window_call_ != nullptr) ThrowAt(sql_, item.span, "there is a second window in GROUP BY");
    window_call_ = call;
  };
  for (const sql::GroupingElement& element : select.group_by->elements) {
    if (element.grouping != sql::GroupingKind::kExpression && element.grouping != sql::GroupingKind::kSet) {
      ThrowNotSupported(Feature::kGroupingSets, sql_, element.span);
    }
    for (const sql::ExpressionPtr& item : element.expressions) {
      if (const auto* row = item->If<sql::RowExpression>()) {
        for (const sql::ExpressionPtr& value : row->values) add(*value);
      } else {
        add(*item);
      }
    }
  }
}

void SelectBinder::BindGroupWindow() {
  const sql::WindowKind kind = *WindowKindOf(LowerCased(window_call_->function.last().name));
  if (scope_.empty()) ThrowAt(sql_, window_call_->span, "a window needs a FROM");
  ExpressionBinder binder = MakeBinder("the event time of a window");
  ExpressionPtr time;
  const WindowArguments arguments = BindWindowCall(*window_call_, kind, binder, sql_, &time);
  GroupWindow window;
  window.kind = kind;
  window.nanos_per_unit = EventTimeUnit(*plan_, *time, sql_);
  window.spec = ResolveWindow(arguments, time->type, window.nanos_per_unit, sql_);
  window.time = time->Clone();
  const std::string text = WindowText(arguments, time->ToString());
  int time_column = time->column;
  if (!time->is_column()) {
    std::vector<ExpressionPtr> expressions = AllColumns(plan_->schema);
    std::vector<std::string> names = plan_->schema.names();
    time_column = plan_->schema.size();
    expressions.push_back(std::move(time));
    names.push_back("event time");
    plan_ = MakeProject(std::move(plan_), std::move(expressions), std::move(names));
  }
  window.first_column = plan_->schema.size();
  plan_ = MakeWindowAssign(std::move(plan_), window.spec, time_column, text);
  const std::vector<Field>& fields = plan_->schema.fields();
  window.columns = Schema(std::vector<Field>(fields.end() - 3, fields.end()));
  scope_.Add(
      {.name = "", .schema = window.columns, .first_column = window.first_column, .hidden = true, .shadows = true});
  window_ = std::move(window);
}

void SelectBinder::BindKeys(const sql::SelectBody& select) {
  if (select.group_by == nullptr) return;
  if (select.group_by->all) {
    for (const OutputColumn& output : outputs_) {
      // As in DuckDB: what is the same for all rows is no key, and of such alone there is one group, of rows or of
      // none.
      if (!HasAggregate(*output.bound) && !IsTheSameForAllRows(*output.bound)) AddKey(output.bound->Clone());
    }
  }
  for (const sql::Expression* item : group_items_) BindKey(*item);
}

void SelectBinder::BindKey(const sql::Expression& item) {
  if (const std::optional<size_t> ordinal = OrdinalOf(item, outputs_.size(), sql_)) {
    if (HasAggregate(*outputs_[*ordinal].bound)) ThrowAt(sql_, item.span, "aggregates are not allowed in GROUP BY");
    AddKey(outputs_[*ordinal].bound->Clone());
    return;
  }
  ExpressionBinder binder = MakeBinder("GROUP BY");
  binder.SetAliases([&](const sql::ColumnExpression& column) -> ExpressionPtr {
    const OutputColumn* output = column.parts.size() == 1 ? FindAlias(column.parts[0].name) : nullptr;
    if (output == nullptr) return nullptr;
    if (HasAggregate(*output->bound)) ThrowAt(sql_, column.span, "aggregates are not allowed in GROUP BY");
    return output->bound->Clone();
  });
  AddKey(binder.Bind(item));
}

void SelectBinder::AddKey(ExpressionPtr key) {
  if (key->type.id() == TypeId::kNull) key = Coerce(std::move(key), TypeId::kVarchar, sql_, "a key");
  const auto is_same = [&](const ExpressionPtr& other) { return other->Equals(*key); };
  if (std::ranges::none_of(keys_, is_same)) keys_.push_back(std::move(key));
}

/// Groups by window in every way SQL has for it: what the query does not name of the window, but determines, joins the
/// keys, so that the aggregation sees that its groups end.
void SelectBinder::CompleteWindowKeys() {
  if (window_) {
    const auto add_if_used = [&](const Expression& expression) {
      ForEachColumn(expression, [&](const Expression& column) {
        if (column.column >= window_->first_column) AddKey(ColumnOf(plan_->schema, column.column));
      });
    };
    AddKey(ColumnOf(plan_->schema, window_->first_column + 1));
    for (const OutputColumn& output : outputs_) add_if_used(*output.bound);
    if (having_ != nullptr) add_if_used(*having_);
  }
  for (size_t i = 0; i < keys_.size(); ++i) {
    const TimeColumn* time = keys_[i]->is_column() ? plan_->properties.FindTime(keys_[i]->column) : nullptr;
    if (time == nullptr || time->window == 0) continue;
    for (const TimeColumn& end : plan_->properties.times) {
      if (end.role == TimeRole::kWindowEnd && end.window == time->window) {
        AddKey(ColumnOf(plan_->schema, end.column));
        break;
      }
    }
  }
}

void SelectBinder::Aggregate() {
  CompleteWindowKeys();
  for (OutputColumn& output : outputs_) {
    if (!output.is_number) output.bound = RewriteOverGroups(std::move(output.bound));
  }
  if (having_ != nullptr) having_ = RewriteOverGroups(std::move(having_));
  std::vector<std::string> names;
  for (const ExpressionPtr& key : keys_) names.push_back(key->ToString());
  std::vector<AggregateItem> items = aggregates_.Take();
  for (const AggregateItem& item : items) names.push_back(item.ToString());
  // Those in keys and arguments are joined below the groups, those in results above them.
  std::vector<ExpressionPtr> keys;
  std::vector<ExpressionPtr*> below;
  for (const ExpressionPtr& key : keys_) keys.push_back(key->Clone());
  for (ExpressionPtr& key : keys) below.push_back(&key);
  for (AggregateItem& item : items) {
    for (ExpressionPtr& argument : item.arguments) below.push_back(&argument);
    if (item.filter != nullptr) below.push_back(&item.filter);
  }
  AttachSubqueries(below);
  plan_ = MakeAggregate(std::move(plan_), std::move(keys), std::move(items), std::move(names));
  AttachSubqueriesOfGroups();
  if (having_ != nullptr) plan_ = MakeFilter(std::move(plan_), std::move(having_));
}

void SelectBinder::AttachSubqueriesOfGroups() {
  std::vector<ExpressionPtr*> above;
  for (OutputColumn& output : outputs_) {
    if (!output.is_number) above.push_back(&output.bound);
  }
  if (having_ != nullptr) above.push_back(&having_);
  std::vector<bool> used = subqueries_.NoneUsed();
  for (const ExpressionPtr* expression : above) subqueries_.MarkUsed(**expression, used);
  const std::vector<int> places =
      subqueries_.Attach(plan_, used, [&](ExpressionPtr operand) { return RewriteOverGroups(std::move(operand)); });
  for (ExpressionPtr* expression : above) SubqueryBinder::Resolve(**expression, places);
}

ExpressionPtr SelectBinder::RewriteOverGroups(ExpressionPtr expression) const {
  const SourceSpan span = expression->span;
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (!keys_[i]->Equals(*expression)) continue;
    return Expression::MakeColumn(static_cast<int>(i), keys_[i]->type, keys_[i]->nullable, keys_[i]->ToString(), span);
  }
  if (expression->is_column()) {
    if (SubqueryBinder::IsPlaceholder(expression->column)) return expression;
    if (!AggregateCollector::IsPlaceholder(expression->column)) {
      ThrowAt(sql_, span,
              fmt::format("column \"{}\" must appear in GROUP BY or be used in an aggregate", expression->name));
    }
    expression->column = static_cast<int>(keys_.size()) + AggregateCollector::IndexOf(expression->column);
    return expression;
  }
  for (ExpressionPtr& child : expression->children) child = RewriteOverGroups(std::move(child));
  return expression;
}

}  // namespace laminar
