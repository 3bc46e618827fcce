// Nodes that several streams share: run once, referred to by whoever reads them, gone with the last of those.
#include <thread>

#include "engine_test.h"

namespace laminar {
namespace {

class SharedNodesTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    engine_->AddSource(PairSource("t"));
  }
  /// k, count(*) of what the probe has seen; the probe is part of the shared node.
  SpecBuilder Counted(const std::string& text = "count", const std::string& source = "t") {
    SpecBuilder builder;
    builder.Source(source).Add(std::make_unique<Probe>(script_)).CountByKey().Shared(text);
    return builder;
  }
  std::shared_ptr<Stream> AddUnnamed(DataflowSpec spec, std::shared_ptr<ChangelogCursor>* cursor) {
    return ValueOrThrow(engine_->AddStream({"SELECT", false}, std::move(spec), cursor, {.snapshot = true}));
  }
  void Remove(const std::string& name) { engine_->RemoveStream(engine_->FindStream(name), std::nullopt); }
  /// Operators with the probe's script that are alive, beside the test's own reference.
  int64_t probes() const { return script_.use_count() - 1; }

  const Error dropped_{ErrorCode::kSubscriptionClosed, "dropped"};
  std::shared_ptr<ProbeScript> script_ = std::make_shared<ProbeScript>();
};

TEST_F(SharedNodesTest, EqualNodesRunOnce) {
  Accept("t", {{1, 0}, {2, 0}});
  for (int i = 0; i < 1000; ++i) AddStream("s" + std::to_string(i), Counted().Build());
  EXPECT_EQ(engine_->shared_nodes(), 1u);
  EXPECT_EQ(probes(), 1);
  Accept("t", {{1, 0}});
  engine_->Synchronize();
  EXPECT_EQ(script_->seen.size(), 3u);
  for (const char* name : {"s0", "s1", "s999"}) EXPECT_EQ(ContentsOf(name), (Bag{{{1, 2}, 1}, {{2, 1}, 1}})) << name;
}

TEST_F(SharedNodesTest, WhatDiffersInAnythingIsNotShared) {
  engine_->AddSource(PairSource("u"));
  AddStream("a", Counted().Build());
  AddStream("other_text", Counted("other").Build());
  EXPECT_EQ(engine_->shared_nodes(), 2u);
  AddStream("other_source", Counted("count", "u").Build());
  EXPECT_EQ(engine_->shared_nodes(), 3u);
  DataflowSpec columns = Counted().Build();
  columns.inputs[0].columns = {1, 0};
  AddStream("other_columns", std::move(columns));
  EXPECT_EQ(engine_->shared_nodes(), 4u);
  DataflowSpec lines = Counted().Line({"t"}).Build();
  lines.inputs[0].line = 0;
  AddStream("other_lines", std::move(lines));
  EXPECT_EQ(engine_->shared_nodes(), 5u);
  AddStream("equal", Counted().Build());
  EXPECT_EQ(engine_->shared_nodes(), 5u);
}

/// What the cursor delivers before the error that ends it.
Bag UpToTheEnd(ChangelogCursor& cursor, std::string* why) {
  Bag bag;
  try {
    bool ended = false;
    while (std::optional<Change> change = cursor.TryNext(&ended)) AddTo(&bag, *change);
    ADD_FAILURE() << "no reason given";
  } catch (const Error& error) {
    *why = error.what();
  }
  return bag;
}

// A source dropped and made again under its name is another one; nothing of the first is left.
TEST_F(SharedNodesTest, ASourceThatIsDroppedTakesItsNodesAlong) {
  std::shared_ptr<ChangelogCursor> cursor;
  AddUnnamed(Counted().Build(), &cursor);
  Accept("t", {{1, 0}});
  engine_->RemoveSource("t", dropped_);
  EXPECT_EQ(engine_->shared_nodes(), 0u);
  EXPECT_EQ(probes(), 0);
  std::string why;
  EXPECT_EQ(UpToTheEnd(*cursor, &why), (Bag{{{1, 1}, 1}}));
  EXPECT_EQ(why, "dropped");
  engine_->AddSource(PairSource("t"));
  AddStream("again", Counted().Build());
  EXPECT_EQ(ContentsOf("again"), Bag());
}

