// Subscriptions: nothing lost, nothing twice, and every way they end.
#include <poll.h>

#include "api_test.h"

namespace laminar {
namespace {

using SubscriptionTest = ApiTest;
constexpr auto kLong = std::chrono::hours(10);

TEST_F(SubscriptionTest, SnapshotThenChanges) {
  Run("CREATE SOURCE t (k BIGINT, v BIGINT)");
  Insert("t", {{1, 1}});
  Subscription subscription = db().Subscribe("SELECT k, sum(v) AS s FROM t GROUP BY k");
  EXPECT_TRUE(subscription.Next()->is_snapshot());
  EXPECT_EQ(subscription.TryNext(), std::nullopt);
  Insert("t", {{1, 4}});
  const std::optional<QueryResult> change = subscription.Next();
  EXPECT_FALSE(change->is_snapshot());
  EXPECT_EQ(BagOf(*change), (Bag{{"1|1", -1}, {"1|5", 1}}));
  EXPECT_EQ(subscription.schema().columns().back().name, "__weight");

  Subscription without = db().Subscribe("SELECT k FROM t", {.snapshot = false, .weights = {}});
  EXPECT_EQ(without.TryNext(), std::nullopt);
  EXPECT_EQ(CodeOf([&] { db().Subscribe("SELECT count(*) FROM t", {.snapshot = true, .weights = false}); }),
            ErrorCode::kSubscriptionFailed);
}

TEST_F(SubscriptionTest, NothingLostNothingTwiceUnderInserts) {
  Run("CREATE SOURCE t (k BIGINT, v BIGINT)");
  Run("CREATE STREAM plain AS SELECT k, v FROM t WHERE v % 2 = 0");
  Run("CREATE STREAM sums AS SELECT k, count(*) AS n, sum(v) AS s FROM t GROUP BY k");
  Run("CREATE STREAM of_sums AS SELECT n, count(*) AS groups FROM sums GROUP BY n");
  constexpr int64_t kCalls = 300;
  std::atomic<int64_t> calls{0};
  std::vector<std::thread> writers;
  for (int64_t t = 0; t < 4; ++t) {
    writers.emplace_back([&, t] {
      for (int64_t i = 0; i < kCalls; ++i) {
        Insert("t", {{i % 5, i}, {t, -i}});
        ++calls;
      }
    });
  }
  // Subscribers come in at any time, some of them as readers that run beside the writers.
  struct Reader {
    std::string contents;
    std::optional<Subscription> subscription;
    Bag sum;
    std::thread thread;
  };
  std::vector<Reader> readers;
  const std::vector<std::string> queries = {"SELECT k, v FROM t WHERE v > 10", "SELECT count(*) AS n FROM t",
                                            "SELECT k, count(*) AS n FROM plain GROUP BY k",
                                            "SELECT sum(groups) AS g, count(*) AS n FROM of_sums"};
  for (int round = 0; round < 4; ++round) {
    while (calls < round * kCalls) std::this_thread::yield();
    for (const std::string stream : {"plain", "sums", "of_sums"}) {
      Reader& reader = readers.emplace_back();
      reader.contents = "SELECT * FROM " + stream;
      reader.subscription = db().SubscribeStream(stream);
    }
    for (const std::string& query : queries) {
      Reader& reader = readers.emplace_back();
      reader.contents = query;
      reader.subscription = db().Subscribe(query);
    }
  }
  for (size_t i = 0; i < readers.size(); i += 2) {
    readers[i].thread = std::thread([&reader = readers[i]] { reader.sum = ReadToEnd(*reader.subscription); });
  }
  for (std::thread& writer : writers) writer.join();
  db().Shutdown();
  for (Reader& reader : readers) {
    if (reader.thread.joinable()) {
      reader.thread.join();
    } else {
      reader.sum = ReadToEnd(*reader.subscription);
    }
    EXPECT_EQ(reader.sum, Ask(reader.contents)) << reader.contents;
    EXPECT_EQ(reader.subscription->state(), Subscription::State::kFinished);
  }
}

TEST_F(SubscriptionTest, DropDeliversWhatIsInFlightAndThenRaises) {
  Run("CREATE SOURCE t (k BIGINT)");
  Run("CREATE STREAM s AS SELECT k FROM t");
  Subscription of_stream = db().SubscribeStream("s");
  Subscription over_stream = db().Subscribe("SELECT count(*) AS n FROM s");
  Subscription of_source = db().Subscribe("SELECT k + 1 AS k FROM t");
  over_stream.Next();  // the count of nothing
  Insert("t", {{1}});
  Run("DROP STREAM s");
  EXPECT_EQ(BagOf(*of_stream.Next()), (Bag{{"1", 1}}));
  EXPECT_EQ(CodeOf([&] { of_stream.Next(); }), ErrorCode::kSubscriptionClosed);
  EXPECT_EQ(of_stream.Next(), std::nullopt) << "the error is delivered once";
  EXPECT_EQ(of_stream.state(), Subscription::State::kFinished);
  EXPECT_EQ(BagOf(*over_stream.Next()), (Bag{{"0", -1}, {"1", 1}}));
  EXPECT_EQ(CodeOf([&] { over_stream.TryNext(); }), ErrorCode::kSubscriptionClosed);
  EXPECT_EQ(BagOf(*of_source.Next()), (Bag{{"2", 1}}));
  Run("DROP SOURCE t");
  EXPECT_EQ(CodeOf([&] { of_source.NextFor(kLong); }), ErrorCode::kSubscriptionClosed);
  EXPECT_EQ(CodeOf([&] { Insert("t", {{1}}); }), ErrorCode::kTableNotFound);
  of_source.Cancel();
  for (const QueryInfo& query : db().Queries()) EXPECT_TRUE(query.active == (query.sql != "SELECT k + 1 AS k FROM t"));
}

TEST_F(SubscriptionTest, DropUnderInsertsAndReaders) {
  for (int round = 0; round < 10; ++round) {
    Open({});
    Run("CREATE SOURCE t (k BIGINT)");
    Run("CREATE STREAM s AS SELECT k, count(*) AS n FROM t GROUP BY k");
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&] {
        EXPECT_EQ(CodeOf([&] {
                    while (true) Insert("t", {{1}});
                  }),
                  ErrorCode::kTableNotFound);
      });
    }
    Subscription subscription = db().SubscribeStream("s");
    subscription.Next();
    threads.emplace_back([&] {
      Bag sum;
      EXPECT_EQ(CodeOf([&] {
                  while (std::optional<QueryResult> item = subscription.Next()) AddTo(&sum, *item);
                }),
                ErrorCode::kSubscriptionClosed);
    });
    // Inserts that never pause must not keep it out.
    Run("DROP SOURCE t CASCADE");
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(db().ListStreams().empty());
  }
}

