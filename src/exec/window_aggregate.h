// GROUP BY over windows: groups that come to an end when the watermark passes.
#pragma once

#include <memory>
#include <string>

#include "exec/aggregate_spec.h"
#include "exec/operator.h"

namespace laminar {

struct WindowAggregateSpec : HashAggregateSpec {
  int window_start_key = -1;  // position in `keys`; -1: not grouped by
  int window_end_key = 0;     // position in `keys`, always there
  bool on_close = false;      // emit a window's rows once, when it closes; otherwise every step's net change
  int line = 0;               // watermark line of the step; -1: nothing is ever late and no window closes
  int64_t lateness = 0;       // raw units of the window columns: how long past its end a window stays open
  int hop_time = -1;         // input column, over HOP: the event time; a row is counted as late in its last window only
  bool keeps_closed = true;  // for Contents; on_close only: without, there are none
  int64_t hop_overlap = 0;   // likewise: size less slide, in raw units
};

/// Output columns: the keys, then the aggregates. A window's end determines its start; one sub-store is kept per end.
///
/// Contract:
/// 1. A row is late when window_end + lateness <= the watermark that the calls before its own had reached. Such rows go
/// to
///    EmitLate and nowhere else; over HOP once, in the last of their windows, so that what is late for some only is not
///    counted. Rows without marks are never late; a window they meet after it had closed opens again, and
///    closes at the end of that step.
/// 2. A window is closed at AdvanceWatermark(w) when window_end + lateness <= w; its groups are then frozen, their rows
/// kept
///    for Contents and its working state freed. With on_close its rows are emitted at the Flush of that step, windows
///    in the order of their ends.
/// 3. Contents: closed windows, and without on_close the open ones too.
/// 4. Errors and ownership as in HashAggregate. In kBatch mode Flush emits everything not late, once; with on_close
/// only
///    what the watermark has closed.
class WindowAggregate final : public Operator {
 public:
  explicit WindowAggregate(WindowAggregateSpec spec);
  ~WindowAggregate() override;

  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  Status AdvanceWatermark(Step& step, int port, Timestamp watermark, Output& output) override;
  Status Flush(Step& step, Output& output) override;
  bool stateless() const override { return false; }
  bool follows_watermark() const override { return true; }
  std::unique_ptr<Operator> Clone() const override;
  std::unique_ptr<OperatorSnapshot> Snapshot() override;
  std::string Describe() const override;

  /// Before the first step, with on_close: whoever reads it keeps its rows.
  void KeepNoContents();

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace laminar
