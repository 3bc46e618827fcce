// DECLARE … CURSOR FOR SUBSCRIBE, FETCH, CLOSE: the subscriptions that a connection names.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "engine/change.h"
#include "laminar/result.h"
#include "main/subscription_rep.h"
#include "sql/ast_statement.h"

namespace laminar {

class Database;

/// Of one connection. Thread-safe; two that fetch from one cursor share its rows.
class Cursors {
 public:
  /// Throws kQueryFailed when there is one of that name, and whatever is wrong with what is subscribed to.
  void Declare(Database& database, const sql::DeclareCursorStatement& statement, std::string_view sql);
  /// Up to so many rows of what is there now, in commit order: it does not wait. Its epoch is the last one that has
  /// been fetched whole, to resume from. Once the stream has ended, its error is thrown behind the last row.
  QueryResult Fetch(const sql::FetchStatement& statement, std::string_view sql);
  void Close(const sql::CloseCursorStatement& statement, std::string_view sql);
  void CloseAll();

 private:
  struct Open {
    std::mutex mutex;
    std::shared_ptr<Subscription::Rep> subscription;
    std::optional<Change> rest;  // taken, and not fetched from row `next` on
    uint32_t next = 0;
    uint64_t epoch = 0;            // of the last change fetched whole
    std::optional<Error> failure;  // for the next time
  };
  std::shared_ptr<Open> Find(const sql::Identifier& name, std::string_view sql) const;
  /// False when nothing is there.
  static bool Refill(Open& cursor, bool have_rows);

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Open>> open_;  // by name in lower case
};

}  // namespace laminar