TEST_F(SubscriptionTest, EverythingThatWaitsWakesAtTheEnd) {
  const std::vector<std::function<void(Connection&)>> ends = {[](Connection& c) { c.Shutdown(); },
                                                              [](Connection& c) { c.Close(); }};
  for (const auto& end : ends) {
    Open({});
    Run("CREATE SOURCE t (k BIGINT)");
    Run("CREATE STREAM s AS SELECT k FROM t");
    Subscription blocked = db().SubscribeStream("s");
    Subscription timed = db().Subscribe("SELECT k FROM t");
    CallbackSubscription callback = db().SubscribeStreamCallback("s", [](const QueryResult&) {});
    std::latch started(3);
    std::vector<std::thread> threads;
    threads.emplace_back([&] {
      started.count_down();
      EXPECT_EQ(blocked.Next(), std::nullopt);
    });
    threads.emplace_back([&] {
      started.count_down();
      EXPECT_EQ(timed.NextFor(kLong), std::nullopt);
    });
    threads.emplace_back([&] {
      started.count_down();
      callback.Wait();
    });
    started.wait();
    end(db());
    for (std::thread& thread : threads) thread.join();
    EXPECT_FALSE(callback.is_active());
  }
}

TEST_F(SubscriptionTest, QueuesStayReadableAfterShutdown) {
  Run("CREATE SOURCE t (k BIGINT)");
  Subscription subscription = db().Subscribe("SELECT k FROM t");
  Insert("t", {{1}});
  Insert("t", {{2}});
  db().Shutdown();
  EXPECT_EQ(CodeOf([&] { Insert("t", {{3}}); }), ErrorCode::kShutdown);
  EXPECT_EQ(CodeOf([&] { db().Subscribe("SELECT k FROM t"); }), ErrorCode::kShutdown);
  EXPECT_EQ(ReadToEnd(subscription), (Bag{{"1", 1}, {"2", 1}}));
  db().Close();
  EXPECT_EQ(CodeOf([&] { db().Query("SELECT 1"); }), ErrorCode::kConnectionClosed);
}

TEST_F(SubscriptionTest, SubscribersThatComeDuringShutdownEnd) {
  for (int round = 0; round < 20; ++round) {
    Open({});
    Run("CREATE SOURCE t (k BIGINT)");
    std::latch started(1);
    std::thread subscriber([&] {
      started.count_down();
      CodeOf([&] {
        while (true) {
          Subscription subscription = db().Subscribe("SELECT k FROM t", {.snapshot = false, .weights = {}});
          if (round % 2 == 0) {
            EXPECT_EQ(subscription.Next(), std::nullopt);
          }
        }
      });
    });
    started.wait();
    db().Shutdown();
    subscriber.join();
  }
}