TEST_F(SharedNodesTest, TheLastReaderTakesTheStateAlong) {
  std::shared_ptr<ChangelogCursor> cursor;
  AddStream("first", Counted().Build());
  AddStream("second", Counted().Build());
  const std::shared_ptr<Stream> subscription = AddUnnamed(Counted().Build(), &cursor);
  Accept("t", {{1, 0}});
  Remove("first");
  EXPECT_EQ(engine_->shared_nodes(), 1u);
  Accept("t", {{1, 0}});
  EXPECT_EQ(ContentsOf("second"), (Bag{{{1, 2}, 1}}));
  Remove("second");
  Accept("t", {{2, 0}});
  EXPECT_EQ(Drain(*cursor), (Bag{{{1, 2}, 1}, {{2, 1}, 1}}));
  EXPECT_EQ(probes(), 1);
  engine_->RemoveStream(subscription, std::nullopt);
  EXPECT_EQ(engine_->shared_nodes(), 0u);
  EXPECT_EQ(probes(), 0) << "the subscriber still has its stream, but not the state";
  Accept("t", {{2, 0}});
  EXPECT_EQ(script_->seen.size(), 3u);
  AddStream("anew", Counted().Build());
  EXPECT_EQ(ContentsOf("anew"), (Bag{{{1, 2}, 1}, {{2, 2}, 1}}));
}

// What stands above a shared node may be shared as well: each is one reference to what it reads.
TEST_F(SharedNodesTest, NodesOverNodes) {
  const auto twice = [&](const std::string& text) { return Counted().CountByValue().Shared(text).Build(); };
  AddStream("a", twice("counts"));
  AddStream("b", twice("counts"));
  EXPECT_EQ(engine_->shared_nodes(), 2u);
  AddStream("c", Counted().Build());
  AddStream("d", twice("other"));
  EXPECT_EQ(engine_->shared_nodes(), 3u);
  Accept("t", {{1, 0}, {1, 0}, {2, 0}, {3, 0}});
  EXPECT_EQ(script_->seen.size(), 4u);
  EXPECT_EQ(ContentsOf("b"), (Bag{{{2, 1}, 1}, {{1, 2}, 1}}));
  EXPECT_EQ(ContentsOf("d"), ContentsOf("b"));
  Remove("a");
  Remove("d");
  EXPECT_EQ(engine_->shared_nodes(), 2u);
  Remove("c");
  EXPECT_EQ(engine_->shared_nodes(), 2u) << "b reads it still";
  Remove("b");
  EXPECT_EQ(engine_->shared_nodes(), 0u);
  EXPECT_EQ(probes(), 0);
}

TEST_F(SharedNodesTest, AStreamOverOneThatSharesGoesByItsName) {
  AddStream("a", Counted().Build());
  AddStream("b", Counted().Build());
  const auto over = [](const std::string& name) {
    return SpecBuilder().Stream(name).CountByValue().Shared("over").Build();
  };
  AddStream("over_a", over("a"));
  AddStream("over_b", over("b"));
  EXPECT_EQ(engine_->shared_nodes(), 3u) << "a and b are two relations: one may be dropped without the other";
  Accept("t", {{1, 0}});
  EXPECT_EQ(ContentsOf("over_b"), (Bag{{{1, 1}, 1}}));
  engine_->RemoveStream(engine_->FindStream("a"), dropped_);
  EXPECT_EQ(engine_->FindStream("over_a"), nullptr);
  EXPECT_EQ(engine_->shared_nodes(), 2u);
  Accept("t", {{1, 0}});
  EXPECT_EQ(ContentsOf("over_b"), (Bag{{{2, 1}, 1}}));
}

