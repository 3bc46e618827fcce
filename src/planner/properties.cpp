#include "planner/properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "planner/logical_plan.h"

namespace laminar {

namespace {

/// Position of the first bare reference to `column` among `expressions`, or -1.
int FindReference(const std::vector<ExpressionPtr>& expressions, int column) {
  for (size_t i = 0; i < expressions.size(); ++i) {
    if (expressions[i]->is_column() && expressions[i]->column == column) return static_cast<int>(i);
  }
  return -1;
}

void InferScan(const LogicalScan& scan, PlanMode mode, Properties& properties) {
  std::vector<TimeColumn> times;
  std::vector<std::vector<int>> keys;
  if (scan.relation->is_source()) {
    const auto& source = static_cast<const SourceEntry&>(*scan.relation);
    times = source.TimeColumns();
    if (source.watermark) properties.order_column = source.watermark->column;
  } else if (scan.relation->is_table()) {
    // Rows of a table have no order of arrival, and come and go at any time: no watermark speaks for them.
    const auto& table = static_cast<const TableEntry&>(*scan.relation);
    if (!table.primary_key.empty()) keys.push_back(table.primary_key);
    properties.append_only = mode.once;
    if (!mode.once)
      properties.retracts_because = fmt::format("rows of table {} can be changed and deleted", table.name);
  } else {
    const auto& stream = static_cast<const StreamEntry&>(*scan.relation);
    times = stream.time_columns;
    keys = stream.keys;
    for (const TimeColumn& time : times) {
      if (time.declared && time.role == TimeRole::kEventTime && properties.order_column < 0) {
        properties.order_column = time.column;
      }
    }
    if (!stream.append_only && !mode.once) {
      properties.append_only = false;
      properties.retracts_because =
          fmt::format("{} {} retracts: {}", RelationKindName(stream.kind), stream.name, stream.retracts_because);
    }
  }
  const auto position_of = [&](int column) {
    const auto found = std::ranges::find(scan.columns, column);
    return found == scan.columns.end() ? -1 : static_cast<int>(found - scan.columns.begin());
  };
  for (TimeColumn& time : times) {
    time.column = position_of(time.column);
    if (time.column >= 0) properties.times.push_back(std::move(time));
  }
  for (std::vector<int>& key : keys) {
    for (int& column : key) column = position_of(column);
    if (std::ranges::find(key, -1) == key.end()) properties.keys.push_back(std::move(key));
  }
  properties.order_column = properties.order_column < 0 ? -1 : position_of(properties.order_column);
}

/// What the expression keeps of a column's event time: all of it when it is the column, and its order when it is an
/// event time in a finer unit.
std::optional<TimeColumn> TimeOf(const Expression& expression, const Properties& input) {
  const Expression* column = &expression;
  if (expression.kind == ExpressionKind::kCast) column = expression.children[0].get();
  if (!column->is_column()) return std::nullopt;
  const TimeColumn* time = input.FindTime(column->column);
  if (time == nullptr) return std::nullopt;
  if (column == &expression) return *time;
  const bool temporal = column->type.id() == TypeId::kTimestamp || column->type.id() == TypeId::kDate;
  if (!temporal || expression.type.id() != TypeId::kTimestamp || time->role != TimeRole::kEventTime ||
      time->window != 0) {
    return std::nullopt;
  }
  const int64_t finer = *NanosPerUnit(expression.type, TimeUnit::kMilli);
  if (time->nanos_per_unit < finer || column->type.with_zone() != expression.type.with_zone()) return std::nullopt;
  TimeColumn cast = *time;
  if (__builtin_mul_overflow(cast.delay, time->nanos_per_unit / finer, &cast.delay)) return std::nullopt;
  cast.nanos_per_unit = finer;
  return cast;
}

void InferProject(const LogicalProject& project, Properties& properties) {
  const Properties& input = project.input().properties;
  for (size_t i = 0; i < project.expressions.size(); ++i) {
    const Expression& expression = *project.expressions[i];
    std::optional<TimeColumn> time = TimeOf(expression, input);
    if (!time) continue;
    time->column = static_cast<int>(i);
    properties.times.push_back(std::move(*time));
  }
  for (std::vector<int> key : input.keys) {
    for (int& column : key) column = FindReference(project.expressions, column);
    if (std::ranges::find(key, -1) == key.end()) properties.keys.push_back(std::move(key));
  }
  if (input.order_column >= 0) properties.order_column = FindReference(project.expressions, input.order_column);
}

/// How much later than its start a window may end, in raw units.
int64_t LongestWindow(const WindowSpec& spec, int64_t nanos_per_unit) {
  constexpr int64_t kLongestMonth = 31;
  return spec.months == 0 ? spec.size : spec.months * kLongestMonth * (kNanosPerDay / nanos_per_unit);
}

void InferWindowAssign(const LogicalWindowAssign& assign, Properties& properties) {
  const Properties& input = assign.input().properties;
  properties.times = input.times;
  properties.order_column = assign.time_column;
  const int first = assign.input().schema.size();
  TimeColumn window;
  if (const TimeColumn* time = input.FindTime(assign.time_column); time != nullptr && time->follows_watermark()) {
    window = *time;
  }
  window.nanos_per_unit = *NanosPerUnit(assign.schema.field(first).type, TimeUnit::kMilli);
  if (const TimeColumn* time = input.FindTime(assign.time_column)) window.nanos_per_unit = time->nanos_per_unit;
  window.window = 1;
  for (const TimeColumn& time : input.times) window.window = std::max(window.window, time.window + 1);
  constexpr TimeRole kRoles[] = {TimeRole::kWindowStart, TimeRole::kWindowEnd, TimeRole::kEventTime};
  for (int i = 0; i < 3; ++i) {
    window.column = first + i;
    window.role = kRoles[i];
    properties.times.push_back(window);
    if (window.role != TimeRole::kWindowStart) continue;
    TimeColumn& start = properties.times.back();
    const int64_t longest = LongestWindow(assign.spec, start.nanos_per_unit);
    // Windows that long never close.
    if (__builtin_add_overflow(start.delay, longest, &start.delay)) start.sources.clear();
  }
  for (std::vector<int> key : input.keys) {
    key.push_back(first + 1);  // a row may be in several windows
    properties.keys.push_back(std::move(key));
  }
}

void InferAggregate(const LogicalAggregate& aggregate, PlanMode mode, Properties& properties) {
  const Properties& input = aggregate.input().properties;
  const int key_count = static_cast<int>(aggregate.keys.size());
  std::vector<int> key(aggregate.keys.size());
  for (int i = 0; i < key_count; ++i) key[static_cast<size_t>(i)] = i;
  properties.keys.push_back(std::move(key));
  const auto& input_keys = input.keys;
  if (key_count > 0 && std::ranges::find(input_keys, std::vector<int>()) != input_keys.end()) {
    properties.keys.push_back({});  // of one row there is one group
  }

  const bool ends = aggregate.window && !aggregate.window->sources.empty();
  const bool final_at_once = aggregate.aggregates.empty() && input.append_only;  // DISTINCT: a row that came stays
  properties.append_only = mode.once || final_at_once || (ends && mode.on_close);
  if (!properties.append_only) {
    if (!input.append_only && aggregate.aggregates.empty()) {
      properties.retracts_because = input.retracts_because;
    } else if (aggregate.window) {
      properties.retracts_because = "aggregation over open windows: a group's row is replaced as rows come";
    } else {
      properties.retracts_because = "aggregation without window close: a group's row is replaced as rows come";
    }
  }
  if (!aggregate.window) return;
  // Only the bounds of the window that ends the groups go on: other event times of a group may come later than they
  // say.
  const TimeColumn end = *input.FindTime(aggregate.keys[static_cast<size_t>(aggregate.window->end)]->column);
  for (int i = 0; i < key_count; ++i) {
    const Expression& expression = *aggregate.keys[static_cast<size_t>(i)];
    const TimeColumn* time = expression.is_column() ? input.FindTime(expression.column) : nullptr;
    if (time == nullptr || time->window != end.window) continue;
    properties.times.push_back(*time);
    properties.times.back().column = i;
    properties.times.back().delay += aggregate.window->lateness - end.delay;
  }
  properties.order_column = aggregate.window->end;
}

void InferSetOperation(const LogicalSetOperation& node, PlanMode mode, Properties& properties) {
  const Properties& left = node.inputs[0]->properties;
  const Properties& right = node.inputs[1]->properties;
  properties.constant = left.constant && right.constant;
  properties.keys = left.keys;
  if (!node.all) {
    std::vector<int> whole(static_cast<size_t>(node.schema.size()));
    std::iota(whole.begin(), whole.end(), 0);
    properties.keys.push_back(std::move(whole));
  }
  if (mode.once) return;
  if (!left.append_only || !right.append_only) {
    properties.append_only = false;
    properties.retracts_because = left.append_only ? right.retracts_because : left.retracts_because;
  } else if (node.operation == SetOperationKind::kExcept && !right.constant) {
    properties.append_only = false;
    properties.retracts_because = "EXCEPT: a row goes when it comes on the right";
  }
}

void InferTopN(const LogicalTopN& top, PlanMode mode, Properties& properties) {
  const Properties& input = top.input().properties;
  properties.append_only = mode.once;
  if (!mode.once) properties.retracts_because = "top-N: a row goes when others come before it";
  properties.constant = input.constant;
  properties.keys = input.keys;
  if (top.limit == 1) properties.keys.push_back(top.partition);
  if (top.numbered) {
    std::vector<int> key = top.partition;
    key.push_back(top.schema.size() - 1);
    properties.keys.push_back(std::move(key));
  }
}

void InferUnionAll(const LogicalUnionAll& node, Properties& properties) {
  for (const LogicalNodePtr& input : node.inputs) {
    if (!input->properties.append_only && properties.append_only) {
      properties.append_only = false;
      properties.retracts_because = input->properties.retracts_because;
    }
  }
  std::vector<const Properties*> timed;
  for (const LogicalNodePtr& input : node.inputs) {
    if (!input->properties.constant) timed.push_back(&input->properties);
  }
  properties.constant = timed.empty();
  if (timed.empty()) return;
  const Properties& first = *timed[0];
  for (TimeColumn merged : first.times) {
    // Starts do not determine ends when windows of several sizes meet.
    if (merged.role == TimeRole::kWindowStart) continue;
    bool everywhere = true;
    for (size_t i = 1; i < timed.size() && everywhere; ++i) {
      const TimeColumn* other = timed[i]->FindTime(merged.column);
      everywhere = other != nullptr && other->role == merged.role && other->nanos_per_unit == merged.nanos_per_unit &&
                   (other->window == 0) == (merged.window == 0) && other->sources.empty() == merged.sources.empty();
      if (!everywhere) break;
      merged.declared = merged.declared && other->declared;
      merged.delay = std::max(merged.delay, other->delay);
      std::vector<std::string> sources;
      std::ranges::set_union(merged.sources, other->sources, std::back_inserter(sources));
      merged.sources = std::move(sources);
    }
    if (everywhere) properties.times.push_back(std::move(merged));
  }
  const auto same_order = [&](const LogicalNodePtr& input) {
    return input->properties.order_column == first.order_column;
  };
  if (std::ranges::all_of(node.inputs, same_order)) properties.order_column = first.order_column;
}

std::string_view WhyRetracts(JoinKind kind) {
  switch (kind) {
    case JoinKind::kLeft:
      return "LEFT JOIN: a row shown without a match is taken back when its match comes";
    case JoinKind::kRight:
      return "RIGHT JOIN: a row shown without a match is taken back when its match comes";
    case JoinKind::kFull:
      return "FULL JOIN: a row shown without a match is taken back when its match comes";
    case JoinKind::kAnti:
      return "ANTI JOIN, NOT EXISTS, NOT IN: a row is taken back when a match comes";
    case JoinKind::kInner:
    case JoinKind::kSemi:
      break;
  }
  return "";
}

/// Does some set of columns that the join compares bare identify a row of that input, so that a row of the other meets
/// one at most?
bool MeetsOne(const LogicalJoin& join, bool right) {
  const int first = right ? join.left_width() : 0;
  const auto compared = [&](int column) {
    return std::ranges::any_of(join.keys, [&](const JoinKey& key) {
      const Expression& side = right ? *key.right : *key.left;
      return side.is_column() && side.column == first + column;
    });
  };
  const LogicalNode& input = *join.inputs[right ? 1 : 0];
  return std::ranges::any_of(input.properties.keys,
                             [&](const std::vector<int>& key) { return std::ranges::all_of(key, compared); });
}

/// Event times end here: a match may come however late.
void InferJoin(const LogicalJoin& join, PlanMode mode, Properties& properties) {
  const Properties& left = join.input().properties;
  const Properties& right = join.right().properties;
  properties.constant = left.constant && right.constant;
  const std::string_view why = WhyRetracts(join.join);
  if (!mode.once && !why.empty()) {
    properties.append_only = false;
    properties.retracts_because = why;
  } else if (properties.append_only && !right.append_only) {
    properties.append_only = false;
    properties.retracts_because = right.retracts_because;
  }
  const auto position_of = [&](int column) {
    const auto found = std::ranges::find(join.output, column);
    return found == join.output.end() ? -1 : static_cast<int>(found - join.output.begin());
  };
  const auto add_key = [&](std::vector<int> key) {
    constexpr size_t kMostKeys = 16;  // joins of joins multiply them
    for (int& column : key) column = position_of(column);
    if (std::ranges::find(key, -1) == key.end() && properties.keys.size() < kMostKeys) {
      properties.keys.push_back(std::move(key));
    }
  };
  const bool left_only = join.join == JoinKind::kSemi || join.join == JoinKind::kAnti;
  const bool keeps_left = join.join == JoinKind::kInner || join.join == JoinKind::kLeft;
  if (left_only || (keeps_left && MeetsOne(join, true))) {
    for (const std::vector<int>& key : left.keys) add_key(key);
  }
  if (!left_only) {
    const auto moved = [&](std::vector<int> key) {
      for (int& column : key) column += join.left_width();
      return key;
    };
    const bool keeps_right = join.join == JoinKind::kInner || join.join == JoinKind::kRight;
    for (const std::vector<int>& key : right.keys) {
      if (keeps_right && MeetsOne(join, false)) add_key(moved(key));
      for (std::vector<int> both : left.keys) {
        const std::vector<int> other = moved(key);
        both.insert(both.end(), other.begin(), other.end());
        add_key(std::move(both));
      }
    }
  }
  if (left.order_column >= 0) properties.order_column = position_of(left.order_column);
}

}  // namespace

const TimeColumn* Properties::FindTime(int column) const {
  const auto found = std::ranges::find(times, column, &TimeColumn::column);
  return found == times.end() ? nullptr : &*found;
}

void InferProperties(LogicalNode& node, PlanMode mode) {
  Properties properties;
  if (!node.inputs.empty() && node.kind != LogicalKind::kUnionAll) {
    properties.append_only = node.input().properties.append_only;
    properties.retracts_because = node.input().properties.retracts_because;
    properties.constant = node.input().properties.constant;
  }
  switch (node.kind) {
    case LogicalKind::kScan:
      InferScan(node.As<LogicalScan>(), mode, properties);
      break;
    case LogicalKind::kFileScan:
      properties.constant = true;
      break;
    case LogicalKind::kValues:
      properties.constant = true;
      if (node.As<LogicalValues>().rows.size() <= 1) properties.keys.push_back({});
      break;
    case LogicalKind::kProject:
      InferProject(node.As<LogicalProject>(), properties);
      break;
    case LogicalKind::kWindowAssign:
      InferWindowAssign(node.As<LogicalWindowAssign>(), properties);
      break;
    case LogicalKind::kAggregate:
      properties = {};
      InferAggregate(node.As<LogicalAggregate>(), mode, properties);
      break;
    case LogicalKind::kUnionAll:
      InferUnionAll(node.As<LogicalUnionAll>(), properties);
      break;
    case LogicalKind::kJoin:
      InferJoin(node.As<LogicalJoin>(), mode, properties);
      break;
    case LogicalKind::kSetOperation:
      properties = {};
      InferSetOperation(node.As<LogicalSetOperation>(), mode, properties);
      break;
    case LogicalKind::kTopN:
      properties = {};
      InferTopN(node.As<LogicalTopN>(), mode, properties);
      break;
    case LogicalKind::kUnnest: {
      const bool numbered = node.As<LogicalUnnest>().ordinality;
      properties = node.input().properties;
      // A row is there once for each of its elements.
      if (!numbered) properties.keys.clear();
      for (std::vector<int>& key : properties.keys) key.push_back(node.schema.size() - 1);
      break;
    }
    case LogicalKind::kFilter:
    case LogicalKind::kSort:
    case LogicalKind::kLimit:
      properties = node.input().properties;
      break;
  }
  node.properties = std::move(properties);
}

void InferAllProperties(LogicalNode& plan, PlanMode mode) {
  for (const LogicalNodePtr& input : plan.inputs) InferAllProperties(*input, mode);
  InferProperties(plan, mode);
}

}  // namespace laminar
