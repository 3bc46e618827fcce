// Transactions of several connections: locks, conflicts, and that no update is lost.
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "laminar/connection.h"
#include "main/connection_rep.h"
#include "storage/folder.h"

namespace laminar {
namespace {

class TransactionTest : public ::testing::Test {
 protected:
  void Open(double patience) {
    Config config;
    config.backpressure_timeout = patience;
    database_ = std::make_shared<Database>(":memory:", config, TestOptions{});
    setup_.emplace(Connect());
    setup_->Execute("CREATE TABLE a (k INT PRIMARY KEY, v INT)");
    setup_->Execute("CREATE TABLE b (k INT PRIMARY KEY, v INT)");
    setup_->Execute("INSERT INTO a VALUES (1, 100); INSERT INTO b VALUES (1, 100)");
  }
  void SetUp() override { Open(10); }

  Connection Connect() { return Connection(std::make_shared<Connection::Rep>(database_)); }
  int64_t Ask(const std::string& sql) { return setup_->Query(sql).Int(0, 0); }

  std::shared_ptr<Database> database_;
  std::optional<Connection> setup_;
};

TEST_F(TransactionTest, OthersSeeNothingBeforeTheCommit) {
  Connection one = Connect();
  one.Begin();
  one.Execute("UPDATE a SET v = 1");
  EXPECT_EQ(one.Query("SELECT v FROM a").Int(0, 0), 1);
  EXPECT_EQ(Ask("SELECT v FROM a"), 100);
  one.Commit();
  EXPECT_EQ(Ask("SELECT v FROM a"), 1);
}

TEST_F(TransactionTest, ASecondWriterWaitsAndSeesWhatTheFirstDid) {
  Connection one = Connect();
  Connection two = Connect();
  one.Begin();
  one.Execute("UPDATE a SET v = v + 1");
  std::atomic<bool> done{false};
  std::thread waiting([&] {
    two.Execute("UPDATE a SET v = v * 2");
    done = true;
  });
  one.Execute("UPDATE a SET v = v + 1");
  EXPECT_FALSE(done);
  one.Commit();
  waiting.join();
  EXPECT_EQ(Ask("SELECT v FROM a"), 204);
}

TEST_F(TransactionTest, WhoWaitsTooLongIsTold) {
  Open(0.05);
  Connection one = Connect();
  one.Begin();
  one.Execute("UPDATE a SET v = 1");
  EXPECT_THROW(setup_->Execute("UPDATE a SET v = 2"), Error);
  one.Rollback();
  setup_->Execute("UPDATE a SET v = 2");
  EXPECT_EQ(Ask("SELECT v FROM a"), 2);
}

TEST_F(TransactionTest, TheYoungerGivesWayInsteadOfADeadlock) {
  Connection older = Connect();
  Connection younger = Connect();
  older.Begin();
  younger.Begin();
  older.Execute("UPDATE a SET v = v + 1");
  younger.Execute("UPDATE b SET v = v + 10");
  std::thread waiting([&] { older.Execute("UPDATE b SET v = v + 1"); });  // waits: the other is younger
  EXPECT_THROW(younger.Execute("UPDATE a SET v = v + 10"), Error);
  younger.Rollback();
  waiting.join();
  older.Commit();
  EXPECT_EQ(Ask("SELECT v FROM a"), 101);
  EXPECT_EQ(Ask("SELECT v FROM b"), 101);
}

TEST_F(TransactionTest, AClosedConnectionHoldsNothing) {
  {
    Connection one = Connect();
    one.Begin();
    one.Execute("UPDATE a SET v = 1");
    one.Close();
  }
  setup_->Execute("UPDATE a SET v = v + 1");
  EXPECT_EQ(Ask("SELECT v FROM a"), 101);
}

TEST_F(TransactionTest, TransfersBothWaysKeepTheSumAtEveryEpoch) {
  setup_->Execute("CREATE STREAM total AS SELECT sum(v) AS v FROM (SELECT v FROM a UNION ALL SELECT v FROM b)");
  Subscription totals = setup_->SubscribeStream("total");
  ASSERT_EQ(totals.Next()->Int(0, 0), 200);
  constexpr int kThreads = 4;
  constexpr int kTransfers = 50;
  std::latch begin(kThreads);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      Connection own = Connect();
      const std::string from = thread % 2 == 0 ? "a" : "b";
      const std::string to = thread % 2 == 0 ? "b" : "a";
      begin.arrive_and_wait();
      for (int i = 0; i < kTransfers;) {
        own.Begin();
        try {
          own.Execute("UPDATE " + from + " SET v = v - 1 WHERE k = 1");
          own.Execute("UPDATE " + to + " SET v = v + 1 WHERE k = 1");
          own.Execute("INSERT INTO " + to + " VALUES (" + std::to_string(2 + thread) +
                      ", 0) ON CONFLICT (k) DO UPDATE SET v = v + 1");
          own.Execute("UPDATE " + from + " SET v = v - 1 WHERE k = 1 AND " + std::to_string(i) + " > 0");
          own.Commit();
          ++i;
        } catch (const Error& error) {
          ASSERT_EQ(error.code(), ErrorCode::kQueryFailed) << error.what();
          own.Rollback();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Ask("SELECT sum(v) FROM (SELECT v FROM a UNION ALL SELECT v FROM b)"), 200);
  EXPECT_FALSE(totals.TryNext().has_value()) << "the sum moved between two epochs";
}

TEST_F(TransactionTest, DropWaitsForTheTransaction) {
  Connection one = Connect();
  one.Begin();
  one.Execute("UPDATE a SET v = 7");
  std::thread dropping([&] { setup_->Execute("DROP TABLE a"); });
  one.Execute("UPDATE a SET v = v + 1");
  EXPECT_EQ(one.Query("SELECT v FROM a").Int(0, 0), 8);
  one.Commit();
  dropping.join();
  EXPECT_THROW(setup_->Query("SELECT * FROM a"), Error);
}

}  // namespace
}  // namespace laminar
