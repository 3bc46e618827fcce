#include <utility>

#include "main/function/user_code.h"
#include "main/query_stream_rep.h"
#include "main/result_rep.h"
#include "main/statement_runner.h"

namespace laminar {

QueryStream::Rep::Rep(std::shared_ptr<Database> of, std::unique_ptr<QueryRun> run, std::string sql)
    : database(std::move(of)),
      schema(MakeSchemaRep(run->schema(), false)),
      run_(std::move(run)),
      query_id_(database->queries().NewId()) {
  database->queries().Start(query_id_, std::move(sql), [weak = std::weak_ptr(run_)] {
    if (const auto running = weak.lock()) running->Cancel();
  });
}

QueryStream::Rep::Rep(std::shared_ptr<Database> of, QueryResult whole)
    : database(std::move(of)), schema(SchemaRepOf(whole)), whole_(std::move(whole)) {}

QueryStream::Rep::~Rep() {
  if (made_in.foreign()) {
    Abandon(database);
    Abandon(run_);
    return;
  }
  End(State::kFinished);
  if (run_ && run_->cancel_token().cancelled()) database->background_release().Take(std::move(run_));
}

void QueryStream::Rep::End(State state) {
  State active = State::kActive;
  if (state_.compare_exchange_strong(active, state)) database->queries().Finish(query_id_);
}

std::optional<QueryResult> QueryStream::Rep::Next() {
  made_in.Check();
  UserCode::Check(*database);
  std::lock_guard guard(mutex_);
  if (state() != State::kActive) return std::nullopt;
  if (whole_) {
    End(State::kFinished);
    if (whole_->num_rows() == 0) return std::nullopt;
    return std::exchange(whole_, std::nullopt);
  }
  Result<Ref<RowBatch>> batch = run_->NextBatch();
  if (!batch.ok()) {
    if (state() == State::kCancelled) return std::nullopt;
    End(State::kFinished);
    ThrowIfError(batch.status());
  }
  if (!batch.value()) {
    End(State::kFinished);
    return std::nullopt;
  }
  return MakeQueryResult(schema, {batch.TakeValue()}, run_->epoch(), false);
}

void QueryStream::Rep::Cancel() {
  made_in.Check();
  End(State::kCancelled);
  if (run_) run_->Cancel();
}

std::shared_ptr<QueryStream::Rep> Database::OpenQueryStream(const SqlCall& call) {
  const sql::StatementPtr statement = ParseCall(call);
  const ProgramNames program = NamesOf(call.tables, *statement);
  StatementRunner runner(*this, call.sql, nullptr, &program);
  if (const auto* query = statement->If<sql::QueryStatement>()) {
    return std::make_shared<QueryStream::Rep>(shared_from_this(), runner.OpenQuery(*query->query),
                                              std::string(call.sql));
  }
  return std::make_shared<QueryStream::Rep>(shared_from_this(), runner.Rows(*statement));
}

QueryStream::QueryStream(std::shared_ptr<Rep> rep) : rep_(std::move(rep)) {}
std::optional<QueryResult> QueryStream::Next() { return rep_->Next(); }
std::optional<QueryResult> QueryStream::TryNext() { return rep_->Next(); }
void QueryStream::Cancel() { rep_->Cancel(); }
QueryStream::State QueryStream::state() const { return rep_->state(); }
ResultSchema QueryStream::schema() const { return ResultSchema(rep_->schema); }

}  // namespace laminar
