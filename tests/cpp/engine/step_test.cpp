// Intake, steps, failures and the end.
#include <latch>
#include <new>
#include <thread>

#include "engine_test.h"

namespace laminar {
namespace {

using StepTest = EngineTest;

EngineOptions Manual(int64_t buffer_size = 65'536, double patience = 10.0) {
  EngineOptions options;
  options.manual_steps = true;
  options.buffer_size = buffer_size;
  options.backpressure_timeout = patience;
  return options;
}

TEST_F(StepTest, QueryAndStreamSeeWhatWasAccepted) {
  engine_->AddSource(PairSource("t"));
  AddStream("s", SpecBuilder().Source("t").Above(10).Build());
  Accept("t", {{1, 5}, {1, 15}, {2, 20}});
  const Bag expected{{{1, 15}, 1}, {{2, 20}, 1}};
  EXPECT_EQ(ContentsOf("s"), expected);
  EXPECT_EQ(Ask(SpecBuilder().Source("t").Above(10).Build()), expected);
}

TEST_F(StepTest, ChangesSumToContents) {
  engine_->AddSource(PairSource("t"));
  AddStream("s", SpecBuilder().Source("t").CountByKey().Build());
  AddStream("of_s", SpecBuilder().Stream("s").CountByValue().Build());
  const auto cursor = Subscribe("s");
  const auto cursor_of_s = Subscribe("of_s");
  Bag changes;
  Bag changes_of_s;
  for (int64_t i = 0; i < 50; ++i) {
    Accept("t", {{i % 7, i}, {i % 3, i}});
    const Bag change = Drain(*cursor);
    for (const auto& [row, weight] : change) {
      if ((changes[row] += weight) == 0) changes.erase(row);
    }
    for (const auto& [row, weight] : Drain(*cursor_of_s)) {
      if ((changes_of_s[row] += weight) == 0) changes_of_s.erase(row);
    }
    ASSERT_EQ(changes, ContentsOf("s"));
    ASSERT_EQ(changes_of_s, ContentsOf("of_s"));
  }
  EXPECT_EQ(changes, Ask(SpecBuilder().Source("t").CountByKey().Build()));
}

TEST_F(StepTest, OneItemAnEpoch) {
  Open(Manual());
  engine_->AddSource(PairSource("t"));
  AddStream("s", SpecBuilder().Source("t").CountByKey().Build());
  const auto cursor = Subscribe("s");
  for (int i = 0; i < 5; ++i) Accept("t", {{1, 1}});
  EXPECT_EQ(engine_->epoch(), 0u);
  EXPECT_EQ(engine_->StepNow(), 5u);
  bool ended;
  const std::optional<Change> change = cursor->TryNext(&ended);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->epoch, 5u);
  EXPECT_EQ(change->rows->rows(), 1u);
  EXPECT_FALSE(cursor->TryNext(&ended));
  EXPECT_EQ(engine_->StepNow(), 5u) << "nothing to do: the last epoch again";
  EXPECT_EQ(engine_->counters().steps, 1);
  EXPECT_EQ(engine_->counters().calls, 5);
}

TEST_F(StepTest, EmptyCallIsNoCall) {
  engine_->AddSource(PairSource("t"));
  EXPECT_TRUE(engine_->Accept("t", {}).ok());
  EXPECT_TRUE(engine_->Accept("t", {Batch({})}).ok());
  EXPECT_EQ(engine_->counters().calls, 0);
  EXPECT_EQ(engine_->Accept("nobody", {Batch({{1, 1}})}).error().code(), ErrorCode::kTableNotFound);
}

TEST_F(StepTest, NoRoomMeansNothingAccepted) {
  Open(Manual(4, 0.01));
  engine_->AddSource(PairSource("t"));
  Accept("t", {{1, 1}, {2, 2}, {3, 3}});
  const Status refused = engine_->Accept("t", {Batch({{4, 4}, {5, 5}})});
  EXPECT_EQ(refused.error().code(), ErrorCode::kIngestionFailed);
  Accept("t", {{4, 4}});
  EXPECT_TRUE(engine_->FactsOf("t")->is_full);
  engine_->StepNow();
  EXPECT_FALSE(engine_->FactsOf("t")->is_full);
  EXPECT_EQ(engine_->FactsOf("t")->total_rows, 4);
  EXPECT_EQ(Ask(SpecBuilder().Source("t").Above(INT64_MIN).Build()).size(), 4u);
  // A call larger than the buffer goes into an empty one.
  Accept("t", std::vector<Row>(10, Row{9, 9}));
  EXPECT_EQ(engine_->FactsOf("t")->pending_rows, 10);
}

TEST_F(StepTest, AWaiterGetsRoomFromAStep) {
  Open(Manual(1, 3600));
  engine_->AddSource(PairSource("t"));
  Accept("t", {{1, 1}});
  std::thread waiter([&] { EXPECT_TRUE(engine_->Accept("t", {Batch({{2, 2}})}).ok()); });
  while (engine_->counters().calls < 2) engine_->StepNow();
  waiter.join();
}

TEST_F(StepTest, TheSourceGoesWhileACallWaitsForRoom) {
  Open(Manual(1, 3600));
  engine_->AddSource(PairSource("t"));
  Accept("t", {{1, 1}});
  std::latch started(1);
  Status answer;
  std::thread waiter([&] {
    started.count_down();
    answer = engine_->Accept("t", {Batch({{2, 2}})});
  });
  started.wait();
  engine_->RemoveSource("t", Error(ErrorCode::kSubscriptionClosed, "gone"));
  waiter.join();
  // The step that RemoveSource runs may have made room just before.
  if (!answer.ok()) {
    EXPECT_EQ(answer.error().code(), ErrorCode::kTableNotFound);
  }
}

TEST_F(StepTest, ShutdownRefusesWaitersAndCarriesWhatWasAccepted) {
  Open(Manual(2, 3600));
  engine_->AddSource(PairSource("t"));
  AddStream("s", SpecBuilder().Source("t").CountByKey().Build());
  const auto cursor = Subscribe("s");
  Accept("t", {{1, 1}, {1, 2}});
  std::vector<std::thread> threads;
  std::latch started(2);
  threads.emplace_back([&] {
    started.count_down();
    EXPECT_EQ(engine_->Accept("t", {Batch({{2, 2}, {2, 2}})}).error().code(), ErrorCode::kShutdown);
  });
  threads.emplace_back([&] {
    started.count_down();
    Bag all;
    while (std::optional<Change> change = cursor->Next(std::nullopt, nullptr)) AddTo(&all, *change);
    EXPECT_EQ(all, (Bag{{{1, 2}, 1}}));
  });
  started.wait();
  engine_->Shutdown();
  engine_->Shutdown();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(engine_->Accept("t", {Batch({{1, 1}})}).error().code(), ErrorCode::kShutdown);
  EXPECT_EQ(engine_->Announce("t", 1, 5).error().code(), ErrorCode::kShutdown);
  EXPECT_EQ(ContentsOf("s"), (Bag{{{1, 2}, 1}})) << "what is there can still be asked for";
  const auto late = engine_->AddStream({"late", true}, SpecBuilder().Source("t").CountByKey().Build());
  EXPECT_EQ(late.status().error().code(), ErrorCode::kShutdown) << "nobody would ever end it";
}

TEST_F(StepTest, ShutdownAgainstInserts) {
  for (int round = 0; round < 20; ++round) {
    Open({});
    engine_->AddSource(PairSource("t"));
    AddStream("s", SpecBuilder().Source("t").CountByKey().Build());
    const auto cursor = Subscribe("s");
    std::atomic<int64_t> accepted{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&] {
        while (engine_->Accept("t", {Batch({{7, 7}})}).ok()) ++accepted;
      });
    }
    while (accepted < 10) std::this_thread::yield();
    engine_->Shutdown();
    for (std::thread& thread : threads) thread.join();
    bool ended = false;
    EXPECT_EQ(Drain(*cursor, &ended), (Bag{{{7, accepted}, 1}}));
    EXPECT_TRUE(ended);
  }
}

