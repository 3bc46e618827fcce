#include "exec/keep_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "exec/aggregate_test_support.h"
#include "exec/saved_operator.h"
#include "state/row_batch.h"

namespace laminar::testing {
namespace {

const std::vector<DataType> kTypes{TypeId::kInt64, TypeId::kVarchar};

/// The numbers of the rows that come, in order.
class NumbersOutput final : public CountingOutput {
 public:
  Answer Emit(const Delta& delta) override {
    for (uint32_t i = 0; i < delta.size(); ++i) {
      const uint32_t row = delta.RowAt(i);
      const int64_t number = delta.columns[0].data<int64_t>()[row];
      EXPECT_EQ(delta.columns[1].data<StringRef>()[row].view(), "the text of row " + std::to_string(number));
      for (int64_t copies = delta.WeightAt(row); copies > 0; --copies) numbers.push_back(number);
    }
    return Answer::kMore;
  }
  std::vector<int64_t> numbers;
};

std::vector<int64_t> ContentsOf(Operator& op) {
  NumbersOutput output;
  const Status status = op.Snapshot()->Contents(output, nullptr);
  EXPECT_TRUE(status.ok()) << status.message();
  return output.numbers;
}

/// Rows of several calls a step, of one time each, some with weights; saved, loaded and spilled in between.
void CheckRetention(const Retention& retention, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::unique_ptr<Operator> op = std::make_unique<KeepRows>(kTypes, retention);
  SavingRehearsal rehearsal(seed);
  const std::vector<WatermarkLine> lines;
  struct Kept {
    int64_t number, time;
  };
  std::deque<Kept> model;
  int64_t next = 0;
  int64_t time = 1000;
  for (uint64_t epoch = 1; epoch <= 150; ++epoch) {
    RowBatchBuilder builder(kTypes);
    std::vector<Mark> marks;
    const bool large = random() % 10 == 0;
    std::vector<Kept> came;
    const bool weighted = random() % 4 == 0;
    for (uint64_t calls = 1 + random() % 4; calls > 0; --calls) {
      time += static_cast<int64_t>(random() % 20);
      marks.push_back({builder.rows(), epoch * 10 - calls, time, 0});
      for (uint64_t i = 1 + random() % (large ? 3000 : 20); i > 0; --i, ++next) {
        const int64_t weight = weighted ? 1 + static_cast<int64_t>(random() % 2) : 1;
        builder.SetInt(0, next);
        builder.SetString(1, "the text of row " + std::to_string(next));
        builder.FinishRow(weight);
        for (int64_t copies = 0; copies < weight; ++copies) came.push_back({next, time});
      }
    }
    const Ref<RowBatch> batch = builder.Finish();
    Delta delta = batch->delta();
    delta.marks = marks;
    Step step(epoch, time, StepMode::kContinuous, lines, nullptr);
    NumbersOutput passed;
    ASSERT_TRUE(op->Push(step, 0, delta, passed).ok());
    ASSERT_TRUE(op->Flush(step, passed).ok());
    ASSERT_EQ(passed.numbers.size(), came.size());
    model.insert(model.end(), came.begin(), came.end());
    const auto forgotten = [&] {
      if (retention.kind == Retention::Kind::kNone) return !model.empty();
      if (retention.kind == Retention::Kind::kRows) return static_cast<int64_t>(model.size()) > retention.amount;
      return retention.bounded() && model.front().time < time - retention.amount;
    };
    while (forgotten()) model.pop_front();
    if (epoch % 5 == 0) {
      std::vector<int64_t> expected;
      for (const Kept& kept : model) expected.push_back(kept.number);
      ASSERT_EQ(ContentsOf(*op), expected) << "epoch " << epoch;
    }
    rehearsal.After(&op);
  }
}

TEST(KeepRows, ShowsEverything) { CheckRetention({}, 1); }
TEST(KeepRows, ShowsTheLastRows) {
  CheckRetention({Retention::Kind::kRows, 1}, 2);
  CheckRetention({Retention::Kind::kRows, 50}, 3);
  CheckRetention({Retention::Kind::kRows, 20'000}, 4);
}
TEST(KeepRows, ShowsWhatIsYoungEnough) {
  CheckRetention({Retention::Kind::kTime, 5}, 5);
  CheckRetention({Retention::Kind::kTime, 200}, 6);
  CheckRetention({Retention::Kind::kTime, 100'000}, 7);
}
TEST(KeepRows, ShowsNothing) { CheckRetention({Retention::Kind::kNone, 0}, 8); }

TEST(KeepRows, WhatIsForgottenTakesNoMemory) {
  KeepRows kept(kTypes, {Retention::Kind::kRows, 2000});
  const std::vector<WatermarkLine> lines;
  for (uint64_t epoch = 1; epoch <= 300; ++epoch) {
    RowBatchBuilder builder(kTypes);
    for (int64_t i = 0; i < 1000; ++i) {
      builder.SetInt(0, i);
      builder.SetString(1, "the text of row " + std::to_string(i));
      builder.FinishRow();
    }
    const Ref<RowBatch> batch = builder.Finish();
    Step step(epoch, 0, StepMode::kContinuous, lines, nullptr);
    NumbersOutput passed;
    ASSERT_TRUE(kept.Push(step, 0, batch->delta(), passed).ok());
    EXPECT_LT(kept.stores()[0]->memory_bytes(), 1'500'000u);
  }
  EXPECT_EQ(kept.stores()[0]->rows(), 2000);
}

TEST(KeepRows, ARetractionIsAMistakeOfThePlan) {
  KeepRows kept(kTypes, {});
  RowBatchBuilder builder(kTypes);
  builder.SetInt(0, 1);
  builder.FinishRow(-1);
  const std::vector<WatermarkLine> lines;
  Step step(1, 0, StepMode::kContinuous, lines, nullptr);
  NumbersOutput passed;
  const Ref<RowBatch> batch = builder.Finish();
  EXPECT_EQ(kept.Push(step, 0, batch->delta(), passed).error().code(), ErrorCode::kInternalError);
}

}  // namespace
}  // namespace laminar::testing
