#include "state/row_store.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "state/memory_spill_space.h"
#include "state/row_batch.h"

namespace laminar {
namespace {

const std::vector<DataType> kTypes{TypeId::kInt64, TypeId::kVarchar};

using Contents = std::map<std::pair<int64_t, std::string>, int64_t>;

Contents Read(const RowStoreSnapshot& snapshot) {
  Contents contents;
  const Status status = snapshot.ForEachDelta([&](const Delta& delta) {
    for (uint32_t i = 0; i < delta.size(); ++i) {
      const uint32_t row = delta.RowAt(i);
      const int64_t number = delta.columns[0].IsValid(row) ? delta.columns[0].data<int64_t>()[row] : -1;
      contents[{number, delta.columns[1].data<StringRef>()[row].ToString()}] += delta.WeightAt(row);
    }
    return true;
  });
  EXPECT_TRUE(status.ok()) << status.message();
  return contents;
}

TEST(RowStore, AppendEraseSnapshotAgreeWithAModel) {
  std::mt19937 random(5);
  RowStore store(kTypes, true);
  MemorySpillSpace space;
  Contents model;
  std::vector<std::pair<uint32_t, std::pair<int64_t, std::string>>> live;
  for (int round = 0; round < 60; ++round) {
    const RowStoreSnapshot before = store.Snapshot();
    const Contents expected_before = model;
    RowBatchBuilder builder(kTypes);
    std::vector<std::pair<int64_t, std::string>> rows;
    for (uint32_t i = 0; i < random() % 700; ++i) {
      const int64_t number = static_cast<int64_t>(random() % 1000);
      const std::string text = "some text, number " + std::to_string(number);
      if (number % 10 != 0) builder.SetInt(0, number);
      builder.SetString(1, text);
      builder.FinishRow(1 + number % 3);
      rows.emplace_back(number % 10 != 0 ? number : -1, text);
    }
    const Ref<RowBatch> batch = builder.Finish();
    std::vector<uint32_t> slots;
    store.Append(batch->delta(), &slots);
    for (size_t i = 0; i < rows.size(); ++i) {
      model[rows[i]] += store.weight(slots[i]);
      live.emplace_back(slots[i], rows[i]);
    }
    for (uint32_t i = 0; i < random() % 500 && !live.empty(); ++i) {
      const size_t at = random() % live.size();
      const auto [slot, row] = live[at];
      store.chunks().MakeResident(slot);
      if ((model[row] -= store.weight(slot)) == 0) model.erase(row);
      store.Erase(slot);
      live[at] = live.back();
      live.pop_back();
    }
    ASSERT_EQ(Read(store.Snapshot()), model);
    if (random() % 2 == 0) {
      size_t freed = 0;
      ASSERT_TRUE(store.Spill(space, random() % 2 == 0 ? 1 : ~size_t{0}, &freed).ok());
    }
    ASSERT_EQ(Read(store.Snapshot()), model);
    ASSERT_EQ(Read(before), expected_before);
  }
  EXPECT_EQ(store.rows(), live.size());
}

TEST(RowStore, SpillingGivesMemoryBack) {
  RowStore store(kTypes);
  MemorySpillSpace space;
  RowBatchBuilder builder(kTypes);
  constexpr int64_t kRows = 40'000;
  Contents model;
  for (int64_t number = 0; number < kRows; ++number) {
    const std::string text = "a text of which there is one a row: " + std::to_string(number);
    builder.SetInt(0, number);
    builder.SetString(1, text);
    builder.FinishRow();
    model[{number, text}] = 1;
  }
  const Ref<RowBatch> batch = builder.Finish();
  store.Append(batch->delta());
  const size_t whole = store.memory_bytes();
  size_t freed = 0;
  ASSERT_TRUE(store.Spill(space, 1, &freed).ok());
  EXPECT_EQ(space.written, 1);
  EXPECT_GE(store.memory_bytes() + freed, whole);
  ASSERT_TRUE(store.Spill(space, ~size_t{0}, &freed).ok());
  EXPECT_LT(store.memory_bytes(), whole / 20) << "texts, too, are gone";
  EXPECT_GT(store.chunks().disk_bytes(), whole / 2);
  ASSERT_EQ(Read(store.Snapshot()), model);
  EXPECT_LT(store.memory_bytes(), whole / 20) << "reading brings nothing back";
  store.Erase(5);
  model.erase({5, "a text of which there is one a row: 5"});
  ASSERT_EQ(Read(store.Snapshot()), model);
}

TEST(RowStore, WhatCannotBeWrittenStaysAndWhatCannotBeReadFails) {
  RowStore store(kTypes);
  MemorySpillSpace space;
  RowBatchBuilder builder(kTypes);
  builder.SetInt(0, 1);
  builder.SetString(1, "the only row that there is");
  builder.FinishRow();
  const Ref<RowBatch> batch = builder.Finish();
  store.Append(batch->delta());
  space.Fail(true);
  size_t freed = 0;
  EXPECT_FALSE(store.Spill(space, ~size_t{0}, &freed).ok());
  EXPECT_EQ(Read(store.Snapshot()).size(), 1u);
  space.Fail(false);
  EXPECT_TRUE(store.Spill(space, ~size_t{0}, &freed).ok());
  space.Fail(true);
  EXPECT_FALSE(store.Snapshot().ForEachDelta([](const Delta&) { return true; }).ok());
  EXPECT_THROW(store.Erase(0), Error);
  space.Fail(false);
  store.Erase(0);
  EXPECT_EQ(store.rows(), 0u);
}

}  // namespace
}  // namespace laminar
