// Filter, project, union, exchange: rows, weights, marks, selections and errors.
#include <gtest/gtest.h>

#include <set>

#include "exec/exchange.h"
#include "exec/filter.h"
#include "exec/project.h"
#include "exec/random_batch.h"
#include "exec/recording_output.h"
#include "exec/union.h"
#include "function/registry.h"

namespace laminar {
namespace {

const std::vector<DataType> kTypes = {TypeId::kInt64, TypeId::kVarchar};

TestBatch SmallBatch() {
  std::vector<std::vector<Value>> rows;
  for (int64_t i = 0; i < 6; ++i) {
    rows.push_back(
        {i == 3 ? Value(TypeId::kInt64) : Value::BigInt(i), Value::Varchar("text number " + std::to_string(i))});
  }
  return TestBatch(kTypes, rows);
}

ExpressionPtr Number() { return Expression::MakeColumn(0, TypeId::kInt64, true, "n"); }
ExpressionPtr Text() { return Expression::MakeColumn(1, TypeId::kVarchar, true, "t"); }
ExpressionPtr Constant(int64_t value) { return Expression::MakeConstant(Value::BigInt(value)); }

template <typename... Arguments>
ExpressionPtr Call(const char* name, Arguments... arguments) {
  std::vector<ExpressionPtr> list;
  (list.push_back(std::move(arguments)), ...);
  return FunctionRegistry::Get().BindScalar(name, std::move(list), "", {});
}

template <typename... Expressions>
std::vector<ExpressionPtr> List(Expressions... expressions) {
  std::vector<ExpressionPtr> list;
  (list.push_back(std::move(expressions)), ...);
  return list;
}

TEST(Filter, KeepsTrueRowsWithWeightsAndOwner) {
  TestBatch batch = SmallBatch();
  const int64_t weights[] = {1, -1, 2, 1, 1, 1};
  batch.delta().weights = weights;
  batch.delta().owner = Buffer::Allocate(1);
  Filter filter(Call("<", Number(), Constant(3)));
  RecordingOutput output(kTypes);
  TestStep test;
  ASSERT_TRUE(filter.Push(test.step, 0, batch.delta(), output).ok());
  EXPECT_EQ(output.rows, (std::vector<std::string>{"0 text number 0", "1 text number 1 ×-1", "2 text number 2 ×2"}));
  EXPECT_EQ(output.last.columns[1].values, batch.delta().columns[1].values);
  EXPECT_TRUE(static_cast<bool>(output.last.owner));
  EXPECT_EQ(filter.Describe(), "Filter (n < 3)");
}

TEST(Filter, SetsFailingRowsAside) {
  TestBatch batch = SmallBatch();
  Filter filter(Call(">", Call("/", Constant(10), Number()), Constant(3)));
  RecordingOutput output(kTypes);
  TestStep test;
  ASSERT_TRUE(filter.Push(test.step, 0, batch.delta(), output).ok());
  EXPECT_EQ(output.rows, (std::vector<std::string>{"1 text number 1", "2 text number 2"}));
  EXPECT_EQ(output.errors, (std::vector<std::string>{"0: division by zero in ((10 / n) > 3) (n = 0)"}));
}

TEST(Filter, PassesTheWholeBatchOnAsItIs) {
  TestBatch batch = SmallBatch();
  Filter filter(Call("is not null", Text()));
  RecordingOutput output(kTypes);
  TestStep test;
  ASSERT_TRUE(filter.Push(test.step, 0, batch.delta(), output).ok());
  EXPECT_EQ(output.last.selection, nullptr);
  EXPECT_EQ(output.rows.size(), 6u);
}

TEST(Project, ColumnsAloneKeepSelectionAndOwner) {
  TestBatch batch = SmallBatch();
  const uint32_t selection[] = {2, 4};
  batch.delta().Select(selection, 2);
  batch.delta().owner = Buffer::Allocate(1);
  Project project(List(Text(), Number()));
  RecordingOutput output({TypeId::kVarchar, TypeId::kInt64});
  TestStep test;
  ASSERT_TRUE(project.Push(test.step, 0, batch.delta(), output).ok());
  EXPECT_EQ(output.rows, (std::vector<std::string>{"text number 2 2", "text number 4 4"}));
  EXPECT_EQ(output.last.columns[0].values, batch.delta().columns[1].values);
  EXPECT_TRUE(static_cast<bool>(output.last.owner));
}

TEST(Project, WeightsAndMarksFollowTheSelection) {
  TestBatch batch = SmallBatch();
  const uint32_t selection[] = {1, 4, 5};
  const int64_t weights[] = {1, -1, 1, 1, 3, 1};
  const std::vector<Mark> marks = {{0, 10, 0}, {2, 11, 0}, {4, 12, 0}};
  batch.delta().Select(selection, 3);
  batch.delta().weights = weights;
  batch.delta().marks = marks;
  Project project(List(Call("*", Number(), Constant(10)), Text()));
  RecordingOutput output(kTypes);
  TestStep test;
  ASSERT_TRUE(project.Push(test.step, 0, batch.delta(), output).ok());
  EXPECT_EQ(output.rows, (std::vector<std::string>{"10 text number 1 ×-1", "40 text number 4 ×3", "50 text number 5"}));
  ASSERT_EQ(output.last.marks.size(), 2u);
  EXPECT_EQ(output.last.marks[0].sequence, 10u);
  EXPECT_EQ(output.last.marks[1].row, 1u);
  EXPECT_EQ(output.last.marks[1].sequence, 12u);
}

TEST(Project, ARowWithAnErrorIsSetAsideWhole) {
  TestBatch batch = SmallBatch();
  const uint32_t selection[] = {0, 1, 3};
  batch.delta().Select(selection, 3);
  Project project(List(Call("/", Constant(10), Number()), Text()));
  RecordingOutput output(kTypes);
  TestStep test;
  ASSERT_TRUE(project.Push(test.step, 0, batch.delta(), output).ok());
  EXPECT_EQ(output.rows, (std::vector<std::string>{"10 text number 1", "NULL text number 3"}));
  EXPECT_EQ(output.errors, (std::vector<std::string>{"0: division by zero in (10 / n) (n = 0)"}));
  EXPECT_TRUE(project.may_fail());
}

TEST(Union, PassesEveryPortThrough) {
  TestBatch batch = SmallBatch();
  Union all;
  RecordingOutput output(kTypes);
  TestStep test;
  ASSERT_TRUE(all.Push(test.step, 0, batch.delta(), output).ok());
  ASSERT_TRUE(all.Push(test.step, 5, batch.delta(), output).ok());
  EXPECT_EQ(output.rows.size(), 12u);
}

TEST(Exchange, EqualKeysMeetAndNoRowIsLost) {
  std::vector<std::vector<Value>> rows;
  for (int64_t i = 0; i < 4'000; ++i) {
    rows.push_back({Value::BigInt(i % 100),
                    i % 100 == 7 ? Value(TypeId::kVarchar) : Value::Varchar("key " + std::to_string(i % 100))});
  }
  TestBatch batch(kTypes, rows);
  Exchange exchange({1}, {TypeId::kVarchar}, 4);
  RecordingOutput output(kTypes);
  TestStep test;
  ASSERT_TRUE(exchange.Push(test.step, 0, batch.delta(), output).ok());
  ASSERT_EQ(output.partitions.size(), 4u);
  size_t total = 0;
  std::set<std::string> seen;
  for (const std::vector<std::string>& partition : output.partitions) {
    EXPECT_GT(partition.size(), 400u);
    total += partition.size();
    const std::set<std::string> keys(partition.begin(), partition.end());
    for (const std::string& key : keys) EXPECT_TRUE(seen.insert(key).second) << key;
  }
  EXPECT_EQ(total, 4'000u);
}

}  // namespace
}  // namespace laminar
