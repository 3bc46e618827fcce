// Several sources and tables in one call: one epoch, all of it or nothing.
#include <random>
#include <thread>

#include "engine_test.h"
#include "exec/union.h"

namespace laminar {
namespace {

DataflowSpec UnionOf(const std::vector<std::string>& sources) {
  DataflowSpec spec;
  DataflowNode both;
  both.op = std::make_unique<Union>();
  for (const std::string& source : sources) {
    DataflowInput input;
    input.relation = source;
    input.columns = {0, 1};
    both.inputs.push_back({.from = ~static_cast<int>(spec.inputs.size())});
    spec.inputs.push_back(std::move(input));
  }
  spec.schema = Schema({{"k", TypeId::kInt64}, {"v", TypeId::kInt64}});
  spec.append_only = false;
  spec.nodes.push_back(std::move(both));
  return spec;
}

TEST(AcceptAll, EveryEpochHasAllOfACall) {
  EngineOptions options;
  options.buffer_size = 64;
  Engine engine(options);
  engine.AddSource(PairSource("a"));
  engine.AddSource(PairSource("b"));
  std::shared_ptr<ChangelogCursor> cursor;
  auto stream = engine.AddStream({"both", true}, UnionOf({"a", "b"}), &cursor);
  ASSERT_TRUE(stream.ok());
  constexpr int kThreads = 4;
  constexpr int kCalls = 300;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&engine, thread] {
      for (int call = 0; call < kCalls; ++call) {
        // Key −x in one, x in the other: they cancel in every epoch that has the whole call.
        const int64_t x = thread * kCalls + call + 1;
        const std::vector<Ref<RowBatch>> plus{Batch({{x, 1}, {x, 2}})};
        const std::vector<Ref<RowBatch>> minus{Batch({{-x, 1}}), Batch({{-x, 2}})};
        const CallPart parts[] = {{"a", plus}, {"b", minus}};
        EXPECT_TRUE(engine.AcceptAll(parts).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  engine.Synchronize();
  int64_t rows = 0;
  bool ended = false;
  while (std::optional<Change> change = cursor->TryNext(&ended)) {
    const Delta delta = change->rows->delta();
    int64_t sum = 0;
    for (uint32_t i = 0; i < delta.size(); ++i) {
      sum += delta.columns[0].data<int64_t>()[delta.RowAt(i)] * delta.WeightAt(delta.RowAt(i));
    }
    EXPECT_EQ(sum, 0) << "a part of a call is in epoch " << change->epoch;
    rows += delta.size();
  }
  EXPECT_EQ(rows, kThreads * kCalls * 4);
}

TEST(AcceptAll, ACallToASourceThatIsNotThereLeavesTheOthersAlone) {
  EngineOptions options;
  options.manual_steps = true;
  Engine engine(options);
  engine.AddSource(PairSource("a"));
  const std::vector<Ref<RowBatch>> rows{Batch({{1, 1}})};
  const CallPart parts[] = {{"a", rows}, {"nowhere", rows}};
  const Status status = engine.AcceptAll(parts);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), ErrorCode::kTableNotFound);
  EXPECT_EQ(engine.FactsOf("a")->pending_rows, 0);
}

TEST(AcceptAll, NoRoomInOneIsNoRoomForAll) {
  EngineOptions options;
  options.manual_steps = true;
  options.buffer_size = 2;
  options.backpressure_timeout = 0.01;
  Engine engine(options);
  engine.AddSource(PairSource("a"));
  engine.AddSource(PairSource("b"));
  ASSERT_TRUE(engine.Accept("b", {Batch({{1, 1}, {2, 2}})}).ok());
  const std::vector<Ref<RowBatch>> rows{Batch({{1, 1}})};
  const CallPart parts[] = {{"a", rows}, {"b", rows}};
  const Status status = engine.AcceptAll(parts);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), ErrorCode::kIngestionFailed);
  EXPECT_EQ(engine.FactsOf("a")->pending_rows, 0);
  engine.StepNow();
  EXPECT_TRUE(engine.AcceptAll(parts).ok());
}

TEST(Table, KeepsItsRowsAndNoHistory) {
  EngineOptions options;
  options.manual_steps = true;
  Engine engine(options);
  const Schema schema({{"k", TypeId::kInt64}, {"v", TypeId::kInt64}});
  ASSERT_TRUE(engine.AddTable("t", schema, {0}).ok());
  ASSERT_TRUE(engine.Accept("t", {Batch({{1, 10}, {2, 20}})}).ok());
  RowBatchBuilder change(PairTypes());
  for (const auto& [v, weight] : {std::pair<int64_t, int64_t>{10, -1}, {11, 1}}) {
    change.SetInt(0, 1);
    change.SetInt(1, v);
    change.FinishRow(weight);
  }
  ASSERT_TRUE(engine.Accept("t", {change.Finish()}).ok());
  engine.Settle();
  uint32_t rows = 0;
  ASSERT_TRUE(engine.ReadTable("t", [&](const KeyedRows& state) { rows = state.size(); }).ok());
  EXPECT_EQ(rows, 2u);
  // A stream that comes now starts from the rows, not from the calls.
  DataflowSpec spec = UnionOf({"t"});
  spec.inputs[0].kind = DataflowInput::Kind::kStream;
  std::shared_ptr<ChangelogCursor> cursor;
  ASSERT_TRUE(engine.AddStream({"late", true}, std::move(spec), &cursor, {.snapshot = true}).ok());
  bool ended = false;
  Bag bag;
  while (std::optional<Change> item = cursor->TryNext(&ended)) AddTo(&bag, *item);
  EXPECT_EQ(bag, (Bag{{{1, 11}, 1}, {{2, 20}, 1}}));
}

}  // namespace
}  // namespace laminar
