#include "state/ordered_multisets.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace laminar {
namespace {

TEST(OrderedMultisets, AgreeWithAMapPerGroup) {
  std::mt19937 random(17);
  Arena arena;
  OrderedMultisets multisets(PhysicalType::kInt64, {}, &arena);
  constexpr int kGroups = 5;
  uint32_t roots[kGroups];
  std::fill_n(roots, kGroups, OrderedMultisets::kEmpty);
  std::map<int64_t, int64_t> model[kGroups];
  for (int i = 0; i < 50'000; ++i) {
    const size_t group = random() % kGroups;
    const int64_t value = static_cast<int64_t>(random() % 300) - 150;
    int64_t weight = static_cast<int64_t>(random() % 5) - 2;
    if (weight == 0) weight = 1;
    multisets.Add(&roots[group], {}, &value, weight);
    if ((model[group][value] += weight) == 0) model[group].erase(value);
    const auto positive = [](const auto& entry) { return entry.second > 0; };
    const auto first = std::find_if(model[group].begin(), model[group].end(), positive);
    const auto last = std::find_if(model[group].rbegin(), model[group].rend(), positive);
    const uint8_t* found = multisets.First(roots[group]);
    ASSERT_EQ(found == nullptr, first == model[group].end());
    if (found == nullptr) continue;
    ASSERT_EQ(*reinterpret_cast<const int64_t*>(found), first->first);
    ASSERT_EQ(*reinterpret_cast<const int64_t*>(multisets.Last(roots[group])), last->first);
  }
  for (uint32_t& root : roots) multisets.Release(&root);
  EXPECT_EQ(multisets.node_count(), 0u);
}

TEST(OrderedMultisets, PositionComesBeforeValueAndStringsAreInterned) {
  Arena arena;
  OrderedMultisets multisets(PhysicalType::kString, {.positioned = true}, &arena);
  uint32_t root = OrderedMultisets::kEmpty;
  const auto add = [&](int64_t time, uint64_t number, const std::string& text, int64_t weight) {
    const StringRef value(text);
    multisets.Add(&root, {time, number, {}}, &value, weight);
  };
  const auto first = [&] { return reinterpret_cast<const StringRef*>(multisets.First(root))->ToString(); };
  const auto last = [&] { return reinterpret_cast<const StringRef*>(multisets.Last(root))->ToString(); };
  add(10, 2, "a second row that is long", 1);
  add(10, 1, "the first row, long as well", 1);
  add(20, 1, "a later row of some length", 1);
  EXPECT_EQ(first(), "the first row, long as well");
  EXPECT_EQ(last(), "a later row of some length");
  EXPECT_GT(arena.live_bytes(), 0u);
  const Ref<RefCounted> held = arena.holder();
  arena.Clear();
  multisets.Relocate();
  EXPECT_EQ(first(), "the first row, long as well");
  add(20, 1, "a later row of some length", -1);
  EXPECT_EQ(last(), "a second row that is long");
  add(10, 1, "the first row, long as well", -1);
  add(10, 2, "a second row that is long", -1);
  EXPECT_EQ(multisets.First(root), nullptr);
  EXPECT_EQ(arena.live_bytes(), 0u);
}

TEST(OrderedMultisets, RanksAndTheMostFrequentAgreeWithAMap) {
  using Summary = OrderedMultisets::Summary;
  std::mt19937 random(23);
  Arena arena;
  OrderedMultisets ranked(PhysicalType::kInt32, {.summary = Summary::kTotalWeight}, &arena);
  OrderedMultisets counted(PhysicalType::kInt32, {.summary = Summary::kGreatestWeight}, &arena);
  uint32_t by_rank = OrderedMultisets::kEmpty;
  uint32_t by_count = OrderedMultisets::kEmpty;
  std::map<int32_t, int64_t> model;
  for (int i = 0; i < 20'000; ++i) {
    const int32_t value = static_cast<int32_t>(random() % 60) - 30;
    // Grows, then shrinks to nothing, again and again.
    int64_t weight = static_cast<int64_t>(random() % 3) + 1;
    if (i / 500 % 2 != 0) weight = -std::min(model.contains(value) ? model[value] : 0, weight);
    if (weight == 0) continue;
    ranked.Add(&by_rank, {}, &value, weight);
    counted.Add(&by_count, {}, &value, weight);
    if ((model[value] += weight) == 0) model.erase(value);
    int64_t total = 0;
    const int32_t* most = nullptr;
    for (const auto& [entry, count] : model) {
      ASSERT_EQ(*reinterpret_cast<const int32_t*>(ranked.At(by_rank, total)), entry);
      ASSERT_EQ(*reinterpret_cast<const int32_t*>(ranked.At(by_rank, total + count - 1)), entry);
      total += count;
      if (most == nullptr || count > model[*most]) most = &entry;
    }
    ASSERT_EQ(ranked.TotalWeight(by_rank), total);
    ASSERT_EQ(ranked.At(by_rank, total), nullptr);
    const uint8_t* found = counted.MostFrequent(by_count);
    ASSERT_EQ(found == nullptr, most == nullptr);
    if (found != nullptr) {
      ASSERT_EQ(*reinterpret_cast<const int32_t*>(found), *most);
    }
  }
}

TEST(OrderedMultisets, KeysComeFirstAndMoveWithTheArena) {
  Arena arena;
  OrderedMultisets multisets(PhysicalType::kInt64, {.positioned = true, .keyed = true}, &arena);
  uint32_t root = OrderedMultisets::kEmpty;
  const auto add = [&](const std::string& key, int64_t time, int64_t value, int64_t weight) {
    multisets.Add(&root, {time, 0, StringRef(key)}, &value, weight);
  };
  const auto values = [&] {
    std::vector<int64_t> found;
    multisets.ForEach(root, [&](const uint8_t* cell, int64_t weight) {
      for (; weight > 0; --weight) found.push_back(*reinterpret_cast<const int64_t*>(cell));
    });
    return found;
  };
  add("a key that is too long to stand in a node, b", 1, 2, 1);
  add("a key that is too long to stand in a node, a", 9, 1, 1);
  add("a key that is too long to stand in a node, b", 0, 3, 2);
  EXPECT_EQ(values(), (std::vector<int64_t>{1, 3, 3, 2}));
  const Ref<RefCounted> held = arena.holder();
  arena.Clear();
  multisets.Relocate();
  add("a key that is too long to stand in a node, b", 0, 3, -2);
  EXPECT_EQ(values(), (std::vector<int64_t>{1, 2}));
  multisets.Release(&root);
  EXPECT_EQ(arena.live_bytes(), 0u);
}

TEST(OrderedMultisets, NanIsGreatestAndZerosAreOne) {
  Arena arena;
  OrderedMultisets multisets(PhysicalType::kDouble, {}, &arena);
  uint32_t root = OrderedMultisets::kEmpty;
  const auto add = [&](double value, int64_t weight) { multisets.Add(&root, {}, &value, weight); };
  const auto last = [&] { return *reinterpret_cast<const double*>(multisets.Last(root)); };
  add(0.0, 1);
  add(std::numeric_limits<double>::quiet_NaN(), 1);
  add(std::numeric_limits<double>::infinity(), 1);
  EXPECT_TRUE(std::isnan(last()));
  add(std::numeric_limits<double>::quiet_NaN(), -1);
  EXPECT_TRUE(std::isinf(last()));
  add(-0.0, -1);
  EXPECT_EQ(multisets.node_count(), 1u);
}

}  // namespace
}  // namespace laminar
