// One execution of an ad-hoc query: the same operators, stepped once over a frozen input, pulled batch by batch.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>

#include "engine/dataflow.h"
#include "engine/engine.h"
#include "engine/pace.h"
#include "exec/file_table.h"
#include "state/row_batch.h"

namespace laminar {

/// One thread at a time calls NextBatch; Cancel comes from any.
class QueryRun final : public DataflowResult {
 public:
  QueryRun(DataflowSpec spec, QueryInputs inputs, int64_t now);
  ~QueryRun();

  /// The next rows; a null reference at the end. An expression that failed is the status kQueryFailed, a cancelled
  /// query kQueryCancelled.
  Result<Ref<RowBatch>> NextBatch();
  void Cancel() { cancel_.Cancel(); }
  const CancelToken& cancel_token() const { return cancel_; }
  /// EXPLAIN ANALYZE: before the first batch, and after the last.
  void TimeEverything() { dataflow_.TimeEverything(); }
  DataflowFacts Facts() const { return dataflow_.Facts(); }
  const DataflowSpec& spec() const { return dataflow_.spec(); }
  uint64_t epoch() const { return inputs_.epoch; }
  const Schema& schema() const { return dataflow_.spec().schema; }
  const std::vector<DataType>& types() const { return types_; }
  /// Whether rows come from outside, and are not in memory there: then there may be more of them than memory holds.
  bool may_exceed_memory() const;
  /// What the files read so far had to have left out.
  std::vector<std::string> warnings() const;

  Answer OnDelta(const Delta& delta) override;
  void OnLate(const Delta&) override {}
  void OnErrors(const Delta& input, const RowErrors& errors) override;

 private:
  static constexpr uint32_t kBatchRows = 1u << 16;

  Status Advance();
  /// A table as the transaction that asks sees it: its rows and those the transaction took and brought, netted.
  Result<Ref<RowBatch>> NetRows(QueryInputs::Input& input);
  void PushRows(int port, const Ref<RowBatch>& rows);
  /// One batch of a file; whether there may be more.
  Result<bool> AdvanceFile(int port);
  /// Pushes what has no selection and no weights in pieces. False when no more is wanted.
  bool PushPieces(int port, const Delta& rows, const Schema& columns);
  /// Whether it makes sense to go on pushing.
  bool open() const { return failure_.ok() && dataflow_.status().ok() && !cancel_.cancelled(); }
  void SealBuilder();

  CancelToken cancel_;
  Pace pace_;
  QueryInputs inputs_;
  Dataflow dataflow_;
  std::vector<DataType> types_;
  Step step_;
  size_t input_ = 0;
  uint64_t next_row_ = 0;
  std::unique_ptr<FileRows> file_;  // the input, while it is one
  std::vector<std::string> warnings_;
  bool ended_ = false;
  RowBatchBuilder builder_;
  std::deque<Ref<RowBatch>> ready_;
  Status failure_;
};

}  // namespace laminar
