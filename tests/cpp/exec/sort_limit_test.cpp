#include <gtest/gtest.h>

#include <algorithm>

#include "exec/limit.h"
#include "exec/random_batch.h"
#include "exec/recording_output.h"
#include "exec/sort.h"

namespace laminar {
namespace {

using Rows = std::vector<std::string>;

Rows SortRows(const std::vector<DataType>& types, const std::vector<std::vector<Value>>& rows,
              std::vector<SortKey> keys, int64_t limit = -1, int64_t offset = 0, const int64_t* weights = nullptr) {
  TestBatch batch(types, rows);
  batch.delta().weights = weights;
  Sort sort(std::move(keys), types, limit, offset);
  RecordingOutput output(types);
  TestStep test;
  EXPECT_TRUE(sort.Push(test.step, 0, batch.delta(), output).ok());
  EXPECT_TRUE(output.rows.empty());
  EXPECT_TRUE(sort.EndInput(test.step, output).ok());
  return output.rows;
}

TEST(Sort, NullsStandWhereTheKeySays) {
  const std::vector<std::vector<Value>> rows = {{Value::BigInt(2)}, {Value(TypeId::kInt64)}, {Value::BigInt(-1)}};
  EXPECT_EQ(SortRows({TypeId::kInt64}, rows, {{0, false, false}}), (Rows{"-1", "2", "NULL"}));
  EXPECT_EQ(SortRows({TypeId::kInt64}, rows, {{0, true, true}}), (Rows{"NULL", "2", "-1"}));
  EXPECT_EQ(SortRows({TypeId::kInt64}, rows, {{0, true, false}}), (Rows{"2", "-1", "NULL"}));
}

TEST(Sort, FloatsOrderNanLastAndZerosAlike) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::vector<Value>> rows;
  int64_t arrival = 0;
  for (const double value : {nan, 0.0, -1.0, -0.0, std::numeric_limits<double>::infinity()}) {
    rows.push_back({Value::Double(value), Value::BigInt(arrival++)});
  }
  EXPECT_EQ(SortRows({TypeId::kDouble, TypeId::kInt64}, rows, {{0, false, false}}),
            (Rows{"-1 2", "0 1", "-0 3", "Infinity 4", "NaN 0"}));
}

TEST(Sort, TextBeyondThePrefixAndFurtherKeys) {
  std::vector<std::vector<Value>> rows;
  for (const char* text : {"prefix common b", "prefix common a", "prefix", "z", "prefix common a"}) {
    rows.push_back({Value::Varchar(text), Value::BigInt(static_cast<int64_t>(rows.size()))});
  }
  EXPECT_EQ(SortRows({TypeId::kVarchar, TypeId::kInt64}, rows, {{0, false, false}, {1, true, false}}),
            (Rows{"prefix 2", "prefix common a 4", "prefix common a 1", "prefix common b 0", "z 3"}));
}

TEST(Sort, DecimalsAndIntervals) {
  const DataType decimal = DataType::Decimal(38, 0);
  const int128_t big = int128_t{1} << 100;
  EXPECT_EQ(
      SortRows({decimal}, {{Value(decimal, big + 1)}, {Value(decimal, -big)}, {Value(decimal, big)}},
               {{0, false, false}}),
      (Rows{"-1267650600228229401496703205376", "1267650600228229401496703205376", "1267650600228229401496703205377"}));
  EXPECT_EQ(SortRows({TypeId::kInterval},
                     {{Value(TypeId::kInterval, Interval{1, 0, 0})}, {Value(TypeId::kInterval, Interval{0, 29, 0})}},
                     {{0, false, false}}),
            (Rows{"29 days", "1 mon"}));
}

TEST(Sort, LimitAndOffsetCountWeights) {
  const std::vector<std::vector<Value>> rows = {{Value::BigInt(1)}, {Value::BigInt(2)}, {Value::BigInt(3)}};
  const int64_t weights[] = {3, 2, 5};
  EXPECT_EQ(SortRows({TypeId::kInt64}, rows, {{0, false, false}}, 4, 2, weights), (Rows{"1", "2 ×2", "3"}));
  EXPECT_TRUE(SortRows({TypeId::kInt64}, rows, {{0, false, false}}, 0, 0).empty());
  EXPECT_TRUE(SortRows({TypeId::kInt64}, rows, {{0, false, false}}, 5, 50).empty());
}

TEST(Sort, PruningKeepsTheFirstRowsAndTheirOrder) {
  std::mt19937 random(3);
  Sort sort({{0, false, false}}, {TypeId::kInt64, TypeId::kInt64}, 50, 10);
  RecordingOutput output({TypeId::kInt64, TypeId::kInt64});
  TestStep test;
  std::vector<std::pair<int64_t, int64_t>> all;
  for (int64_t batch_number = 0; batch_number < 100; ++batch_number) {
    std::vector<std::vector<Value>> rows;
    for (int64_t i = 0; i < 2'000; ++i) {
      all.emplace_back(std::uniform_int_distribution<int64_t>(0, 5'000)(random), static_cast<int64_t>(all.size()));
      rows.push_back({Value::BigInt(all.back().first), Value::BigInt(all.back().second)});
    }
    TestBatch batch({TypeId::kInt64, TypeId::kInt64}, rows);
    ASSERT_TRUE(sort.Push(test.step, 0, batch.delta(), output).ok());
  }
  ASSERT_TRUE(sort.EndInput(test.step, output).ok());
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Rows expected;
  for (size_t i = 10; i < 60; ++i)
    expected.push_back(std::to_string(all[i].first) + " " + std::to_string(all[i].second));
  EXPECT_EQ(output.rows, expected);
}

TEST(Limit, CutsAcrossBatchesAndWeights) {
  const std::vector<std::vector<Value>> rows = {{Value::BigInt(1)}, {Value::BigInt(2)}, {Value::BigInt(3)}};
  TestBatch batch({TypeId::kInt64}, rows);
  const int64_t weights[] = {3, 2, 5};
  batch.delta().weights = weights;
  Limit limit(9, 4);
  RecordingOutput output({TypeId::kInt64});
  TestStep test;
  ASSERT_TRUE(limit.Push(test.step, 0, batch.delta(), output).ok());
  EXPECT_EQ(output.rows, (Rows{"2", "3 ×5"}));
  EXPECT_FALSE(limit.done());
  ASSERT_TRUE(limit.Push(test.step, 0, batch.delta(), output).ok());
  EXPECT_EQ(output.rows, (Rows{"2", "3 ×5", "1 ×3"}));
  EXPECT_TRUE(limit.done());
  EXPECT_EQ(limit.Describe(), "Limit 9 offset 4");
}

}  // namespace
}  // namespace laminar
