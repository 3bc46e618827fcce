// INSERT, UPDATE, DELETE, TRUNCATE: the rows a statement is over, and what becomes of them.
#include <algorithm>
#include <shared_mutex>
#include <utility>

#include "common/sql_error.h"
#include "main/file/insert_in_parts.h"
#include "main/length_check.h"
#include "main/listed_query.h"
#include "main/now.h"
#include "main/row_change.h"
#include "main/statement_runner.h"

namespace laminar {

namespace {

ExecuteResult Affected(int64_t rows) {
  ExecuteResult result;
  result.type = ExecuteResult::Type::kRowsAffected;
  result.rows_affected = rows;
  return result;
}

/// One row of the key's columns.
Ref<RowBatch> KeyRow(const std::vector<Value>& key, const ResolvedSource& table) {
  std::vector<DataType> types;
  const Schema columns = Database::KeyOf(table);
  for (const Field& field : columns.fields()) types.push_back(field.type);
  RowBatchBuilder builder(types);
  for (size_t i = 0; i < key.size(); ++i) builder.SetValue(static_cast<int>(i), key[i]);
  builder.FinishRow();
  return builder.Finish();
}

}  // namespace

std::optional<ResolvedSource> StatementRunner::TableNamed(const sql::QualifiedName& name) {
  std::shared_lock catalog(database_.catalog_mutex_);
  const TableEntry* table = database_.catalog_.FindTable(RelationName(name, sql_));
  if (table == nullptr) return std::nullopt;
  return database_.ResolveLocked(*table);
}

ExecuteResult StatementRunner::Change(const ResolvedSource& table, const std::function<RowChange(TableDraft&)>& make) {
  std::optional<WriteSet> alone;
  WriteSet& writer = within_ != nullptr ? *within_ : alone.emplace(database_, false);
  TableDraft& draft = writer.Open(table);
  const RowChange change = make(draft);
  draft.Apply(change);
  if (alone) alone->Commit();
  return Affected(change.affected);
}

std::vector<Ref<RowBatch>> StatementRunner::RowsOf(const TableDraft& draft, SourceSpan span,
                                                   const std::function<PlannedChange()>& plan) {
  std::shared_ptr<QueryRun> run;
  {
    std::shared_lock catalog(database_.catalog_mutex_);
    PlannedChange change = plan();
    DataflowSpec& dataflow = change.query.dataflow;
    QueryInputs inputs;
    if (change.key && dataflow.inputs.size() == 1) {
      std::vector<int> places;
      for (size_t i = 0; i < change.key->size(); ++i) places.push_back(static_cast<int>(i));
      const Ref<RowBatch> key = KeyRow(*change.key, draft.table());
      inputs.inputs.emplace_back().rows = {draft.Lookup(key->delta(), places).rows};
    } else {
      inputs = ValueOrThrow(database_.engine_.FreezeInputs(dataflow));
      if (within_ != nullptr) within_->AddChanges(dataflow, &inputs);
    }
    run = std::make_shared<QueryRun>(std::move(dataflow), std::move(inputs), NowMicros());
  }
  const ListedQuery listed(database_.queries_, TextOf(span), [run] { run->Cancel(); });
  return CollectRows(*run);
}

int64_t StatementRunner::ChangeRows(const sql::Statement& statement) {
  AtPlace(statement.span, [&] { database_.CheckWritable(); });
  if (const auto* insert = statement.If<sql::InsertStatement>()) return Insert(*insert).rows_affected;
  if (const auto* update = statement.If<sql::UpdateStatement>()) return Update(*update).rows_affected;
  if (const auto* remove = statement.If<sql::DeleteStatement>()) return Delete(*remove).rows_affected;
  throw MakeSqlError(ErrorCode::kQueryFailed, sql_, statement.span,
                     "only an INSERT, UPDATE or DELETE can be run for many sets of parameters");
}

ExecuteResult StatementRunner::Insert(const sql::InsertStatement& statement) {
  PlannedInsert planned;
  ResolvedSource target;
  const auto open = [&] {
    std::shared_lock catalog(database_.catalog_mutex_);
    planned = PlanInsert(database_.catalog_, statement, sql_, Options(PlanOptions::Query()));
    target = database_.ResolveLocked(static_cast<const WritableEntry&>(database_.catalog_.Get(planned.source)));
    QueryInputs inputs = ValueOrThrow(database_.engine_.FreezeInputs(planned.query.dataflow));
    if (within_ != nullptr) within_->AddChanges(planned.query.dataflow, &inputs);
    return std::make_shared<QueryRun>(std::move(planned.query.dataflow), std::move(inputs), NowMicros());
  };
  const auto check = [&](const std::vector<Ref<RowBatch>>& batches) {
    CheckNotNull(batches, target.access->schema, target.name);
    CheckLengths(batches, *target.access, target.name);
  };
  const auto into = [&](TableDraft& draft, std::vector<Ref<RowBatch>> batches) {
    if (!planned.on_conflict) return InsertRows(draft, std::move(batches), OnConflict::kRefuse, NowMicros());
    const std::optional<DataflowSpec>& update = planned.on_conflict->update;
    if (!update) return InsertRows(draft, std::move(batches), OnConflict::kNothing, NowMicros());
    DataflowSpec plan = CloneSpec(*update);
    return InsertRows(draft, std::move(batches), OnConflict::kUpdate, NowMicros(), &plan);
  };
  const std::string text = TextOf(statement.span);
  const bool is_values = statement.query != nullptr && statement.query->body->kind == sql::QueryBodyKind::kValues;
  std::shared_ptr<QueryRun> run;
  bool in_parts = false;
  const auto rows = [&] {
    run = open();
    // Rows of a file may be more than memory holds. A transaction takes them at once all the same, and so does DO
    // UPDATE, which refuses to change a row twice.
    const bool updates = planned.on_conflict && planned.on_conflict->update;
    in_parts = run->may_exceed_memory() && within_ == nullptr && !updates;
    std::vector<Ref<RowBatch>> batches;
    if (in_parts) return batches;
    std::optional<ListedQuery> listed;
    if (!is_values) listed.emplace(database_.queries_, text, [run] { run->Cancel(); });
    batches = CollectRows(*run);
    check(batches);
    return batches;
  };
  const std::optional<ResolvedSource> table = TableNamed(statement.table);
  ExecuteResult result;
  if (table) {
    result = Change(*table, [&](TableDraft& draft) { return into(draft, rows()); });
  } else if (const std::vector<Ref<RowBatch>> batches = rows(); !in_parts) {
    result = Affected(database_.AcceptWhole(target, batches, within_));
  }
  if (in_parts) {
    return InsertInParts(database_, text, run, [&](const Ref<RowBatch>& batch) {
      check({batch});
      if (!table) return database_.AcceptWhole(target, {batch}, nullptr);
      return Change(*table, [&](TableDraft& draft) { return into(draft, {batch}); }).rows_affected;
    });
  }
  result.warnings = run->warnings();
  return result;
}

void StatementRunner::Refuse(const std::function<PlannedChange()>& plan) {
  std::shared_lock catalog(database_.catalog_mutex_);
  plan();
  // Made a table this very moment.
  throw Error(ErrorCode::kQueryFailed, "the table was created while the statement began: try again");
}

ExecuteResult StatementRunner::Update(const sql::UpdateStatement& statement) {
  const auto plan = [&] { return PlanUpdate(database_.catalog_, statement, sql_, Options(PlanOptions::Query())); };
  const std::optional<ResolvedSource> table = TableNamed(statement.table);
  if (!table) Refuse(plan);
  return Change(*table, [&](TableDraft& draft) { return UpdateRows(draft, RowsOf(draft, statement.span, plan)); });
}

ExecuteResult StatementRunner::Delete(const sql::DeleteStatement& statement) {
  const auto plan = [&] { return PlanDelete(database_.catalog_, statement, sql_, Options(PlanOptions::Query())); };
  const std::optional<ResolvedSource> table = TableNamed(statement.table);
  if (!table) Refuse(plan);
  return Change(*table, [&](TableDraft& draft) { return DeleteRows(RowsOf(draft, statement.span, plan)); });
}

ExecuteResult StatementRunner::Truncate(const sql::TruncateStatement& statement) {
  // Several tables are emptied at once, or none of them.
  std::optional<WriteSet> alone;
  WriteSet& writer = within_ != nullptr ? *within_ : alone.emplace(database_, statement.tables.size() > 1);
  std::vector<std::pair<TableDraft*, RowChange>> changes;
  for (const sql::QualifiedName& name : statement.tables) {
    const auto plan = [&] { return PlanTruncate(database_.catalog_, name, sql_, Options(PlanOptions::Query())); };
    const std::optional<ResolvedSource> table = TableNamed(name);
    if (!table) Refuse(plan);
    TableDraft& draft = writer.Open(*table);
    const auto named_before = [&](const auto& change) { return change.first == &draft; };
    if (std::ranges::any_of(changes, named_before)) continue;
    changes.emplace_back(&draft, DeleteRows(RowsOf(draft, statement.span, plan)));
  }
  int64_t rows = 0;
  for (const auto& [draft, change] : changes) {
    draft->Apply(change);
    rows += change.affected;
  }
  if (alone) alone->Commit();
  return Affected(rows);
}

}  // namespace laminar