// Changes are made for those who listen, and counted for them alone: as if each stream had the node to itself.
TEST_F(SharedNodesTest, OnlyStreamsThatSomebodyListensToGetChanges) {
  const auto silent = AddStream("silent", Counted().Build());
  const auto heard = AddStream("heard", Counted().Build());
  Accept("t", {{1, 0}});
  EXPECT_EQ(heard->total_rows, 0);
  const auto cursor = Subscribe("heard");
  Accept("t", {{1, 0}, {2, 0}});
  engine_->Synchronize();
  EXPECT_EQ(heard->total_rows, 3);
  EXPECT_EQ(silent->total_rows, 0);
  EXPECT_EQ(Drain(*cursor), (Bag{{{1, 2}, 1}, {{2, 1}, 1}}));
  cursor->Cancel();
  Accept("t", {{1, 0}});
  engine_->Synchronize();
  EXPECT_EQ(heard->total_rows, 3);
  EXPECT_EQ(ContentsOf("silent"), (Bag{{{1, 3}, 1}, {{2, 1}, 1}}));
}

TEST_F(SharedNodesTest, AFailureIsThatOfAllReadersAndOfNobodyElse) {
  AddStream("a", Counted().Build());
  AddStream("b", Counted().CountByValue().Shared("counts").Build());
  AddStream("other", SpecBuilder().Source("t").CountByKey().Shared("without a probe").Build());
  const auto of_a = Subscribe("a");
  const auto of_b = Subscribe("b");
  script_->on_push = [](int) { throw std::runtime_error("no memory"); };
  Accept("t", {{1, 0}});
  std::string of_first, of_second;
  EXPECT_EQ(UpToTheEnd(*of_a, &of_first), Bag());
  EXPECT_EQ(UpToTheEnd(*of_b, &of_second), Bag());
  EXPECT_THAT(of_first, ::testing::HasSubstr("Probe failed: no memory"));
  EXPECT_EQ(of_second, of_first) << "a shared node has no name to speak of";
  EXPECT_EQ(ContentsOf("other"), (Bag{{{1, 1}, 1}}));
  script_->on_push = nullptr;
  AddStream("c", Counted().Build());
  EXPECT_EQ(ContentsOf("c"), (Bag{{{1, 1}, 1}})) << "who comes later gets a node that is filled anew";
  Remove("a");
  Remove("b");
  Accept("t", {{1, 0}});
  EXPECT_EQ(ContentsOf("c"), (Bag{{{1, 2}, 1}}));
}

TEST_F(SharedNodesTest, AFailureWhileANodeIsFilledLeavesNothingBehind) {
  Accept("t", {{1, 0}});
  script_->on_push = [](int) { throw std::runtime_error("no"); };
  EXPECT_FALSE(engine_->AddStream({"a", true}, Counted().Build()).ok());
  EXPECT_EQ(engine_->shared_nodes(), 0u);
  EXPECT_EQ(probes(), 0);
  // Likewise when the node is there and what reads it fails.
  script_->on_push = nullptr;
  const auto failing = std::make_shared<ProbeScript>();
  failing->on_push = [](int) { throw std::runtime_error("no"); };
  SpecBuilder above = Counted();
  above.Add(std::make_unique<Probe>(failing));
  EXPECT_FALSE(engine_->AddStream({"b", true}, above.Build()).ok());
  EXPECT_EQ(engine_->shared_nodes(), 0u);
  EXPECT_EQ(probes(), 0);
}

