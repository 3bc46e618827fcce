// TUMBLE, HOP and CUMULATE: gives every row its windows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "exec/operator.h"

namespace laminar {

/// Windows are [start, end), aligned to the epoch plus `offset`. All lengths in raw units of the time column.
struct WindowSpec {
  enum class Kind : uint8_t { kTumble, kHop, kCumulate };
  Kind kind = Kind::kTumble;
  int64_t size = 0;   // CUMULATE: the largest window
  int64_t slide = 0;  // HOP: distance of starts; CUMULATE: the step
  int64_t offset = 0;
  int32_t months = 0;  // calendar TUMBLE of so many months; then size is 0
};

/// Stateless. Output: the input's columns, then window_start, window_end (of the time column's type) and window_time,
/// the last instant inside (window_end - 1 unit). A row in k windows comes out k times: one delta per window position,
/// input columns shared by all of them, never copied. A NULL event time is an error row; so is one whose window's
/// bounds do not fit the type.
class WindowAssign final : public Operator {
 public:
  /// `time_type` is an integer, DATE or TIMESTAMP. `size` (or `months`) is positive; HOP and CUMULATE have
  /// 0 < slide <= size.
  WindowAssign(WindowSpec spec, int time_column, DataType time_type);

  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  bool stateless() const override { return true; }
  bool may_fail() const override { return true; }
  std::unique_ptr<Operator> Clone() const override;
  std::string Describe() const override;

 private:
  template <typename T>
  void Anchor(const Delta& delta);
  template <typename T>
  Answer EmitWindows(const Delta& delta, Output& output);
  int64_t MonthStart(int64_t time, int64_t* end) const;

  WindowSpec spec_;
  int time_column_;
  DataType time_type_;
  // All per physical row of the delta at hand.
  std::vector<int64_t> anchors_;  // start of its TUMBLE window, of its last HOP window, of its CUMULATE period
  std::vector<int64_t> ends_;     // calendar TUMBLE only
  Ref<Buffer> window_start_, window_end_, window_time_;
  std::vector<uint32_t> usable_;  // rows with windows, when some have none
  std::vector<uint32_t> selection_;
  RowErrors errors_;
};

}  // namespace laminar
