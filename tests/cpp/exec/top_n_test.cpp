#include "exec/top_n.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
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

/// The input relation of the tests: a key, what is ordered by, and text that is short and long.
struct Row {
  std::optional<int64_t> key;
  std::optional<int32_t> number;
  double real = 0;
  std::optional<std::string> text;

  friend auto operator<=>(const Row&, const Row&) = default;
};
const std::vector<DataType> kInput{TypeId::kInt64, TypeId::kInt32, TypeId::kDouble, TypeId::kVarchar};

using Bag = std::map<Row, int64_t>;

Delta Append(RowBatchBuilder* builder, const std::vector<std::pair<Row, int64_t>>& rows, Ref<RowBatch>* held) {
  for (const auto& [row, weight] : rows) {
    if (row.key) builder->SetInt(0, *row.key);
    if (row.number) builder->SetInt(1, *row.number);
    builder->SetDouble(2, row.real);
    if (row.text) builder->SetString(3, *row.text);
    builder->FinishRow(weight);
  }
  *held = builder->Finish();
  return (*held)->delta();
}

template <typename T>
int CompareOptional(const std::optional<T>& a, const std::optional<T>& b, bool descending, bool nulls_first) {
  if (!a || !b) return a.has_value() == b.has_value() ? 0 : (!a == nulls_first ? -1 : 1);
  const int order = *a < *b ? -1 : *b < *a ? 1 : 0;
  return descending ? -order : order;
}

/// Negative when `a` comes first: the sort keys, then the whole row.
int CompareRows(const std::vector<SortKey>& order, const Row& a, const Row& b) {
  const auto by = [&](const SortKey& key) {
    switch (key.column) {
      case 0:
        return CompareOptional(a.key, b.key, key.descending, key.nulls_first);
      case 1:
        return CompareOptional(a.number, b.number, key.descending, key.nulls_first);
      case 2:
        return CompareOptional<double>(a.real, b.real, key.descending, key.nulls_first);
      default:
        return CompareOptional(a.text, b.text, key.descending, key.nulls_first);
    }
  };
  for (const SortKey& key : order) {
    if (const int decided = by(key); decided != 0) return decided;
  }
  for (int column = 0; column < 4; ++column) {
    if (const int decided = by({column, false, false}); decided != 0) return decided;
  }
  return 0;
}

std::string Show(const Row& row) {
  return (row.key ? std::to_string(*row.key) : "NULL") + "|" + (row.number ? std::to_string(*row.number) : "NULL") +
         "|" + Value::Double(row.real).ToString() + "|" + row.text.value_or("NULL");
}

/// The answer from scratch.
std::map<std::string, int64_t> FromScratch(const TopNSpec& spec, const Bag& bag) {
  std::map<std::optional<int64_t>, std::vector<Row>> keys;
  for (const auto& [row, weight] : bag) {
    std::vector<Row>& rows = keys[spec.partition.empty() ? std::nullopt : row.key];
    rows.insert(rows.end(), static_cast<size_t>(weight), row);
  }
  std::map<std::string, int64_t> shown;
  for (auto& [key, rows] : keys) {
    std::ranges::sort(rows, [&](const Row& a, const Row& b) { return CompareRows(spec.order, a, b) < 0; });
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto place = static_cast<int64_t>(i);
      if (place < spec.offset || (spec.limit >= 0 && place >= spec.offset + spec.limit)) continue;
      ++shown[Show(rows[i]) + (spec.numbered ? "|" + std::to_string(place + 1) : "")];
    }
  }
  return shown;
}

std::vector<DataType> OutputTypes(const TopNSpec& spec) {
  std::vector<DataType> types = kInput;
  if (spec.numbered) types.emplace_back(TypeId::kInt64);
  return types;
}

