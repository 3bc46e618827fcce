// What one writer commits at once: a statement, or the transaction of a connection.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "exec/dataflow_spec.h"
#include "main/cursors.h"
#include "main/relation.h"
#include "main/table_draft.h"

namespace laminar {

class Database;

/// Changes of tables and rows for sources, gathered under the tables' write locks and accepted as one call. Not
/// committed, it vanishes and nothing has happened. One thread at a time; must not be used with a lock of the database
/// held, for opening a table waits for its other writers.
class WriteSet {
 public:
  /// A transaction may see several statements; otherwise it is one.
  WriteSet(Database& database, bool transaction);
  ~WriteSet();
  WriteSet(const WriteSet&) = delete;
  WriteSet& operator=(const WriteSet&) = delete;

  /// The draft of a table, its lock taken, settled. Throws kQueryFailed when another transaction is in the way.
  TableDraft& Open(const ResolvedSource& table);
  /// Rows for a source, in order of the calls.
  void Append(const ResolvedSource& source, const std::vector<Ref<RowBatch>>& batches);
  /// Adds this writer's changes to the inputs that are tables: a query of it sees them.
  void AddChanges(const DataflowSpec& spec, QueryInputs* inputs) const;
  /// One call of everything. Throws, with nothing accepted, when a relation is gone or there is no room.
  void Commit();

 private:
  struct Part {
    ResolvedSource relation;
    std::unique_ptr<TableDraft> draft;  // of a table
    std::vector<Ref<RowBatch>> rows;    // of a source
  };
  Part* Find(const ResolvedSource& relation);
  void ReleaseLocks();

  Database& database_;
  const uint64_t number_;
  const bool transaction_;
  std::vector<std::unique_ptr<Part>> parts_;
};

/// The transaction of a connection, and its cursors. Its lock is the outermost of all: a statement within a transaction
/// runs under it.
class Session {
 public:
  /// Throws kQueryFailed inside (outside) a transaction.
  void Begin(Database& database);
  void Commit();
  void Rollback();
  /// Rolls back if there is anything to.
  void Abandon();

  /// `use` gets the open transaction, or null: then no lock is held.
  template <typename Use>
  auto Within(Use use) {
    if (open_.load(std::memory_order_acquire)) {
      const Hold hold(*this);
      if (transaction_) return use(transaction_.get());
    }
    return use(static_cast<WriteSet*>(nullptr));
  }
  bool is_open() const { return open_.load(std::memory_order_acquire); }
  /// No part of a transaction: they live until they are closed, or the connection is.
  Cursors& cursors() { return cursors_; }

 private:
  /// The lock. A statement of the transaction may run code of the program, a reader that makes its rows for one; what
  /// that asks of the same connection would wait for itself, and throws kQueryFailed instead.
  class Hold {
   public:
    explicit Hold(Session& session);
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    Session& session_;
  };

  std::mutex mutex_;
  std::atomic<std::thread::id> holder_{};
  std::unique_ptr<WriteSet> transaction_;
  std::atomic<bool> open_{false};
  Cursors cursors_;
};

}  // namespace laminar
