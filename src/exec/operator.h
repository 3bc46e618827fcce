// The operator interface: everything that runs between a source and a changelog.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "common/delta.h"
#include "common/status.h"
#include "exec/step.h"
#include "function/vector.h"

namespace laminar {

class Store;

/// What the receiver of a delta wants next.
enum class Answer : uint8_t {
  kMore,  // go on
  kDone,  // nothing further will be looked at (LIMIT reached, result closed): stop producing and return OK
};

/// Where an operator sends what it makes. Implemented by the engine, which calls the consumers before returning; so the
/// delta need only live during the call (common/delta.h, 4).
class Output {
 public:
  /// False when nobody looks at what is emitted: no consumer, no listener, nothing stored. An operator whose result can
  /// be had from its state then need not materialise changes. The same throughout a step.
  virtual bool wanted() const { return true; }
  virtual Answer Emit(const Delta& delta) = 0;
  /// To the consumers of one partition; only an exchange calls it.
  virtual Answer EmitPartition(int partition, const Delta& delta) = 0;
  /// Rows that came after all their windows had closed. Counted as dropped, or carried off by LATE DATA TO.
  virtual void EmitLate(const Delta& delta) = 0;
  /// Rows set aside: entries name physical rows of `input`, any delta the operator made or got. An entry of negative
  /// weight takes back an earlier one.
  virtual void EmitErrors(const Delta& input, const RowErrors& errors) = 0;

 protected:
  ~Output() = default;
};

/// A snapshot of an operator's stores between two steps, readable from any thread while steps go on. Destroying it
/// unpins.
class OperatorSnapshot {
 public:
  virtual ~OperatorSnapshot() = default;
  /// Emits the operator's whole current result as rows with positive weights; may be called once. Checks `cancel`.
  virtual Status Contents(Output& output, const CancelToken* cancel) = 0;
};

/// A node of the dataflow.
///
/// In one step the engine calls, for every operator in topological order and always on the thread that runs its
/// partition:
///
///     Push(port 0, …) Push(port 1, …) Push(port 0, …)   any number, any ports, in the order upstream made them
///     AdvanceWatermark(port, w)                         only when the line it follows moved, after all pushes
///     OnTimer(t)                                        only when a timer it asked for has fired
///     Flush()                                           exactly once if anything above happened
///
/// These counts are per round. A step is one round, unless a dataflow holds an operator that `needs_call_order()`: then
/// it is one round per call. Either way the engine nets the rounds into one epoch.
///
/// Contract:
/// 1. What was emitted up to the end of Flush sums to the net change of the result over the step: consolidated (equal
/// rows merged, no zero
///    weights, deletions before insertions) by operators that keep state; stateless ones emit from Push at once.
/// 2. Nothing is emitted outside these calls. State after Flush depends only on the input of all steps so far, not on
/// how it was grouped.
/// 3. A returned error is a bug or exhausted memory, never a user's data (those rows go to EmitErrors): the engine
/// poisons the
///    operator and its dependants. Cancelled one-shot queries return kQueryCancelled.
/// 4. After Flush no weight held in state is negative.
class Operator {
 public:
  virtual ~Operator() = default;

  virtual Status Push(Step& step, int port, const Delta& delta, Output& output) = 0;
  virtual Status AdvanceWatermark(Step& step, int port, Timestamp watermark, Output& output);
  virtual Status OnTimer(Step& step, int64_t time, Output& output);
  virtual Status Flush(Step& step, Output& output);
  /// No input will come again (one-shot queries, bounded sources).
  virtual Status EndInput(Step& step, Output& output);
  /// Nothing further would be looked at (LIMIT reached). Asked after Push, in batch mode only.
  virtual bool done() const { return false; }
  /// When OnTimer is wanted next: microseconds of logged time, derived from state, asked after Flush. A firing is a
  /// sequenced call.
  virtual int64_t NextTimer() const { return kNoTimer; }
  /// True when it ever asks for one.
  virtual bool has_timer() const { return false; }
  static constexpr int64_t kNoTimer = std::numeric_limits<int64_t>::max();
  /// State that the watermark drops would still matter to a later call of the same step (sessions merge across what
  /// would have closed).
  virtual bool needs_call_order() const { return false; }

  /// True when the operator keeps nothing between steps. Then it has no snapshot: its contents are its input's contents
  /// pushed through a Clone.
  virtual bool stateless() const = 0;
  /// True when a row may be set aside: then it must see every row, wanted or not, so that errors are counted.
  virtual bool may_fail() const { return false; }
  /// True when AdvanceWatermark has an effect.
  virtual bool follows_watermark() const { return false; }
  /// A fresh operator of the same definition with empty state, for another partition, an ad-hoc query or a rebuild.
  virtual std::unique_ptr<Operator> Clone() const = 0;
  /// Pins the stores; called between steps. Stateful operators only.
  virtual std::unique_ptr<OperatorSnapshot> Snapshot();

  /// "HashAggregate keys=[carrier] aggregates=[count(*), avg(dep_delay)]", one line, for EXPLAIN.
  virtual std::string Describe() const = 0;

  /// The stores registered by the constructor: what checkpoint, spill, recovery and memory accounting go over.
  const std::vector<Store*>& stores() const { return stores_; }

 protected:
  void RegisterStore(Store* store) { stores_.push_back(store); }

 private:
  std::vector<Store*> stores_;
};

}  // namespace laminar
