#include "laminar/subscription.h"

#include <utility>

#include "main/database.h"
#include "main/function/user_code.h"
#include "main/result_rep.h"
#include "main/subscription_rep.h"
#include "state/consolidate.h"

namespace laminar {

namespace {

std::vector<DataType> TypesOf(const ResultSchema::Rep& columns) {
  std::vector<DataType> types;
  for (const Field& field : columns.schema.fields()) types.push_back(field.type);
  if (columns.with_weight) types.pop_back();
  return types;
}

}  // namespace

Subscription::Rep::Rep(std::shared_ptr<Database> of, std::shared_ptr<ChangelogCursor> at, Schema columns, bool weight,
                       std::shared_ptr<Stream> own_stream)
    : database(std::move(of)),
      cursor(std::move(at)),
      schema(MakeSchemaRep(std::move(columns), weight)),
      with_weight(weight),
      types_(TypesOf(*schema)),
      own_stream_(std::move(own_stream)) {}

Subscription::Rep::~Rep() {
  Retire();
  if (!made_in.foreign()) return;
  Abandon(database);
  Abandon(cursor);
  Abandon(own_stream_);
}

void Subscription::Rep::Retire() {
  if (made_in.foreign()) return;
  std::shared_ptr<Stream> stream;
  {
    std::lock_guard guard(mutex_);
    if (std::exchange(retired_, true)) return;
    stream = std::move(own_stream_);
  }
  if (stream) database->engine().RemoveStream(stream, std::nullopt);
  database->queries().Finish(query_id);
}

Change Subscription::Rep::Shown(Change change) const {
  // Where weights are shown, equal rows are one; where they are not, each row is a row.
  if (!with_weight) change.rows = Unfold(change.rows, types_);
  if (with_weight && !change.merged) change.rows = Consolidate(change.rows, types_);
  return change;
}

QueryResult Subscription::Rep::ToResult(Change change) const {
  change = Shown(std::move(change));
  return MakeQueryResult(schema, {std::move(change.rows)}, change.epoch, change.is_snapshot);
}

std::optional<Change> Subscription::Rep::TryNextChange() {
  made_in.Check();
  bool ended;
  std::optional<Change> change = cursor->TryNext(&ended);
  if (!change) return std::nullopt;
  return Shown(*std::move(change));
}

std::optional<QueryResult> Subscription::Rep::Next(const Waiter::Deadline& deadline,
                                                   const std::function<void()>& interrupted) {
  made_in.Check();
  UserCode::Check(*database);
  std::optional<Change> change = cursor->Next(deadline, interrupted);
  if (!change) return std::nullopt;
  return ToResult(std::move(*change));
}

std::optional<QueryResult> Subscription::Rep::TryNext() {
  std::optional<Change> change = TryNextChange();
  if (!change) return std::nullopt;
  return MakeQueryResult(schema, {std::move(change->rows)}, change->epoch, change->is_snapshot);
}

void Subscription::Rep::Cancel() {
  made_in.Check();
  UserCode::Check(*database);
  cursor->Cancel();
  Retire();
}

Subscription::Subscription(std::shared_ptr<Rep> rep) : rep_(std::move(rep)) {}

std::optional<QueryResult> Subscription::Next(const std::function<void()>& interrupted) {
  return rep_->Next(std::nullopt, interrupted);
}

std::optional<QueryResult> Subscription::NextFor(std::chrono::nanoseconds timeout,
                                                 const std::function<void()>& interrupted) {
  // A wait of centuries overflows the clock; it is a wait without end.
  constexpr std::chrono::hours kForever(24 * 365 * 100);
  if (timeout > kForever) return rep_->Next(std::nullopt, interrupted);
  return rep_->Next(std::chrono::steady_clock::now() + timeout, interrupted);
}

std::optional<QueryResult> Subscription::TryNext() { return rep_->TryNext(); }

void Subscription::NotifyOn(std::shared_ptr<ReadyQueue> queue, uint64_t tag) {
  rep_->made_in.Check();
  rep_->cursor->OnReadable([queue = std::move(queue), tag] { queue->Post(tag); });
}

void Subscription::Cancel() { rep_->Cancel(); }

Subscription::State Subscription::state() const {
  if (rep_->made_in.foreign()) return State::kFinished;
  switch (rep_->cursor->state()) {
    case ChangelogCursor::State::kActive:
      return State::kActive;
    case ChangelogCursor::State::kFinished:
      return State::kFinished;
    case ChangelogCursor::State::kCancelled:
      return State::kCancelled;
  }
  return State::kActive;
}

ResultSchema Subscription::schema() const { return ResultSchema(rep_->schema); }

}  // namespace laminar
