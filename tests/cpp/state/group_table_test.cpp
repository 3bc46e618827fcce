#include "state/group_table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <tuple>

#include "common/hash.h"
#include "state/memory_spill_space.h"
#include "state/row_batch.h"

namespace laminar {
namespace {

class AllHashesEqual {
 public:
  AllHashesEqual() { HashForTesting::all_equal = true; }
  ~AllHashesEqual() { HashForTesting::all_equal = false; }
};

int64_t& WeightOf(uint8_t* row) { return reinterpret_cast<GroupHeader*>(row)->weight; }

using Key = std::tuple<std::optional<int64_t>, std::optional<std::string>, std::optional<int64_t>>;

/// Counts rows by key; keys are erased when their count is made 0; everything agrees with a map. `general`: three keys.
/// Keys count up from `first`; every eleventh is NULL where `with_nulls`.
void CheckAgainstMap(bool general, uint32_t key_space, int rounds, uint64_t seed, int64_t first = 0,
                     bool with_nulls = true) {
  std::mt19937_64 random(seed);
  const std::vector<DataType> types = general ? std::vector<DataType>{TypeId::kInt64, TypeId::kVarchar, TypeId::kInt16}
                                              : std::vector<DataType>{TypeId::kInt64};
  auto layout = std::make_shared<GroupLayout>(types, 8);
  GroupTable table(layout);
  MemorySpillSpace space;
  std::map<Key, int64_t> model;
  for (int round = 0; round < rounds; ++round) {
    Ref<ChunkPin> pin;
    if (round % 3 == 0) pin = table.chunks().Pin();
    const int64_t groups_before = table.size();
    RowBatchBuilder builder(types);
    std::vector<Key> keys;
    const uint32_t count = static_cast<uint32_t>(random() % 300);
    for (uint32_t i = 0; i < count; ++i) {
      const int64_t number = first + static_cast<int64_t>(random() % key_space);
      Key key;
      if (!with_nulls || number % 11 != 0) {
        std::get<0>(key) = number;
        builder.SetInt(0, number);
      }
      if (general && number % 7 != 0) {
        std::get<1>(key) = (number % 2 == 0 ? "s" : "a string out of line ") + std::to_string(number % 13);
        builder.SetString(1, *std::get<1>(key));
      }
      if (general && number % 5 != 0) {
        std::get<2>(key) = number % 3;
        builder.SetInt(2, number % 3);
      }
      builder.FinishRow();
      keys.push_back(key);
    }
    const Ref<RowBatch> batch = builder.Finish();
    Delta delta = batch->delta();
    std::vector<uint32_t> selection;
    for (uint32_t i = 0; i < count; ++i) {
      if (random() % 4 != 0) selection.push_back(i);
    }
    if (round % 2 == 0) delta.Select(selection.data(), static_cast<uint32_t>(selection.size()));
    std::vector<uint32_t> slots(delta.size());
    std::vector<uint8_t*> rows(delta.size());
    table.FindOrInsert(delta.columns, RowRange::Of(delta), slots.data(), rows.data());
    for (uint32_t i = 0; i < delta.size(); ++i) {
      ASSERT_EQ(rows[i], table.Row(slots[i]));
      const int64_t expected = model[keys[delta.RowAt(i)]]++;
      ASSERT_EQ(WeightOf(rows[i])++, expected);
    }
    ASSERT_EQ(table.size(), model.size());
    if (pin) {
      ASSERT_EQ(pin->live_count(), groups_before);
    }
    // Some groups go.
    for (uint32_t i = 0; i < delta.size(); i += 3) {
      const Key& key = keys[delta.RowAt(i)];
      if (!table.chunks().IsLive(slots[i]) || !model.contains(key)) continue;
      ASSERT_EQ(WeightOf(table.Row(slots[i])), model[key]);
      table.Erase(slots[i]);
      model.erase(key);
    }
    if (random() % 2 == 0) {
      size_t freed = 0;
      ASSERT_TRUE(table.chunks().Spill(space, random() % 2 == 0 ? 1 : ~size_t{0}, &freed).ok());
    }
    if (round % 10 == 9) table.RebuildIndex();
    if (round % 10 == 5) {
      const Ref<RefCounted> held = table.chunks().arena().holder();
      table.chunks().arena().Clear();
      table.Relocate();
    }
  }
  // Read everything back through the layout.
  std::map<Key, int64_t> seen;
  for (uint32_t slot = table.chunks().NextLive(0); slot != ChunkList::kNoSlot;
       slot = table.chunks().NextLive(slot + 1)) {
    table.chunks().MakeResident(slot);
    const uint8_t* row = table.Row(slot);
    Key key;
    for (int k = 0; k < layout->keys(); ++k) {
      alignas(16) uint8_t cell[16];
      uint64_t validity = ~uint64_t{0};
      if (layout->ReadKey(k, &row, 1, cell, &validity)) continue;
      if (k == 0) std::get<0>(key) = *reinterpret_cast<int64_t*>(cell);
      if (k == 1) std::get<1>(key) = reinterpret_cast<StringRef*>(cell)->ToString();
      if (k == 2) std::get<2>(key) = *reinterpret_cast<int16_t*>(cell);
    }
    seen[key] = WeightOf(table.Row(slot));
  }
  EXPECT_EQ(seen, model);
}

TEST(GroupTable, SingleWordKeysAgreeWithAMap) {
  CheckAgainstMap(false, 50, 200, 1);
  CheckAgainstMap(false, 100'000, 400, 2);
}

TEST(GroupTable, IntegersCloseTogetherAgreeWithAMap) {
  CheckAgainstMap(false, 1'000, 200, 7, -500, false);
  CheckAgainstMap(false, 1'000, 200, 8, std::numeric_limits<int64_t>::max() - 999, false);
  CheckAgainstMap(false, 20'000, 200, 9, -10'000, false);
}

TEST(GroupTable, SeveralKeysOfAnyTypeAgreeWithAMap) {
  CheckAgainstMap(true, 50, 200, 3);
  CheckAgainstMap(true, 100'000, 200, 4);
}

TEST(GroupTable, WorksWhenAllHashesAreEqual) {
  const AllHashesEqual guard;
  CheckAgainstMap(false, 60, 100, 5);
  CheckAgainstMap(true, 60, 100, 6);
}

TEST(GroupTable, ZerosAreOneKeyAndNansAreOneKeyAndNullIsAnother) {
  for (const bool pair : {false, true}) {
    std::vector<DataType> types{TypeId::kDouble};
    if (pair) types.push_back(TypeId::kInt64);
    GroupTable table(std::make_shared<GroupLayout>(types, 0));
    RowBatchBuilder builder(types);
    for (const double value : {0.0, -0.0, std::nan("1"), -std::nan("2"), 1.0}) {
      builder.SetDouble(0, value);
      builder.FinishRow();
    }
    builder.FinishRow();
    builder.FinishRow();
    const Ref<RowBatch> batch = builder.Finish();
    uint32_t slots[7];
    uint8_t* rows[7];
    table.FindOrInsert(batch->delta().columns, RowRange::Of(batch->delta()), slots, rows);
    EXPECT_EQ(slots[0], slots[1]);
    EXPECT_EQ(slots[2], slots[3]);
    EXPECT_EQ(slots[5], slots[6]);
    EXPECT_EQ(table.size(), 4u);
  }
}

TEST(GroupTable, NoKeysMakeOneGroup) {
  GroupTable table(std::make_shared<GroupLayout>(std::vector<DataType>{}, 8));
  uint32_t slots[3];
  uint8_t* rows[3];
  table.FindOrInsert({}, RowRange{nullptr, 0, 3}, slots, rows);
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(slots[0], slots[2]);
}

TEST(Hash, DependsOnValuesNotOnWhereTheyStand) {
  const std::string text = "a text that does not fit inline";
  const StringRef strings[] = {StringRef(text), StringRef("short"), StringRef(text)};
  const int64_t numbers[] = {7, 8, 7};
  const Column columns[] = {{strings, nullptr}, {numbers, nullptr}};
  const DataType types[] = {TypeId::kVarchar, TypeId::kInt64};
  Delta delta;
  delta.rows = 3;
  uint64_t all[3];
  HashColumns(columns, types, delta, all);
  EXPECT_EQ(all[0], all[2]);
  EXPECT_NE(all[0], all[1]);
  const uint32_t selection[] = {1, 2};
  delta.Select(selection, 2);
  uint64_t some[2];
  HashColumns(columns, types, delta, some);
  EXPECT_EQ(some[0], all[1]);
  EXPECT_EQ(some[1], all[2]);
}

}  // namespace
}  // namespace laminar
