// CREATE STREAM, CREATE MATERIALIZED VIEW and CREATE VIEW: a query under a name.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/byte_count.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/expression_binder.h"
#include "planner/binder/features.h"
#include "planner/binder/from_binder.h"
#include "planner/binder/query_binder.h"
#include "planner/bound_query.h"
#include "planner/dataflow/keep_contents.h"
#include "planner/ddl.h"
#include "planner/ddl/names.h"

namespace laminar {

namespace {

/// The column list of CREATE … n (a, b) AS: all columns or none.
LogicalNodePtr NameColumns(LogicalNodePtr plan, const std::vector<sql::Identifier>& columns, const sql::Query& query,
                           std::string_view sql) {
  if (!columns.empty()) {
    if (columns.size() != static_cast<size_t>(plan->schema.size())) {
      ThrowAt(
          sql, columns.back().span,
          fmt::format("{} column names are given, but the query has {} columns", columns.size(), plan->schema.size()));
    }
    std::vector<ExpressionPtr> all = AllColumns(plan->schema);
    std::vector<std::string> names;
    for (const sql::Identifier& column : columns) names.push_back(column.name);
    plan = MakeProject(std::move(plan), std::move(all), std::move(names));
  }
  CheckColumnNames(
      plan->schema, sql,
      [&](int i) {
        if (!columns.empty()) return columns[static_cast<size_t>(i)].span;
        const auto* select = query.body->If<sql::SelectBody>();
        const bool one_each = select != nullptr && select->items.size() == static_cast<size_t>(plan->schema.size());
        return one_each ? select->items[static_cast<size_t>(i)].span : query.span;
      },
      columns.empty() ? "name one with AS" : "give one another name");
  return plan;
}

void CheckReads(const std::vector<std::string>& reads, const std::string& name, std::string_view sql, SourceSpan span) {
  const auto is_itself = [&](const std::string& read) { return NamesEqual(read, name); };
  if (std::ranges::any_of(reads, is_itself)) ThrowAt(sql, span, fmt::format("\"{}\" cannot read itself", name));
}

int64_t BindBytes(const sql::Option& option, std::string_view sql) {
  if (const std::optional<int64_t> bytes = ParseByteCount(OptionText(option, sql))) return *bytes;
  ThrowAt(sql, option.value->span,
          fmt::format("{} is a number of bytes such as '64mb', not '{}'", option.key, OptionText(option, sql)));
}

void BindOptions(const std::vector<sql::Option>& options, std::string_view sql, StreamEntry& stream) {
  static const std::vector<std::string> kKnown = {"on_error", "retain_history", "retention"};
  std::vector<std::string> given;
  for (const sql::Option& option : options) {
    const std::string key = LowerCased(option.key);
    if (std::ranges::find(given, key) != given.end()) {
      ThrowAt(sql, option.span, fmt::format("option \"{}\" is given twice", option.key));
    }
    if (key == "retain_history") {
      stream.retain_bytes = BindBytes(option, sql);
    } else if (key == "on_error") {
      const std::string value = LowerCased(OptionText(option, sql));
      if (value != "stop" && value != "skip") {
        ThrowAt(sql, option.value->span,
                fmt::format("on_error is 'skip', which sets a row in error aside, or 'stop', not '{}'", value));
      }
      stream.stop_on_error = value == "stop";
    } else if (key == "retention") {
      stream.retention = BindRetention(option, sql);
    } else {
      ThrowUnknownOption(option, kKnown, sql);
    }
    given.push_back(key);
  }
}

const sql::Option* OptionOf(const std::vector<sql::Option>& options, std::string_view key) {
  const auto found = std::ranges::find_if(options, [&](const auto& option) { return NamesEqual(option.key, key); });
  return found == options.end() ? nullptr : &*found;
}

void KeepContentsOf(const Catalog& catalog, const StreamEntry& stream, const std::vector<sql::Option>& options,
                    PlannedQuery& planned, std::string_view sql) {
  if (stream.retention.bounded()) {
    const SourceSpan span = OptionOf(options, "retention")->span;
    if (!planned.append_only) {
      ThrowAt(sql, span,
              fmt::format("retention bounds what a stream keeps that only grows; rows of this one change: {}",
                          planned.retracts_because));
    }
    if (planned.every != 0) ThrowNotSupported(Feature::kRetention, sql, span);
  }
  const auto forgets = [&](const DataflowInput& input) {
    if (input.kind == DataflowInput::Kind::kSource) return catalog.GetSource(input.relation).retention.bounded();
    const StreamEntry* read = catalog.FindStream(input.relation);
    return read != nullptr && read->retention.bounded();
  };
  const auto types_of = [&](const DataflowInput& input) {
    const Schema& schema = catalog.Get(input.relation).schema;
    std::vector<DataType> types;
    for (const int column : input.columns) types.push_back(schema.field(column).type);
    return types;
  };
  KeepContents(stream.retention, forgets, types_of, &planned.dataflow);
}

}  // namespace

PlannedStream PlanCreateStream(const Catalog& catalog, const sql::CreateStreamStatement& statement,
                               std::string_view sql, PlanOptions options) {
  options.mode = PlanOptions::Mode::kContinuous;
  options.default_emission = statement.materialized_view ? PlanOptions::DefaultEmission::kEveryCommit
                                                         : PlanOptions::DefaultEmission::kOnWindowClose;
  auto entry = std::make_unique<StreamEntry>(statement.materialized_view ? RelationKind::kMaterializedView
                                                                         : RelationKind::kStream);
  entry->name = RelationName(statement.head.name, sql);
  BindOptions(statement.options, sql, *entry);
  const sql::Query& query = *statement.query;
  BindContext context{.catalog = catalog, .continuous = true, .program = options.program, .reads = {}};
  LogicalNodePtr plan = QueryBinder(context, sql, nullptr).BindOutermost(query);
  plan = NameColumns(std::move(plan), statement.columns, query, sql);
  CheckReads(context.reads, entry->name, sql, statement.head.name.span);
  PlannedQuery planned =
      FinishPlan(std::move(plan), query.emit.get(), std::move(context.reads), sql, query.span, options);
  KeepContentsOf(catalog, *entry, statement.options, planned, sql);
  entry->sql = TextOf(sql, statement.span);
  entry->query_sql = TextOf(sql, query.span);
  entry->schema = planned.schema;
  entry->reads = planned.reads;
  entry->calls = std::move(context.calls);
  entry->append_only = planned.append_only;
  entry->retracts_because = planned.retracts_because;
  entry->on_window_close = planned.on_window_close;
  entry->always_weight = planned.always_weight;
  entry->on_update = planned.on_update;
  entry->update_key = planned.update_key;
  entry->time_columns = planned.time_columns;
  entry->keys = planned.keys;
  return {std::move(planned), std::move(entry)};
}

std::unique_ptr<ViewEntry> BindCreateView(const Catalog& catalog, sql::StatementPtr statement, std::string_view sql,
                                          const ProgramNames* program) {
  auto entry = std::make_unique<ViewEntry>();
  entry->statement = std::move(statement);
  entry->text = sql;
  const sql::CreateViewStatement& create = entry->create();
  entry->name = RelationName(create.head.name, sql);
  entry->sql = TextOf(sql, create.span);
  if (create.query->emit != nullptr) {
    ThrowAt(sql, create.query->emit->span,
            "EMIT belongs to a stream or a subscription; a view has no emission of its own");
  }
  BindContext context{.catalog = catalog, .continuous = false, .program = program, .kept = true, .reads = {}};
  LogicalNodePtr plan = QueryBinder(context, entry->text, nullptr).BindNested(*create.query);
  plan = NameColumns(std::move(plan), create.columns, *create.query, sql);
  CheckReads(context.reads, entry->name, sql, create.head.name.span);
  entry->schema = plan->schema;
  entry->reads = std::move(context.reads);
  entry->calls = std::move(context.calls);
  return entry;
}

std::optional<uint64_t> EpochOf(const sql::SubscribeStatement& statement, std::string_view sql) {
  if (statement.as_of_epoch == nullptr) return std::nullopt;
  const auto* literal = statement.as_of_epoch->If<sql::LiteralExpression>();
  uint64_t epoch = 0;
  if (literal != nullptr && literal->literal == sql::LiteralKind::kInteger) {
    const char* end = literal->text.data() + literal->text.size();
    if (const auto read = std::from_chars(literal->text.data(), end, epoch);
        read.ptr == end && read.ec == std::errc()) {
      return epoch;
    }
  }
  ThrowAt(sql, statement.as_of_epoch->span, "an epoch is a whole number, 0 or more: the .epoch of a result");
}

PlannedQuery PlanSubscribe(const Catalog& catalog, const sql::SubscribeStatement& statement, std::string_view sql,
                           PlanOptions options) {
  options.mode = PlanOptions::Mode::kContinuous;
  sql::NamedTable table;
  table.span = statement.name.span;
  table.name = statement.name;
  BindContext context{.catalog = catalog, .continuous = true, .program = options.program, .reads = {}};
  BoundTable bound = FromBinder(context, sql, nullptr).BindTable(table);
  if (statement.where != nullptr) {
    Scope scope;
    scope.Add({.name = bound.name, .schema = bound.plan->schema});
    ExpressionBinder binder(scope, sql, "WHERE");
    binder.SetContext(&context);
    bound.plan = MakeFilter(std::move(bound.plan), binder.BindPredicate(*statement.where, "WHERE"));
  }
  return FinishPlan(std::move(bound.plan), statement.emit.get(), std::move(context.reads), sql, statement.span,
                    options);
}

}  // namespace laminar
