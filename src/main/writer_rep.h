// What is behind a Writer.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "common/fork_mark.h"
#include "laminar/connection.h"
#include "main/database.h"

namespace laminar {

struct Writer::Rep {
  Rep(std::shared_ptr<Database> database, ResolvedSource source);
  ~Rep();

  /// The lock of everything below. Throws kConnectionFailed in a forked process.
  std::unique_lock<std::mutex> Lock();
  // With it held.
  void CheckOpen() const;
  int64_t FlushLocked();
  void Add(std::vector<Ref<RowBatch>> batches);

  void Close();

  const std::shared_ptr<Database> database;
  const ResolvedSource source;
  const std::shared_ptr<const ResultSchema::Rep> schema;
  const uint64_t id;

  std::mutex mutex;
  std::vector<Ref<RowBatch>> buffered;
  int64_t buffered_rows = 0;
  // Written with `mutex` held, read without: whoever only asks must not wait for a flush, which may run Python code.
  std::atomic<int64_t> announced{kNoWatermarkMillis};
  std::atomic<bool> closed{false};
  const ForkMark made_in;
};

}  // namespace laminar
