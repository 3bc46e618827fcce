// What is behind a Connection: a database, and whether this handle is still open.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/fork_mark.h"
#include "laminar/connection.h"
#include "main/database.h"

namespace laminar {

struct Connection::Rep {
  /// `entered`: the database counts this connection already.
  explicit Rep(std::shared_ptr<Database> of, bool entered = false) : database_(std::move(of)) {
    if (!entered) database_->Enter();
  }
  ~Rep();

  /// Throws kConnectionClosed after Close, kConnectionFailed in a forked process.
  Database& database() const;
  void Close();

  // Within the open transaction, if there is one.
  int64_t Accept(const ResolvedSource& target, std::vector<Ref<RowBatch>> rows, OnConflict on_conflict);
  int64_t Delete(const ResolvedSource& table, const std::vector<Ref<RowBatch>>& keys);
  /// A table when a primary key is given (it may be empty), otherwise a source.
  void Create(std::string_view name, Schema schema, const std::optional<std::vector<std::string>>& primary_key);

  const std::shared_ptr<Database> database_;
  std::atomic<bool> closed{false};
  Session session;
  std::shared_ptr<ProgramTables> tables;  // set before the connection is used
  const ForkMark made_in;
};

}  // namespace laminar
