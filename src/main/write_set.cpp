#include "main/write_set.h"

#include <fmt/format.h>

#include <shared_mutex>
#include <utility>

#include "main/database.h"

namespace laminar {

WriteSet::WriteSet(Database& database, bool transaction)
    : database_(database), number_(database.NewWriter()), transaction_(transaction) {}

WriteSet::~WriteSet() { ReleaseLocks(); }

void WriteSet::ReleaseLocks() {
  for (const std::unique_ptr<Part>& part : parts_) part->relation.access->lock.Release(number_);
}

WriteSet::Part* WriteSet::Find(const ResolvedSource& relation) {
  for (const std::unique_ptr<Part>& part : parts_) {
    if (part->relation.id == relation.id) return part.get();
  }
  return nullptr;
}

TableDraft& WriteSet::Open(const ResolvedSource& table) {
  if (Part* part = Find(table)) {
    part->draft->Settle();
    return *part->draft;
  }
  bool holds_others = false;
  for (const std::unique_ptr<Part>& part : parts_) holds_others |= part->draft != nullptr;
  const double patience = database_.config().backpressure_timeout;
  switch (table.access->lock.Take(number_, transaction_, holds_others, std::chrono::duration<double>(patience))) {
    case TableLock::Outcome::kTaken:
      break;
    case TableLock::Outcome::kConflict:
      throw Error(
          ErrorCode::kQueryFailed,
          fmt::format("an older transaction is changing table \"{}\": ROLLBACK this one and try it again", table.name));
    case TableLock::Outcome::kTimeout:
      throw Error(ErrorCode::kQueryFailed,
                  fmt::format("table \"{}\" is being changed by a transaction that did not end within {} s", table.name,
                              patience));
  }
  // From here on the destructor releases it.
  parts_.push_back(
      std::make_unique<Part>(Part{table, std::make_unique<TableDraft>(database_.engine(), table, transaction_), {}}));
  try {
    database_.CheckSame(table);
  } catch (...) {
    table.access->lock.Release(number_);
    parts_.pop_back();
    throw;
  }
  parts_.back()->draft->Settle();
  return *parts_.back()->draft;
}

void WriteSet::Append(const ResolvedSource& source, const std::vector<Ref<RowBatch>>& batches) {
  Part* part = Find(source);
  if (part == nullptr) {
    parts_.push_back(std::make_unique<Part>(Part{source, nullptr, {}}));
    part = parts_.back().get();
  }
  part->rows.insert(part->rows.end(), batches.begin(), batches.end());
}

void WriteSet::AddChanges(const DataflowSpec& spec, QueryInputs* inputs) const {
  for (size_t i = 0; i < spec.inputs.size(); ++i) {
    if (spec.inputs[i].kind != DataflowInput::Kind::kStream) continue;
    for (const std::unique_ptr<Part>& part : parts_) {
      if (part->draft == nullptr || part->relation.name != spec.inputs[i].relation) continue;
      inputs->inputs[i].rows = part->draft->deltas();
      inputs->inputs[i].types = part->draft->types();
    }
  }
}

void WriteSet::Commit() {
  std::vector<CallPart> call;
  uint64_t logged = 0;
  {
    // Shared: no relation can go, or become another of the same name, between the check and the hand-over.
    std::shared_lock relations(database_.relations_mutex());
    for (const std::unique_ptr<Part>& part : parts_) {
      database_.CheckSame(part->relation);
      call.push_back({part->relation.name, part->draft != nullptr ? part->draft->deltas() : part->rows});
    }
    ThrowIfError(database_.engine().AcceptAll(call, {}, &logged));
  }
  // Whoever changes the table next comes behind this in the log, and so waits for it too: one sync for many writers.
  ReleaseLocks();
  ThrowIfError(database_.engine().Acknowledge(logged));
}

Session::Hold::Hold(Session& session) : session_(session) {
  if (session.holder_.load() == std::this_thread::get_id()) {
    throw Error(
        ErrorCode::kQueryFailed,
        "a statement of this connection's transaction is still running, in this thread: use another connection, "
        "or read the rows before");
  }
  session.mutex_.lock();
  session.holder_.store(std::this_thread::get_id());
}

Session::Hold::~Hold() {
  session_.holder_.store({});
  session_.mutex_.unlock();
}

void Session::Begin(Database& database) {
  const Hold hold(*this);
  if (transaction_) throw Error(ErrorCode::kQueryFailed, "a transaction is open already: COMMIT or ROLLBACK it first");
  transaction_ = std::make_unique<WriteSet>(database, true);
  open_ = true;
}

void Session::Commit() {
  const Hold hold(*this);
  if (!transaction_) throw Error(ErrorCode::kQueryFailed, "there is no transaction to commit: BEGIN starts one");
  // Whatever comes of it, it has ended: a transaction that could not be committed has been rolled back.
  const std::unique_ptr<WriteSet> ending = std::move(transaction_);
  open_ = false;
  ending->Commit();
}

void Session::Rollback() {
  const Hold hold(*this);
  if (!transaction_) throw Error(ErrorCode::kQueryFailed, "there is no transaction to roll back: BEGIN starts one");
  transaction_.reset();
  open_ = false;
}

void Session::Abandon() {
  // Closed by what one of its statements runs: the transaction goes with the session.
  if (holder_.load() == std::this_thread::get_id()) return;
  const Hold hold(*this);
  transaction_.reset();
  open_ = false;
}

}  // namespace laminar
