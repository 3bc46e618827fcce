// HashIndex, GroupTable and HashAggregate alone: what a row costs at a thousand and at a million groups.
#include <benchmark/benchmark.h>

#include <memory>
#include <random>
#include <vector>

#include "../tests/cpp/exec/aggregate_test_support.h"
#include "exec/hash_aggregate.h"
#include "state/group_table.h"
#include "state/hash_index.h"

namespace laminar {
namespace {

constexpr uint32_t kBatch = 10'000;
constexpr int64_t kRows = 10'000'000;

std::vector<int64_t> UniformKeys(int64_t groups, int64_t spread = 7919) {
  std::mt19937_64 random(7);
  std::vector<int64_t> keys(kRows);
  for (int64_t& key : keys) key = static_cast<int64_t>(random() % static_cast<uint64_t>(groups)) * spread;
  return keys;
}

Delta Batch(const std::vector<int64_t>& keys, const std::vector<int64_t>& values, size_t begin) {
  Delta delta;
  delta.rows = kBatch;
  delta.columns = {{keys.data() + begin, nullptr}, {values.data() + begin, nullptr}};
  return delta;
}

void BM_HashIndexInsertFind(benchmark::State& state) {
  const uint32_t entries = static_cast<uint32_t>(state.range(0));
  for (auto _ : state) {
    HashIndex index;
    for (uint32_t i = 0; i < entries; ++i) {
      index.Reserve(1);
      index.Insert(i * 2654435761u, i);
    }
    uint64_t sum = 0;
    for (uint32_t i = 0; i < entries; ++i) sum += index.probe().Near(i * 2654435761u);
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * entries);
}
BENCHMARK(BM_HashIndexInsertFind)->Arg(1'000)->Arg(1'000'000);

void BM_GroupTableFind(benchmark::State& state) {
  const std::vector<int64_t> keys = UniformKeys(state.range(0), state.range(1));
  GroupTable table(std::make_shared<GroupLayout>(std::vector<DataType>{TypeId::kInt64}, 24));
  std::vector<uint32_t> slots(kBatch);
  std::vector<uint8_t*> rows(kBatch);
  const Column column{keys.data(), nullptr};
  for (uint32_t begin = 0; begin < kRows; begin += kBatch) {
    table.FindOrInsert({&column, 1}, {nullptr, begin, kBatch}, slots.data(), rows.data());
  }
  for (auto _ : state) {
    for (uint32_t begin = 0; begin < kRows; begin += kBatch) {
      table.FindOrInsert({&column, 1}, {nullptr, begin, kBatch}, slots.data(), rows.data());
    }
    benchmark::DoNotOptimize(rows.data());
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(BM_GroupTableFind)
    ->ArgNames({"groups", "spread"})
    ->Args({1'000, 1})
    ->Args({1'000, 7919})
    ->Args({1'000'000, 7919})
    ->Unit(benchmark::kMillisecond);

/// sum and count per key, a step each batch; range(1): 0 nobody listens, 1 every change is emitted, 2 one-shot;
/// range(2): how far keys are apart.
void BM_HashAggregate(benchmark::State& state) {
  const std::vector<int64_t> keys = UniformKeys(state.range(0), state.range(2));
  const std::vector<int64_t> values = UniformKeys(1000);
  HashAggregateSpec spec;
  spec.keys = {0};
  spec.input_types = {TypeId::kInt64, TypeId::kInt64};
  spec.aggregates = {{testing::FindAggregate("sum", TypeId::kInt64), {1}, false, -1, TypeId::kInt64},
                     {testing::FindAggregate("count"), {}, false, -1, TypeId::kInt64}};
  testing::CountingOutput output;
  output.is_wanted = state.range(1) != 0;
  const std::vector<WatermarkLine> lines;
  const bool one_shot = state.range(1) == 2;
  for (auto _ : state) {
    HashAggregate aggregate(spec);
    Step step(1, 0, one_shot ? StepMode::kBatch : StepMode::kContinuous, lines, nullptr);
    for (int64_t begin = 0; begin < kRows; begin += kBatch) {
      if (!aggregate.Push(step, 0, Batch(keys, values, static_cast<size_t>(begin)), output).ok())
        state.SkipWithError("push");
      if (!one_shot && !aggregate.Flush(step, output).ok()) state.SkipWithError("flush");
    }
    if (one_shot && !aggregate.Flush(step, output).ok()) state.SkipWithError("flush");
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(BM_HashAggregate)
    ->ArgNames({"groups", "mode", "spread"})
    ->ArgsProduct({{1'000, 1'000'000}, {0, 1, 2}, {7919}})
    ->Args({1'000, 0, 1})
    ->Unit(benchmark::kMillisecond);

/// One row a step, every change emitted: what a single event costs in state.
void BM_HashAggregateOneRow(benchmark::State& state) {
  const std::vector<int64_t> keys = UniformKeys(1000);
  HashAggregateSpec spec;
  spec.keys = {0};
  spec.input_types = {TypeId::kInt64, TypeId::kInt64};
  spec.aggregates = {{testing::FindAggregate("sum", TypeId::kInt64), {1}, false, -1, TypeId::kInt64},
                     {testing::FindAggregate("count"), {}, false, -1, TypeId::kInt64}};
  testing::CountingOutput output;
  const std::vector<WatermarkLine> lines;
  HashAggregate aggregate(spec);
  size_t at = 0;
  for (auto _ : state) {
    Step step(1, 0, StepMode::kContinuous, lines, nullptr);
    Delta delta = Batch(keys, keys, at);
    delta.rows = 1;
    at = (at + 1) % keys.size();
    if (!aggregate.Push(step, 0, delta, output).ok() || !aggregate.Flush(step, output).ok())
      state.SkipWithError("step");
  }
}
BENCHMARK(BM_HashAggregateOneRow);

}  // namespace
}  // namespace laminar

BENCHMARK_MAIN();
