// What is inserted, queried and kept says the same, however it is read.
#include "api_test.h"

namespace laminar {
namespace {

using ReadYourWrites = ApiTest;

TEST_F(ReadYourWrites, EveryWayOfReading) {
  Run("CREATE SOURCE t (k BIGINT, v BIGINT)");
  Run("CREATE STREAM plain AS SELECT k, v FROM t WHERE v > 0");
  Run("CREATE STREAM grouped AS SELECT k, count(*) AS n, sum(v) AS total FROM plain GROUP BY k");
  Run("CREATE VIEW doubled AS SELECT k, 2 * total AS twice FROM grouped");
  Insert("t", {{1, 5}, {2, -1}});
  EXPECT_EQ(db().Execute("INSERT INTO t VALUES (1, 7), (3, 0)").rows_affected, 2);
  EXPECT_EQ(Ask("SELECT * FROM t"), (Bag{{"1|5", 1}, {"2|-1", 1}, {"1|7", 1}, {"3|0", 1}}));
  EXPECT_EQ(Ask("SELECT * FROM plain"), (Bag{{"1|5", 1}, {"1|7", 1}}));
  EXPECT_EQ(Ask("SELECT * FROM grouped"), (Bag{{"1|2|12", 1}}));
  EXPECT_EQ(Ask("SELECT * FROM doubled"), (Bag{{"1|24", 1}}));
  EXPECT_EQ(BagOf(db().QueryStreamByName("grouped", "n > 1")), (Bag{{"1|2|12", 1}}));
  EXPECT_EQ(db().Execute("INSERT INTO t SELECT k, v FROM t").rows_affected, 4);
  EXPECT_EQ(Ask("SELECT * FROM grouped"), (Bag{{"1|4|24", 1}}));
}

TEST_F(ReadYourWrites, EachOfManyThreads) {
  Run("CREATE SOURCE t (k BIGINT, v BIGINT)");
  Run("CREATE STREAM s AS SELECT k, count(*) AS n FROM t GROUP BY k");
  std::vector<std::thread> threads;
  for (int64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int64_t i = 1; i <= 200; ++i) {
        Insert("t", {{t, i}});
        if (i % 20 != 0) continue;
        EXPECT_EQ(AskOne("SELECT count(*) FROM t WHERE k = " + std::to_string(t)), i);
        EXPECT_EQ(AskOne("SELECT n FROM s WHERE k = " + std::to_string(t)), i);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Ask("SELECT * FROM s"), (Bag{{"0|200", 1}, {"1|200", 1}, {"2|200", 1}, {"3|200", 1}}));
}

// Streams before the rows, streams after them, and the query itself.
TEST_F(ReadYourWrites, EarlyLateAndAdHocAreEqual) {
  const std::vector<std::pair<std::string, std::string>> queries = {
      {"filtered", "SELECT k, v FROM t WHERE v % 3 = 0"},
      {"grouped", "SELECT k, count(*) AS n, sum(v) AS s, min(v) AS lo, max(v) AS hi FROM t GROUP BY k"},
      {"firsts", "SELECT k, first(v) AS a, last(v) AS z FROM t GROUP BY k"},
      {"total", "SELECT count(*) AS n, avg(v) AS mean FROM t"},
      {"unioned", "SELECT k FROM t WHERE v < 50 UNION ALL SELECT v FROM t WHERE v > 150"},
  };
  Run("CREATE SOURCE t (k BIGINT, v BIGINT)");
  for (const auto& [name, sql] : queries) Run("CREATE STREAM early_" + name + " AS " + sql);
  std::vector<std::thread> threads;
  for (int64_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int64_t i = 0; i < 100; ++i) Insert("t", {{i % 7, (i * 31 + t) % 200}, {t, i}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& [name, sql] : queries) {
    Run("CREATE STREAM late_" + name + " AS " + sql);
    const Bag asked = Ask(sql);
    EXPECT_EQ(Ask("SELECT * FROM early_" + name), asked) << sql;
    EXPECT_EQ(Ask("SELECT * FROM late_" + name), asked) << sql;
    Subscription subscription = db().Subscribe(sql);
    EXPECT_EQ(BagOf(*subscription.Next()), asked) << sql;
  }
}

// Many streams are created, over sources and over each other, while four threads insert.
TEST_F(ReadYourWrites, StreamsCreatedUnderInserts) {
  Run("CREATE SOURCE t (k BIGINT, v BIGINT)");
  Run("CREATE STREAM base AS SELECT k, v FROM t WHERE v >= 0");
  Run("CREATE STREAM sums AS SELECT k, sum(v) AS total FROM base GROUP BY k");
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int64_t i = 0; !stop; ++i) Insert("t", {{(i + t) % 11, i % 100 - 5}, {t, i}});
    });
  }
  for (int i = 0; i < 8; ++i) {
    const std::string n = std::to_string(i);
    Run("CREATE STREAM over_source" + n + " AS SELECT k, count(*) AS n FROM t GROUP BY k");
    Run("CREATE STREAM over_plain" + n + " AS SELECT k, count(*) AS n, min(v) AS lo FROM base GROUP BY k");
    Run("CREATE STREAM over_groups" + n + " AS SELECT total % 2 AS odd, count(*) AS n FROM sums GROUP BY total % 2");
    Run("CREATE STREAM over_both" + n + " AS SELECT k FROM sums WHERE total > 10 UNION ALL SELECT k FROM base");
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 8; ++i) {
    const std::string n = std::to_string(i);
    EXPECT_EQ(Ask("SELECT * FROM over_source" + n), Ask("SELECT k, count(*) AS n FROM t GROUP BY k"));
    EXPECT_EQ(Ask("SELECT * FROM over_plain" + n),
              Ask("SELECT k, count(*) AS n, min(v) AS lo FROM t WHERE v >= 0 GROUP BY k"));
    EXPECT_EQ(Ask("SELECT * FROM over_groups" + n),
              Ask("SELECT total % 2 AS odd, count(*) AS n FROM sums GROUP BY total % 2"));
    EXPECT_EQ(Ask("SELECT * FROM over_both" + n),
              Ask("SELECT k FROM sums WHERE total > 10 UNION ALL SELECT k FROM base"));
  }
}

