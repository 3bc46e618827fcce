// The groups of an aggregation: one table for all of them, or one for each window.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/delta.h"
#include "exec/aggregate_plan.h"
#include "exec/operator.h"
#include "state/group_table.h"
#include "state/ordered_multisets.h"

namespace laminar {

/// What a step has to remember of the groups it touches.
enum class Tracking : uint8_t {
  kNothing,  // results are read once, at the end: one-shot queries, windows that emit when they close
  kTouched,  // which groups: nobody looks at changes, but groups may go or fail
  kOldRows,  // and what they were before: changes will be emitted
};

/// Working memory for one slice of rows; one per operator, shared by all its tables.
class AggregateScratch {
 public:
  static constexpr uint32_t kSliceRows = 1024;

  AggregateScratch();
  ~AggregateScratch();

 private:
  friend class AggregateTable;
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

/// New rows of changed groups, kept back until all deletions of the step are out.
struct PendingRows {
  Ref<ResultRows> rows;
  std::vector<uint32_t> selection;

  Answer EmitTo(Output& output) const;
};

/// Contract:
/// 1. In a step: any number of Update, then one of EmitChanges, FinishStep. Tracking is the same throughout.
/// 2. Between steps no weight is negative and no group without rows is there, but for the one of an aggregation without keys.
/// 3. One thread at a time. Readers pin groups().chunks() and finalize with the plan.
class AggregateTable {
 public:
  /// `always_one`: the single group of an aggregation without keys, there from the beginning.
  AggregateTable(std::shared_ptr<const AggregatePlan> plan, bool always_one);

  /// Accounts for the given rows of the delta.
  void Update(const Delta& delta, const RowRange& range, Tracking tracking, AggregateScratch* scratch);

  bool touched() const { return !touched_.empty() || (always_one_ && !published_); }
  /// Ends the step, tracked with kOldRows: emits the old rows of groups that changed, appends their new ones to `pending`;
  /// groups in error go to EmitErrors; empty groups are freed.
  Status EmitChanges(const WindowBounds& bounds, int64_t now, Output& output, std::vector<PendingRows>* pending);
  /// Ends a step tracked with kTouched: reports groups in error, frees empty ones. A step tracked with kNothing ends with
  /// nothing; then no weight may have been below 1.
  Status FinishStep(const WindowBounds& bounds, int64_t now, Output& output);
  /// The rows of all groups, in pieces; groups in error go to EmitErrors.
  Status CollectAll(const WindowBounds& bounds, int64_t now, Output& output, std::vector<PendingRows>* pending);

  /// Forgets all groups, keeps memory for the next window.
  void Clear();

  const AggregatePlan& plan() const { return *plan_; }
  GroupTable& groups() { return groups_; }
  size_t memory_bytes() const;
  void AppendChunkLists(std::vector<ChunkList*>* lists);
  void RebuildIndexes();

 private:
  class Context;
  struct DistinctTable {
    GroupTable values;
    std::vector<uint32_t> zeroed;  // slots whose weight came to 0 in this step
  };

  void AddAlwaysOne();
  void Touch(uint32_t slot, uint8_t* row, Tracking tracking);
  void UpdateSlice(const Delta& delta, const RowRange& slice, Tracking tracking, AggregateScratch::Rep& scratch);
  void UpdateItem(size_t item, const Delta& delta, const RowRange& slice, AggregateScratch::Rep& scratch);
  void UpdateDistinct(size_t distinct, const Delta& delta, const RowRange& slice, AggregateScratch::Rep& scratch);
  bool Exists(const GroupHeader& header) const { return header.weight > 0 || always_one_; }
  Status FreeEmptyGroups();
  void EndStep();
  void CompactIfWanted();
  void Compact(GroupTable* groups);

  std::shared_ptr<const AggregatePlan> plan_;
  bool always_one_;
  bool published_ = false;  // the always-one group's row has been emitted
  GroupTable groups_;
  std::vector<std::unique_ptr<DistinctTable>> distincts_;
  std::vector<std::unique_ptr<OrderedMultisets>> multisets_;  // per item; null: its kernel needs none
  std::vector<std::unique_ptr<Context>> contexts_;            // per item
  uint32_t stamp_ = 1;                 // of the step; rows touched in it carry it
  std::vector<uint32_t> touched_;      // slots
  std::vector<uint8_t> old_rows_;      // as they were when first touched, in the order of touched_
};

}  // namespace laminar
