// Full sources: writers wait, nothing is lost, and what is refused is not in.
#include "api_test.h"

namespace laminar {
namespace {

class BackpressureTest : public ApiTest {
 protected:
  void OpenSmall(int64_t buffer_size, double patience, bool manual) {
    Config config;
    config.buffer_size = buffer_size;
    config.backpressure_timeout = patience;
    TestOptions options;
    options.manual_steps = manual;
    Open(config, options);
    Run("CREATE SOURCE t (k BIGINT)");
    Run("CREATE STREAM s AS SELECT k, count(*) AS n FROM t GROUP BY k");
  }
};

TEST_F(BackpressureTest, RefusedAfterTheTimeoutAndNothingInserted) {
  OpenSmall(4, 0.01, true);
  Insert("t", {{1}, {1}, {1}});
  const std::optional<SourceMetrics> before = db().MetricsOfSource("t");
  EXPECT_EQ(before->pending, 3);
  EXPECT_EQ(before->capacity, 4);
  EXPECT_FALSE(before->is_backpressured);
  EXPECT_EQ(CodeOf([&] { Insert("t", {{2}, {2}}); }), ErrorCode::kIngestionFailed);
  EXPECT_EQ(CodeOf([&] { db().Execute("INSERT INTO t VALUES (2), (2)"); }), ErrorCode::kIngestionFailed);
  Insert("t", {{3}});
  EXPECT_TRUE(db().MetricsOfSource("t")->is_backpressured);
  EXPECT_EQ(db().Metrics().total_events_ingested, 4);
  EXPECT_EQ(AskOne("SELECT count(*) FROM t"), 0) << "steps run only when asked for";
  EXPECT_EQ(StepNow(db()), 2u);
  EXPECT_EQ(Ask("SELECT * FROM s"), (Bag{{"1|3", 1}, {"3|1", 1}}));
  EXPECT_EQ(db().MetricsOfSource("t")->pending, 0);
  EXPECT_EQ(db().MetricsOfSource("t")->total_events, 4);
}

TEST_F(BackpressureTest, WaitersGoOnAfterAStep) {
  OpenSmall(1, 3600, true);
  Insert("t", {{1}});
  std::vector<std::thread> waiters;
  for (int64_t t = 0; t < 3; ++t) waiters.emplace_back([&, t] { Insert("t", {{t}}); });
  while (db().Metrics().total_events_ingested < 4) StepNow(db());
  for (std::thread& waiter : waiters) waiter.join();
  StepNow(db());
  EXPECT_EQ(Ask("SELECT * FROM s"), (Bag{{"0|1", 1}, {"1|2", 1}, {"2|1", 1}}));
}

TEST_F(BackpressureTest, ShutdownWakesWaiters) {
  OpenSmall(1, 3600, true);
  Insert("t", {{1}});
  std::latch started(1);
  std::thread waiter([&] {
    BatchBuilder batch = db().NewBatch("t");
    for (int i = 0; i < 2; ++i) {
      batch.SetInt(0, 2);
      batch.FinishRow();
    }
    started.count_down();
    EXPECT_EQ(CodeOf([&] { db().Insert(batch); }), ErrorCode::kShutdown);
  });
  started.wait();
  db().Shutdown();
  waiter.join();
  EXPECT_EQ(Ask("SELECT * FROM s"), (Bag{{"1|1", 1}}));
}

TEST_F(BackpressureTest, AFullSourceHoldsNobodyElseBack) {
  OpenSmall(1, 3600, true);
  Run("CREATE SOURCE other (k BIGINT)");
  Insert("t", {{1}});
  std::thread waiter([&] { Insert("t", {{2}}); });
  Insert("other", {{1}});
  EXPECT_EQ(AskOne("SELECT count(*) FROM other"), 0);
  Subscription subscription = db().Subscribe("SELECT k FROM other", {.snapshot = false, .weights = {}});
  while (db().Metrics().total_events_ingested < 3) StepNow(db());
  waiter.join();
  StepNow(db());
  EXPECT_EQ(AskOne("SELECT count(*) FROM t"), 2);
}

TEST_F(BackpressureTest, TinyBuffersLoseNothing) {
  OpenSmall(1, 3600, false);
  Subscription subscription = db().SubscribeStream("s");
  std::vector<std::thread> threads;
  for (int64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i)
        Insert("t", i % 10 == 0 ? std::vector<std::vector<int64_t>>{{t}, {t}} : std::vector<std::vector<int64_t>>{{t}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  db().Shutdown();
  const Bag expected{{"0|330", 1}, {"1|330", 1}, {"2|330", 1}, {"3|330", 1}};
  EXPECT_EQ(ReadToEnd(subscription), expected);
  EXPECT_EQ(Ask("SELECT * FROM s"), expected);
}

TEST_F(BackpressureTest, AWriterKeepsWhatIsRefused) {
  OpenSmall(2, 0.01, true);
  Insert("t", {{1}, {1}});
  Writer writer = db().NewWriter("t");
  const auto add = [&](int64_t rows) {
    BatchBuilder batch = db().NewBatch("t");
    for (int64_t i = 0; i < rows; ++i) {
      batch.SetInt(0, 2);
      batch.FinishRow();
    }
    writer.Insert(batch);
  };
  add(3);
  EXPECT_EQ(CodeOf([&] { writer.Flush(); }), ErrorCode::kIngestionFailed);
  EXPECT_EQ(CodeOf([&] { add(10'000); }), ErrorCode::kIngestionFailed);
  EXPECT_EQ(CodeOf([&] { writer.Close(); }), ErrorCode::kIngestionFailed);
  EXPECT_FALSE(writer.is_closed());
  StepNow(db());
  EXPECT_EQ(writer.Flush(), 3) << "what Insert refused is not in, what it had taken still is";
  writer.Close();
  writer.Close();
  EXPECT_EQ(CodeOf([&] { add(1); }), ErrorCode::kWriterClosed);
  StepNow(db());
  EXPECT_EQ(Ask("SELECT * FROM s"), (Bag{{"1|2", 1}, {"2|3", 1}}));
}

TEST_F(BackpressureTest, AWriterOfAReplacedSourceIsRefused) {
  Run("CREATE SOURCE t (k BIGINT)");
  Writer writer = db().NewWriter("t");
  BatchBuilder batch = db().NewBatch("t");
  batch.SetInt(0, 1);
  batch.FinishRow();
  writer.Insert(batch);
  Run("CREATE OR REPLACE SOURCE t (k BIGINT, v BIGINT)");
  EXPECT_EQ(CodeOf([&] { writer.Flush(); }), ErrorCode::kTableNotFound);
  EXPECT_EQ(CodeOf([&] { writer.Watermark(100); }), ErrorCode::kTableNotFound);
  EXPECT_EQ(AskOne("SELECT count(*) FROM t"), 0);
}

TEST_F(BackpressureTest, AWriterThatIsThrownAwayHandsOverItsRows) {
  Run("CREATE SOURCE t (k BIGINT)");
  {
    Writer writer = db().NewWriter("t");
    BatchBuilder batch = db().NewBatch("t");
    batch.SetInt(0, 1);
    batch.FinishRow();
    writer.Insert(batch);
    EXPECT_EQ(AskOne("SELECT count(*) FROM t"), 0);
  }
  EXPECT_EQ(AskOne("SELECT count(*) FROM t"), 1);
}

}  // namespace
}  // namespace laminar
