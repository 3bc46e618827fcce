// Lateness belongs to the order of calls, never to how they are batched or when somebody looks.
#include <random>

#include "api_test.h"

namespace laminar {
namespace {

/// One insert: rows of (key, event time).
using CallRows = std::vector<std::vector<int64_t>>;

const char* const kWindows =
    "SELECT k, window_start, window_end, count(*) AS n FROM TUMBLE(t, ts, 10) "
    "GROUP BY k, window_start, window_end";
const char* const kWindowsOfPlain =
    "SELECT k, window_start, window_end, count(*) AS n FROM TUMBLE(plain, ts, 10) "
    "GROUP BY k, window_start, window_end";

class WatermarkTest : public ApiTest {
 protected:
  void OpenManual() {
    TestOptions options;
    options.manual_steps = true;
    Open({}, options);
  }
  void CreateSource() { Run("CREATE SOURCE t (k BIGINT, ts BIGINT, WATERMARK FOR ts AS ts - 3)"); }
  void CreateStreams(const std::string& prefix) {
    Run("CREATE STREAM " + prefix + "closed AS " + kWindows);
    Run("CREATE MATERIALIZED VIEW " + prefix + "windows AS " + kWindows);
  }

  static std::vector<CallRows> RandomCalls(uint32_t seed, int count) {
    std::mt19937 random(seed);
    std::vector<CallRows> calls;
    int64_t now = 0;
    for (int i = 0; i < count; ++i) {
      CallRows rows;
      const int size = 1 + static_cast<int>(random() % 4);
      for (int r = 0; r < size; ++r) {
        now += static_cast<int64_t>(random() % 5);
        rows.push_back({static_cast<int64_t>(random() % 3), now - static_cast<int64_t>(random() % 25)});
      }
      calls.push_back(std::move(rows));
    }
    return calls;
  }

