#include "state/ordered_multisets.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>

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
