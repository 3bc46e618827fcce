#include "planner/planner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "exec/emit_every.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/features.h"
#include "planner/binder/top_n_binder.h"
#include "planner/bound_query.h"
#include "planner/dataflow/dataflow_builder.h"
#include "planner/emission.h"
#include "planner/join_condition.h"
#include "planner/rules/rewrite.h"
#include "planner/rules/rule.h"
#include "planner/stored_results.h"

namespace laminar {

namespace {

/// What a continuous query may not do to rows that can be taken back; each at its place.
void CheckRetractions(LogicalNode& node) {
  for (const LogicalNodePtr& input : node.inputs) CheckRetractions(*input);
  if (node.inputs.empty() || node.input().properties.append_only) return;
  if (node.kind != LogicalKind::kAggregate) return;
  for (const AggregateItem& item : node.As<LogicalAggregate>().aggregates) {
    if (item.function->retractable.update != nullptr || item.function->retractable.is_row_count) continue;
    ThrowAt(item.place.sql, item.place.span,
            fmt::format("{} over rows that may be retracted is not supported yet ({})", item.function->name,
                        node.input().properties.retracts_because));
  }
}

void WarnOfJoin(const LogicalJoin& join, std::vector<std::string>& warnings) {
  std::vector<std::string> kept;
  if (!IsOneRow(join.input())) kept.push_back(NameOfInput(join.input(), "its left input"));
  if (!IsOneRow(join.right())) kept.push_back(NameOfInput(join.right(), "its right input"));
  if (kept.empty()) return;
  warnings.push_back(fmt::format("the state of {} grows with all rows of {} and is never dropped", Describe(join),
                                 fmt::join(kept, " and ")));
}

void CollectWarnings(const LogicalNode& node, std::vector<std::string>& warnings) {
  for (const LogicalNodePtr& input : node.inputs) CollectWarnings(*input, warnings);
  if (node.kind == LogicalKind::kJoin) WarnOfJoin(node.As<LogicalJoin>(), warnings);
  if (node.kind == LogicalKind::kTopN) {
    if (const std::string warning = WarningOf(node.As<LogicalTopN>()); !warning.empty()) warnings.push_back(warning);
  }
  if (node.kind == LogicalKind::kSetOperation) {
    warnings.push_back(fmt::format("the state of {} holds each distinct row of its inputs and is never dropped",
                                   NameOf(node.As<LogicalSetOperation>().operation)));
  }
  if (node.kind == LogicalKind::kProject && node.As<LogicalProject>().stored) {
    warnings.push_back(
        fmt::format("the state of {} holds the results of all its rows and is never dropped", Describe(node)));
  }
  if (node.kind != LogicalKind::kAggregate) return;
  const auto& aggregate = node.As<LogicalAggregate>();
  if (aggregate.keys.empty() || IsOneRow(aggregate.input()) || (aggregate.window && aggregate.window->declared)) return;
  std::vector<std::string> keys;
  for (const ExpressionPtr& key : aggregate.keys) keys.push_back(key->ToString());
  std::string warning = fmt::format("the state of {} ({}) grows with the number of its groups and is never dropped",
                                    aggregate.aggregates.empty() ? "DISTINCT" : "GROUP BY", fmt::join(keys, ", "));
  if (aggregate.window) {
    warning += aggregate.window->sources.empty()
                   ? ": no watermark closes its windows; take them over a column that a source declares WATERMARK FOR, "
                     "or over window_start, window_end or window_time of windows over one"
                   : " unless writers announce a watermark; declare WATERMARK FOR … on the source";
  }
  warnings.push_back(std::move(warning));
}

/// Behind everything else: what the stream shows waits for it too.
void AddTimer(PlannedQuery& planned) {
  std::vector<DataType> types;
  for (const Field& field : planned.schema.fields()) types.push_back(field.type);
  DataflowNode node;
  node.op = std::make_unique<EmitEvery>(std::move(types), planned.every, planned.append_only);
  node.inputs.push_back({.from = static_cast<int>(planned.dataflow.nodes.size()) - 1});
  node.append_only = planned.append_only;
  node.label = fmt::format("EmitEvery {} s\nstate: the rows shown, and what has come since the last firing",
                           static_cast<double>(planned.every) / 1e6);
  planned.dataflow.nodes.push_back(std::move(node));
}

}  // namespace

Schema DeliveredSchema(const Schema& schema, bool on_update, const std::vector<int>& update_key) {
  if (!on_update) return schema;
  std::vector<Field> fields = schema.fields();
  for (size_t column = 0; column < fields.size(); ++column) {
    fields[column].nullable |= std::ranges::find(update_key, static_cast<int>(column)) == update_key.end();
  }
  return Schema(std::move(fields));
}

void ApplyRules(LogicalNodePtr& plan, PlanMode mode) {
  for (const Rule& rule : Rules()) {
    rule.apply(plan);
    InferAllProperties(*plan, mode);
  }
}

PlannedQuery FinishPlan(LogicalNodePtr plan, const sql::EmitClause* emit, std::vector<std::string> reads,
                        std::string_view sql, SourceSpan span, const PlanOptions& options) {
  CheckNumbersLimited(*plan);
  const Emission emission = ApplyEmission(*plan, emit, options, sql);
  const PlanMode mode{.once = options.mode == PlanOptions::Mode::kOnce, .on_close = emission.on_close};
  PlannedQuery planned;
  if (!mode.once) {
    StoreResults(plan, sql, span);
    InferAllProperties(*plan, mode);
    CheckRetractions(*plan);
    CollectWarnings(*plan, planned.warnings);
  }
  // What the result promises is read off the plan as bound, so that it is the same whatever the rules make of it.
  planned.schema = plan->schema;
  planned.append_only = plan->properties.append_only;
  planned.retracts_because = plan->properties.retracts_because;
  planned.on_window_close = emission.on_close;
  planned.always_weight = emission.always_weight;
  planned.on_update = emission.on_update;
  planned.update_key = emission.key;
  planned.every = mode.once ? 0 : emission.every;
  planned.time_columns = plan->properties.times;
  // Rows that wait for a timer come behind the watermark of their source: nothing can be windowed by it any more.
  if (planned.every != 0) planned.time_columns.clear();
  planned.keys = plan->properties.keys;
  planned.reads = std::move(reads);
  if (options.rules) ApplyRules(plan, mode);
  planned.dataflow =
      BuildDataflow(*plan, {.mode = mode, .partitions = options.partitions, .share = options.rules && !mode.once});
  if (planned.every != 0) AddTimer(planned);
  planned.dataflow.schema = planned.schema;
  planned.dataflow.append_only = planned.append_only;
  planned.dataflow.on_window_close = planned.on_window_close;
  planned.dataflow.on_update = planned.on_update;
  planned.dataflow.update_key = planned.update_key;
  return planned;
}

PlannedQuery PlanQuery(const Catalog& catalog, const sql::Query& query, std::string_view sql,
                       const PlanOptions& options) {
  BindContext context{.catalog = catalog,
                      .continuous = options.mode == PlanOptions::Mode::kContinuous,
                      .program = options.program,
                      .reads = {}};
  LogicalNodePtr plan = QueryBinder(context, sql, nullptr).BindOutermost(query);
  PlannedQuery planned =
      FinishPlan(std::move(plan), query.emit.get(), std::move(context.reads), sql, query.span, options);
  planned.once_only = context.once_only;
  planned.calls = std::move(context.calls);
  return planned;
}

}  // namespace laminar
