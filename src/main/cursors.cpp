#include "main/cursors.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "common/sql_error.h"
#include "common/utf8.h"
#include "main/database.h"
#include "main/result_rep.h"

namespace laminar {

namespace {

int64_t CountOf(const sql::FetchStatement& statement, std::string_view sql) {
  if (statement.count == nullptr) return std::numeric_limits<int64_t>::max();
  const std::string& text = statement.count->As<sql::LiteralExpression>().text;
  int64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
    throw MakeSqlError(ErrorCode::kQueryFailed, sql, statement.count->span, "that many rows cannot be counted");
  }
  return count;
}

Ref<RowBatch> Slice(const RowBatch& rows, uint32_t begin, uint32_t end, const std::vector<DataType>& types) {
  Delta part = rows.delta();
  std::vector<uint32_t> selection(end - begin);
  std::iota(selection.begin(), selection.end(), begin);
  part.Select(selection.data(), end - begin);
  return RowBatch::FromDelta(part, types);
}

}  // namespace

std::shared_ptr<Cursors::Open> Cursors::Find(const sql::Identifier& name, std::string_view sql) const {
  std::lock_guard guard(mutex_);
  if (const auto found = open_.find(LowerCased(name.name)); found != open_.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [each, cursor] : open_) names.push_back(each);
  throw MakeSqlError(ErrorCode::kQueryFailed, sql, name.span, fmt::format("there is no cursor \"{}\"", name.name),
                     NearestNames(name.name, names));
}

void Cursors::Declare(Database& database, const sql::DeclareCursorStatement& statement, std::string_view sql) {
  const std::string name = LowerCased(statement.cursor.name);
  const auto check_free = [&] {
    if (!open_.contains(name)) return;
    throw MakeSqlError(ErrorCode::kQueryFailed, sql, statement.cursor.span,
                       fmt::format("there is a cursor \"{0}\" already: CLOSE {0} ends it", statement.cursor.name));
  };
  {
    std::lock_guard guard(mutex_);
    check_free();
  }
  auto cursor = std::make_shared<Open>();
  // Outside the lock: a stream may have to be filled first.
  cursor->subscription = database.SubscribeStatement(*statement.subscribe, sql, {});
  std::lock_guard guard(mutex_);
  check_free();
  open_.emplace(name, std::move(cursor));
}

bool Cursors::Refill(Open& cursor, bool have_rows) {
  if (cursor.failure) {
    if (have_rows) return false;
    const Error failure = *std::exchange(cursor.failure, std::nullopt);
    throw Error(failure);
  }
  try {
    cursor.rest = cursor.subscription->TryNextChange();
  } catch (const Error& error) {
    if (!have_rows) throw;
    cursor.failure = error;
    return false;
  }
  cursor.next = 0;
  return cursor.rest.has_value();
}

QueryResult Cursors::Fetch(const sql::FetchStatement& statement, std::string_view sql) {
  int64_t left = CountOf(statement, sql);
  const std::shared_ptr<Open> cursor = Find(statement.cursor, sql);
  std::lock_guard guard(cursor->mutex);
  const std::vector<DataType>& types = cursor->subscription->types();
  std::vector<Ref<RowBatch>> batches;
  bool all_snapshot = true;
  while (left > 0) {
    if (!cursor->rest && !Refill(*cursor, !batches.empty())) break;
    const Change& change = *cursor->rest;
    const uint32_t rows = change.rows->rows();
    const uint32_t take = static_cast<uint32_t>(std::min<int64_t>(left, rows - cursor->next));
    const bool whole = take == rows;
    batches.push_back(whole ? change.rows : Slice(*change.rows, cursor->next, cursor->next + take, types));
    all_snapshot = all_snapshot && change.is_snapshot;
    left -= take;
    cursor->next += take;
    if (cursor->next < rows) break;
    cursor->epoch = change.epoch;
    cursor->rest.reset();
  }
  const bool is_snapshot = all_snapshot && !batches.empty();
  return MakeQueryResult(cursor->subscription->schema, std::move(batches), cursor->epoch, is_snapshot);
}

void Cursors::Close(const sql::CloseCursorStatement& statement, std::string_view sql) {
  const std::shared_ptr<Open> cursor = Find(statement.cursor, sql);
  {
    std::lock_guard guard(mutex_);
    open_.erase(LowerCased(statement.cursor.name));
  }
  cursor->subscription->Cancel();
}

void Cursors::CloseAll() {
  std::map<std::string, std::shared_ptr<Open>> open;
  {
    std::lock_guard guard(mutex_);
    open = std::exchange(open_, {});
  }
  for (const auto& [name, cursor] : open) cursor->subscription->Cancel();
}

}  // namespace laminar