  struct Outcome {
    Bag closed;
    Bag windows;
    int64_t late_closed;
    int64_t late_windows;
    bool operator==(const Outcome&) const = default;
  };
  Outcome Look(const std::string& prefix) {
    return {Ask("SELECT * FROM " + prefix + "closed"), Ask("SELECT * FROM " + prefix + "windows"),
            db().MetricsOfStream(prefix + "closed")->late_events,
            db().MetricsOfStream(prefix + "windows")->late_events};
  }
};

TEST_F(WatermarkTest, LateRowsAreTheSameForEveryGroupingOfCalls) {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    const std::vector<CallRows> calls = RandomCalls(seed, 40);
    std::optional<Outcome> first;
    for (const int grouping : {0, 1, 2, 3}) {
      OpenManual();
      CreateSource();
      CreateStreams("");
      Subscription changes = db().SubscribeStream("windows");
      Subscription closings = db().SubscribeStream("closed");
      std::mt19937 random(seed + static_cast<uint32_t>(grouping));
      for (const CallRows& call : calls) {
        Insert("t", call);
        const bool step = grouping == 0 || (grouping == 2 && random() % 2 == 0) || (grouping == 3 && random() % 7 == 0);
        if (step) StepNow(db());
      }
      StepNow(db());
      const Outcome outcome = Look("");
      if (!first) {
        first = outcome;
        EXPECT_GT(outcome.late_windows, 0) << "calls without a late row prove nothing";
      }
      EXPECT_EQ(outcome, *first) << "seed " << seed << ", grouping " << grouping;
      EXPECT_EQ(outcome.windows, Ask(kWindows)) << "ad hoc, seed " << seed;
      CreateStreams("late_");
      EXPECT_EQ(Look("late_"), *first) << "created afterwards, seed " << seed;
      db().Shutdown();
      EXPECT_EQ(ReadToEnd(changes), outcome.windows);
      EXPECT_EQ(ReadToEnd(closings), outcome.closed);
    }
  }
}

TEST_F(WatermarkTest, AClosedWindowIsDeliveredOnce) {
  CreateSource();
  Run(std::string("CREATE STREAM closed AS ") + kWindows);
  Subscription subscription = db().SubscribeStream("closed");
  Insert("t", {{1, 5}});
  Insert("t", {{1, 12}});
  EXPECT_EQ(subscription.TryNext(), std::nullopt);
  Insert("t", {{1, 13}});
  EXPECT_EQ(BagOf(*subscription.Next()), (Bag{{"1|0|10|1", 1}}));
  Insert("t", {{1, 9}});  // late
  EXPECT_EQ(subscription.TryNext(), std::nullopt);
  EXPECT_EQ(db().MetricsOfStream("closed")->late_events, 1);
  EXPECT_EQ(Ask("SELECT * FROM closed"), (Bag{{"1|0|10|1", 1}}));
}

TEST_F(WatermarkTest, AnnouncementsCloseWindows) {
  CreateSource();
  Run(std::string("CREATE STREAM closed AS ") + kWindows);
  Writer writer = db().NewWriter("t");
  Insert("t", {{1, 5}});
  writer.Watermark(9);
  EXPECT_EQ(Ask("SELECT * FROM closed"), Bag{});
  writer.Watermark(10);
  EXPECT_EQ(Ask("SELECT * FROM closed"), (Bag{{"1|0|10|1", 1}}));
  writer.Watermark(7);
  EXPECT_EQ(writer.current_watermark(), 10);
  Insert("t", {{1, 9}, {1, 10}});
  EXPECT_EQ(Ask("SELECT * FROM closed"), (Bag{{"1|0|10|1", 1}}));
  Run(std::string("CREATE MATERIALIZED VIEW windows AS ") + kWindows);
  EXPECT_EQ(Ask("SELECT * FROM windows"), (Bag{{"1|0|10|1", 1}, {"1|10|20|1", 1}}));
  EXPECT_EQ(db().MetricsOfStream("windows")->late_events, 1) << "the announcement is part of the history";
  EXPECT_EQ(db().MetricsOfStream("closed")->late_events, 1);
}

// Windows over a stream that keeps nothing, over one created late, and over the source, all under inserts.
TEST_F(WatermarkTest, StreamsOverStreamsAgreeOnWhatIsLate) {
  for (uint32_t seed = 1; seed <= 3; ++seed) {
    Open({});
    CreateSource();
    Run("CREATE STREAM plain AS SELECT k, ts FROM t WHERE k < 2");
    Run(std::string("CREATE MATERIALIZED VIEW early AS ") + kWindowsOfPlain);
    std::atomic<int> calls{0};
    std::vector<std::thread> threads;
    for (uint32_t t = 0; t < 3; ++t) {
      threads.emplace_back([&, t] {
        for (const CallRows& call : RandomCalls(seed * 10 + t, 300)) {
          Insert("t", call);
          ++calls;
        }
      });
    }
    for (int i = 0; i < 6; ++i) {
      while (calls < i * 120) std::this_thread::yield();
      Run("CREATE MATERIALIZED VIEW late" + std::to_string(i) + " AS " + kWindowsOfPlain);
    }
    for (std::thread& thread : threads) thread.join();
    const Bag expected =
        Ask("SELECT k, window_start, window_end, count(*) AS n FROM TUMBLE(t, ts, 10) WHERE k < 2 "
            "GROUP BY k, window_start, window_end");
    const Bag early = Ask("SELECT * FROM early");
    const int64_t late_rows = db().MetricsOfStream("early")->late_events;
    EXPECT_GT(late_rows, 0);
    EXPECT_EQ(early, expected);
    EXPECT_EQ(Ask(kWindowsOfPlain), expected);
    for (int i = 0; i < 6; ++i) {
      const std::string name = "late" + std::to_string(i);
      EXPECT_EQ(Ask("SELECT * FROM " + name), expected) << name;
      EXPECT_EQ(db().MetricsOfStream(name)->late_events, late_rows) << name;
    }
  }
}

}  // namespace
}  // namespace laminar
