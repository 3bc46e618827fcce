#include "exec/window_aggregate.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <random>

#include "exec/aggregate_test_support.h"
#include "exec/collecting_output.h"
#include "exec/saved_operator.h"
#include "state/row_batch.h"
#include "state/store.h"

namespace laminar {
namespace {

using testing::CollectingOutput;
using testing::FindAggregate;

// Input: key, value, window_start, window_end. Output: window_start, window_end, key, sum, count(*).
const std::vector<DataType> kInput{TypeId::kInt64, TypeId::kInt64, TypeId::kInt64, TypeId::kInt64};
const std::vector<DataType> kOutput(5, TypeId::kInt64);
constexpr int64_t kSize = 10;

WindowAggregateSpec Spec(bool on_close, bool append_only, int64_t lateness) {
  WindowAggregateSpec spec;
  spec.keys = {2, 3, 0};
  spec.window_start_key = 0;
  spec.window_end_key = 1;
  spec.input_types = kInput;
  spec.input_append_only = append_only;
  spec.on_close = on_close;
  spec.lateness = lateness;
  spec.aggregates = {{FindAggregate("sum", TypeId::kInt64), {1}, false, -1, TypeId::kInt64},
                     {FindAggregate("count"), {}, false, -1, TypeId::kInt64}};
  return spec;
}

struct Row {
  int64_t key;
  int64_t value;
  int64_t time;
  int64_t start() const { return time / kSize * kSize; }
  int64_t end() const { return start() + kSize; }
};

/// Rows as a delta; `marks` tell the calls.
class Input {
 public:
  void BeginCall(uint64_t sequence) { builder_.AppendMark(sequence, 0, 0); }
  void Add(const Row& row, int64_t weight = 1) {
    builder_.SetInt(0, row.key);
    builder_.SetInt(1, row.value);
    builder_.SetInt(2, row.start());
    builder_.SetInt(3, row.end());
    builder_.FinishRow(weight);
  }
  Ref<RowBatch> Finish() { return builder_.Finish(); }

