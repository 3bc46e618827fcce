// HashJoin alone: two sources of a million rows in unrelated orders, joined as they come.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include "../tests/cpp/exec/aggregate_test_support.h"
#include "exec/hash_join.h"

namespace laminar {
namespace {

constexpr uint32_t kBatch = 10'000;
constexpr int64_t kRows = 1'000'000;

/// key, value, price: the keys once each, in an order of the seed's.
struct Table {
  Table(uint32_t seed, int64_t distinct) : keys(kRows), values(kRows), prices(kRows) {
    std::mt19937_64 random(seed);
    for (int64_t i = 0; i < kRows; ++i) keys[static_cast<size_t>(i)] = i % distinct * 7919;
    std::shuffle(keys.begin(), keys.end(), random);
    std::iota(values.begin(), values.end(), seed);
    for (double& price : prices) price = static_cast<double>(random() % 1000) / 10;
  }
  Delta Batch(int64_t begin) const {
    Delta delta;
    delta.rows = kBatch;
    delta.columns = {
        {keys.data() + begin, nullptr}, {values.data() + begin, nullptr}, {prices.data() + begin, nullptr}};
    return delta;
  }
  std::vector<int64_t> keys;
  std::vector<int64_t> values;
  std::vector<double> prices;
};

JoinSpec Spec(JoinKind kind, bool append_only) {
  JoinSpec spec;
  spec.kind = kind;
  spec.left_types = spec.right_types = {TypeId::kInt64, TypeId::kInt64, TypeId::kDouble};
  spec.left_keys = spec.right_keys = {0};
  spec.null_safe = {false};
  spec.output = {0, 1, 2};
  if (kind != JoinKind::kSemi) spec.output = {0, 1, 2, 4, 5};
  spec.left_append_only = spec.right_append_only = append_only;
  return spec;
}

/// A step for each pair of batches, one a side.
void BM_HashJoin(benchmark::State& state) {
  const JoinKind kind = static_cast<JoinKind>(state.range(0));
  const bool append_only = state.range(1) != 0;
  const Table left(1, state.range(2));
  const Table right(2, state.range(2));
  const std::vector<WatermarkLine> lines;
  for (auto _ : state) {
    HashJoin join(Spec(kind, append_only));
    testing::CountingOutput output;
    for (int64_t begin = 0; begin < kRows; begin += kBatch) {
      Step step(1, 0, StepMode::kContinuous, lines, nullptr);
      if (!join.Push(step, 0, left.Batch(begin), output).ok()) state.SkipWithError("push");
      if (!join.Push(step, 1, right.Batch(begin), output).ok()) state.SkipWithError("push");
      if (!join.Flush(step, output).ok()) state.SkipWithError("flush");
    }
    if (output.rows < kRows) state.SkipWithError("rows are missing");
  }
  state.SetItemsProcessed(state.iterations() * kRows * 2);
}
BENCHMARK(BM_HashJoin)
    ->ArgNames({"kind", "append_only", "keys"})
    ->ArgsProduct({{static_cast<int>(JoinKind::kInner), static_cast<int>(JoinKind::kLeft),
                    static_cast<int>(JoinKind::kSemi)},
                   {0, 1},
                   {1'000'000}})
    ->Args({static_cast<int>(JoinKind::kInner), 1, 100'000})
    ->Unit(benchmark::kMillisecond);

/// What reading the contents of such a join costs.
void BM_HashJoinContents(benchmark::State& state) {
  const Table left(1, kRows);
  const Table right(2, kRows);
  const std::vector<WatermarkLine> lines;
  HashJoin join(Spec(JoinKind::kInner, true));
  testing::CountingOutput output;
  for (int64_t begin = 0; begin < kRows; begin += kBatch) {
    Step step(1, 0, StepMode::kContinuous, lines, nullptr);
    if (!join.Push(step, 0, left.Batch(begin), output).ok()) state.SkipWithError("push");
    if (!join.Push(step, 1, right.Batch(begin), output).ok()) state.SkipWithError("push");
  }
  for (auto _ : state) {
    output.rows = 0;
    if (!join.Snapshot()->Contents(output, nullptr).ok() || output.rows != kRows) state.SkipWithError("contents");
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(BM_HashJoinContents)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace laminar

BENCHMARK_MAIN();
