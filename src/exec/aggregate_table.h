// The groups of an aggregation: one table for all of them, or one for each window.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "common/delta.h"
#include "exec/aggregate_plan.h"
#include "exec/operator.h"
#include "state/group_table.h"
#include "state/ordered_multisets.h"

namespace laminar {

/// What a step has to remember of the groups it touches.
enum class Tracking : uint8_t {
  kNothing,  // results are read once, at the end: one-shot queries
  kTouched,  // which groups: nobody looks at changes, but groups may go or fail, and checkpoints want to know
  kOldRows,  // and what they were before: changes will be emitted
};

/// Working memory for one slice of rows.
class AggregateScratch {
 public:
  static constexpr uint32_t kSliceRows = 512;

  AggregateScratch();
  ~AggregateScratch();

  /// One for all operators that a thread runs: tens of kilobytes that nothing is kept in between calls of Update.
  static AggregateScratch* OfThisThread();

 private:
  friend class AggregateTable;
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

/// Contract:
/// 1. In a step: any number of Update, then one of EmitChanges, FinishStep. Tracking is the same throughout.
/// 2. Between steps no weight is negative and no group without rows is there, but for the one of an aggregation without
/// keys.
/// 3. One thread at a time. Readers pin groups().chunks() and finalize with the plan.
class AggregateTable {
 public:
  /// `always_one`: the single group of an aggregation without keys, there from the beginning.
  AggregateTable(std::shared_ptr<const AggregatePlan> plan, bool always_one);
  ~AggregateTable();

  /// Accounts for the given rows of the delta.
  void Update(const Delta& delta, const RowRange& range, Tracking tracking, AggregateScratch* scratch);

  bool touched() const { return !touched_.empty() || (always_one_ && !published_); }
  /// Ends a step tracked with kOldRows: emits the old rows of groups that changed, with weight -1, and appends their
  /// new ones to `pending`, to be emitted when all deletions of the step are out. Groups that came into error go to
  /// EmitErrors, those that left it again with weight -1; empty groups are freed.
  Status EmitChanges(const WindowBounds& bounds, int64_t now, Output& output, std::vector<Ref<ResultRows>>* pending);
  /// Ends a step tracked with kTouched: reports groups in error, frees empty ones. A step tracked with kNothing ends
  /// with nothing.
  Status FinishStep(const WindowBounds& bounds, int64_t now, Output* errors);
  /// The rows of all groups, piece by piece, but for groups in error. Stops early when `visit` answers kDone. Also ends
  /// a step tracked with kNothing, whose groups nobody has settled.
  Status VisitAll(const WindowBounds& bounds, int64_t now, Output* errors,
                  const std::function<Answer(const Ref<ResultRows>&)>& visit);
  // `errors`: where groups in error are reported; null: nowhere.

  /// Forgets all groups, keeps memory for the next window.
  void Clear();

  const AggregatePlan& plan() const { return *plan_; }
  GroupTable& groups() { return groups_; }
  bool always_one() const { return always_one_; }
  size_t memory_bytes() const;
  /// Between steps; see state/store.h. Groups whose accumulators hold texts, or values in order beside them, stay.
  Status Spill(SpillSpace& space, size_t bytes, size_t* freed);
  size_t disk_bytes() const;
  void AppendChunkLists(std::vector<ChunkList*>* lists);
  // See state/store.h.
  void SaveRest(ImageWriter& out) const;
  void LoadRest(ImageReader& in);
  void Restore();

 private:
  class Context;
  struct DistinctTable {
    GroupTable values;
    std::vector<uint32_t> zeroed;  // slots whose weight came to 0 in this step
  };

  bool can_spill() const;
  void AddAlwaysOne();
  /// Remembers which of the rows are touched for the first time in this step.
  void Touch(uint8_t* const* rows, const uint32_t* slots, uint32_t count, Tracking tracking);
  void UpdateSlice(const Delta& delta, const RowRange& slice, Tracking tracking, AggregateScratch::Rep& scratch);
  void UpdateItem(size_t item, const Delta& delta, const RowRange& slice, AggregateScratch::Rep& scratch);
  void UpdateDistinct(size_t distinct, const Delta& delta, const RowRange& slice, AggregateScratch::Rep& scratch);
  /// Brings the accumulators of a row, of the rows touched in this step, of all rows to what their kernels finalize.
  void Settle(uint8_t* row);
  void SettleTouched();
  void SettleAll();
  bool Exists(const uint8_t* row) const;
  /// Reports groups (rows of the piece, at slots touched_[begin + i]) that came into error, and takes back those that
  /// left it.
  void ReportErrors(uint32_t begin, ResultRows* piece, const RowErrors& errors, Output& output);
  void EmitChangedPiece(uint32_t begin, uint32_t count, const WindowBounds& bounds, int64_t now, Output& output,
                        std::vector<Ref<ResultRows>>* pending);
  Status FreeEmptyGroups();
  void EndStep();
  void Compact();
  void RelocateGroups();

  std::shared_ptr<const AggregatePlan> plan_;
  bool always_one_;
  bool published_ = false;  // the always-one group's row has been emitted
  GroupTable groups_;
  std::vector<std::unique_ptr<DistinctTable>> distincts_;
  std::vector<std::unique_ptr<OrderedMultisets>> multisets_;  // per item; null: its kernel needs none
  std::vector<std::unique_ptr<Context>> contexts_;            // per item
  uint32_t stamp_ = 1;                                        // of the step; rows touched in it carry it
  std::vector<uint32_t> touched_;                             // slots
  std::unordered_map<uint32_t, RowErrors::Entry> failed_;     // by slot: groups in error, as they were reported
  std::vector<uint8_t> old_rows_;  // as they were when first touched, in the order of touched_
};

/// The groups of a table between two steps, for one reader on any thread.
class PinnedGroups {
 public:
  PinnedGroups(std::shared_ptr<const AggregatePlan> plan, AggregateTable* table, const WindowBounds& bounds);

  /// Emits a row for each group that is not in error. Looks at `cancel` (may be null) between pieces. `done` is set
  /// when the output wants no more.
  Status Emit(Output& output, const CancelToken* cancel, bool* done) const;

 private:
  std::shared_ptr<const AggregatePlan> plan_;
  WindowBounds bounds_;
  Ref<ChunkPin> pin_;
};

}  // namespace laminar
