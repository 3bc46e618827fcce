#include "engine/query_run.h"

#include "engine_test.h"
#include "exec/limit.h"

namespace laminar {
namespace {

class QueryRunTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    engine_->AddSource(PairSource("t"));
  }
  void Fill(int64_t rows) {
    std::vector<Row> all;
    for (int64_t i = 0; i < rows; ++i) all.push_back({i % 2, i});
    Accept("t", all);
  }
  std::unique_ptr<QueryRun> Start(DataflowSpec spec) {
    QueryInputs inputs = ValueOrThrow(engine_->FreezeInputs(spec));
    return std::make_unique<QueryRun>(std::move(spec), std::move(inputs), 0);
  }
};

constexpr int64_t kManyRows = 300'000;

TEST_F(QueryRunTest, PullsEveryRowOnceInOrder) {
  // Adopted segments of several sizes, and a tail.
  for (const int64_t rows : {kManyRows, int64_t{1}, int64_t{2000}, int64_t{7}}) Fill(rows);
  for (const bool dense : {true, false}) {
    SpecBuilder builder;
    builder.Source("t");
    // Filtered rows are copied, unfiltered ones referred to.
    const auto run =
        Start(dense ? builder.Above(-1).Build() : builder.Add(std::make_unique<Filter>(Call("=", 0, 1))).Build());
    int64_t rows = 0;
    int64_t sum = 0;
    int batches = 0;
    while (Ref<RowBatch> batch = ValueOrThrow(run->NextBatch())) {
      ++batches;
      const Delta delta = batch->delta();
      for (uint32_t i = 0; i < delta.rows; ++i) sum += delta.columns[1].data<int64_t>()[i];
      rows += delta.rows;
    }
    EXPECT_FALSE(ValueOrThrow(run->NextBatch())) << "the end stays the end";
    int64_t expected_rows = 0;
    int64_t expected_sum = 0;
    for (const int64_t part : {kManyRows, int64_t{1}, int64_t{2000}, int64_t{7}}) {
      for (int64_t i = 0; i < part; ++i) {
        if (!dense && i % 2 == 0) continue;
        ++expected_rows;
        expected_sum += i;
      }
    }
    EXPECT_EQ(rows, expected_rows);
    EXPECT_EQ(sum, expected_sum);
    EXPECT_GT(batches, 1);
  }
}

TEST_F(QueryRunTest, ProducesNoMoreThanIsPulled) {
  Fill(kManyRows);
  const auto script = std::make_shared<ProbeScript>();
  const auto run = Start(SpecBuilder().Source("t").Add(std::make_unique<Probe>(script)).Build());
  ASSERT_TRUE(ValueOrThrow(run->NextBatch()));
  EXPECT_EQ(script->pushes, 1);
  ASSERT_TRUE(ValueOrThrow(run->NextBatch()));
  EXPECT_EQ(script->pushes, 2);
}

TEST_F(QueryRunTest, StopsAtTheLimit) {
  Fill(kManyRows);
  const auto script = std::make_shared<ProbeScript>();
  const auto run =
      Start(SpecBuilder().Source("t").Add(std::make_unique<Probe>(script)).Add(std::make_unique<Limit>(10, 0)).Build());
  const Ref<RowBatch> batch = ValueOrThrow(run->NextBatch());
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->rows(), 10u);
  EXPECT_FALSE(ValueOrThrow(run->NextBatch()));
  EXPECT_EQ(script->pushes, 1) << "nothing is read beyond what the limit needs";
}

TEST_F(QueryRunTest, ReadsItsEpochWhileStepsGoOn) {
  Fill(10);
  const auto run = Start(SpecBuilder().Source("t").Above(-1).Build());
  Fill(10);
  Bag bag;
  while (Ref<RowBatch> batch = ValueOrThrow(run->NextBatch())) AddTo(&bag, batch->delta());
  for (const auto& [row, weight] : bag) EXPECT_EQ(weight, 1);
  EXPECT_EQ(run->epoch(), 1u);
}

TEST_F(QueryRunTest, CancelEndsItBetweenDeltas) {
  Fill(kManyRows);
  const auto run = Start(SpecBuilder().Source("t").Above(-1).Build());
  ASSERT_TRUE(ValueOrThrow(run->NextBatch()));
  run->Cancel();
  EXPECT_EQ(run->NextBatch().status().error().code(), ErrorCode::kQueryCancelled);
}

TEST_F(QueryRunTest, CancelReachesAnAggregationOverAStream) {
  Fill(kManyRows);
  AddStream("s", SpecBuilder().Source("t").Above(-1).Build());
  const auto script = std::make_shared<ProbeScript>();
  std::unique_ptr<QueryRun> run;
  script->on_push = [&](int push) {
    if (push == 2) run->Cancel();
  };
  run = Start(SpecBuilder().Stream("s").Add(std::make_unique<Probe>(script)).CountByKey().Build());
  EXPECT_EQ(run->NextBatch().status().error().code(), ErrorCode::kQueryCancelled);
  EXPECT_EQ(script->pushes, 2);
}

TEST_F(QueryRunTest, AThrowingOperatorFailsTheQueryAlone) {
  Fill(10);
  const auto script = std::make_shared<ProbeScript>();
  script->on_push = [](int) { throw std::bad_alloc(); };
  const auto run = Start(SpecBuilder().Source("t").Add(std::make_unique<Probe>(script)).Build());
  EXPECT_EQ(run->NextBatch().status().error().code(), ErrorCode::kInternalError);
  EXPECT_EQ(Ask(SpecBuilder().Source("t").CountByKey().Build()).size(), 2u);
}

TEST_F(QueryRunTest, ErrorsInRowsFailTheQuery) {
  Accept("t", {{1, 1}, {0, 2}});
  const auto divided = [] {
    std::vector<ExpressionPtr> arguments;
    arguments.push_back(ColumnAt(1));
    arguments.push_back(ColumnAt(0));
    std::vector<ExpressionPtr> columns;
    columns.push_back(ColumnAt(0));
    columns.push_back(FunctionRegistry::Get().BindScalar("/", std::move(arguments), "", {}));
    return SpecBuilder().Source("t").Add(std::make_unique<Project>(std::move(columns))).Build();
  };
  EXPECT_EQ(Start(divided())->NextBatch().status().error().code(), ErrorCode::kQueryFailed);
  // A stream sets the row aside, counts it once, and its contents never show it.
  const auto stream = AddStream("s", divided());
  EXPECT_EQ(stream->error_rows(), 1);
  EXPECT_EQ(ContentsOf("s"), (Bag{{{1, 1}, 1}}));
  Accept("t", {{0, 3}});
  EXPECT_EQ(ContentsOf("s"), (Bag{{{1, 1}, 1}}));
  EXPECT_EQ(stream->error_rows(), 2);
  EXPECT_EQ(engine_->errors().entries().size(), 2u);
  EXPECT_EQ(engine_->errors().entries().back().stream, "s");
}

}  // namespace
}  // namespace laminar
