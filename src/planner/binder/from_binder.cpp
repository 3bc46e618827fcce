#include "planner/binder/from_binder.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "common/sql_error.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/expression_binder.h"
#include "planner/binder/features.h"
#include "planner/binder/file_table_binder.h"
#include "planner/binder/query_binder.h"
#include "planner/binder/schema_name.h"
#include "planner/binder/unnest_binder.h"
#include "planner/binder/window_call.h"

namespace laminar {

LogicalNodePtr FromBinder::BindFrom(const std::vector<sql::TablePtr>& from, Scope& scope) {
  if (from.empty()) {
    // One row; the column is there because a delta without columns would be a special case everywhere.
    return MakeValues(Schema({{"", TypeId::kBoolean, false}}), {{Value::Boolean(true)}});
  }
  BoundRelations bound = BindRelations(*from[0]);
  for (size_t i = 1; i < from.size(); ++i) {
    if (const auto* function = from[i]->If<sql::FunctionTable>(); function != nullptr && IsUnnest(*function)) {
      bound = UnnestEach(std::move(bound), *function, false);
      continue;
    }
    BoundRelations next = BindRelations(*from[i]);
    CheckNames(bound.relations, next.relations, from[i]->span);
    bound = CrossJoin(std::move(bound), std::move(next));
  }
  for (ScopeRelation& relation : bound.relations) scope.Add(std::move(relation));
  return std::move(bound.plan);
}

BoundTable FromBinder::BindTable(const sql::Table& table) {
  BoundTable bound;
  switch (table.kind) {
    case sql::TableKind::kNamed:
      bound = BindNamed(table.As<sql::NamedTable>());
      break;
    case sql::TableKind::kSubquery: {
      const auto& subquery = table.As<sql::SubqueryTable>();
      if (subquery.lateral) ThrowNotSupported(Feature::kLateral, sql_, table.span);
      Enter(table.span);
      bound.plan = QueryBinder(context_, sql_, tables_).BindNested(*subquery.query);
      --context_.depth;
      break;
    }
    case sql::TableKind::kWindow:
      bound = BindWindow(table.As<sql::WindowTable>());
      break;
    case sql::TableKind::kFunction: {
      const auto& function = table.As<sql::FunctionTable>();
      if (IsUnnest(function)) {
        bound = BindUnnest(function, sql_);
        break;
      }
      if (!ReadsFile(function)) ThrowNotSupported(Feature::kTableFunctions, sql_, table.span);
      bound = BindFileTable(context_, function, sql_);
      context_.once_only = true;
      break;
    }
    case sql::TableKind::kJoin:
      bound = Flatten(BindJoin(table.As<sql::JoinTable>()));
      break;
  }
  if (table.alias) bound.name = table.alias->name;
  if (!table.column_aliases.empty()) {
    bound.plan = Rename(std::move(bound.plan), table.column_aliases, bound.name, sql_);
  }
  return bound;
}

void FromBinder::Enter(SourceSpan span) {
  if (++context_.relations > BindContext::kMaxRelations) {
    ThrowAt(sql_, span,
            fmt::format("the query reads more than {} relations once its views and common tables are expanded",
                        BindContext::kMaxRelations));
  }
  if (++context_.depth > BindContext::kMaxDepth) {
    ThrowAt(sql_, span, fmt::format("views and subqueries are nested more than {} deep", BindContext::kMaxDepth));
  }
}

BoundTable FromBinder::BindNamed(const sql::NamedTable& table) {
  if (table.as_of != nullptr) ThrowNotSupported(Feature::kAsOfTable, sql_, table.span);
  const bool qualified = table.name.parts.size() > 1;
  if (qualified && !IsInDefaultSchema(table.name)) return BindSystemTable(table.name);
  const std::string& name = table.name.last().name;
  for (const CommonTableScope* common = qualified ? nullptr : tables_; common != nullptr; common = common->outer) {
    if (NamesEqual(common->table->name.name, name)) {
      return {BindCommonTable(*common, table.name.span), common->table->name.name};
    }
  }
  if (const CatalogEntry* entry = context_.catalog.Find(name)) {
    return {BindRelation(*entry, table.name.span), entry->name};
  }
  std::vector<std::string> known = context_.catalog.Names();
  for (const CommonTableScope* common = tables_; common != nullptr; common = common->outer) {
    known.push_back(common->table->name.name);
  }
  std::string hint;
  if (context_.program != nullptr) {
    const auto found = context_.program->tables.find(name);
    if (!qualified && found != context_.program->tables.end()) return BindProgramTable(*found->second, table);
    const auto other = context_.program->others.find(name);
    if (other != context_.program->others.end()) {
      hint = fmt::format("; the program's variable of that name is {}, which is no table", other->second);
    }
    known.insert(known.end(), context_.program->names.begin(), context_.program->names.end());
  }
  ThrowAt(sql_, table.name.span, fmt::format("table \"{}\" does not exist{}", name, hint), NearestNames(name, known));
}

BoundTable FromBinder::BindProgramTable(const FileTable& rows, const sql::NamedTable& table) {
  const std::string& name = table.name.last().name;
  if (context_.continuous || context_.kept) {
    ThrowAt(sql_, table.name.span,
            fmt::format("\"{}\" is a variable of the program ({}), which {}; create a table or source, put its rows "
                        "there with insert(), and use that",
                        name, rows.description(),
                        context_.continuous ? "has no changes that a stream or subscription could follow"
                                            : "a view cannot keep"));
  }
  Enter(table.name.span);
  std::vector<int> columns(static_cast<size_t>(rows.schema().size()));
  std::iota(columns.begin(), columns.end(), 0);
  context_.once_only = true;
  BoundTable bound{MakeFileScan(context_.program->tables.find(name)->second, std::move(columns)), name};
  --context_.depth;
  return bound;
}

BoundTable FromBinder::BindSystemTable(const sql::QualifiedName& name) {
  Enter(name.span);
  SystemTable table = ReadSystemTable(context_.catalog, name, sql_);
  if (context_.continuous) {
    ThrowAt(sql_, name.span,
            fmt::format("{}.{} is what the database knows of itself at one moment: it can be queried, but no stream or "
                        "subscription can follow it",
                        table.schema_name, table.name));
  }
  context_.once_only = true;
  BoundTable bound{MakeValues(std::move(table.schema), std::move(table.rows)), table.name};
  bound.plan->As<LogicalValues>().table = table.schema_name + "." + table.name;
  --context_.depth;
  return bound;
}

LogicalNodePtr FromBinder::BindRelation(const CatalogEntry& entry, SourceSpan span) {
  if (entry.is_sink())
    ThrowAt(sql_, span, fmt::format("\"{}\" is a sink; rows go into it and are not read", entry.name));
  Enter(span);
  if (std::ranges::find(context_.reads, entry.name) == context_.reads.end()) context_.reads.push_back(entry.name);
  LogicalNodePtr plan;
  if (entry.is_view()) {
    plan = BindView(static_cast<const ViewEntry&>(entry), span);
  } else {
    std::vector<int> columns(static_cast<size_t>(entry.schema.size()));
    std::iota(columns.begin(), columns.end(), 0);
    plan = MakeScan(entry, std::move(columns));
  }
  --context_.depth;
  return plan;
}

LogicalNodePtr FromBinder::BindView(const ViewEntry& view, SourceSpan span) {
  const sql::CreateViewStatement& create = view.create();
  const Scope* const outer = std::exchange(context_.outer, nullptr);
  // What a view reads was settled when it was made: a variable that now has the name of a dropped table is not it.
  const ProgramNames* const program = std::exchange(context_.program, nullptr);
  try {
    LogicalNodePtr plan = QueryBinder(context_, view.text, nullptr).BindNested(*create.query);
    if (!create.columns.empty()) plan = Rename(std::move(plan), create.columns, view.name, view.text);
    context_.outer = outer;
    context_.program = program;
    return plan;
  } catch (const Error& error) {
    // The place inside the view means nothing in this text; the view's own message has its line.
    throw Error(error.code(), MakeSqlError(error.code(), sql_, span,
                                           fmt::format("view \"{}\" cannot be used here: {}", view.name, error.what()))
                                  .what())
        .At(span.begin);
  }
}

LogicalNodePtr FromBinder::BindCommonTable(const CommonTableScope& common, SourceSpan span) {
  Enter(span);
  const Scope* const outer = std::exchange(context_.outer, nullptr);
  LogicalNodePtr plan = QueryBinder(context_, common.sql, common.visible).BindNested(*common.table->query);
  context_.outer = outer;
  if (!common.table->columns.empty()) {
    plan = Rename(std::move(plan), common.table->columns, common.table->name.name, common.sql);
  }
  --context_.depth;
  return plan;
}

LogicalNodePtr FromBinder::Rename(LogicalNodePtr plan, const std::vector<sql::Identifier>& columns,
                                  std::string_view name, std::string_view sql) {
  if (columns.size() > static_cast<size_t>(plan->schema.size())) {
    ThrowAt(sql, columns[static_cast<size_t>(plan->schema.size())].span,
            fmt::format("\"{}\" has {} columns, but {} names are given", name, plan->schema.size(), columns.size()));
  }
  std::vector<std::string> names = plan->schema.names();
  for (size_t i = 0; i < columns.size(); ++i) names[i] = columns[i].name;
  std::vector<ExpressionPtr> all = AllColumns(plan->schema);
  return MakeProject(std::move(plan), std::move(all), std::move(names));
}

BoundTable FromBinder::BindWindow(const sql::WindowTable& table) {
  CheckWindowKind(table.window, sql_, table.span);
  if (!table.partition_by.empty()) {
    ThrowNotSupported(Feature::kPartitionedWindows, sql_, table.partition_by[0]->span);
  }
  BoundTable input = BindTable(*table.input);
  Scope scope;
  scope.Add({.name = input.name, .schema = input.plan->schema});
  const ExpressionPtr time = ExpressionBinder(scope, sql_, "the event time of a window").Bind(*table.time);
  WindowArguments arguments{.kind = table.window, .span = table.span, .size = {}, .slide = {}, .offset = {}};
  arguments.size = BindWindowLength(*table.size, sql_);
  if (table.slide != nullptr) arguments.slide = BindWindowLength(*table.slide, sql_);
  if (table.offset != nullptr) arguments.offset = BindWindowLength(*table.offset, sql_);
  const int64_t nanos_per_unit = EventTimeUnit(*input.plan, *time, sql_);
  const WindowSpec spec = ResolveWindow(arguments, time->type, nanos_per_unit, sql_);
  input.plan = MakeWindowAssign(std::move(input.plan), spec, time->column, WindowText(arguments, time->name));
  return input;
}

}  // namespace laminar
