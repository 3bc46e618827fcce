#include "state/hash_index.h"

#include <gtest/gtest.h>

#include <random>
#include <unordered_map>
#include <vector>

namespace laminar {
namespace {

/// Keys by slot stand in for rows; hashes are derived from keys by `mask`, so that few bits make many collisions.
void CheckAgainstMap(uint32_t mask, uint32_t key_space, int operations, uint64_t seed) {
  std::mt19937_64 random(seed);
  HashIndex index;
  std::vector<uint64_t> key_of_slot;
  std::vector<uint32_t> free_slots;
  std::unordered_map<uint64_t, uint32_t> model;
  const auto hash_of = [&](uint64_t key) { return static_cast<uint32_t>(key * 0x9e3779b97f4a7c15ull >> 32) & mask; };
  for (int i = 0; i < operations; ++i) {
    const uint64_t key = random() % key_space;
    const uint32_t hash = hash_of(key);
    const uint32_t found = index.Find(hash, [&](uint32_t slot) { return key_of_slot[slot] == key; });
    const auto expected = model.find(key);
    ASSERT_EQ(found, expected == model.end() ? HashIndex::kNoSlot : expected->second);
    const uint32_t near = index.probe().Near(hash);
    if (near != HashIndex::kNoSlot) {
      ASSERT_EQ(hash_of(key_of_slot[near]), hash);
    }
    if (expected == model.end()) {
      uint32_t slot;
      if (free_slots.empty()) {
        slot = static_cast<uint32_t>(key_of_slot.size());
        key_of_slot.push_back(key);
      } else {
        slot = free_slots.back();
        free_slots.pop_back();
        key_of_slot[slot] = key;
      }
      index.Reserve(1);
      index.Insert(hash, slot);
      model.emplace(key, slot);
    } else if (random() % 2 == 0) {
      index.Erase(hash, expected->second);
      free_slots.push_back(expected->second);
      model.erase(expected);
    }
    ASSERT_EQ(index.size(), model.size());
  }
}

TEST(HashIndex, AgreesWithAMapUnderInsertAndErase) {
  CheckAgainstMap(0xffffffffu, 500, 20'000, 1);
  CheckAgainstMap(0xffffffffu, 50'000, 200'000, 2);
}

TEST(HashIndex, AgreesWhenHashesCollide) {
  CheckAgainstMap(0xff000000u, 2'000, 40'000, 3);
  CheckAgainstMap(0x0000000fu, 300, 20'000, 4);
}

TEST(HashIndex, AgreesWhenAllHashesAreEqual) { CheckAgainstMap(0, 200, 10'000, 5); }

TEST(HashIndex, ClearForgetsAndCanBeFilledAgain) {
  HashIndex index;
  for (uint32_t round = 0; round < 3; ++round) {
    for (uint32_t i = 0; i < 1000; ++i) {
      index.Reserve(1);
      index.Insert(i << 20, i);
    }
    EXPECT_EQ(index.Find(7u << 20, [](uint32_t) { return true; }), 7u);
    index.Clear();
    EXPECT_EQ(index.size(), 0u);
    EXPECT_EQ(index.Find(7u << 20, [](uint32_t) { return true; }), HashIndex::kNoSlot);
  }
}

}  // namespace
}  // namespace laminar