class Rows {
 public:
  explicit Rows(uint32_t seed) : random_(seed) {}
  int Pick(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n)); }
  Row Make() {
    Row row;
    if (Pick(8) != 0) row.key = Pick(4);
    if (Pick(8) != 0) row.number = Pick(3) == 0 ? std::numeric_limits<int32_t>::min() + Pick(2) : Pick(6);
    row.real = (Pick(3) == 0 ? Pick(2) * 0.5 : Pick(4) * -1.25) + 0.0;  // no -0.0, which would be shown as 0
    const int kind = Pick(6);
    if (kind < 3) row.text = std::string(1, static_cast<char>('a' + Pick(3)));
    if (kind >= 4) row.text = "a text longer than a reference holds, " + std::to_string(Pick(3));
    return row;
  }

 private:
  std::mt19937 random_;
};

std::vector<TopNSpec> Specs(bool append_only) {
  std::vector<TopNSpec> specs;
  const std::vector<std::vector<SortKey>> orders{{{1, false, false}},
                                                 {{1, true, true}, {3, false, true}},
                                                 {{3, true, false}, {2, true, false}},
                                                 {{2, false, false}},
                                                 {}};
  const std::vector<std::pair<int64_t, int64_t>> cuts{{1, 0}, {3, 0}, {2, 2}, {20, 1}, {-1, 2}, {0, 0}, {40, 0}};
  for (const auto& order : orders) {
    for (const auto& [limit, offset] : cuts) {
      for (const bool numbered : {false, true}) {
        for (const bool keyed : {false, true}) {
          specs.push_back({.partition = keyed ? std::vector<int>{0} : std::vector<int>{},
                           .order = order,
                           .limit = limit,
                           .offset = offset,
                           .numbered = numbered,
                           .append_only = append_only,
                           .input_types = kInput});
        }
      }
    }
  }
  return specs;
}

class TopNTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override { HashForTesting::all_equal = GetParam(); }
  void TearDown() override { HashForTesting::all_equal = false; }
};

std::map<std::string, int64_t> ContentsOf(Operator& op, const TopNSpec& spec) {
  std::map<std::string, int64_t> found;
  class Adding final : public testing::CountingOutput {
   public:
    Adding(std::map<std::string, int64_t>* found, std::vector<DataType> types) : found_(found), types_(types) {}
    Answer Emit(const Delta& delta) override {
      for (uint32_t i = 0; i < delta.size(); ++i) {
        (*found_)[testing::ShowRow(delta, types_, delta.RowAt(i))] += delta.WeightAt(delta.RowAt(i));
      }
      return Answer::kMore;
    }

   private:
    std::map<std::string, int64_t>* found_;
    std::vector<DataType> types_;
  } adding(&found, OutputTypes(spec));
  EXPECT_TRUE(op.Snapshot()->Contents(adding, nullptr).ok());
  return found;
}

