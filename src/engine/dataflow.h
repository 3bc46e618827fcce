// A running dataflow: the operators of one stream (or one query) wired together, and one step through them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/delta.h"
#include "exec/dataflow_spec.h"
#include "exec/operator.h"
#include "exec/operator_facts.h"
#include "exec/step.h"
#include "state/store_image.h"

namespace laminar {

/// Receives what the last operator of a dataflow emits, and what was left out on the way.
class DataflowResult {
 public:
  virtual Answer OnDelta(const Delta& delta) = 0;
  /// False when nobody looks at the deltas; the same throughout a step.
  virtual bool wanted() const { return true; }
  virtual void OnLate(const Delta& delta) = 0;
  virtual void OnErrors(const Delta& input, const RowErrors& errors) = 0;

 protected:
  ~DataflowResult() = default;
};

/// The state of a dataflow between two steps, or what changed of it since the image before, to be written by any thread
/// while steps go on.
class DataflowImage {
 public:
  void Write(ImageWriter& out) const;
  /// ChunkImage::CopyOut.
  void CopyOut();

 private:
  friend class Dataflow;
  std::vector<Timestamp> lines_;  // where each stands
  std::vector<Timestamp> reached_;
  std::vector<StoreImage> stores_;  // of all nodes, in order
};

/// Owned by a stream or a query; used by one thread at a time (under the step's lock once attached).
///
///     Step step(epoch, now, StepMode::kContinuous, dataflow.lines(), nullptr);
///     dataflow.Push(step, input, delta);      // any number; runs stateless operators through
///     dataflow.Finish(step);                  // watermarks, then Flush, in topological order
///
/// A failed operator makes every later call return its error; one that throws has failed.
class Dataflow {
 public:
  Dataflow(DataflowSpec spec, DataflowResult* result);
  ~Dataflow();
  Dataflow(const Dataflow&) = delete;
  Dataflow& operator=(const Dataflow&) = delete;

  const DataflowSpec& spec() const { return spec_; }
  std::vector<WatermarkLine>& lines() { return lines_; }
  /// A dataflow of one input and one operator, which passes its columns on, gets one more.
  void Widen(const Field& field);
  void RenameInput(int input, const std::string& relation) {
    spec_.inputs[static_cast<size_t>(input)].relation = relation;
  }

  /// Rows for input `input`, with the columns that its DataflowInput names.
  Answer Push(Step& step, int input, const Delta& delta);
  /// AdvanceWatermark where a line moved since the last Finish, then Flush of every operator.
  Status Finish(Step& step);
  /// EndInput and Flush of every operator: the close of a one-shot query.
  Status End(Step& step);
  /// Whether rows of the input make a difference now: to state, to counts of errors, or to somebody who looks at the
  /// result. Those of the others need not be pushed.
  bool Wants(int input) const;
  /// OnTimer of every operator whose time has come; Finish follows.
  void Fire(Step& step, int64_t time);
  /// When any of them wants it next; Operator::kNoTimer when none does.
  int64_t NextTimer() const;
  bool has_timer() const { return has_timer_; }
  /// Whether a step that brings no row to this dataflow still has work here: a followed line has moved.
  bool HasWatermarkWork() const;

  /// Between two steps. `whole`: not only what changed since the last image.
  DataflowImage TakeImage(bool whole);
  /// The same for a dataflow that computes the same in the same way, of the same release at least.
  uint64_t Fingerprint() const;
  /// Forgets its state and takes what a dataflow of the same spec had: from a whole image and those that were taken
  /// after it, oldest first. Each reader is left behind its image. A failure fails the dataflow.
  Status Load(std::span<ImageReader* const> images);

  const Status& status() const { return status_; }
  /// From now on every call returns `status`; the first failure stays. Also for what is wrong outside: a failed input.
  void Fail(Status status);
  Operator& OperatorAt(int node);

  /// What has run, since the dataflow was made.
  DataflowFacts Facts() const;

  /// Between two steps: stores of more than `threshold` rows write what is cold to disk until about `bytes` of memory
  /// are free (state/store.h).
  Status Spill(SpillSpace& space, int64_t threshold, size_t bytes, size_t* freed);
  /// Every call of an operator is timed from now on, and state is measured where it is largest, before it is given up
  /// at the end: EXPLAIN ANALYZE of a query. Otherwise large deltas are timed and one in 16 of the small ones.
  void TimeEverything() { timer_.everything = true; }

 private:
  class Node;
  /// Whether the calls running now are timed, and how many each stands for.
  struct Timer {
    static constexpr size_t kLargeDelta = 256;
    static constexpr int kSampled = 16;  // one small delta in so many

    bool everything = false;
    int weight = 0;           // of the calls running now; 0: they are not timed
    int64_t inner_nanos = 0;  // spent by consumers within the call being timed
    size_t rows = 0;          // pushed since the last Finish
    uint64_t random = 1;

    /// Chosen at random: rows of a rhythm of their own, as those of two inputs in turn, would mislead a count.
    void Choose(size_t rows_at_once) {
      if (everything || rows_at_once >= kLargeDelta) {
        weight = 1;
      } else {
        random = random * 6364136223846793005u + 1442695040888963407u;
        weight = random >> 60 == 0 ? kSampled : 0;
      }
    }
  };
  struct Consumer {
    Node* node;  // null: the result
    int port;
  };
  Answer Deliver(Step& step, const std::vector<Consumer>& consumers, const Delta& delta);
  /// Time spent there is no operator's of this dataflow.
  Answer DeliverResult(const Delta& delta);

  DataflowSpec spec_;  // its operators are moved into nodes_
  DataflowResult* result_;
  std::vector<WatermarkLine> lines_;
  std::vector<Timestamp> reached_;  // per line: what AdvanceWatermark was last called with
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::vector<Consumer>> input_consumers_;
  std::vector<bool> input_feeds_state_;
  std::vector<int64_t> input_rows_;
  Timer timer_;
  bool has_timer_ = false;
  Status status_;
};

/// Views `columns` of `wide` as a delta of its own (no value is copied).
void ProjectColumns(const Delta& wide, const std::vector<int>& columns, Delta* narrow);

}  // namespace laminar