TEST_F(StepTest, AFailedStreamFailsItsReadersOnly) {
  engine_->AddSource(PairSource("t"));
  const auto script = std::make_shared<ProbeScript>();
  script->on_push = [](int push) {
    if (push == 2) throw std::bad_alloc();
  };
  AddStream("bad", SpecBuilder().Source("t").Add(std::make_unique<Probe>(script)).CountByKey().Build());
  AddStream("over_bad", SpecBuilder().Stream("bad").CountByValue().Build());
  AddStream("good", SpecBuilder().Source("t").CountByKey().Build());
  const auto bad = Subscribe("bad");
  const auto over_bad = Subscribe("over_bad");
  const auto good = Subscribe("good");
  Accept("t", {{1, 1}});
  Accept("t", {{1, 2}});
  Accept("t", {{1, 3}});
  for (const auto& cursor : {bad, over_bad}) {
    bool ended = false;
    EXPECT_TRUE(cursor->TryNext(&ended)) << "what came before the failure is still there";
    try {
      cursor->TryNext(&ended);
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInternalError);
    }
    EXPECT_FALSE(cursor->TryNext(&ended));
    EXPECT_TRUE(ended);
  }
  EXPECT_EQ(Drain(*good), (Bag{{{1, 3}, 1}}));
  for (const std::string name : {"bad", "over_bad"}) {
    EXPECT_THROW(ContentsOf(name), Error) << "contents that cannot be trusted are not shown";
    EXPECT_THROW(Subscribe(name), Error);
    EXPECT_FALSE(engine_->AddStream({"on_" + name, true}, SpecBuilder().Stream(name).CountByKey().Build()).ok());
  }
  EXPECT_EQ(ContentsOf("good"), (Bag{{{1, 3}, 1}}));
  EXPECT_EQ(script->pushes, 2) << "a failed stream is not pushed to any more";
}