TEST_P(TopNTest, ChangesSumToTheAnswerFromScratch) {
  const std::vector<WatermarkLine> lines;
  for (const bool append_only : {true, false}) {
    uint32_t seed = 1;
    for (const TopNSpec& spec : Specs(append_only)) {
      Rows random(seed++);
      std::unique_ptr<Operator> op = std::make_unique<TopN>(spec);
      SavingRehearsal rehearsal(seed);
      CollectingOutput output(OutputTypes(spec));
      Bag bag;
      std::unique_ptr<OperatorSnapshot> pinned;
      RowBatchBuilder builder(kInput);
      for (uint64_t epoch = 1; epoch <= 30; ++epoch) {
        output.is_wanted = epoch % 7 != 0;  // a reader may go and come back
        Step step(epoch, 0, StepMode::kContinuous, lines, nullptr);
        const int pushes = 1 + random.Pick(3);
        Bag after = bag;
        std::vector<std::pair<Row, int64_t>> changes;
        for (int i = random.Pick(append_only ? 6 : 12); i > 0; --i) {
          if (!append_only && !after.empty() && random.Pick(2) == 0) {
            auto victim = std::next(after.begin(), random.Pick(static_cast<int>(after.size())));
            const int64_t gone = 1 + random.Pick(static_cast<int>(victim->second));
            changes.emplace_back(victim->first, -gone);
            if ((victim->second -= gone) == 0) after.erase(victim);
          } else {
            const Row row = random.Make();
            const int64_t weight = random.Pick(4) == 0 ? 1 + random.Pick(5) : 1;
            changes.emplace_back(row, weight);
            after[row] += weight;
          }
        }
        // Within a step, a row may go before it comes.
        if (!append_only) std::ranges::reverse(changes);
        const size_t share = changes.size() / static_cast<size_t>(pushes) + 1;
        for (size_t begin = 0; begin < changes.size(); begin += share) {
          Ref<RowBatch> held;
          const Delta delta =
              Append(&builder,
                     {changes.begin() + static_cast<std::ptrdiff_t>(begin),
                      changes.begin() + static_cast<std::ptrdiff_t>(std::min(begin + share, changes.size()))},
                     &held);
          ASSERT_TRUE(op->Push(step, 0, delta, output).ok());
        }
        ASSERT_TRUE(op->Flush(step, output).ok());
        output.EndStep();
        rehearsal.After(&op);
        bag = std::move(after);
        const std::map<std::string, int64_t> expected = FromScratch(spec, bag);
        if (!output.is_wanted) output.total = expected;  // nothing was emitted
        ASSERT_EQ(output.total, expected) << op->Describe() << " epoch " << epoch;
        ASSERT_EQ(ContentsOf(*op, spec), expected) << op->Describe() << " epoch " << epoch;
        if (epoch % 5 == 0) pinned = op->Snapshot();  // writes copy what it holds
        if (append_only && spec.limit >= 0) {
          ASSERT_LE(op->stores()[0]->rows(), 5 * (spec.limit + spec.offset));
        }
      }
      if (append_only) continue;
      // Everything goes.
      Step step(31, 0, StepMode::kContinuous, lines, nullptr);
      std::vector<std::pair<Row, int64_t>> deletions;
      for (const auto& [row, weight] : bag) deletions.emplace_back(row, -weight);
      Ref<RowBatch> held;
      if (!deletions.empty()) {
        const Delta delta = Append(&builder, deletions, &held);
        ASSERT_TRUE(op->Push(step, 0, delta, output).ok());
      }
      output.is_wanted = true;
      ASSERT_TRUE(op->Flush(step, output).ok());
      EXPECT_TRUE(output.total.empty()) << op->Describe();
      EXPECT_EQ(op->stores()[0]->rows(), 0);
    }
  }
}

TEST_P(TopNTest, AskedOnceItGivesTheSameInOrder) {
  const std::vector<WatermarkLine> lines;
  for (const TopNSpec& spec : Specs(true)) {
    Rows random(7);
    std::vector<std::pair<Row, int64_t>> rows;
    Bag bag;
    for (int i = 0; i < 300; ++i) {
      rows.emplace_back(random.Make(), 1);
      ++bag[rows.back().first];
    }
    RowBatchBuilder builder(kInput);
    Ref<RowBatch> held;
    const Delta delta = Append(&builder, rows, &held);
    TopN op(spec);
    CollectingOutput output(OutputTypes(spec));
    Step step(1, 0, StepMode::kBatch, lines, nullptr);
    ASSERT_TRUE(op.Push(step, 0, delta, output).ok());
    ASSERT_TRUE(op.Flush(step, output).ok());
    EXPECT_EQ(output.total, FromScratch(spec, bag)) << op.Describe();
  }
}

TEST(TopN, ARowThatGoesWithoutHavingComeIsOurBug) {
  TopNSpec spec;
  spec.order = {{0, false, false}};
  spec.limit = 1;
  spec.append_only = false;
  spec.input_types = kInput;
  TopN op(spec);
  CollectingOutput output(kInput);
  const std::vector<WatermarkLine> lines;
  Step step(1, 0, StepMode::kContinuous, lines, nullptr);
  RowBatchBuilder builder(kInput);
  Ref<RowBatch> held;
  Row row;
  row.key = 1;
  const Delta delta = Append(&builder, {{row, -1}}, &held);
  ASSERT_TRUE(op.Push(step, 0, delta, output).ok());
  EXPECT_FALSE(op.Flush(step, output).ok());
}

INSTANTIATE_TEST_SUITE_P(Hashes, TopNTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Equal" : "Usual"; });

}  // namespace
}  // namespace laminar
