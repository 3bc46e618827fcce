// Streams that come late, and streams and sources that go.
#include <thread>

#include "engine_test.h"

namespace laminar {
namespace {

class AttachTest : public EngineTest {
 protected:
  DataflowSpec Probed(SpecBuilder& builder, const std::shared_ptr<ProbeScript>& script, int line = -1) {
    return builder.Add(std::make_unique<Probe>(script, line), line).Build();
  }
  static std::vector<int64_t> Values(const ProbeScript& script) {
    std::vector<int64_t> values;
    for (const auto& seen : script.seen) values.push_back(seen.row.second);
    return values;
  }
  static std::vector<int64_t> UpTo(int64_t count) {
    std::vector<int64_t> values;
    for (int64_t i = 1; i <= count; ++i) values.push_back(i);
    return values;
  }
};

TEST_F(AttachTest, StreamStartsFromHistory) {
  engine_->AddSource(PairSource("t"));
  for (int64_t i = 1; i <= 100; ++i) Accept("t", {{i % 3, i}});
  const auto script = std::make_shared<ProbeScript>();
  AddStream("s", Probed(SpecBuilder().Source("t"), script));
  Accept("t", {{0, 101}});
  engine_->Synchronize();
  EXPECT_EQ(Values(*script), UpTo(101));
  for (size_t i = 0; i < script->seen.size(); ++i) EXPECT_EQ(script->seen[i].sequence, i + 1);
}

// Rows come in while the history is read, round after round: none is lost, none comes twice, and each keeps its place.
TEST_F(AttachTest, RowsThatComeDuringBackfillFromASource) {
  engine_->AddSource(PairSource("t"));
  constexpr int64_t kHistory = 20'000;  // more than what is read under the step lock
  std::vector<Row> history;
  for (int64_t i = 1; i <= kHistory; ++i) history.push_back({0, i});
  Accept("t", history);
  int64_t next = kHistory;
  const auto script = std::make_shared<ProbeScript>();
  bool attached = false;
  script->on_push = [&](int push) {
    // As other threads would, between two rounds; the last round runs under the step lock and lets nobody in.
    if (attached || push > 2) return;
    std::vector<Row> rows;
    for (int i = 0; i < 9000; ++i) rows.push_back({0, ++next});
    std::thread([&] { Accept("t", rows); }).join();
  };
  AddStream("s", Probed(SpecBuilder().Source("t"), script));
  attached = true;
  Accept("t", {{0, ++next}});
  engine_->Synchronize();
  EXPECT_EQ(next, kHistory + 18'001);
  EXPECT_EQ(Values(*script), UpTo(next));
}

// Likewise from a stream that keeps nothing: what is pushed while catching up carries the marks that it would carry
// live.
TEST_F(AttachTest, RowsThatComeDuringBackfillFromAStream) {
  engine_->AddSource(PairSource("t", 1));
  AddStream("base", SpecBuilder().Source("t").Above(0).Build());
  for (int64_t i = 1; i <= 10; ++i) Accept("t", {{0, i}});
  const auto script = std::make_shared<ProbeScript>();
  bool attached = false;
  script->on_push = [&](int push) {
    if (push != 1 || attached) return;
    for (int64_t i = 11; i <= 20; ++i) Accept("t", {{0, i}});
  };
  AddStream("late", Probed(SpecBuilder().Stream("base").Line({"t"}), script, 0));
  attached = true;
  for (int64_t i = 21; i <= 30; ++i) Accept("t", {{0, i}});
  engine_->Synchronize();
  EXPECT_EQ(Values(*script), UpTo(30));
  for (size_t i = 0; i < script->seen.size(); ++i) {
    const ProbeScript::Seen& seen = script->seen[i];
    EXPECT_EQ(seen.sequence, i + 1) << "row " << i;
    EXPECT_EQ(seen.before, i == 0 ? kNoWatermark : static_cast<Timestamp>(i)) << "row " << i;
  }
}

TEST_F(AttachTest, ChangesThatComeDuringBackfillFromAnAggregation) {
  engine_->AddSource(PairSource("t"));
  AddStream("base", SpecBuilder().Source("t").CountByKey().Build());
  Accept("t", {{1, 0}, {2, 0}});
  const auto script = std::make_shared<ProbeScript>();
  bool attached = false;
  script->on_push = [&](int push) {
    if (push == 1 && !attached) Accept("t", {{1, 0}, {3, 0}});
  };
  AddStream("late", SpecBuilder().Stream("base").Add(std::make_unique<Probe>(script)).CountByValue().Build());
  attached = true;
  EXPECT_EQ(ContentsOf("late"), (Bag{{{2, 1}, 1}, {{1, 2}, 1}}));
  Accept("t", {{3, 0}});
  EXPECT_EQ(ContentsOf("late"), (Bag{{{2, 2}, 1}, {{1, 1}, 1}}));
  EXPECT_EQ(engine_->FindStream("base")->changelog()->pending_rows(), 0) << "catching up leaves no cursor behind";
  EXPECT_FALSE(engine_->FindStream("base")->changelog()->has_readers());
}

// Two sources under one line: the least of both, replayed in the order of the calls, over the seam between rounds.
TEST_F(AttachTest, LinesOfTwoSourcesAreReplayedInOrderOfCalls) {
  for (const bool late : {false, true}) {
    Open({});
    engine_->AddSource(PairSource("a", 1));
    engine_->AddSource(PairSource("b", 1));
    const auto script = std::make_shared<ProbeScript>();
    const auto add = [&] { AddStream("s", Probed(SpecBuilder().Source("a").Source("b").Line({"a", "b"}), script, 0)); };
    if (!late) add();
    Accept("a", {{0, 100}});
    Accept("b", {{1, 50}});
    Accept("a", {{0, 60}});
    Accept("b", {{1, 120}});
    ASSERT_TRUE(engine_->Announce("a", 1, 130).ok());
    Accept("a", {{0, 70}});
    if (late) add();
    Accept("b", {{1, 80}});
    Accept("a", {{0, 90}});
    engine_->Synchronize();
    std::map<int64_t, Timestamp> before;  // by event time
    for (const auto& seen : script->seen) before[seen.row.second] = seen.before;
    const std::map<int64_t, Timestamp> expected{{100, kNoWatermark}, {50, kNoWatermark}, {60, 50}, {120, 50},
                                                {70, 120},           {80, 120},          {90, 120}};
    EXPECT_EQ(before, expected) << (late ? "late" : "early");
  }
}

TEST_F(AttachTest, AFailureInBackfillLeavesNothingBehind) {
  engine_->AddSource(PairSource("t"));
  Accept("t", {{1, 1}});
  const auto script = std::make_shared<ProbeScript>();
  script->on_push = [](int) { throw std::runtime_error("no"); };
  const auto failed = engine_->AddStream({"s", true}, Probed(SpecBuilder().Source("t"), script));
  EXPECT_EQ(failed.status().error().code(), ErrorCode::kInternalError);
  EXPECT_EQ(engine_->FindStream("s"), nullptr);
  Accept("t", {{2, 2}});
  EXPECT_EQ(script->pushes, 1);
  EXPECT_FALSE(engine_->AddStream({"s", true}, SpecBuilder().Source("nobody").CountByKey().Build()).ok());
}

TEST_F(AttachTest, SubscriptionsGetWhatIsInFlightAndThenTheReason) {
  const Error reason(ErrorCode::kSubscriptionClosed, "dropped");
  engine_->AddSource(PairSource("t"));
  AddStream("s", SpecBuilder().Source("t").CountByKey().Build());
  std::shared_ptr<ChangelogCursor> of_source, of_stream;
  ValueOrThrow(engine_->AddStream({"q1", false}, SpecBuilder().Source("t").CountByKey().Build(), &of_source,
                                  {.snapshot = true}));
  ValueOrThrow(engine_->AddStream({"q2", false}, SpecBuilder().Stream("s").CountByValue().Build(), &of_stream,
                                  {.snapshot = true}));
  const auto of_s = Subscribe("s");
  Accept("t", {{1, 1}});
  engine_->RemoveStream(engine_->FindStream("s"), reason);
  Accept("t", {{1, 2}});
  engine_->RemoveSource("t", reason);
  const auto sum = [](ChangelogCursor& cursor) {
    Bag bag;
    try {
      bool ended = false;
      while (std::optional<Change> change = cursor.TryNext(&ended)) AddTo(&bag, *change);
      ADD_FAILURE() << "no reason given";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kSubscriptionClosed);
    }
    return bag;
  };
  EXPECT_EQ(sum(*of_s), (Bag{{{1, 1}, 1}}));
  EXPECT_EQ(sum(*of_stream), (Bag{{{1, 1}, 1}}));
  EXPECT_EQ(sum(*of_source), (Bag{{{1, 2}, 1}}));
  EXPECT_EQ(engine_->Accept("t", {Batch({{1, 1}})}).error().code(), ErrorCode::kTableNotFound);
}

TEST_F(AttachTest, ARemovedStreamCannotBeSubscribedTo) {
  engine_->AddSource(PairSource("t"));
  const std::shared_ptr<Stream> stream = AddStream("s", SpecBuilder().Source("t").Above(0).Build());
  engine_->RemoveStream(stream, std::nullopt);
  engine_->RemoveStream(stream, std::nullopt);
  EXPECT_EQ(engine_->Subscribe(stream).status().error().code(), ErrorCode::kSubscriptionClosed);
}

TEST_F(AttachTest, StreamsComeAndGoUnderInserts) {
  engine_->AddSource(PairSource("t"));
  AddStream("base", SpecBuilder().Source("t").CountByKey().Build());
  std::atomic<bool> stop{false};
  std::vector<std::thread> writers;
  for (int64_t t = 0; t < 2; ++t) {
    writers.emplace_back([&, t] {
      for (int64_t i = 0; !stop; ++i) Accept("t", {{(t + i) % 5, i}});
    });
  }
  for (int i = 0; i < 60; ++i) {
    std::shared_ptr<ChangelogCursor> cursor;
    SpecBuilder builder;
    const bool over_stream = i % 2 == 0;
    DataflowSpec spec =
        over_stream ? builder.Stream("base").Above(-1).Build() : builder.Source("t").CountByKey().Build();
    const auto stream = ValueOrThrow(engine_->AddStream({"q", false}, std::move(spec), &cursor, {.snapshot = true}));
    Bag all;
    uint64_t epoch = 0;
    for (int k = 0; k < 3; ++k) {
      std::optional<Change> change = cursor->Next(std::nullopt, nullptr);
      ASSERT_TRUE(change);
      ASSERT_GT(change->epoch, epoch);
      epoch = change->epoch;
      AddTo(&all, *change);
      for (const auto& [row, weight] : all) ASSERT_EQ(weight, 1) << "each key has one row, whenever one looks";
    }
    engine_->RemoveStream(stream, std::nullopt);
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
}

}  // namespace
}  // namespace laminar
