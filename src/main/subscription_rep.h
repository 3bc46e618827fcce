// What is behind a Subscription: a cursor, how its rows are shown, and the stream that exists for it alone.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/fork_mark.h"
#include "common/type.h"
#include "engine/changelog.h"
#include "engine/stream.h"
#include "laminar/subscription.h"

namespace laminar {

class Database;

/// Thread-safe. The own stream is detached by Cancel and by the destructor, whichever comes first.
struct Subscription::Rep {
  Rep(std::shared_ptr<Database> database, std::shared_ptr<ChangelogCursor> cursor, Schema schema, bool with_weight,
      std::shared_ptr<Stream> own_stream);
  ~Rep();

  std::optional<QueryResult> Next(const Waiter::Deadline& deadline, const std::function<void()>& interrupted);
  std::optional<QueryResult> TryNext();
  /// Likewise its rows, as they are shown.
  std::optional<Change> TryNextChange();
  const std::vector<DataType>& types() const { return types_; }
  void Cancel();
  /// Detaches the own stream and takes the subscription off the list of running queries. Idempotent.
  void Retire();

  const std::shared_ptr<Database> database;
  const std::shared_ptr<ChangelogCursor> cursor;
  const std::shared_ptr<const ResultSchema::Rep> schema;
  const bool with_weight;
  uint64_t query_id = 0;
  const ForkMark made_in;

 private:
  Change Shown(Change change) const;
  QueryResult ToResult(Change change) const;

  const std::vector<DataType> types_;  // without the weight
  std::mutex mutex_;
  std::shared_ptr<Stream> own_stream_;  // null: the stream is the catalog's
  bool retired_ = false;
};

}  // namespace laminar
