#include "planner/emission.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "planner/binder/bind_error.h"
#include "planner/binder/features.h"
#include "planner/binder/window_call.h"

namespace laminar {

namespace {

struct Windows {
  std::vector<LogicalAggregate*> aggregates;        // by window
  const LogicalWindowAssign* assignment = nullptr;  // any, for messages
};

void CollectWindows(LogicalNode& node, Windows& windows) {
  for (const LogicalNodePtr& input : node.inputs) CollectWindows(*input, windows);
  if (node.kind == LogicalKind::kWindowAssign) windows.assignment = &node.As<LogicalWindowAssign>();
  if (node.kind == LogicalKind::kAggregate && node.As<LogicalAggregate>().window) {
    windows.aggregates.push_back(&node.As<LogicalAggregate>());
  }
}

bool HasWatermark(const LogicalAggregate* aggregate) { return !aggregate->window->sources.empty(); }

[[noreturn]] void ThrowNoWatermark(const Windows& windows, std::string_view what, std::string_view sql,
                                   SourceSpan span) {
  std::string column = "the event time";
  if (windows.assignment != nullptr) {
    column = windows.assignment->input().schema.field(windows.assignment->time_column).name;
  }
  ThrowAt(sql, span,
          fmt::format(
              "{} needs a watermark on what the windows are over: declare WATERMARK FOR {} on the source, and window "
              "that column itself, not an expression of it",
              what, column));
}

/// Windows of windows are complete once those below are: only windows over raw event times wait by themselves.
void ApplyLateness(LogicalNode& node, const WindowLength& lateness, std::string_view sql) {
  for (const LogicalNodePtr& input : node.inputs) ApplyLateness(*input, lateness, sql);
  if (node.kind == LogicalKind::kAggregate) {
    auto& aggregate = node.As<LogicalAggregate>();
    if (aggregate.window && HasWatermark(&aggregate)) {
      const int end = aggregate.keys[static_cast<size_t>(aggregate.window->end)]->column;
      const int64_t below = aggregate.input().properties.FindTime(end)->delay;
      const int64_t own = NonNegativeUnits(lateness, aggregate.window->nanos_per_unit, "the lateness", sql);
      aggregate.window->lateness = std::max(below, own);
    }
  }
  InferProperties(node, {});
}

void AllowLateness(LogicalNode& plan, const Windows& windows, const sql::Expression& expression, std::string_view sql) {
  if (!std::ranges::any_of(windows.aggregates, HasWatermark)) {
    ThrowNoWatermark(windows, "ALLOW LATENESS", sql, expression.span);
  }
  ApplyLateness(plan, BindWindowLength(expression, sql), sql);
}

/// With on_close, does the plan retract? The properties are left as asked for.
bool RetractsOnClose(LogicalNode& plan) {
  InferAllProperties(plan, {.once = false, .on_close = true});
  return !plan.properties.append_only;
}

void CheckExplicitClose(LogicalNode& plan, const Windows& windows, std::string_view sql, SourceSpan span) {
  if (windows.aggregates.empty()) {
    ThrowAt(sql, span,
            "EMIT ON WINDOW CLOSE needs windows that close: group by TUMBLE(…) or HOP(…), or by window_end of a window "
            "table");
  }
  if (!std::ranges::all_of(windows.aggregates, HasWatermark)) {
    ThrowNoWatermark(windows, "EMIT ON WINDOW CLOSE", sql, span);
  }
  if (RetractsOnClose(plan)) {
    ThrowAt(sql, span,
            fmt::format("EMIT ON WINDOW CLOSE cannot be kept: rows change after their window has closed ({})",
                        plan.properties.retracts_because));
  }
}

bool ClosesByDefault(LogicalNode& plan, const Windows& windows, const PlanOptions& options) {
  if (options.default_emission != PlanOptions::DefaultEmission::kOnWindowClose || windows.aggregates.empty())
    return false;
  const auto declared = [](const LogicalAggregate* aggregate) {
    return HasWatermark(aggregate) && aggregate->window->declared;
  };
  return std::ranges::all_of(windows.aggregates, declared) && !RetractsOnClose(plan);
}

/// The shortest.
std::vector<int> KeyOfUpdates(const LogicalNode& plan, std::string_view sql, SourceSpan span) {
  const std::vector<std::vector<int>>& keys = plan.properties.keys;
  if (keys.empty()) {
    ThrowAt(sql, span,
            "EMIT ON UPDATE needs a key, columns that identify a row of the result: select all that the query groups "
            "by, or the primary key of the table it reads; EMIT CHANGES delivers changes without one");
  }
  return *std::ranges::min_element(keys, {}, &std::vector<int>::size);
}

int64_t BindInterval(const sql::Expression& expression, std::string_view sql) {
  constexpr int64_t kNanosPerMicro = 1000;
  const int64_t micros = NonNegativeUnits(BindWindowLength(expression, sql), kNanosPerMicro, "the interval", sql);
  if (micros == 0) ThrowAt(sql, expression.span, "the interval of EMIT EVERY must be more than nothing");
  return micros;
}

}  // namespace

Emission ApplyEmission(LogicalNode& plan, const sql::EmitClause* clause, const PlanOptions& options,
                       std::string_view sql) {
  Windows windows;
  CollectWindows(plan, windows);
  InferAllProperties(plan, {});
  if (clause != nullptr && clause->allow_lateness != nullptr)
    AllowLateness(plan, windows, *clause->allow_lateness, sql);
  if (clause != nullptr && clause->late_data_to)
    ThrowNotSupported(Feature::kLateDataTo, sql, clause->late_data_to->span);

  Emission emission;
  switch (clause != nullptr ? clause->mode : sql::EmitMode::kDefault) {
    case sql::EmitMode::kDefault:
      emission.on_close = ClosesByDefault(plan, windows, options);
      break;
    case sql::EmitMode::kOnWindowClose:
    case sql::EmitMode::kFinal:
      CheckExplicitClose(plan, windows, sql, clause->span);
      emission.on_close = true;
      break;
    case sql::EmitMode::kChanges:
      emission.always_weight = true;
      break;
    case sql::EmitMode::kOnUpdate:
      emission.on_update = emission.always_weight = true;
      emission.key = KeyOfUpdates(plan, sql, clause->span);
      break;
    case sql::EmitMode::kEvery:
      emission.every = BindInterval(*clause->every, sql);
      break;
  }
  InferAllProperties(plan, {.once = options.mode == PlanOptions::Mode::kOnce, .on_close = emission.on_close});
  return emission;
}

}  // namespace laminar