TEST_F(SubscriptionTest, CancelFromAnotherThread) {
  Run("CREATE SOURCE t (k BIGINT)");
  Run("CREATE STREAM s AS SELECT k FROM t");
  Subscription by_handle = db().SubscribeStream("s");
  Subscription by_number = db().Subscribe("SELECT k AS by_number FROM t");
  std::latch started(2);
  std::vector<std::thread> threads;
  for (Subscription* subscription : {&by_handle, &by_number}) {
    threads.emplace_back([&started, subscription] {
      started.count_down();
      EXPECT_EQ(subscription->Next(), std::nullopt);
    });
  }
  started.wait();
  by_handle.Cancel();
  for (const QueryInfo& query : db().Queries()) {
    if (query.active) db().CancelQuery(query.id);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(by_handle.state(), Subscription::State::kCancelled);
  EXPECT_EQ(by_number.state(), Subscription::State::kCancelled);
  Insert("t", {{1}});
  EXPECT_EQ(by_handle.TryNext(), std::nullopt);
  for (const QueryInfo& query : db().Queries()) EXPECT_FALSE(query.active) << query.sql;
  EXPECT_EQ(CodeOf([&] { db().CancelQuery(987'654); }), ErrorCode::kTableNotFound);
}

TEST_F(SubscriptionTest, ComeAndGoUnderInserts) {
  Run("CREATE SOURCE t (k BIGINT)");
  std::atomic<bool> stop{false};
  // Calls that may have been made by now: what is inserted is a matter of the test, not of how fast it runs.
  std::atomic<int64_t> allowed{0};
  std::atomic<int64_t> made{0};
  std::vector<std::thread> threads;
  for (int64_t t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      while (!stop) {
        if (made.fetch_add(1) < allowed) {
          Insert("t", {{t}});
        } else {
          made.fetch_sub(1);
          std::this_thread::yield();
        }
      }
    });
  }
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      while (!stop) {
        for (const QueryInfo& query : db().Queries()) {
          if (query.active && query.id % 3 == 0) db().CancelQuery(query.id);
        }
      }
    });
  }
  for (int i = 0; i < 100; ++i) {
    Subscription subscription = db().Subscribe("SELECT k, count(*) AS n FROM t GROUP BY k");
    allowed += 50;  // some of them for Next, the others beside what comes next
    subscription.Next();
    if (i % 2 == 0) subscription.Cancel();
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  for (const QueryInfo& query : db().Queries()) EXPECT_FALSE(query.active);
}

TEST_F(SubscriptionTest, TimesOutOnlyWhenNothingComes) {
  Run("CREATE SOURCE t (k BIGINT)");
  Subscription subscription = db().Subscribe("SELECT k FROM t");
  EXPECT_EQ(CodeOf([&] { subscription.NextFor(std::chrono::milliseconds(1)); }), ErrorCode::kSubscriptionTimeout);
  Insert("t", {{1}});
  EXPECT_TRUE(subscription.NextFor(std::chrono::nanoseconds(0)));
  std::thread writer([&] { Insert("t", {{2}}); });
  EXPECT_TRUE(subscription.NextFor(kLong));
  writer.join();
  subscription.Cancel();
  EXPECT_EQ(subscription.NextFor(kLong), std::nullopt);
}

TEST_F(SubscriptionTest, ReadyQueueWakesAnEventLoop) {
  Run("CREATE SOURCE t (k BIGINT)");
  const auto queue = std::make_shared<ReadyQueue>();
  Subscription first = db().Subscribe("SELECT k FROM t");
  Subscription second = db().Subscribe("SELECT k + 100 AS k FROM t");
  first.NotifyOn(queue, 1);
  second.NotifyOn(queue, 2);
  const auto readable = [&](int timeout) {
    pollfd descriptor{queue->fd(), POLLIN, 0};
    return poll(&descriptor, 1, timeout) == 1;
  };
  EXPECT_FALSE(readable(0));
  std::thread writer([&] {
    for (int64_t i = 0; i < 200; ++i) Insert("t", {{i}});
    db().Shutdown();
  });
  int64_t rows[3] = {0, 0, 0};
  bool ended[3] = {false, false, false};
  while (!ended[1] || !ended[2]) {
    ASSERT_TRUE(readable(60'000)) << "an item or the end was not announced";
    for (const uint64_t tag : queue->Drain()) {
      Subscription& subscription = tag == 1 ? first : second;
      while (std::optional<QueryResult> item = subscription.TryNext()) rows[tag] += item->num_rows();
      ended[tag] = subscription.state() != Subscription::State::kActive;
    }
  }
  writer.join();
  EXPECT_EQ(rows[1], 200);
  EXPECT_EQ(rows[2], 200);
}

}  // namespace
}  // namespace laminar