 private:
  RowBatchBuilder builder_{kInput};
};

using Total = std::map<std::string, int64_t>;

Total Expected(const std::vector<Row>& rows, const std::function<bool(int64_t end)>& shown) {
  std::map<std::tuple<int64_t, int64_t>, std::pair<int64_t, int64_t>> groups;
  for (const Row& row : rows) {
    auto& [sum, count] = groups[{row.start(), row.key}];
    sum += row.value;
    ++count;
  }
  Total total;
  for (const auto& [group, result] : groups) {
    const auto [start, key] = group;
    if (!shown(start + kSize)) continue;
    total[std::to_string(start) + "|" + std::to_string(start + kSize) + "|" + std::to_string(key) + "|" +
          std::to_string(result.first) + "|" + std::to_string(result.second)] = 1;
  }
  return total;
}

/// Calls with rows out of order; the watermark follows the largest time. Several calls go into one step, at random:
/// what is late and what is shown depends on the calls alone.
void CheckAgainstModel(bool on_close, int64_t lateness, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Row> accepted;
  int64_t late = 0;
  Timestamp reached = kNoWatermark;
  std::unique_ptr<Operator> aggregate = std::make_unique<WindowAggregate>(Spec(on_close, true, lateness));
  SavingRehearsal rehearsal(seed);
  CollectingOutput output(kOutput);
  std::vector<WatermarkLine> lines(1);
  uint64_t sequence = 0;
  int64_t now = 0;
  for (int step_number = 0; step_number < 150; ++step_number) {
    Step step(sequence, 0, StepMode::kContinuous, lines, nullptr);
    Input input;
    const Timestamp before = lines[0].current();
    uint32_t rows = 0;
    for (uint64_t call = 0; call < 1 + random() % 4; ++call) {
      input.BeginCall(++sequence);
      Timestamp largest = kNoWatermark;
      const Timestamp met = reached;
      for (uint64_t i = 0; i < 1 + random() % 12; ++i, ++rows) {
        now += static_cast<int64_t>(random() % 2);
        const Row row{static_cast<int64_t>(random() % 3), static_cast<int64_t>(random() % 100),
                      std::max<int64_t>(0, now - static_cast<int64_t>(random() % 25))};
        input.Add(row);
        largest = std::max(largest, row.time - 3);
        if (met != kNoWatermark && row.end() + lateness <= met) {
          ++late;
        } else {
          accepted.push_back(row);
        }
      }
      reached = std::max(reached, largest);
      lines[0].Advance(sequence, largest);
    }
    const Ref<RowBatch> batch = input.Finish();
    ASSERT_TRUE(aggregate->Push(step, 0, batch->delta(), output).ok());
    if (lines[0].current() != before) {
      ASSERT_TRUE(aggregate->AdvanceWatermark(step, 0, lines[0].current(), output).ok());
    }
    ASSERT_TRUE(aggregate->Flush(step, output).ok());
    output.EndStep();
    rehearsal.After(&aggregate);
    lines[0].Trim();
    const Total expected = Expected(
        accepted, [&](int64_t end) { return !on_close || (reached != kNoWatermark && end + lateness <= reached); });
    ASSERT_EQ(output.total, expected) << "step " << step_number;
    ASSERT_EQ(output.late, late);
    CollectingOutput contents(kOutput);
    ASSERT_TRUE(aggregate->Snapshot()->Contents(contents, nullptr).ok());
    ASSERT_EQ(contents.total, expected) << "step " << step_number;
  }
  EXPECT_GT(late, 0);
}

TEST(WindowAggregate, ChangesAgreeWithFromScratch) {
  CheckAgainstModel(false, 0, 1);
  CheckAgainstModel(false, 7, 2);
}

TEST(WindowAggregate, OnCloseEmitsEachWindowOnce) {
  CheckAgainstModel(true, 0, 3);
  CheckAgainstModel(true, 7, 4);
}

struct Windows {
  explicit Windows(WindowAggregateSpec spec) : aggregate(std::move(spec)) {}
  void Push(const std::vector<std::pair<Row, int64_t>>& rows, std::optional<uint64_t> sequence = {}) {
    Input input;
    if (sequence) input.BeginCall(*sequence);
    for (const auto& [row, weight] : rows) input.Add(row, weight);
    ASSERT_TRUE(aggregate.Push(step, 0, input.Finish()->delta(), output).ok());
  }
  void Flush(Timestamp watermark = kNoWatermark) {
    if (watermark != kNoWatermark) {
      ASSERT_TRUE(aggregate.AdvanceWatermark(step, 0, watermark, output).ok());
    }
    ASSERT_TRUE(aggregate.Flush(step, output).ok());
    output.EndStep();
  }