TEST_F(ReadYourWrites, ErrorRowsAreCountedAndHarmNobodyElse) {
  Run("CREATE SOURCE t (a BIGINT, b BIGINT)");
  Run("CREATE STREAM divided AS SELECT a, a / b AS q FROM t");
  Run("CREATE STREAM counted AS SELECT count(*) AS n FROM t");
  Subscription changes = db().SubscribeStream("divided");
  Insert("t", {{6, 2}, {1, 0}, {9, 3}});
  EXPECT_EQ(Ask("SELECT * FROM divided"), (Bag{{"6|3", 1}, {"9|3", 1}}));
  EXPECT_EQ(BagOf(*changes.Next()), (Bag{{"6|3", 1}, {"9|3", 1}}));
  EXPECT_EQ(AskOne("SELECT n FROM counted"), 3);
  EXPECT_EQ(db().MetricsOfStream("divided")->error_events, 1);
  EXPECT_EQ(db().MetricsOfStream("counted")->error_events, 0);
  EXPECT_EQ(db().Metrics().total_events_dropped, 1);
  EXPECT_EQ(CodeOf([&] { db().Query("SELECT a / b FROM t"); }), ErrorCode::kQueryFailed);
  EXPECT_EQ(Ask("SELECT a / b FROM t WHERE b <> 0"), (Bag{{"3", 2}}));
  Insert("t", {{8, 4}});
  EXPECT_EQ(BagOf(*changes.Next()), (Bag{{"8|2", 1}}));
}

}  // namespace
}  // namespace laminar
