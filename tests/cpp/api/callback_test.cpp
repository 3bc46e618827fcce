// Callbacks may call everything.
#include "api_test.h"

namespace laminar {
namespace {

using CallbackTest = ApiTest;

TEST_F(CallbackTest, ReceivesEverythingInOrder) {
  Run("CREATE SOURCE t (k BIGINT)");
  Insert("t", {{1}});
  Bag sum;
  uint64_t last = 0;
  CallbackSubscription subscription =
      db().SubscribeCallback("SELECT k, count(*) AS n FROM t GROUP BY k", [&](const QueryResult& change) {
        EXPECT_GT(change.epoch(), last);
        last = change.epoch();
        AddTo(&sum, change);
      });
  std::vector<std::thread> writers;
  for (int64_t t = 0; t < 3; ++t) {
    writers.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) Insert("t", {{t}});
    });
  }
  for (std::thread& writer : writers) writer.join();
  db().Shutdown();
  subscription.Wait();
  EXPECT_EQ(sum, (Bag{{"0|100", 1}, {"1|101", 1}, {"2|100", 1}}));
  EXPECT_FALSE(subscription.is_active());
}

TEST_F(CallbackTest, InsertsQueriesAndSubscribes) {
  Run("CREATE SOURCE raw (k BIGINT)");
  Run("CREATE SOURCE derived (k BIGINT)");
  std::latch seen(3);
  CallbackSubscription subscription = db().SubscribeCallback("SELECT k FROM raw", [&](const QueryResult& change) {
    for (int64_t row = 0; row < change.num_rows(); ++row) {
      Insert("derived", {{change.Int(row, 0) * 10}});
      EXPECT_GE(AskOne("SELECT count(*) FROM derived"), 1);
      Subscription inner = db().Subscribe("SELECT count(*) AS n FROM derived");
      EXPECT_TRUE(inner.Next());
      seen.count_down();
    }
  });
  for (int64_t i = 1; i <= 3; ++i) Insert("raw", {{i}});
  seen.wait();
  EXPECT_EQ(Ask("SELECT k FROM derived"), (Bag{{"10", 1}, {"20", 1}, {"30", 1}}));
  subscription.Cancel();
  subscription.Wait();
}

TEST_F(CallbackTest, CancelsItself) {
  Run("CREATE SOURCE t (k BIGINT)");
  std::optional<CallbackSubscription> subscription;
  std::latch made(1);
  std::atomic<int> calls{0};
  subscription = db().SubscribeCallback("SELECT k FROM t", [&](const QueryResult&) {
    made.wait();
    ++calls;
    subscription->Cancel();
    subscription->Wait();  // from the callback: does not wait for itself
  });
  made.count_down();
  Insert("t", {{1}});
  subscription->Wait();
  Insert("t", {{2}});
  EXPECT_EQ(calls, 1);
}

TEST_F(CallbackTest, ClosesTheDatabase) {
  Run("CREATE SOURCE t (k BIGINT)");
  CallbackSubscription subscription =
      db().SubscribeCallback("SELECT k FROM t", [&](const QueryResult&) { db().Close(); });
  Insert("t", {{1}});
  subscription.Wait();
  EXPECT_TRUE(db().is_closed());
}

TEST_F(CallbackTest, DropsItsStream) {
  Run("CREATE SOURCE t (k BIGINT)");
  Run("CREATE STREAM s AS SELECT k FROM t");
  std::optional<ErrorCode> code;
  CallbackSubscription subscription = db().SubscribeStreamCallback(
      "s", [&](const QueryResult&) { Run("DROP STREAM s"); }, [&](const Error& error) { code = error.code(); });
  Insert("t", {{1}});
  subscription.Wait();
  EXPECT_EQ(code, ErrorCode::kSubscriptionClosed);
}

TEST_F(CallbackTest, WhatItThrowsGoesToOnErrorAndItGoesOn) {
  Run("CREATE SOURCE t (k BIGINT)");
  std::vector<std::string> errors;
  int calls = 0;
  Bag seen;
  CallbackSubscription subscription = db().SubscribeCallback(
      "SELECT k FROM t",
      [&](const QueryResult& change) {
        AddTo(&seen, change);
        ++calls;
        if (calls == 1) throw std::runtime_error("first");
        if (calls == 2) throw Error(ErrorCode::kQueryFailed, "second");
      },
      [&](const Error& error) { errors.push_back(error.what()); });
  for (int64_t i = 0; i < 3; ++i) Insert("t", {{i}});
  db().Shutdown();
  subscription.Wait();
  EXPECT_EQ(seen, (Bag{{"0", 1}, {"1", 1}, {"2", 1}}));
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(errors, (std::vector<std::string>{"first", "second"}));
}

TEST_F(CallbackTest, OnErrorThatThrowsStopsIt) {
  Run("CREATE SOURCE t (k BIGINT)");
  std::atomic<int> calls{0};
  CallbackSubscription subscription = db().SubscribeCallback(
      "SELECT k FROM t",
      [&](const QueryResult&) {
        ++calls;
        throw std::runtime_error("no");
      },
      [](const Error&) { throw std::runtime_error("no more"); });
  Insert("t", {{1}});
  subscription.Wait();
  Insert("t", {{2}});
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(subscription.is_active());
}

TEST_F(CallbackTest, CapturesAreGoneWhenWaitReturns) {
  Run("CREATE SOURCE t (k BIGINT)");
  auto captured = std::make_shared<int>(0);
  CallbackSubscription subscription = db().SubscribeCallback("SELECT k FROM t", [captured](const QueryResult&) {});
  subscription.Cancel();
  subscription.Wait();
  EXPECT_EQ(captured.use_count(), 1);
}

TEST_F(CallbackTest, OutlivesItsHandleAndItsConnection) {
  struct Latches {
    std::latch called{1};
    std::latch released{1};
  };
  auto latches = std::make_shared<Latches>();
  {
    Connection other = laminar::Open(":memory:");
    other.Execute("CREATE SOURCE t (k BIGINT)");
    other.SubscribeCallback("SELECT k FROM t", [latches](const QueryResult&) {
      latches->called.count_down();
      latches->released.wait();
    });
    other.Execute("INSERT INTO t VALUES (1)");
    latches->called.wait();
  }
  // The last reference to the database goes in the delivery thread, which then lets go of its function.
  latches->released.count_down();
  while (latches.use_count() > 1) std::this_thread::yield();
}

}  // namespace
}  // namespace laminar
