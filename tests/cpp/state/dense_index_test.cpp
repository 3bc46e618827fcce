#include "state/dense_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace laminar {
namespace {

uint32_t Find(const DenseIndex& index, uint64_t key) { return index.view().Find(key); }

TEST(DenseIndex, KnowsNothingAtFirst) {
  const DenseIndex index;
  EXPECT_EQ(Find(index, 0), DenseIndex::kNoSlot);
  EXPECT_EQ(Find(index, ~uint64_t{0}), DenseIndex::kNoSlot);
}

TEST(DenseIndex, GrowsBothWaysAndAcrossZero) {
  for (const uint64_t start : {uint64_t{1} << 63, uint64_t{0}, ~uint64_t{0} - 100}) {
    DenseIndex index;
    std::map<uint64_t, uint32_t> model;
    std::mt19937_64 random(start);
    for (uint32_t i = 0; i < 20'000; ++i) {
      const uint64_t key = start - 4'000 + random() % 8'000;
      if (i % 5 == 0) {
        index.Forget(key);
        model.erase(key);
      } else {
        index.Set(key, i);
        model[key] = i;
      }
    }
    ASSERT_TRUE(index.usable());
    for (uint64_t key = start - 5'000; key != start + 5'000; ++key) {
      ASSERT_EQ(Find(index, key), model.contains(key) ? model[key] : DenseIndex::kNoSlot);
    }
  }
}

TEST(DenseIndex, GivesUpOnAWideRangeUntilItIsCleared) {
  for (const uint64_t far : {uint64_t{DenseIndex::kWidest}, ~uint64_t{0} - DenseIndex::kWidest, uint64_t{1} << 40}) {
    DenseIndex index;
    index.Set(0, 1);
    index.Set(far, 2);
    EXPECT_FALSE(index.usable());
    EXPECT_EQ(Find(index, 0), DenseIndex::kNoSlot);
    index.Set(0, 1);
    EXPECT_EQ(Find(index, 0), DenseIndex::kNoSlot);
    index.Clear();
    index.Set(far, 2);
    EXPECT_EQ(Find(index, far), 2u);
  }
}

TEST(DenseIndex, HoldsTheWidestRange) {
  DenseIndex index;
  for (uint64_t key = 0; key < DenseIndex::kWidest; ++key) index.Set(key, static_cast<uint32_t>(key));
  EXPECT_TRUE(index.usable());
  EXPECT_EQ(Find(index, DenseIndex::kWidest - 1), DenseIndex::kWidest - 1);
  EXPECT_EQ(index.memory_bytes(), DenseIndex::kWidest * sizeof(uint32_t));
}

}  // namespace
}  // namespace laminar
