// CREATE, OR REPLACE, IF NOT EXISTS, DROP: what they leave behind when they work and when they do not.
#include "api_test.h"

namespace laminar {
namespace {

using DdlTest = ApiTest;

TEST_F(DdlTest, IfNotExistsLeavesWhatIsThere) {
  Run("CREATE SOURCE t (k BIGINT)");
  Insert("t", {{1}});
  Run("CREATE SOURCE IF NOT EXISTS t (k BIGINT, v BIGINT)");
  Run("CREATE STREAM s AS SELECT k FROM t");
  Run("CREATE STREAM IF NOT EXISTS s AS SELECT k + 1 AS k FROM t");
  EXPECT_EQ(Ask("SELECT * FROM s"), (Bag{{"1", 1}}));
  EXPECT_EQ(CodeOf([&] { Run("CREATE SOURCE t (k BIGINT)"); }), ErrorCode::kTableExists);
  EXPECT_EQ(CodeOf([&] { Run("CREATE STREAM s AS SELECT k FROM t"); }), ErrorCode::kTableExists);
  EXPECT_EQ(CodeOf([&] { Run("CREATE VIEW s AS SELECT k FROM t"); }), ErrorCode::kTableExists);
}

TEST_F(DdlTest, ReplacedSourceIsEmptyAndStaleRowsAreRefused) {
  Run("CREATE SOURCE t (k BIGINT)");
  Insert("t", {{1}});
  BatchBuilder stale = db().NewBatch("t");
  stale.SetInt(0, 2);
  stale.FinishRow();
  Run("CREATE OR REPLACE SOURCE t (k BIGINT)");
  EXPECT_EQ(CodeOf([&] { db().Insert(stale); }), ErrorCode::kTableNotFound);
  EXPECT_EQ(AskOne("SELECT count(*) FROM t"), 0);
}

TEST_F(DdlTest, ReplacedStreamEndsItsSubscribers) {
  Run("CREATE SOURCE t (k BIGINT)");
  Run("CREATE STREAM s AS SELECT k FROM t");
  Subscription subscription = db().SubscribeStream("s");
  Insert("t", {{1}});
  Run("CREATE OR REPLACE STREAM s AS SELECT k * 2 AS k FROM t");
  EXPECT_EQ(BagOf(*subscription.Next()), (Bag{{"1", 1}}));
  EXPECT_EQ(CodeOf([&] { subscription.Next(); }), ErrorCode::kSubscriptionClosed);
  EXPECT_EQ(Ask("SELECT * FROM s"), (Bag{{"2", 1}}));
}

TEST_F(DdlTest, AReplacementThatIsRefusedLeavesTheOld) {
  Run("CREATE SOURCE t (k BIGINT)");
  Run("CREATE STREAM s AS SELECT k FROM t");
  Run("CREATE VIEW v AS SELECT k FROM t");
  Insert("t", {{1}});
  EXPECT_TRUE(CodeOf([&] { Run("CREATE OR REPLACE STREAM s AS SELECT nothing FROM t"); }));
  EXPECT_TRUE(CodeOf([&] { Run("CREATE OR REPLACE STREAM s AS SELECT k FROM s"); }));
  EXPECT_TRUE(CodeOf([&] { Run("CREATE OR REPLACE VIEW v AS SELECT nothing FROM t"); }));
  EXPECT_TRUE(CodeOf([&] { Run("CREATE OR REPLACE VIEW v AS SELECT * FROM v"); }));
  EXPECT_TRUE(CodeOf([&] { Run("CREATE OR REPLACE SOURCE t (k NOTHING)"); }));
  EXPECT_TRUE(CodeOf([&] { Run("CREATE OR REPLACE SOURCE t (k BIGINT)"); })) << "it is read";
  EXPECT_EQ(Ask("SELECT * FROM s"), (Bag{{"1", 1}}));
  EXPECT_EQ(Ask("SELECT * FROM v"), (Bag{{"1", 1}}));
  EXPECT_EQ(Ask("SELECT * FROM t"), (Bag{{"1", 1}}));
}

TEST_F(DdlTest, ReplacedViewIsTheNewOne) {
  Run("CREATE SOURCE t (k BIGINT)");
  Run("CREATE VIEW v AS SELECT k FROM t");
  Run("CREATE OR REPLACE VIEW v AS SELECT k + 1 AS k FROM t");
  Run("CREATE VIEW IF NOT EXISTS v AS SELECT k + 2 AS k FROM t");
  Insert("t", {{1}});
  EXPECT_EQ(Ask("SELECT * FROM v"), (Bag{{"2", 1}}));
}

TEST_F(DdlTest, DropNamesWhatReads) {
  Run("CREATE SOURCE t (k BIGINT)");
  Run("CREATE STREAM s AS SELECT k FROM t");
  Run("CREATE STREAM over_s AS SELECT count(*) AS n FROM s");
  try {
    Run("DROP STREAM s");
    ADD_FAILURE() << "dropped under a reader";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("over_s"));
  }
  Insert("t", {{1}});
  EXPECT_EQ(AskOne("SELECT n FROM over_s"), 1);
  Run("DROP SOURCE t CASCADE");
  EXPECT_TRUE(db().ListTables().empty());
  EXPECT_TRUE(db().ListStreams().empty());
  Run("DROP STREAM IF EXISTS s");
  Run("CREATE SOURCE t (k BIGINT)");
  EXPECT_EQ(AskOne("SELECT count(*) FROM t"), 0);
}

TEST_F(DdlTest, QueriesWhileRelationsComeAndGo) {
  Run("CREATE SOURCE t (k BIGINT)");
  Insert("t", {{1}});
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      while (!stop) {
        // There, or not there: never anything else.
        const auto code = CodeOf([&] { EXPECT_EQ(Ask("SELECT * FROM s"), (Bag{{"1", 1}})); });
        if (code) {
          EXPECT_EQ(*code, ErrorCode::kQueryFailed);
        }
        db().Metrics();
        db().MetricsOfStream("s");
        db().Streams();
      }
    });
  }
  threads.emplace_back([&] {
    while (!stop) {
      CodeOf([&] {
        Subscription subscription = db().SubscribeStream("s");
        while (subscription.TryNext()) {
        }
      });
    }
  });
  for (int i = 0; i < 100; ++i) {
    Run(i % 2 == 0 ? "CREATE STREAM s AS SELECT k FROM t" : "CREATE MATERIALIZED VIEW s AS SELECT k FROM t");
    Run(i % 2 == 0 ? "DROP STREAM s" : "DROP MATERIALIZED VIEW s");
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace laminar
