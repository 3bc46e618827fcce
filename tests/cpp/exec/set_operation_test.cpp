#include "exec/set_operation.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>

#include "common/hash.h"
#include "exec/collecting_output.h"
#include "exec/saved_operator.h"
#include "state/row_batch.h"
#include "state/store.h"

namespace laminar {
namespace {

using testing::CollectingOutput;

using Row = std::pair<std::optional<int32_t>, std::optional<std::string>>;
using Bag = std::map<Row, int64_t>;
const std::vector<DataType> kTypes{TypeId::kInt32, TypeId::kVarchar};

std::string Show(const Row& row) {
  return (row.first ? std::to_string(*row.first) : "NULL") + "|" + row.second.value_or("NULL");
}

std::map<std::string, int64_t> FromScratch(SetOperationKind kind, bool all, const Bag& left, const Bag& right) {
  std::map<std::string, int64_t> shown;
  for (const auto& [row, copies] : left) {
    const auto found = right.find(row);
    const int64_t other = found == right.end() ? 0 : found->second;
    const int64_t wanted = kind == SetOperationKind::kIntersect ? std::min(copies, other) : copies - other;
    int64_t count = all ? wanted : kind == SetOperationKind::kIntersect ? wanted > 0 : other == 0;
    if (count > 0) shown[Show(row)] = count;
  }
  return shown;
}

class SetOperationTest : public ::testing::TestWithParam<std::tuple<SetOperationKind, bool, bool>> {
 protected:
  void SetUp() override { HashForTesting::all_equal = std::get<2>(GetParam()); }
  void TearDown() override { HashForTesting::all_equal = false; }
};

TEST_P(SetOperationTest, ChangesSumToTheAnswerFromScratch) {
  const auto [kind, all, equal_hashes] = GetParam();
  std::mt19937 random(11);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<uint32_t>(n)); };
  std::unique_ptr<Operator> op = std::make_unique<SetOperation>(kind, all, false, kTypes);
  SavingRehearsal rehearsal(11);
  CollectingOutput output(kTypes);
  const std::vector<WatermarkLine> lines;
  Bag sides[2];
  std::unique_ptr<OperatorSnapshot> pinned;
  RowBatchBuilder builder(kTypes);
  for (uint64_t epoch = 1; epoch <= 300; ++epoch) {
    output.is_wanted = epoch % 9 != 0;
    Step step(epoch, 0, StepMode::kContinuous, lines, nullptr);
    const bool last = epoch == 300;
    for (int push = pick(4); push >= 0 || last; --push) {
      const int port = last ? -push - 1 : pick(2);
      if (last && port > 1) break;
      if (port < 0) continue;
      Bag& bag = sides[port];
      std::vector<std::pair<Row, int64_t>> changes;
      for (int i = last ? 0 : pick(6); i > 0; --i) {
        if (!bag.empty() && pick(2) == 0) {
          const auto victim = std::next(bag.begin(), pick(static_cast<int>(bag.size())));
          changes.emplace_back(victim->first, -1);
          if (--victim->second == 0) bag.erase(victim);
        } else {
          Row row;
          if (pick(5) != 0) row.first = pick(4);
          if (pick(5) != 0) row.second = pick(2) == 0 ? "a" : "longer than twelve characters";
          const int64_t weight = 1 + pick(3);
          changes.emplace_back(row, weight);
          bag[row] += weight;
        }
      }
      if (last) {
        for (const auto& [row, weight] : bag) changes.emplace_back(row, -weight);
        bag.clear();
      }
      if (changes.empty()) continue;
      for (const auto& [row, weight] : changes) {
        if (row.first) builder.SetInt(0, *row.first);
        if (row.second) builder.SetString(1, *row.second);
        builder.FinishRow(weight);
      }
      const Ref<RowBatch> rows = builder.Finish();
      ASSERT_TRUE(op->Push(step, port, rows->delta(), output).ok());
    }
    ASSERT_TRUE(op->Flush(step, output).ok());
    output.EndStep();
    rehearsal.After(&op);
    const std::map<std::string, int64_t> expected = FromScratch(kind, all, sides[0], sides[1]);
    if (!output.is_wanted) output.total = expected;
    ASSERT_EQ(output.total, expected) << op->Describe() << " epoch " << epoch;
    CollectingOutput contents(kTypes);
    ASSERT_TRUE(op->Snapshot()->Contents(contents, nullptr).ok());
    ASSERT_EQ(contents.total, expected);
    if (epoch % 5 == 0) pinned = op->Snapshot();
  }
  EXPECT_EQ(op->stores()[0]->rows(), 0);
}

TEST(SetOperation, WithoutRetractionsRowsComeWithoutWeights) {
  SetOperation op(SetOperationKind::kIntersect, true, true, kTypes);
  class Plain final : public testing::CountingOutput {
   public:
    Answer Emit(const Delta& delta) override {
      EXPECT_EQ(delta.weights, nullptr);
      return CountingOutput::Emit(delta);
    }
  } output;
  const std::vector<WatermarkLine> lines;
  Step step(1, 0, StepMode::kContinuous, lines, nullptr);
  RowBatchBuilder builder(kTypes);
  for (int i = 0; i < 3; ++i) {
    builder.SetInt(0, 1);
    builder.FinishRow();
  }
  const Ref<RowBatch> rows = builder.Finish();
  ASSERT_TRUE(op.Push(step, 0, rows->delta(), output).ok());
  ASSERT_TRUE(op.Push(step, 1, rows->delta(), output).ok());
  ASSERT_TRUE(op.Flush(step, output).ok());
  EXPECT_EQ(output.rows, 3);
  ASSERT_TRUE(op.Snapshot()->Contents(output, nullptr).ok());
  EXPECT_EQ(output.rows, 6);
}

INSTANTIATE_TEST_SUITE_P(Kinds, SetOperationTest,
                         ::testing::Combine(::testing::Values(SetOperationKind::kIntersect, SetOperationKind::kExcept),
                                            ::testing::Bool(), ::testing::Bool()));

}  // namespace
}  // namespace laminar
