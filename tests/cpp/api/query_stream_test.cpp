// Results that are pulled, and queries that are cancelled.
#include "api_test.h"

namespace laminar {
namespace {

class QueryStreamTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    Run("CREATE SOURCE t (k BIGINT)");
  }
  /// 2^doublings rows.
  void Fill(int doublings) {
    Insert("t", {{1}});
    for (int i = 0; i < doublings; ++i) Run("INSERT INTO t SELECT k + 1 FROM t");
  }
};

TEST_F(QueryStreamTest, BatchesSumToTheQuery) {
  Fill(18);
  for (const std::string sql :
       {"SELECT k FROM t", "SELECT k FROM t WHERE k > 9", "SELECT k, count(*) AS n FROM t GROUP BY k",
        "SELECT k FROM t LIMIT 70000", "SHOW SOURCES", "SELECT k FROM t WHERE k < 0"}) {
    QueryStream stream = db().Stream(sql);
    EXPECT_EQ(stream.state(), QueryStream::State::kActive);
    Bag sum;
    int64_t batches = 0;
    while (std::optional<QueryResult> batch = stream.Next()) {
      AddTo(&sum, *batch);
      ++batches;
    }
    if (sql.find("LIMIT") == std::string::npos) {
      EXPECT_EQ(sum, Ask(sql)) << sql;
    }
    if (sql == "SELECT k FROM t") {
      EXPECT_GT(batches, 1);
    }
    EXPECT_EQ(stream.state(), QueryStream::State::kFinished);
    EXPECT_EQ(stream.Next(), std::nullopt);
  }
  for (const QueryInfo& query : db().Queries()) EXPECT_FALSE(query.active) << query.sql;
}

TEST_F(QueryStreamTest, SeesItsEpoch) {
  Fill(3);
  QueryStream stream = db().Stream("SELECT k FROM t");
  Insert("t", {{100}});
  int64_t rows = 0;
  while (std::optional<QueryResult> batch = stream.Next()) rows += batch->num_rows();
  EXPECT_EQ(rows, 8);
}

TEST_F(QueryStreamTest, CancelEndsIt) {
  Fill(18);
  QueryStream stream = db().Stream("SELECT k FROM t");
  EXPECT_TRUE(stream.Next());
  std::thread([&] { stream.Cancel(); }).join();
  EXPECT_EQ(stream.Next(), std::nullopt);
  EXPECT_EQ(stream.state(), QueryStream::State::kCancelled);
  stream.Cancel();
}

TEST_F(QueryStreamTest, CancelledByNumber) {
  Fill(18);
  QueryStream stream = db().Stream("SELECT k AS mine FROM t");
  EXPECT_TRUE(stream.Next());
  for (const QueryInfo& query : db().Queries()) {
    if (query.active) db().CancelQuery(query.id);
  }
  EXPECT_EQ(CodeOf([&] { stream.Next(); }), ErrorCode::kQueryCancelled);
  EXPECT_EQ(stream.Next(), std::nullopt);
  for (const QueryInfo& query : db().Queries()) EXPECT_FALSE(query.active);
}

TEST_F(QueryStreamTest, AQueryIsCancelledWhileItRuns) {
  Fill(16);
  std::atomic<bool> cancelled{false};
  std::thread runner([&] {
    // A query may end before it is asked to, so there are queries until one is hit.
    EXPECT_EQ(CodeOf([&] {
                while (true) db().Query("SELECT k % 1000 AS m, count(*) AS n, max(k) AS hi FROM t GROUP BY k % 1000");
              }),
              ErrorCode::kQueryCancelled);
    cancelled = true;
  });
  while (!cancelled) {
    for (const QueryInfo& query : db().Queries()) {
      if (query.active) db().CancelQuery(query.id);
    }
  }
  runner.join();
  for (const QueryInfo& query : db().Queries()) EXPECT_FALSE(query.active);
}

TEST_F(QueryStreamTest, AFailingQueryLeavesNothingRunning) {
  Insert("t", {{0}});
  EXPECT_EQ(CodeOf([&] { db().Query("SELECT 1 / k FROM t"); }), ErrorCode::kQueryFailed);
  QueryStream stream = db().Stream("SELECT 1 / k FROM t");
  EXPECT_EQ(CodeOf([&] { stream.Next(); }), ErrorCode::kQueryFailed);
  EXPECT_EQ(stream.Next(), std::nullopt);
  for (const QueryInfo& query : db().Queries()) EXPECT_FALSE(query.active);
}

TEST_F(QueryStreamTest, TwoThreadsShareTheBatches) {
  Fill(18);
  QueryStream stream = db().Stream("SELECT k FROM t");
  std::atomic<int64_t> rows{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      while (std::optional<QueryResult> batch = stream.Next()) rows += batch->num_rows();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(rows, int64_t{1} << 18);
}

}  // namespace
}  // namespace laminar