TEST_F(StepTest, ManyThreadsOneTotal) {
  EngineOptions options;
  options.buffer_size = 8;  // waits and hand-overs all the time
  Open(options);
  engine_->AddSource(PairSource("t"));
  AddStream("s", SpecBuilder().Source("t").CountByKey().Build());
  const auto cursor = Subscribe("s");
  constexpr int64_t kCalls = 500;
  std::vector<std::thread> threads;
  for (int64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int64_t i = 0; i < kCalls; ++i) {
        Accept("t", {{t, i}});
        if (i % 100 == 0) {
          const Bag mine = ContentsOf("s");
          EXPECT_TRUE(mine.contains({t, i + 1})) << "read your writes";
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Bag expected{{{0, kCalls}, 1}, {{1, kCalls}, 1}, {{2, kCalls}, 1}, {{3, kCalls}, 1}};
  engine_->Synchronize();
  EXPECT_EQ(Drain(*cursor), expected);
  EXPECT_EQ(ContentsOf("s"), expected);
  EXPECT_EQ(engine_->counters().ingested, 4 * kCalls);
  EXPECT_EQ(engine_->counters().processed, 4 * kCalls);
  EXPECT_EQ(engine_->FactsOf("t")->total_rows, 4 * kCalls);
}

TEST_F(StepTest, LargeAndSmallCallsMix) {
  engine_->AddSource(PairSource("t"));
  AddStream("s", SpecBuilder().Source("t").CountByKey().Build());
  std::vector<std::thread> threads;
  for (const int64_t size : {1, 600, 5000}) {
    threads.emplace_back([&, size] {
      for (int i = 0; i < 10; ++i) Accept("t", std::vector<Row>(static_cast<size_t>(size), Row{size, 1}));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ContentsOf("s"), (Bag{{{1, 10}, 1}, {{600, 6000}, 1}, {{5000, 50000}, 1}}));
  EXPECT_EQ(ContentsOf("s"), Ask(SpecBuilder().Source("t").CountByKey().Build()));
}

}  // namespace
}  // namespace laminar