  WindowAggregate aggregate;
  std::vector<WatermarkLine> lines = std::vector<WatermarkLine>(1);
  Step step{1, 0, StepMode::kContinuous, lines, nullptr};
  CollectingOutput output{kOutput};
};

TEST(WindowAggregate, RetractionsEmptyAWindowBeforeItCloses) {
  for (const bool on_close : {false, true}) {
    Windows windows(Spec(on_close, false, 0));
    windows.Push({{{1, 5, 3}, 1}, {{2, 7, 4}, 1}});
    windows.Flush();
    windows.Push({{{1, 5, 3}, -1}});
    windows.Flush(10);
    EXPECT_EQ(windows.output.total, (Total{{"0|10|2|7|1", 1}}));
    EXPECT_EQ(windows.aggregate.stores()[0]->rows(), 1) << "of the closed window";
  }
}

TEST(WindowAggregate, ARowLateForOneWindowStillCountsInTheNext) {
  Windows windows(Spec(false, true, 0));
  windows.lines[0].Advance(1, 10);
  windows.lines[0].Advance(5, 20);
  // Call 4 meets what call 1 had brought, call 6 what call 5 had.
  windows.Push({{{1, 1, 5}, 1}, {{1, 2, 15}, 1}}, 4);
  EXPECT_EQ(windows.output.late, 1);
  windows.Push({{{1, 4, 15}, 1}, {{1, 8, 25}, 1}}, 6);
  EXPECT_EQ(windows.output.late, 2);
  windows.Flush(20);
  EXPECT_EQ(windows.output.total, (Total{{"10|20|1|2|1", 1}, {"20|30|1|8|1", 1}}));
}

TEST(WindowAggregate, RowsWithoutMarksAreNeverLate) {
  Windows windows(Spec(true, true, 0));
  windows.lines[0].Advance(1, 1000);
  windows.lines[0].Trim();
  windows.Push({{{1, 1, 5}, 1}});
  windows.Flush(1000);
  EXPECT_EQ(windows.output.late, 0);
  EXPECT_EQ(windows.output.total, (Total{{"0|10|1|1|1", 1}}));
}

TEST(WindowAggregate, WindowsComeInTheOrderOfTheirEnds) {
  Windows windows(Spec(true, true, 0));
  windows.Push({{{1, 1, 25}, 1}, {{1, 1, 5}, 1}, {{1, 1, 15}, 1}});
  class Order final : public testing::CountingOutput {
   public:
    Answer Emit(const Delta& delta) override {
      ends.push_back(delta.columns[1].data<int64_t>()[delta.RowAt(0)]);
      return Answer::kMore;
    }
    std::vector<int64_t> ends;
  } order;
  ASSERT_TRUE(windows.aggregate.AdvanceWatermark(windows.step, 0, 30, order).ok());
  ASSERT_TRUE(windows.aggregate.Flush(windows.step, order).ok());
  EXPECT_EQ(order.ends, (std::vector<int64_t>{10, 20, 30}));
}

TEST(WindowAggregate, MemoryOfClosedWindowsIsUsedAgain) {
  Windows windows(Spec(true, true, 0));
  size_t after_ten = 0;
  for (int64_t window = 0; window < 500; ++window) {
    Input input;
    for (int64_t key = 0; key < 300; ++key) input.Add({key, 1, window * kSize});
    ASSERT_TRUE(windows.aggregate.Push(windows.step, 0, input.Finish()->delta(), windows.output).ok());
    windows.Flush((window + 1) * kSize);
    if (window == 10) after_ten = windows.aggregate.stores()[0]->memory_bytes();
  }
  EXPECT_EQ(windows.output.rows, 500 * 300);
  // Rows of closed windows take 40 bytes each and slack; groups would take 64 and an index.
  EXPECT_LT(windows.aggregate.stores()[0]->memory_bytes() - after_ten, 500u * 300 * 48);
}

TEST(WindowAggregate, ANullEndIsAnErrorRow) {
  Windows windows(Spec(false, true, 0));
  RowBatchBuilder builder(kInput);
  builder.SetInt(0, 1);
  builder.FinishRow();
  const Ref<RowBatch> batch = builder.Finish();
  ASSERT_TRUE(windows.aggregate.Push(windows.step, 0, batch->delta(), windows.output).ok());
  windows.Flush();
  EXPECT_EQ(windows.output.errors, 1);
  EXPECT_TRUE(windows.output.total.empty());
}

TEST(WindowAggregate, BatchModeShowsWhatTheEmissionAllows) {
  for (const bool on_close : {false, true}) {
    Windows windows(Spec(on_close, true, 0));
    Step step(1, 0, StepMode::kBatch, windows.lines, nullptr);
    Input input;
    input.Add({1, 1, 5});
    input.Add({1, 1, 15});
    const Ref<RowBatch> batch = input.Finish();
    ASSERT_TRUE(windows.aggregate.Push(step, 0, batch->delta(), windows.output).ok());
    ASSERT_TRUE(windows.aggregate.AdvanceWatermark(step, 0, 10, windows.output).ok());
    ASSERT_TRUE(windows.aggregate.Flush(step, windows.output).ok());
    EXPECT_EQ(windows.output.total.size(), on_close ? 1u : 2u);
  }
}

}  // namespace
}  // namespace laminar