// Two threads fill the same node at the same time: the second to be ready takes that of the first.
TEST_F(SharedNodesTest, TwoThatFillTheSameNodeEndWithOne) {
  std::vector<Row> history;
  for (int64_t i = 0; i < 20'000; ++i) history.push_back({i % 7, i});  // more than is read under the step lock
  Accept("t", history);
  bool inside = false;
  script_->on_push = [&](int) {
    if (std::exchange(inside, true)) return;
    std::thread([&] { AddStream("b", Counted().Build()); }).join();
  };
  AddStream("a", Counted().Build());
  EXPECT_EQ(engine_->shared_nodes(), 1u);
  EXPECT_EQ(probes(), 1);
  Accept("t", {{100, 0}});
  EXPECT_EQ(ContentsOf("a"), ContentsOf("b"));
  EXPECT_EQ(ContentsOf("a").at({100, 1}), 1);
}

// The last reader goes while another one is being filled: the node stays for that one.
TEST_F(SharedNodesTest, ANodeIsHeldForWhoIsBeingFilled) {
  AddStream("a", Counted().Build());
  Accept("t", {{1, 0}, {2, 0}});
  const auto above = std::make_shared<ProbeScript>();
  bool gone = false;
  above->on_push = [&](int) {
    if (std::exchange(gone, true)) return;
    std::thread([&] {
      Remove("a");
      Accept("t", {{1, 0}});
    }).join();
  };
  SpecBuilder spec = Counted();
  spec.Add(std::make_unique<Probe>(above)).CountByValue();
  AddStream("b", spec.Build());
  EXPECT_TRUE(gone);
  EXPECT_EQ(engine_->shared_nodes(), 1u);
  EXPECT_EQ(script_->seen.size(), 3u) << "nothing was read twice";
  EXPECT_EQ(ContentsOf("b"), (Bag{{{2, 1}, 1}, {{1, 1}, 1}}));
  Remove("b");
  EXPECT_EQ(engine_->shared_nodes(), 0u);
}

// Readers come and go from several threads while rows are inserted: each sees a whole epoch, and the last one leaves
// nothing behind.
TEST_F(SharedNodesTest, ReadersComeAndGoWhileRowsCome) {
  constexpr int kThreads = 3, kReaders = 40;
  std::atomic<bool> over = false;
  std::thread writer([&] {
    for (int64_t i = 0; !over; ++i) Accept("t", {{i % 5, i}, {(i + 1) % 5, i}});
  });
  std::vector<std::thread> readers;
  for (int t = 0; t < kThreads; ++t) {
    readers.emplace_back([&, t] {
      for (int i = 0; i < kReaders; ++i) {
        std::shared_ptr<ChangelogCursor> cursor;
        SpecBuilder spec;
        spec.Source("t").CountByKey().Shared("count");
        if ((i + t) % 2 == 0) spec.CountByValue().Shared("counts");
        const std::shared_ptr<Stream> stream = AddUnnamed(spec.Build(), &cursor);
        engine_->Synchronize();
        int64_t rows = 0;
        for (const auto& [row, weight] : Drain(*cursor)) {
          EXPECT_GT(weight, 0) << "the changes take back what was never there";
          rows += (i + t) % 2 == 0 ? row.first * row.second * weight : row.second * weight;
        }
        EXPECT_EQ(rows % 2, 0) << "half a call";
        engine_->RemoveStream(stream, std::nullopt);
      }
    });
  }
  for (std::thread& reader : readers) reader.join();
  over = true;
  writer.join();
  EXPECT_EQ(engine_->shared_nodes(), 0u);
}

// What was set aside counts for every stream over the node, also for one that comes later, and is listed under each.
TEST_F(SharedNodesTest, RowsLeftOutCountForEveryReader) {
  const auto quotients = [](const std::string& text) {
    std::vector<ExpressionPtr> columns;
    columns.push_back(ColumnAt(0));
    std::vector<ExpressionPtr> operands;
    operands.push_back(Expression::MakeConstant(Value::BigInt(100)));
    operands.push_back(ColumnAt(1));
    columns.push_back(FunctionRegistry::Get().BindScalar("/", std::move(operands), "", {}));
    return SpecBuilder()
        .Source("t")
        .Add(std::make_unique<Project>(std::move(columns)))
        .CountByKey()
        .Shared(text)
        .Build();
  };
  const auto early = AddStream("early", quotients("shared"));
  const auto alone = AddStream("alone", quotients("another"));
  Accept("t", {{1, 5}, {1, 0}, {2, 0}});
  const auto late = AddStream("late", quotients("shared"));
  Accept("t", {{3, 0}});
  engine_->Synchronize();
  EXPECT_EQ(engine_->shared_nodes(), 2u);
  for (const auto& stream : {early, alone, late}) EXPECT_EQ(stream->error_rows(), 3) << stream->name();
  std::map<std::string, int> listed;
  for (const ErrorEntry& entry : engine_->errors().entries()) ++listed[entry.stream];
  EXPECT_EQ(listed, (std::map<std::string, int>{{"early", 3}, {"alone", 3}, {"late", 3}}));
}

}  // namespace
}  // namespace laminar
