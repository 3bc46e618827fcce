#include "state/keyed_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "common/hash.h"
#include "state/memory_spill_space.h"

namespace laminar {
namespace {

const std::vector<DataType> kTypes{TypeId::kInt64, TypeId::kVarchar, TypeId::kDouble};

struct Row {
  int64_t key;  // negative: NULL
  std::string text;
  double number;
  friend auto operator<=>(const Row&, const Row&) = default;
};
using Bag = std::map<Row, int64_t>;

void Add(RowBatchBuilder& builder, const Row& row, int64_t weight) {
  if (row.key >= 0) builder.SetInt(0, row.key);
  builder.SetString(1, row.text);
  builder.SetDouble(2, row.number);
  builder.FinishRow(weight);
}

Bag Read(KeyedRows& rows) {
  Bag bag;
  const Status status = rows.Snapshot().ForEachDelta([&](const Delta& delta) {
    for (uint32_t i = 0; i < delta.size(); ++i) {
      const uint32_t row = delta.RowAt(i);
      const int64_t key = delta.columns[0].IsValid(row) ? delta.columns[0].data<int64_t>()[row] : -1;
      bag[{key, delta.columns[1].data<StringRef>()[row].ToString(), delta.columns[2].data<double>()[row]}] +=
          delta.WeightAt(row);
    }
    return true;
  });
  EXPECT_TRUE(status.ok()) << status.message();
  return bag;
}

Row RandomRow(std::mt19937& random, int64_t keys) {
  const int64_t key = static_cast<int64_t>(random() % static_cast<uint32_t>(keys)) - 1;
  std::string text = random() % 2 == 0 ? "short" : "a text that is too long to stand in the cell itself";
  return {key, text, static_cast<double>(random() % 3)};
}

class KeyedRowsTest : public ::testing::TestWithParam<bool> {
 protected:
  /// What is there goes to disk, every other time, all of it or one chunk.
  void MaybeSpill(std::mt19937& random, KeyedRows& rows) {
    if (random() % 2 == 0) return;
    size_t freed = 0;
    ASSERT_TRUE(rows.Spill(space_, random() % 2 == 0 ? 1 : ~size_t{0}, &freed).ok());
  }
  MemorySpillSpace space_;
  void SetUp() override { HashForTesting::all_equal = GetParam(); }
  void TearDown() override { HashForTesting::all_equal = false; }
};

TEST_P(KeyedRowsTest, ABagIsTheSumOfItsDeltas) {
  std::mt19937 random(7);
  KeyedRows rows(kTypes, {});
  Bag model;
  const int rounds = GetParam() ? 20 : 60;
  for (int round = 0; round < rounds; ++round) {
    RowBatchBuilder builder(kTypes);
    for (uint32_t i = 0, count = random() % 200; i < count; ++i) {
      const bool takes = !model.empty() && random() % 3 == 0;
      Row row = RandomRow(random, 20);
      int64_t weight = 1 + static_cast<int64_t>(random() % 3);
      if (takes) {
        const auto there = std::next(model.begin(), static_cast<std::ptrdiff_t>(random() % model.size()));
        row = there->first;
        weight = -(1 + static_cast<int64_t>(random()) % there->second);
      }
      Add(builder, row, weight);
      if ((model[row] += weight) == 0) model.erase(row);
    }
    const Ref<RowBatch> batch = builder.Finish();
    ASSERT_TRUE(rows.Apply(batch->delta()).ok());
    MaybeSpill(random, rows);
    ASSERT_EQ(Read(rows), model);
    ASSERT_EQ(rows.size(), model.size());
  }
}

TEST_P(KeyedRowsTest, RowsOfAKeyComeGoAndAreFound) {
  std::mt19937 random(11);
  KeyedRows rows(kTypes, {1, 0});
  std::map<std::pair<std::string, int64_t>, Row> model;
  const int rounds = GetParam() ? 20 : 60;
  for (int round = 0; round < rounds; ++round) {
    RowBatchBuilder builder(kTypes);
    for (uint32_t i = 0, count = random() % 200; i < count; ++i) {
      const Row row = RandomRow(random, 200);
      const auto there = model.find({row.text, row.key});
      if (there != model.end()) Add(builder, there->second, -1);
      if (there != model.end() && random() % 2 == 0) {
        model.erase(there);
        continue;
      }
      Add(builder, row, 1);
      model[{row.text, row.key}] = row;
    }
    const Ref<RowBatch> batch = builder.Finish();
    ASSERT_TRUE(rows.Apply(batch->delta()).ok());
    if (round % 10 == 9) rows.RebuildIndex();
    MaybeSpill(random, rows);

    RowBatchBuilder wanted(kTypes);
    std::vector<Row> asked;
    for (int i = 0; i < 50; ++i) {
      asked.push_back(RandomRow(random, 220));
      Add(wanted, asked.back(), 1);
    }
    const Ref<RowBatch> keys = wanted.Finish();
    std::vector<uint32_t> slots(asked.size());
    rows.Find(keys->delta(), std::vector<int>{1, 0}, slots.data());
    std::vector<uint32_t> found;
    std::vector<Row> expected;
    for (size_t i = 0; i < asked.size(); ++i) {
      const auto there = model.find({asked[i].text, asked[i].key});
      ASSERT_EQ(slots[i] != KeyedRows::kNoSlot, there != model.end());
      if (there == model.end()) continue;
      found.push_back(slots[i]);
      expected.push_back(there->second);
    }
    const Ref<RowBatch> gathered = rows.Gather(found);
    const Delta delta = gathered->delta();
    ASSERT_EQ(delta.rows, expected.size());
    for (uint32_t i = 0; i < delta.rows; ++i) {
      EXPECT_EQ(delta.columns[0].IsValid(i) ? delta.columns[0].data<int64_t>()[i] : -1, expected[i].key);
      EXPECT_EQ(delta.columns[1].data<StringRef>()[i].ToString(), expected[i].text);
      EXPECT_EQ(delta.columns[2].data<double>()[i], expected[i].number);
    }
  }
  Bag left;
  for (const auto& [key, row] : model) left[row] = 1;
  EXPECT_EQ(Read(rows), left);
}

TEST_P(KeyedRowsTest, MistakesOfTheCallerAreInternalErrors) {
  KeyedRows keyed(kTypes, {0});
  RowBatchBuilder builder(kTypes);
  Add(builder, {1, "a", 1}, 1);
  const Ref<RowBatch> one = builder.Finish();
  Add(builder, {1, "a", 1}, -1);
  const Ref<RowBatch> gone = builder.Finish();
  EXPECT_FALSE(keyed.Apply(gone->delta()).ok());
  EXPECT_TRUE(keyed.Apply(one->delta()).ok());
  EXPECT_FALSE(keyed.Apply(one->delta()).ok());
}

INSTANTIATE_TEST_SUITE_P(Hashes, KeyedRowsTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "AllEqual" : "AsTheyAre"; });

TEST(KeyedRows, TextOfRowsThatWentIsGivenBack) {
  KeyedRows rows({TypeId::kInt64, TypeId::kVarchar}, {0});
  const std::string text(1000, 'x');
  size_t most = 0;
  for (int round = 0; round < 20; ++round) {
    RowBatchBuilder builder({TypeId::kInt64, TypeId::kVarchar});
    for (int64_t key = 0; key < 2000; ++key) {
      builder.SetInt(0, key);
      builder.SetString(1, text);
      builder.FinishRow(1);
    }
    const Ref<RowBatch> batch = builder.Finish();
    ASSERT_TRUE(rows.Apply(batch->delta()).ok());
    Delta taken = batch->delta();
    const std::vector<int64_t> weights(taken.rows, -1);
    taken.weights = weights.data();
    taken.rows = 1999;
    ASSERT_TRUE(rows.Apply(taken).ok());
    uint32_t last = 1999;
    Delta rest = batch->delta();
    rest.weights = weights.data();
    rest.Select(&last, 1);
    ASSERT_TRUE(rows.Apply(rest).ok());
    most = std::max(most, rows.memory_bytes());
  }
  EXPECT_LT(most, size_t{12} << 20) << "twenty rounds of two megabytes each";
}

}  // namespace
}  // namespace laminar
