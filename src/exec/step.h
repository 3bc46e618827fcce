// What an operator is told about the step it runs in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/cancel_token.h"
#include "common/status.h"
#include "exec/watermark_line.h"

namespace laminar {

enum class StepMode : uint8_t {
  kContinuous,  // state is kept, changes are emitted
  kBatch,       // one step over a snapshot, then the operators are thrown away: state may be moved out on Flush
};

/// One per step and worker; lives on the stack of whoever runs the step.
class Step {
 public:
  Step(uint64_t epoch, int64_t now, StepMode mode, const std::vector<WatermarkLine>& lines, const CancelToken* cancel,
       bool first = false)
      : first_(first), epoch_(epoch), now_(now), mode_(mode), lines_(lines), cancel_(cancel) {}

  /// The first step of a new dataflow (not of a recovered one): Flush runs everywhere, also without input.
  bool first() const { return first_; }
  /// Last sequence number of the step.
  uint64_t epoch() const { return epoch_; }
  /// Logged time of the step's last call, microseconds since the epoch.
  int64_t now() const { return now_; }
  StepMode mode() const { return mode_; }
  /// Watermark line `index`: the planner gives every operator with event time the index of the line it follows (the
  /// least over the sources it reads).
  const WatermarkLine& line(int index) const { return lines_[static_cast<size_t>(index)]; }
  bool cancelled() const { return cancel_ != nullptr && cancel_->cancelled(); }

 private:
  bool first_;
  uint64_t epoch_;
  int64_t now_;
  StepMode mode_;
  const std::vector<WatermarkLine>& lines_;
  const CancelToken* cancel_;
};

}  // namespace laminar
